"""The queue of texts that wait for their vectors, which processes on any machine make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from recommender.embedding import Vectors


@dataclass(frozen=True)
class Claim:
    """Texts that are this process's to encode.

    Attributes:
        texts: By their hash; empty if none wait.
        keep: Keeps their vectors, by the same hashes; durable when the claim ends.
    """

    texts: Mapping[bytes, str]
    keep: Callable[[Mapping[bytes, Vectors]], None]


class TextQueue(Protocol):
    """The texts of one collection that wait; `encoder` is always the fingerprint of the encoder."""

    def put(self, encoder: str, texts: Mapping[bytes, str]) -> None:
        """Add those of some texts, by their hash, that have no vector and do not wait already."""
        ...

    def left(self, encoder: str, hashes: Sequence[bytes] | None = None) -> int:
        """Return how many texts wait, or how many of some."""
        ...

    def claim(self, encoder: str, count: int) -> AbstractContextManager[Claim]:
        """Take at most so many texts, which nobody else takes meanwhile; without their vectors they wait on."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Wait until texts were added, but not longer than this."""
        ...
