"""A whole site: its files, the record of what was written into them, and the lists that they get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from recommender.config import Settings
from recommender.enrich.apply import apply
from recommender.enrich.cache import Cache
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Outcome, PlannedPage
from recommender.enrich.lists import Lists
from recommender.enrich.plan import EnrichOptions, plan
from recommender.enrich.record import Record
from recommender.errors import ConfigError, InputError, RelatedError, SourceError
from recommender.related.recommender import Recommender
from recommender.sources import SiteFolder
from recommender.sources.syntaxes import syntax_of


class FolderSite:
    """A folder of article files whose related fields are filled.

    Example:
        >>> site = FolderSite(Path("site"), recommender, settings)                                    # doctest: +SKIP
        >>> for page in site.fill():                                                            # doctest: +SKIP
        ...     print(page.path, page.outcome, page.why)

    Args:
        folder: The site.
        recommender: What is asked; with the ranking settings and rules of `settings`.
        settings: Which files are articles, and how their lists are made.

    Attributes:
        coverage: What the last run found.

    Raises:
        SourceError: If there is no such folder.
        WriteError: If the record of what was written cannot be read.
    """

    def __init__(self, folder: Path, recommender: Recommender, settings: Settings) -> None:
        if not folder.is_dir():
            raise SourceError(
                "there is no such folder",
                where=str(folder),
                expected="a folder of article files",
                hint="a .jsonl file needs --out, any other site --into",
            )
        self._folder = SiteFolder(folder, settings)
        self._record = Record(folder)
        self._cache = Cache(folder)
        self._lists = Lists(recommender, settings, with_ids=self._folder.profile.entry_has_id)
        self.coverage = Coverage()

    def plan(self, options: EnrichOptions | None = None, *, limit: int | None = None) -> Iterator[PlannedPage]:
        """What `fill` would make of every file; nothing is written."""
        coverage = self._begin()
        pages = plan(self._folder, self._lists, self._record, self._cache, options or EnrichOptions(), coverage.skipped)
        yield from coverage.watch(_until(pages, limit))

    def fill(self, options: EnrichOptions | None = None, *, limit: int | None = None) -> Iterator[PlannedPage]:
        """Write every file that must change; each page is yielded when it is done.

        Args:
            options: Which files are looked at.
            limit: Change so many files at most.

        Raises:
            ConfigError: If the site's generator does not bear a related field in its pages.
            BusyError: If another run is at work in the site.
            WriteError: If what is written cannot be recorded; then nothing is written.
        """
        options = options or EnrichOptions()
        self.refuse_fields()
        present: set[str] = set()
        with self._record.held():
            # As another run has left them that ended since.
            self._record, self._cache = Record(self._folder.location), Cache(self._folder.location)
            coverage = self._begin()
            planned = plan(self._folder, self._lists, self._record, self._cache, options, coverage.skipped)
            pages = _until(planned, limit)
            try:
                for page in coverage.watch(apply(pages, self._record, self._cache)):
                    present.add(page.path)
                    yield page
                if options.is_everything and limit is None:
                    self._record.forget_gone()
                    self._cache.forget_all_but(present)
            finally:
                self._record.save()
                self._cache.save()

    def refuse_fields(self) -> None:
        """Refuse to go on where the site's generator refuses a page with a field that it does not know.

        Raises:
            ConfigError: Naming what to do instead.
        """
        profile = self._folder.profile
        if not profile.field_is_allowed:
            raise ConfigError(
                f"{profile.generator} does not take a related field in its pages",
                where=str(self._folder.location),
                hint=f"write one data file: related enrich SITE --into {profile.into}",
            )

    def export(self, out: IO[bytes], options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """Write id, path and related items of every article to `out`, a line each; no file of the site is written.

        Where someone else filled the field, its items are theirs.
        """
        options = options or EnrichOptions()
        for page in self.plan(options):
            if page.problem is None and page.article_id:
                try:
                    line = {"id": page.article_id, "path": page.path, "related": self._related(page)}
                    out.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
                except RelatedError as error:
                    self.coverage.problems.append(error)
            yield page

    def _related(self, page: PlannedPage) -> Any:
        if page.outcome is Outcome.NO_FIELD:
            return self._lists.make(page.article_id, ()).entries
        if page.outcome is not Outcome.KEPT:
            return self._lists.entries(page.listing.items) if page.listing else []
        file = self._folder.location / page.path
        try:
            data = file.read_bytes()
            return syntax_of(page.path, data).find_related(data).value()
        except RelatedError as error:
            raise InputError(f"the related field cannot be read: {error.what}", where=str(file)) from None

    def _begin(self) -> Coverage:
        self.coverage = Coverage(articles=self._lists.collection.store.count())
        self.coverage.problems += self._record.problems
        self.coverage.without_address = len(self._lists.without_address)
        return self.coverage


def _until(pages: Iterator[PlannedPage], limit: int | None) -> Iterator[PlannedPage]:
    """Pages up to and with the one that is the last change allowed."""
    if limit is None:
        yield from pages
        return
    changes = 0
    for page in pages:
        changes += page.edit is not None
        if changes > limit:
            return
        yield page
