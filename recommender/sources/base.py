"""What a source is: a place that yields what it found, one article after another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from recommender.article import Article, LostValue
from recommender.errors import RelatedError

FOLDER_KINDS = frozenset({"folder", "markdown_folder"})
"""What a source is called that is a folder; older collections have the longer name."""

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
    """An article that was read.

    Attributes:
        article: With an id.
        where: The place for people: a file, a line of one, an address.
        path: The file below the source, or what names the article there.
        state: What tells a later change.
        lost: Values that could not be read; the article is whole without them.
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
    """A file whose state is the known one; it was not read."""

    path: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a line of one, that gave no article."""

    error: RelatedError
    path: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is no article, or none that readers may see.

    Attributes:
        path: As in `ReadArticle`.
        reason: Why, as a noun that can be counted: `draft`, `in the future`, `not an article: README`.
    """

    path: str
    reason: str


Found = ReadArticle | Unchanged | Unreadable | Skipped


class Source(Protocol):
    """A place that articles come from.

    Attributes:
        kind: Such as `folder`.
        location: A path, or the address of a live site.
    """

    kind: str

    @property
    def location(self) -> Path | str: ...

    def fingerprint(self) -> str:
        """What the articles depend on beside what is there; when it changes, all of it is read again."""
        ...

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Everything in the source, in an order that does not change between runs.

        Args:
            known: State of each file as it was when last read whole; such a file is yielded as `Unchanged`.

        Raises:
            SourceError: If the source cannot be read as a whole; what was not met then may be there all the same.
        """
        ...


@runtime_checkable
class Remembering(Protocol):
    """A source that wants a text back at its next scan, such as what a server called the state of its pages."""

    def load_state(self, text: str) -> None:
        """Take what `save_state` gave after the scan before; empty before the first."""
        ...

    def save_state(self) -> str:
        """What is to be kept until the next scan."""
        ...


def reason(error: OSError) -> str:
    """What the operating system said, without its number and path."""
    return error.strerror or str(error)
