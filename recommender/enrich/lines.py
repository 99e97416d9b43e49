"""Related fields as JSON lines: for sites that are no files, and of a folder without writing into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from recommender.config import Settings
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing, Outcome, PlannedPage
from recommender.enrich.lists import Lists, Naming
from recommender.enrich.plan import EnrichOptions
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import RelatedError, SourceError
from recommender.related.recommender import Recommender
from recommender.sources.base import Skipped, reason
from recommender.sources.folder import matches
from recommender.sources.json_field import canonical_json, set_json_field
from recommender.sources.json_lines import JsonLinesFile, too_long

_BATCH = 256
"""Lists that are recorded together before the first of them is handed out."""


class _Line(NamedTuple):
    """A line as it is to be, its page, and the block that it held if that was written here.

    A page without a path is no article's.
    """

    data: bytes
    page: PlannedPage
    ours: Block | None = None


class LinesSite:
    """A file of JSON lines whose articles' related fields are filled, line by line, into another file.

    A line that cannot be used, and one whose field someone else filled, comes out as it went in.

    Args:
        file: One article a line.
        recommender: What is asked; with the ranking settings and rules of `settings`.
        settings: How lists are made.

    Attributes:
        coverage: What the last run found.
    """

    def __init__(self, file: Path, recommender: Recommender, settings: Settings) -> None:
        self._file = file
        self._source = JsonLinesFile(file, settings)
        self._max_bytes = settings.sources.max_file_bytes
        self._lists = Lists(recommender, settings)
        self._naming = Naming(recommender.collection, file.parent)
        self._record = Record(file.parent, of_lines=True)
        self.coverage = Coverage()

    def plan(self, options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """What would become of every line; nothing is written."""
        for line in self._lines(options or EnrichOptions()):
            yield line.page

    def fill(self, out: IO[bytes], options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """Write every line to `out` with its related field.

        Raises:
            SourceError: If the file cannot be read.
            BusyError: If another run fills the same file.
            WriteError: If what is handed out cannot be recorded; then no more is.
        """
        with self._record.held():
            self._record = Record(self._file.parent, of_lines=True)  # as another run has left it that ended since
            lines = self._lines(options or EnrichOptions())
            while batch := list(islice(lines, _BATCH)):
                self._record.begin([(line.page.path, line.page.block) for line in batch if line.page.block])
                for line in batch:
                    out.write(line.data)
                    if line.page.block:
                        self._record.remember(line.page.path, line.ours, line.page.block)
                    yield line.page
            self._record.save()

    def _lines(self, options: EnrichOptions) -> Iterator[_Line]:
        self.coverage = Coverage(articles=self._lists.collection.store.count())
        self.coverage.problems += self._record.problems
        self.coverage.without_address = len(self._lists.without_address)
        try:
            with self._file.open("rb") as stream:
                number, rest = 0, False
                while data := stream.readline(self._max_bytes + 1):
                    number += not rest
                    longer = len(data) > self._max_bytes and not data.endswith(b"\n")
                    line = _Line(data, PlannedPage("", Outcome.SAME))
                    if longer and not rest:
                        line = line._replace(page=self._failed(number, too_long(self._max_bytes)))
                    elif not rest and data.strip():
                        line = self._line(data, number, options)
                    rest = not data.endswith(b"\n")
                    if line.page.path or line.page.problem:
                        self.coverage.add(line.page)
                    yield line
        except OSError as error:
            raise SourceError(f"the file cannot be read: {reason(error)}", where=str(self._file)) from None

    def _failed(self, number: int, problem: RelatedError) -> PlannedPage:
        return PlannedPage("", Outcome.FAILED, problem=problem.within(f"{self._file}, line {number}"))

    def _line(self, data: bytes, number: int, options: EnrichOptions) -> _Line:
        try:
            article = self._source.article(data, number)
            if isinstance(article, Skipped):
                self.coverage.skipped[article.reason] += 1
                return _Line(data, PlannedPage("", Outcome.SAME))
            name = article.id or ""
            if options.only and not matches(name, options.only):
                return _Line(data, PlannedPage("", Outcome.SAME))
            text = data.decode()
            before = json.loads(text.removeprefix("\ufeff")).get("related")
            block_hash = hash_block(canonical_json(before)) if before else ""
            ours = self._record.find(name, block_hash)
            if before and ours is None and not options.overwrite:
                return _Line(data, PlannedPage(name, Outcome.KEPT, name, block_hash=block_hash))
            article_id, _ = self._naming.find(article, name, given=True)
            made = self._lists.make(article_id, ours.items if ours else ())
            result = set_json_field(text, "related", made.entries, before="secured").encode()
        except RelatedError as error:
            return _Line(data, self._failed(number, error))
        new_hash = hash_block(canonical_json(made.entries)) if made.entries else ""
        page = PlannedPage(
            name,
            _outcome(made.listing, new_hash == block_hash, bool(before), ours),
            article_id,
            made.listing,
            ours.items if ours else (),
            tuple(made.differences(ours.items if ours else ())),
            Block(new_hash, made.listing.items),
            new_hash,
        )
        return _Line(data if new_hash == block_hash and before is not None else result, page, ours)


def _outcome(listing: Listing, same: bool, filled: bool, ours: Block | None) -> Outcome:
    if not listing.items:
        return Outcome.EMPTIED if filled else Outcome.EMPTY
    if same:
        return Outcome.SAME
    return Outcome.CHANGED if ours else Outcome.TAKEN_OVER if filled else Outcome.FILLED
