"""Plan: what becomes of the related field of every article file of a site; nothing is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Edit, Outcome, Page
from recommender.enrich.lists import Lists, Naming
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import FrontMatterError, InputError, RelatedError, WriteError
from recommender.sources import FileState
from recommender.sources.base import reason
from recommender.sources.front_matter import MarkdownFolder, article_of, matches
from recommender.sources.related_block import write_block
from recommender.sources.splice import RelatedField, find_related, splice


@dataclass(frozen=True)
class Choice:
    """Which files a run looks at, and what it may do.

    Attributes:
        only: Patterns of which a file's path or name must fit one; every file if empty.
        changed_since: Only files that changed at this moment or later.
        overwrite: Take over blocks that someone else wrote.
    """

    only: tuple[str, ...] = ()
    changed_since: datetime | None = None
    overwrite: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no file is left out."""
        return not self.only and self.changed_since is None

    def takes(self, path: str, state: FileState) -> bool:
        """Whether a run looks at this file."""
        since = self.changed_since
        recent = since is None or state.mtime_ns >= int(since.timestamp() * 1e9)
        return recent and (not self.only or matches(path, self.only))


def plan(site: MarkdownFolder, lists: Lists, record: Record, cache: Cache, choice: Choice) -> Iterator[Page]:
    """What becomes of every file, one after another, sorted by path.

    Args:
        site: The folder of article files.
        lists: Makes the lists.
        record: What was written into the site before.
        cache: What its files held when they were last read; it is brought up to date.
        choice: Which files are looked at.

    Raises:
        SourceError: If a folder can not be listed.
    """
    naming = Naming(lists.collection, site.location)
    planner = _Planner(site, lists, record, cache, choice.overwrite, naming)
    for file, path in site.files():
        try:
            found = os.lstat(file)
            state = FileState.of(found)
            if not choice.takes(path, state):
                continue
            if S_ISLNK(found.st_mode):
                yield planner.link(file, path)
            elif not S_ISREG(found.st_mode):
                raise FrontMatterError("this is no regular file", expected="a Markdown file")
            else:
                yield planner.page(file, path, state)
        except OSError as error:
            problem: RelatedError = InputError(f"the file can not be read: {reason(error)}", where=file)
            yield Page(path, Outcome.FAILED, problem=problem)
        except RelatedError as error:
            yield Page(path, Outcome.FAILED, problem=error.within(file))


class _Planner:
    def __init__(
        self, site: MarkdownFolder, lists: Lists, record: Record, cache: Cache, overwrite: bool, naming: Naming
    ) -> None:
        self._site = site
        self._lists = lists
        self._record = record
        self._cache = cache
        self._overwrite = overwrite
        self._naming = naming
        self._root = os.path.realpath(site.location)

    def link(self, file: str, path: str) -> Page:
        """A link to a file of the site is that file once more; any other leads out of it."""
        target = os.path.relpath(os.path.realpath(file), self._root)
        if target.startswith(os.pardir):
            raise WriteError(
                "this is a symbolic link that leads out of the site", expected="a file that belongs to the site"
            )
        return Page(path, Outcome.KEPT, why=(f"a link to {target}",))

    def page(self, file: str, path: str, state: FileState) -> Page:
        seen, field, stale = self._cache.find(path, state), None, False
        if seen is None:
            field, article_id, stale = self._read(file, path, state)
            seen = Seen(state, article_id, hash_block(field.block), field.is_empty(), None)
        ours = self._record.find(path, seen.block_hash)
        if not seen.is_free and ours is None and not self._overwrite:
            kept = Page(path, Outcome.KEPT, seen.article_id, is_stale=stale, block_hash=seen.block_hash)
            return self._done(kept, seen)
        held = ours.items if ours else ()
        page = Page(path, Outcome.SAME, seen.article_id, seen.listing, held, is_stale=stale, block_hash=seen.block_hash)
        if seen.listing and seen.listing.answer == self._lists.answer_key() and (ours or not seen.listing.items):
            outcome = Outcome.SAME if seen.listing.items else Outcome.EMPTY
            return self._done(page._replace(outcome=outcome, block=ours), seen)
        made = self._lists.make(seen.article_id, held)
        if field is None and made.entries:
            # The line ends of a file that was not read do not count in the hash.
            if hash_block(write_block(made.entries)) == seen.block_hash:
                known = Block(seen.block_hash, made.listing.items)
                return self._done(page._replace(listing=made.listing, block=known), seen)
        elif field is None and seen.is_free:
            return self._done(page._replace(outcome=Outcome.EMPTY, listing=made.listing), seen)
        if field is None:
            field = self._read(file, path, state)[0]
            if hash_block(field.block) != seen.block_hash:
                raise WriteError("somebody else changed the file meanwhile", hint="run the command again")
        block = write_block(made.entries, field.newline)
        page = page._replace(listing=made.listing, block_hash=hash_block(block))
        if block == field.block or (not block and field.is_empty()):
            block_hash = hash_block(field.block)
            outcome = Outcome.SAME if block else Outcome.EMPTY
            held_block = Block(block_hash, made.listing.items) if block else None
            return self._done(page._replace(outcome=outcome, block_hash=block_hash, block=held_block), seen)
        outcome = Outcome.CHANGED if ours else Outcome.FILLED if seen.is_free else Outcome.TAKEN_OVER
        if not block:
            outcome = Outcome.EMPTIED
        return page._replace(
            outcome=outcome,
            why=tuple(made.differences(held)),
            block=Block(page.block_hash, made.listing.items),
            edit=Edit(Path(file), field, block, splice(field, block)),
        )

    def _read(self, file: str, path: str, state: FileState) -> tuple[RelatedField, str, bool]:
        data = self._site.read(file, state)
        field = find_related(data)
        article = article_of(field.front, os.path.splitext(path)[0])  # noqa: PTH122
        article_id, stored = self._naming.find(article, path, given=field.front.fields.get("id") is not None)
        return field, article_id, stored.to_record() != {**article.to_record(), "id": article_id}

    def _done(self, page: Page, seen: Seen) -> Page:
        """A page whose file stays as it is; one that is stale is read every time, so that it is told of."""
        if not page.is_stale:
            self._cache.put(page.path, seen._replace(listing=page.listing, block_hash=page.block_hash))
        return page._replace(state=seen.state)
