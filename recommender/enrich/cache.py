"""A cache of what each file held in the last run; unchanged files need not be read again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Set
from pathlib import Path
from typing import Any, NamedTuple

from recommender.enrich.listing import Listing
from recommender.enrich.record import FOLDER
from recommender.files import replacing_file
from recommender.sources import FileState
from recommender.sources.syntaxes import SYNTAXES

FILE_NAME = "cache.jsonl"
_VERSION = b'{"cache": 2}'
_SECOND_NS = 1_000_000_000


class Seen(NamedTuple):
    """The content of a file when it was last read.

    Attributes:
        state: The file's state at that time.
        article_id: The id of its article.
        block_hash: The hash of its related block.
        is_free: Whether the field was missing or empty, and so free to be filled.
        syntax: The name of the front matter syntax.
        listing: The last list made for it.
    """

    state: FileState
    article_id: str
    block_hash: str
    is_free: bool
    syntax: str
    listing: Listing | None


class Cache:
    """The known contents of a site's files. The cache file may be deleted at any time; then all files are read."""

    def __init__(self, site: Path) -> None:
        self._file = site / FOLDER / FILE_NAME
        self._lines: dict[str, bytes] = {}
        self._dirty = False
        with contextlib.suppress(OSError, ValueError):
            first, *lines = self._file.read_bytes().splitlines()
            if first == _VERSION:
                for line in lines:
                    path, found, rest = line.partition(b'"\t')
                    if found:
                        self._lines[json.loads(path + b'"')] = rest

    def find(self, path: str, state: FileState) -> Seen | None:
        """Return what the file at `path` held, or None if its state has changed."""
        line = self._lines.get(path)
        if line is None:
            return None
        try:
            known, article_id, block_hash, is_free, syntax, listing = json.loads(line)
            if FileState(*known) != state or syntax not in SYNTAXES:
                return None
            return Seen(state, article_id, block_hash, is_free, syntax, _listing(listing) if listing else None)
        except (ValueError, TypeError):
            return None

    def put(self, path: str, seen: Seen) -> None:
        """Store what a file holds, unless its times are too coarse to reveal the next change."""
        # With fractions of a second in its times, only two changes within one clock tick could be missed; and a file
        # is always read again before it is changed.
        if seen.state.is_settled() or seen.state.mtime_ns % _SECOND_NS:
            line = json.dumps(seen, ensure_ascii=True, separators=(",", ":")).encode()
            if self._lines.get(path) != line:
                self._lines[path] = line
                self._dirty = True
        elif self._lines.pop(path, None) is not None:
            self._dirty = True

    def forget_all_but(self, present: Set[str]) -> None:
        """Drop the entries of files that no longer exist."""
        gone = self._lines.keys() - present
        self._dirty |= bool(gone)
        for path in gone:
            del self._lines[path]

    def save(self) -> None:
        """Save the cache for the next run; a failure is ignored, because it only makes that run slower."""
        if not self._dirty:
            return
        spare = self._file.with_name(f"{FILE_NAME}.new")
        with contextlib.suppress(OSError), replacing_file(self._file, spare, durable=False) as stream:
            stream.write(_VERSION + b"\n")
            stream.writelines(json.dumps(path).encode() + b"\t" + line + b"\n" for path, line in self._lines.items())


def _listing(fields: list[Any]) -> Listing:
    answer, items, scores, ages, collapsed, because = fields
    return Listing(answer, tuple(items), tuple(scores), tuple(ages), collapsed, because)
