"""Fill the related fields of all article files in a site's folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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
        folder: The site's folder.
        recommender: A recommender with the ranking settings and rules of `settings`.
        settings: Which files are articles, and how their lists are made.
        workers: How many processes make lists beside this one, where there are many to make.

    Attributes:
        coverage: The statistics of the last run.

    Raises:
        SourceError: If the folder does not exist.
        WriteError: If the record of written blocks cannot be read.
    """

    def __init__(self, folder: Path, recommender: Recommender, settings: Settings, *, workers: int = 0) -> None:
        if not folder.is_dir():
            hint = "a .jsonl file needs --out, any other site --into"
            expected = "a folder of article files"
            raise SourceError("there is no such folder", where=str(folder), expected=expected, hint=hint)
        self._folder = SiteFolder(folder, settings)
        self._record = Record(folder)
        self._cache = Cache(folder)
        self._lists = Lists(recommender, settings, with_ids=self._folder.profile.entry_has_id, workers=workers)
        self.coverage = Coverage()

    def plan(self, options: EnrichOptions | None = None, *, limit: int | None = None) -> Iterator[PlannedPage]:
        """Yield the plan for every file, and write nothing."""
        coverage = self._begin()
        pages = plan(self._folder, self._lists, self._record, self._cache, options or EnrichOptions(), coverage.skipped)
        yield from coverage.watch(_until(pages, limit))

    def fill(
        self,
        options: EnrichOptions | None = None,
        *,
        limit: int | None = None,
        accepts: Callable[[PlannedPage], PlannedPage] = lambda page: page,
    ) -> Iterator[PlannedPage]:
        """Write every file that must change, and yield each page when it is done.

        Args:
            options: Which files are included.
            limit: The largest number of files to change.
            accepts: Returns each page as it is, or without its edit if that is not to be made.

        Raises:
            ConfigError: If the site's generator rejects a related field in its pages.
            BusyError: If another run is filling the site.
            WriteError: If the written blocks cannot be recorded; then nothing is written.
        """
        options = options or EnrichOptions()
        self.refuse_fields()
        present: set[str] = set()
        with self._record.held():
            # Read again, because another run may have finished since.
            self._record, self._cache = Record(self._folder.location), Cache(self._folder.location)
            coverage = self._begin()
            planned = plan(self._folder, self._lists, self._record, self._cache, options, coverage.skipped)
            pages = map(accepts, _until(planned, limit))
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
        """Refuse a site whose generator rejects pages with unknown fields.

        Raises:
            ConfigError: If it does; the hint says what to do instead.
        """
        profile = self._folder.profile
        if not profile.field_is_allowed:
            what = f"{profile.generator} does not accept a related field in its pages"
            hint = f"write one data file: related enrich SITE --into {profile.into}"
            raise ConfigError(what, where=str(self._folder.location), hint=hint)

    def export(self, out: IO[bytes], options: EnrichOptions | None = None) -> Iterator[PlannedPage]:
        """Write id, path and related items of every article to `out` as JSON Lines, without changing the site.

        A field that someone else filled is exported as it is.
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
        if page.outcome not in {Outcome.KEPT, Outcome.HELD}:
            return self._lists.entries(page.listing.items) if page.listing else []
        file = self._folder.location / page.path
        try:
            data = file.read_bytes()
            return syntax_of(page.path, data).find_related(data).value()
        except RelatedError as error:
            raise InputError(f"the related field cannot be read: {error.what}", where=str(file)) from None

    def _begin(self) -> Coverage:
        self.coverage = self._lists.coverage(self._record.problems)
        return self.coverage


def _until(pages: Iterator[PlannedPage], limit: int | None) -> Iterator[PlannedPage]:
    """Yield pages until the limit of changes is reached."""
    if limit is None:
        yield from pages
        return
    changes = 0
    for page in pages:
        changes += page.edit is not None
        if changes > limit:
            return
        yield page
