"""Plan: what becomes of the related field of every article file of a site; nothing is written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from stat import S_ISLNK

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Edit, Outcome, PlannedPage
from recommender.enrich.lists import Lists, Naming
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import InputError, RelatedError, WriteError
from recommender.sources import FileState, SiteFolder, Skipped
from recommender.sources.base import reason
from recommender.sources.folder import PageFile, matches
from recommender.sources.syntaxes import SYNTAXES
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.plain_text import PLAIN


@dataclass(frozen=True)
class EnrichOptions:
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


def plan(
    site: SiteFolder, lists: Lists, record: Record, cache: Cache, options: EnrichOptions, skipped: Counter[str]
) -> Iterator[PlannedPage]:
    """What becomes of every file, one after another, sorted by path.

    Args:
        site: The folder of article files.
        lists: Makes the lists.
        record: What was written into the site before.
        cache: What its files held when they were last read; it is brought up to date.
        options: Which files are looked at.
        skipped: Pages that readers may not see are counted there; they are not written into.

    Raises:
        SourceError: If a folder cannot be listed.
    """
    naming = Naming(lists.collection, site.location)
    planner = _Planner(site, lists, record, cache, options.overwrite, naming)
    for found in site.files():
        if isinstance(found, Skipped):
            continue
        path = found.target_path
        try:
            stat = os.lstat(found.target)
            if not options.takes(path, FileState.of(stat)):
                continue
            if S_ISLNK(stat.st_mode):
                yield planner.link(found.target, path)
                continue
            planned = planner.page(found, path, found.state())
        except OSError as error:
            problem: RelatedError = InputError(f"the file cannot be read: {reason(error)}", where=found.target)
            yield PlannedPage(path, Outcome.FAILED, problem=problem)
        except RelatedError as error:
            yield PlannedPage(path, Outcome.FAILED, problem=error.within(found.target))
        else:
            if isinstance(planned, Skipped):
                skipped[planned.reason] += 1
            else:
                yield planned


class _Planner:
    def __init__(
        self, site: SiteFolder, lists: Lists, record: Record, cache: Cache, overwrite: bool, naming: Naming
    ) -> None:
        self._site = site
        self._lists = lists
        self._record = record
        self._cache = cache
        self._overwrite = overwrite
        self._naming = naming
        self._root = os.path.realpath(site.location)

    def link(self, file: str, path: str) -> PlannedPage:
        """A link to a file of the site is that file once more; any other leads out of it."""
        target = os.path.relpath(os.path.realpath(file), self._root)
        if target.startswith(os.pardir):
            raise WriteError(
                "this is a symbolic link that leads out of the site", expected="a file that belongs to the site"
            )
        return PlannedPage(path, Outcome.KEPT, why=(f"a link to {target}",))

    def page(self, file: PageFile, path: str, state: FileState) -> PlannedPage | Skipped:
        seen, field, stale = self._cache.find(path, state), None, False
        if seen is None:
            read = self._read(file, state)
            if isinstance(read, Skipped):
                return read
            field, article_id, stale, name = read
            if field is None:
                return PlannedPage(path, Outcome.NO_FIELD, article_id, is_stale=stale)
            seen = Seen(state, article_id, hash_block(field.block), field.is_empty(), name, None)
        ours = self._record.find(path, seen.block_hash)
        if not seen.is_free and ours is None and not self._overwrite:
            kept = PlannedPage(path, Outcome.KEPT, seen.article_id, is_stale=stale, block_hash=seen.block_hash)
            return self._done(kept, seen)
        held = ours.items if ours else ()
        page = PlannedPage(
            path, Outcome.SAME, seen.article_id, seen.listing, held, is_stale=stale, block_hash=seen.block_hash
        )
        if seen.listing and seen.listing.answer == self._lists.answer_key() and (ours or not seen.listing.items):
            outcome = Outcome.SAME if seen.listing.items else Outcome.EMPTY
            return self._done(page._replace(outcome=outcome, block=ours), seen)
        made = self._lists.make(seen.article_id, held)
        syntax = SYNTAXES[seen.syntax]
        if field is None and made.entries:
            # The line ends of a file that was not read do not count in the hash.
            if hash_block(syntax.write_block(made.entries)) == seen.block_hash:
                known = Block(seen.block_hash, made.listing.items)
                return self._done(page._replace(listing=made.listing, block=known), seen)
        elif field is None and seen.is_free:
            return self._done(page._replace(outcome=Outcome.EMPTY, listing=made.listing), seen)
        if field is None:
            read = self._read(file, state)
            if isinstance(read, Skipped):
                return read
            field = read[0]
            if field is None or hash_block(field.block) != seen.block_hash:
                raise WriteError("somebody else changed the file meanwhile", hint="run the command again")
        block = syntax.write_block(made.entries, field.newline)
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
            edit=Edit(file, syntax.name, field, block, syntax.splice(field, block)),
        )

    def _read(self, file: PageFile, state: FileState) -> tuple[RelatedField | None, str, bool, str] | Skipped:
        """The related field, the article's id, whether the collection knows another text of it, and the syntax.

        There is no field where there is no front matter.
        """
        read = self._site.read(file, state)
        if isinstance(read, Skipped):
            return read
        field = None if read.syntax is PLAIN else read.syntax.find_related(read.data)
        article_id, stored = self._naming.find(read.article, file.path, given=read.names_itself)
        stale = stored.to_record() != {**read.article.to_record(), "id": article_id}
        return field, article_id, stale, read.syntax.name

    def _done(self, page: PlannedPage, seen: Seen) -> PlannedPage:
        """A page whose file stays as it is; one that is stale is read every time, so that it is told of."""
        if not page.is_stale:
            self._cache.put(page.path, seen._replace(listing=page.listing, block_hash=page.block_hash))
        return page._replace(state=seen.state)
