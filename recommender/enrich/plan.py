"""Plan the change of every article file of a site, without writing anything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from stat import S_ISLNK

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Edit, Outcome, PlannedPage, outcome_of
from recommender.enrich.lists import Lists, Naming, Step
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import InputError, RelatedError, WriteError
from recommender.sources import FileState, SiteFolder, Skipped
from recommender.sources.base import reason
from recommender.sources.folder import PageFile, matches
from recommender.sources.syntaxes import SYNTAXES
from recommender.sources.syntaxes.base import RelatedField


@dataclass(frozen=True)
class EnrichOptions:
    """The files to look at, and whether to take over the work of others.

    Attributes:
        only: Patterns for the path or name of a file, of which one must match; every file if empty.
        changed_since: Skip files that were last changed before this moment.
        overwrite: Whether to replace blocks that someone else wrote.
        paths: Only these files; every file if None.
    """

    only: tuple[str, ...] = ()
    changed_since: datetime | None = None
    overwrite: bool = False
    paths: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every file is included."""
        return not self.only and self.changed_since is None and self.paths is None

    def includes(self, path: str, state: FileState) -> bool:
        """Return whether a file is included."""
        since = self.changed_since
        recent = since is None or state.mtime_ns >= int(since.timestamp() * 1e9)
        wanted = self.paths is None or path in self.paths
        return wanted and recent and (not self.only or matches(path, self.only))


def plan(
    site: SiteFolder, lists: Lists, record: Record, cache: Cache, options: EnrichOptions, skipped: Counter[str]
) -> Iterator[PlannedPage]:
    """Yield the plan for every file, sorted by path.

    Args:
        site: The folder of article files.
        lists: Makes the lists.
        record: The record of blocks written into the site.
        cache: What its files held when they were last read; updated here.
        options: Which files are included.
        skipped: Updated with the number of pages hidden from readers, by reason; these are never written.

    Raises:
        SourceError: If a folder cannot be listed.
    """
    planner = _Planner(site, lists, record, cache, options, Naming(lists.collection, site.location))
    files = (found for found in site.files() if not isinstance(found, Skipped))
    for planned in lists.in_order(map(planner.step, files)):
        if isinstance(planned, Skipped):
            skipped[planned.reason] += 1
        elif planned is not None:
            yield planned


@dataclass
class _Planner:
    site: SiteFolder
    lists: Lists
    record: Record
    cache: Cache
    options: EnrichOptions
    naming: Naming

    def step(self, found: PageFile) -> Step[PlannedPage | Skipped | None]:
        """Plan one file; None if it is not among those to look at."""
        path = found.target_path
        try:
            stat = os.lstat(found.target)
            if not self.options.includes(path, FileState.of(stat)):
                return None
            if S_ISLNK(stat.st_mode):
                return self.link(found.target, path)
            return (yield from self.page(found, path, found.state()))
        except OSError as error:
            problem: RelatedError = InputError(f"the file cannot be read: {reason(error)}", where=found.target)
        except RelatedError as error:
            problem = error.within(found.target)
        return PlannedPage(path, Outcome.FAILED, problem=problem)

    def link(self, file: str, path: str) -> PlannedPage:
        """Keep a symbolic link, whose target is planned under its own path; refuse one that leaves the site."""
        target = os.path.relpath(os.path.realpath(file), os.path.realpath(self.site.location))
        if target.startswith(os.pardir):
            raise WriteError("this symbolic link leads out of the site", expected="a file inside the site")
        return PlannedPage(path, Outcome.KEPT, why=(f"a link to {target}",))

    def page(self, file: PageFile, path: str, state: FileState) -> Step[PlannedPage | Skipped]:
        """Plan one file, reading it only if it has changed or must change."""
        seen, field, stale = self.cache.find(path, state), None, False
        if seen is None:
            read = self._read(file, state)
            if isinstance(read, Skipped):
                return read
            field, article_id, stale, name = read
            if field is None:
                return PlannedPage(path, Outcome.NO_FIELD, article_id, is_stale=stale)
            seen = Seen(state, article_id, hash_block(field.block), field.is_empty(), name, None)
        ours = self.record.find(path, seen.block_hash)
        page = PlannedPage(path, Outcome.KEPT, seen.article_id, is_stale=stale, block_hash=seen.block_hash)
        if not seen.is_free and ours is None and not self.options.overwrite:
            return self._unchanged(page, seen)
        held = ours.items if ours else ()
        page = page._replace(outcome=Outcome.SAME, listing=seen.listing, before=held)
        if (
            seen.listing
            and seen.listing.answer == self.lists.answer_key(seen.article_id)
            and (ours or not seen.listing.items)
        ):
            outcome = Outcome.SAME if seen.listing.items else Outcome.EMPTY
            return self._unchanged(page._replace(outcome=outcome, block=ours), seen)
        made = yield seen.article_id, held
        if made.keeps:
            return self._unchanged(page._replace(outcome=Outcome.HELD, block=ours), seen._replace(listing=None))
        page = page._replace(listing=made.listing)
        syntax = SYNTAXES[seen.syntax]
        if field is None:
            # The hash ignores line ends, so a block that stays the same is known without reading the file.
            if made.entries and hash_block(syntax.write_block(made.entries)) == seen.block_hash:
                return self._unchanged(page._replace(block=Block(seen.block_hash, made.listing.items)), seen)
            if not made.entries and seen.is_free:
                return self._unchanged(page._replace(outcome=Outcome.EMPTY), seen)
            read = self._read(file, state)
            if isinstance(read, Skipped):
                return read
            field = read[0]
            if field is None or (read[3], hash_block(field.block)) != (seen.syntax, seen.block_hash):
                raise WriteError("the file changed during the run", hint="run the command again")
        block = syntax.write_block(made.entries, field.newline)
        is_same = block == field.block or (not block and field.is_empty())
        outcome = outcome_of(
            bool(block), is_same=is_same, was_filled=not is_same and not seen.is_free, was_ours=ours is not None
        )
        if is_same:
            page = page._replace(outcome=outcome, block_hash=hash_block(field.block))
            return self._unchanged(
                page._replace(block=Block(page.block_hash, made.listing.items) if block else None), seen
            )
        block_hash = hash_block(block)
        return page._replace(
            outcome=outcome,
            why=tuple(made.differences(held)),
            block=Block(block_hash, made.listing.items),
            block_hash=block_hash,
            edit=Edit(file, syntax.name, field, block, syntax.splice(field, block)),
        )

    def _read(self, file: PageFile, state: FileState) -> tuple[RelatedField | None, str, bool, str] | Skipped:
        """Return the field (None without front matter), the article's id, whether it is stale, and the syntax name."""
        read = self.site.read(file, state)
        if isinstance(read, Skipped):
            return read
        field = read.related_field()
        article_id, stored = self.naming.find(read.article, file.path, given=read.names_itself)
        stale = stored.to_record() != {**read.article.to_record(), "id": article_id}
        return field, article_id, stale, read.syntax.name

    def _unchanged(self, page: PlannedPage, seen: Seen) -> PlannedPage:
        """Cache an unchanged page, unless it is stale: stale files are read and reported in every run."""
        if not page.is_stale:
            self.cache.put(page.path, seen._replace(listing=page.listing, block_hash=page.block_hash))
        return page._replace(state=seen.state)
