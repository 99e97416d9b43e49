"""What a source is: a place that yields what it found, one article after another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from recommender.article import Article
from recommender.errors import RelatedError

SETTLED_AFTER_S = 2.0
"""A file that changed less than this before it was read may change again without its times showing it
(some file systems keep times in steps of two seconds), so its state proves nothing."""


class FileState(NamedTuple):
    """What `stat` says of a file; while it is equal the file has not changed."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> FileState:
        """The state in a `stat` result."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    def is_settled(self) -> bool:
        """Whether the file rested long enough for its times to tell a later change."""
        return max(self.mtime_ns, self.ctime_ns) < time.time_ns() - int(SETTLED_AFTER_S * 1e9)


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article that was read; `where` is for people, `path` is the file below the source."""

    article: Article
    where: str
    path: str
    state: FileState


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file whose state is the known one; it was not read."""

    path: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a line of one, that gave no article."""

    error: RelatedError
    path: str


Found = ReadArticle | Unchanged | Unreadable


class Source(Protocol):
    """A place that articles come from."""

    kind: str
    location: Path

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Everything in the source, in an order that does not change between runs.

        Args:
            known: State of each file as it was when last read whole; such a file is yielded as `Unchanged`.
        """
        ...


def reason(error: OSError) -> str:
    """What the operating system said, without its number and path."""
    return error.strerror or str(error)
