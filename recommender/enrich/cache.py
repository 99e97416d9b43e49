"""What the last run found in each file, so that a file that has not changed is not read again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Set
from pathlib import Path
from typing import Any, NamedTuple

from recommender.enrich.listing import Listing
from recommender.enrich.record import FOLDER
from recommender.sources import FileState
from recommender.sources.syntaxes import SYNTAXES

FILE_NAME = "cache.jsonl"
_VERSION = b'{"cache": 2}'
_SECOND_NS = 1_000_000_000


class Seen(NamedTuple):
    """What a file held.

    Attributes:
        state: Of the file when it was read.
        article_id: Of its article.
        block_hash: Of its related block.
        is_free: Whether nobody's work was in the field.
        syntax: That the field is written in.
        listing: The list that was last made for it.
    """

    state: FileState
    article_id: str
    block_hash: str
    is_free: bool
    syntax: str
    listing: Listing | None


class Cache:
    """What the files of a site held. It may be deleted at any time; then they are read again."""

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
        """What the file at `path` held, if it is still in this state."""
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
        """Note what a file holds, unless its times are too coarse to show the next change."""
        # Where times have fractions of a second, two changes within one tick are all that could be missed, and no file
        # is ever changed without being read again.
        if seen.state.is_settled() or seen.state.mtime_ns % _SECOND_NS:
            line = json.dumps(seen, ensure_ascii=True, separators=(",", ":")).encode()
            if self._lines.get(path) != line:
                self._lines[path] = line
                self._dirty = True
        elif self._lines.pop(path, None) is not None:
            self._dirty = True

    def forget_all_but(self, present: Set[str]) -> None:
        """Drop what was in files that are not there any more."""
        gone = self._lines.keys() - present
        self._dirty |= bool(gone)
        for path in gone:
            del self._lines[path]

    def save(self) -> None:
        """Keep it for the next run; without it that is slower and nothing else."""
        if not self._dirty:
            return
        spare = self._file.with_name(f"{FILE_NAME}.new")
        with contextlib.suppress(OSError):
            with spare.open("wb") as stream:
                stream.write(_VERSION + b"\n")
                stream.writelines(
                    json.dumps(path).encode() + b"\t" + line + b"\n" for path, line in self._lines.items()
                )
            spare.replace(self._file)


def _listing(fields: list[Any]) -> Listing:
    answer, items, scores, ages, collapsed, because = fields
    return Listing(answer, tuple(items), tuple(scores), tuple(ages), collapsed, because)
