"""The interface of article sources, and the results of reading them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from recommender.article import Article, LostValue
from recommender.errors import RelatedError, SourceError

FOLDER_KINDS = frozenset({"folder", "markdown_folder"})
"""The kinds of source that are a folder; older collections store the longer name."""

SETTLED_AFTER_S = 2.0
"""A file that changed less than this before it was read may change again without a new modification time
(some file systems keep times in steps of two seconds), so its state proves nothing."""


class FileState(NamedTuple):
    """The `stat` values of a file; as long as they are equal, the file has not changed."""

    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, stat: os.stat_result) -> FileState:
        """Take the state from a `stat` result."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    def is_settled(self) -> bool:
        """Return whether the file is old enough for its times to reveal a later change."""
        return max(self.mtime_ns, self.ctime_ns) < time.time_ns() - int(SETTLED_AFTER_S * 1e9)


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article that was read.

    Attributes:
        article: The article; it has an id.
        where: The place to show in messages: a file, a line of one, an address.
        path: The file's path below the source, or the article's name there.
        state: The state to compare in the next scan.
        lost: Values that could not be read and were left out.
        origins: By field, the key of the source that it came from.
    """

    article: Article
    where: str
    path: str
    state: FileState
    lost: tuple[LostValue, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file in the known state; it was not read."""

    path: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a line of one, that could not be read as an article."""

    error: RelatedError
    path: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not an article, or is hidden from readers.

    Attributes:
        path: As in `ReadArticle`.
        reason: A short reason that can be counted: `draft`, `in the future`, `not an article: README`.
    """

    path: str
    reason: str


Found = ReadArticle | Unchanged | Unreadable | Skipped


class Source(Protocol):
    """A place that articles come from.

    Attributes:
        kind: The kind of source, such as `folder`.
        location: A path, or the address of a live site.
    """

    kind: str

    @property
    def location(self) -> Path | str: ...

    def fingerprint(self) -> str:
        """Return the fingerprint of the reader and its settings; when it changes, everything is read again."""

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield everything in the source, in an order that is the same in every run.

        Args:
            known: The state of each file when it was last read; a file still in it is yielded as `Unchanged`.

        Raises:
            SourceError: If the source cannot be read; entries not yielded by then may still exist.
        """


@runtime_checkable
class Remembering(Protocol):
    """A source that keeps a text between scans, such as the ETags of a server's pages."""

    def load_state(self, text: str) -> None:
        """Restore the text that `save_state` returned after the last scan; empty before the first."""

    def save_state(self) -> str:
        """Return the text to keep until the next scan."""


def reason(error: OSError) -> str:
    """Return the operating system's message without its number and path."""
    return error.strerror or str(error)


@contextlib.contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn an `OSError` in the block into a `SourceError` about `file`."""
    try:
        yield
    except OSError as error:
        raise SourceError(f"the file cannot be read: {reason(error)}", where=str(file)) from None
