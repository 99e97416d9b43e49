"""The lists of a whole site in one JSON or YAML data file, keyed by article id, for templates to read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recommender.config import Settings
from recommender.enrich.apply import changed_during_run
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Outcome, PlannedPage, outcome_of
from recommender.enrich.lists import Lists, Step
from recommender.enrich.record import Block, Record, hash_block
from recommender.errors import ConfigError, InputError, WriteError
from recommender.files import replacing
from recommender.related.recommender import Recommender
from recommender.sources.base import reason
from recommender.sources.related_block import write_value
from recommender.sources.yaml_mapping import read_yaml_mapping

SUFFIXES = (".json", ".yml", ".yaml")
Entries = list[dict[str, Any]]


class DataFile:
    """A data file with the related list of every article that has one.

    Args:
        file: The file; its suffix selects JSON or YAML.
        root: The folder with the record of written blocks.
        recommender: A recommender with the ranking settings and rules of `settings`.
        settings: How lists are made.
        overwrite: Whether to replace a file that was not written by this program.
        workers: How many processes make lists beside this one, where there are many to make.

    Attributes:
        coverage: The statistics of the last run.

    Raises:
        ConfigError: If the suffix is unknown, or most articles have no address.
        WriteError: If the existing file was not written by this program.
    """

    def __init__(
        self,
        file: Path,
        root: Path,
        recommender: Recommender,
        settings: Settings,
        *,
        overwrite: bool = False,
        workers: int = 0,
    ) -> None:
        if file.suffix.lower() not in SUFFIXES:
            raise ConfigError(f"--into is {file}", expected=f"a file that ends in {', '.join(SUFFIXES)}")
        self._file = file
        self._lists = Lists(recommender, settings, with_ids=True, workers=workers)
        self._root = root
        self._path = os.path.relpath(file.resolve(), root.resolve())
        self._before = self._read()
        is_ours = Record(root).find(self._path, hash_block(self._before)) is not None
        if self._before.strip() and not is_ours and not overwrite:
            what = "the file was not written by related enrich, or was changed since"
            raise WriteError(what, where=str(file), expected="a new file", hint="--overwrite replaces it")
        self.coverage = Coverage()

    def _read(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise WriteError(f"the file cannot be read: {reason(error)}", where=str(self._file)) from None

    def plan(self) -> Iterator[PlannedPage]:
        """Yield the planned list of every article, and write nothing."""
        for page, _ in self._pages():
            yield page

    def fill(self) -> Iterator[PlannedPage]:
        """Make every list, yield each as a page, then write the file whole or not at all.

        Raises:
            WriteError: If the file cannot be written; its old content is kept.
        """
        lists: dict[str, Entries] = {}
        for page, entries in self._pages():
            if entries:
                lists[page.article_id] = entries
            yield page
        data = self._written(lists)
        if data == self._before:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"the file cannot be written: {reason(error)}", where=str(self._file)) from None
        with Record(self._root).held():
            if self._read() != self._before:
                raise changed_during_run(self._file)
            # Read again, because another run may have finished since.
            record, block = Record(self._root), Block(hash_block(data), ())
            record.begin([(self._path, block)])
            with replacing(self._file) as stream:
                stream.write(data)
            record.settle(self._path, block.hash, block)
            record.save()

    def _pages(self) -> Iterator[tuple[PlannedPage, Entries]]:
        """Yield the page and the entries of every article, sorted by id."""
        store = self._lists.collection.store
        self.coverage = Coverage(articles=store.count(), without_address=len(self._lists.without_address))
        before = self._lists_before()
        with self._lists.collection.reading() as index:
            ids = list(index.ids())
        for page, entries in self._lists.in_order(_step(each, before.get(each, [])) for each in ids):
            self.coverage.add(page)
            yield page, entries

    def _lists_before(self) -> Mapping[str, Entries]:
        if not self._before.strip():
            return {}
        try:
            text = self._before.decode()
            found = json.loads(text) if self._file.suffix.lower() == ".json" else read_yaml_mapping(text)[0]
        except (ValueError, InputError):
            return {}
        return {
            key: [entry for entry in value if isinstance(entry, dict)]
            for key, value in (found if isinstance(found, dict) else {}).items()
            if isinstance(value, list)
        }

    def _written(self, lists: Mapping[str, Entries]) -> bytes:
        if self._file.suffix.lower() == ".json":
            return (json.dumps(lists, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
        return b"".join(write_value(key, entries) for key, entries in lists.items()) or b"{}\n"


def _step(article_id: str, known: Entries) -> Step[tuple[PlannedPage, Entries]]:
    held = tuple(str(entry.get("id")) for entry in known)
    made = yield article_id, held
    if made.keeps:
        return PlannedPage(article_id, Outcome.HELD, article_id, before=held), known
    is_same, had = made.entries == known, bool(known)
    outcome = outcome_of(bool(made.entries), is_same=is_same, was_filled=had, was_ours=had)
    return PlannedPage(article_id, outcome, article_id, made.listing, held, tuple(made.differences(held))), made.entries
