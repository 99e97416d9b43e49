"""Fill the related fields of articles in a JSON Lines file; the result goes to another file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from recommender.config import Settings
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Outcome, PlannedPage, outcome_of
from recommender.enrich.lists import Lists, Naming, Step
from recommender.enrich.plan import EnrichOptions
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import RelatedError
from recommender.related.recommender import Recommender
from recommender.sources.base import Skipped, reading
from recommender.sources.folder import matches
from recommender.sources.json_field import canonical_json, set_json_field
from recommender.sources.json_lines import JsonLinesFile, too_long

_NO_ARTICLE = PlannedPage("", Outcome.SAME)
_BATCH = 256
"""Lines that are recorded together before the first of them is written."""


class _Line(NamedTuple):
    """A line to write, its page (without a path if it holds no article), and the old block if it was ours."""

    data: bytes
    page: PlannedPage
    ours: Block | None = None


class LinesSite:
    """A JSON Lines file whose related fields are filled, line by line, into another file.

    Lines that cannot be read, and lines whose field someone else filled, are copied unchanged.

    Args:
        file: The file, with one article a line.
        recommender: A recommender with the ranking settings and rules of `settings`.
        settings: How lists are made.
        workers: How many processes make lists beside this one, where there are many to make.

    Attributes:
        coverage: The statistics of the last run.
    """

    def __init__(self, file: Path, recommender: Recommender, settings: Settings, *, workers: int = 0) -> None:
        self._file = file
        self._source = JsonLinesFile(file, settings)
        self._max_bytes = settings.sources.max_file_bytes
        self._lists = Lists(recommender, settings, workers=workers)
        self._naming = Naming(recommender.collection, file.parent)
        self._record = Record(file.parent, of_lines=True)
        self.coverage = Coverage()

    def plan(self, options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """Yield the plan for every line, and write nothing."""
        for line in self._lines(options or EnrichOptions()):
            yield line.page

    def fill(self, out: IO[bytes], options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """Write every line with its related field to `out`.

        Raises:
            SourceError: If the file cannot be read.
            BusyError: If another run fills the same file.
            WriteError: If the written blocks cannot be recorded; then no further line is written.
        """
        with self._record.held():
            # Read again, because another run may have finished since.
            self._record = Record(self._file.parent, of_lines=True)
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
        self.coverage = self._lists.coverage(self._record.problems)
        for line in self._lists.in_order(self._steps(options)):
            if line.page.path or line.page.problem:
                self.coverage.add(line.page)
            yield line

    def _steps(self, options: EnrichOptions) -> Iterator[Step[_Line]]:
        with reading(self._file), self._file.open("rb") as stream:
            number, rest = 0, False
            while data := stream.readline(self._max_bytes + 1):
                number += not rest
                is_whole = data.endswith(b"\n")
                yield self._line(
                    data, 0 if rest else number, options, is_cut=len(data) > self._max_bytes and not is_whole
                )
                rest = not is_whole

    def _failed(self, number: int, problem: RelatedError) -> PlannedPage:
        return PlannedPage("", Outcome.FAILED, problem=problem.within(f"{self._file}, line {number}"))

    def _line(self, data: bytes, number: int, options: EnrichOptions, *, is_cut: bool) -> Step[_Line]:
        """Fill one line, given its number; 0 for the rest of a line that was cut because it is too long."""
        if not number or not (is_cut or data.strip()):
            return _Line(data, _NO_ARTICLE)
        if is_cut:
            return _Line(data, self._failed(number, too_long(self._max_bytes)))
        try:
            article = self._source.article(data, number)
            if isinstance(article, Skipped):
                self.coverage.skipped[article.reason] += 1
                return _Line(data, _NO_ARTICLE)
            name = article.id or ""
            if options.only and not matches(name, options.only):
                return _Line(data, _NO_ARTICLE)
            text = data.decode()
            before = json.loads(text.removeprefix("\ufeff")).get("related")
            block_hash = hash_block(canonical_json(before)) if before else ""
            ours = self._record.find(name, block_hash)
            if before and ours is None and not options.overwrite:
                return _Line(data, PlannedPage(name, Outcome.KEPT, name, block_hash=block_hash))
            held = ours.items if ours else ()
            article_id, _ = self._naming.find(article, name, given=True)
            made = yield article_id, held
            if made.keeps:
                return _Line(data, PlannedPage(name, Outcome.HELD, article_id, block=ours, block_hash=block_hash), ours)
            result = set_json_field(text, "related", made.entries, before="secured").encode()
        except RelatedError as error:
            return _Line(data, self._failed(number, error))
        new_hash = hash_block(canonical_json(made.entries)) if made.entries else ""
        is_same, items = new_hash == block_hash, made.listing.items
        outcome = outcome_of(bool(items), is_same=is_same, was_filled=bool(before), was_ours=ours is not None)
        why = tuple(made.differences(held))
        page = PlannedPage(name, outcome, article_id, made.listing, held, why, Block(new_hash, items), new_hash)
        return _Line(data if is_same and before is not None else result, page, ours)
