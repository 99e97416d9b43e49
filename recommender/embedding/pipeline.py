"""Texts -> vectors, and never the same text twice: what the store has is not encoded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.errors import VectorError
from recommender.text import text_hash

Vectors = NDArray[np.float32]
Role = Literal["query", "passage"]
Progress = Callable[[int, int], None]
"""Called with the number of texts done and the number of texts in all."""

_NORM_TOLERANCE = 1e-3


class Encoder(Protocol):
    """Something that turns texts into unit vectors."""

    @property
    def fingerprint(self) -> str:
        """What built the vectors: equal fingerprints mean vectors that may be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension); a vector does not depend on the other texts."""
        ...


class VectorStore(Protocol):
    """Where vectors are kept between runs, by encoder fingerprint and text hash."""

    def load_vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The stored vectors among `hashes`, each of shape (dimension,)."""
        ...


def embed_texts(
    texts: Sequence[str], encoder: Encoder, store: VectorStore, progress: Progress | None = None
) -> tuple[dict[bytes, Vectors], int]:
    """A vector for every text.

    Args:
        texts: What to embed; equal texts are encoded once.
        encoder: Used only for texts that the store lacks.
        store: Asked first; keeping what is new is the caller's part.
        progress: Called as texts are encoded.

    Returns:
        The vector of each text by the text's hash, and how many were encoded.

    Raises:
        VectorError: If the encoder returns a vector that is not one.
    """
    by_hash = {text_hash(text): text for text in texts}
    vectors = store.load_vectors(encoder.fingerprint, list(by_hash))
    missing = [key for key in by_hash if key not in vectors]
    if missing:
        encoded = encoder.encode([by_hash[key] for key in missing], progress=progress)
        check_vectors(encoded, len(missing), encoder.dimension)
        vectors.update(zip(missing, encoded, strict=True))
    return vectors, len(missing)


def check_vectors(vectors: Vectors, count: int, dimension: int) -> None:
    """Refuse vectors that are not `count` finite unit rows of `dimension` float32 values.

    Raises:
        VectorError: Saying what they are instead.
    """
    expected = f"{count} unit vectors of {dimension} float32 values"
    if vectors.shape != (count, dimension) or vectors.dtype != np.float32:
        raise VectorError(f"vectors of shape {vectors.shape} and type {vectors.dtype}", expected=expected)
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise VectorError(f"vector {int(np.argmin(finite))} holds a value that is no number", expected=expected)
    off = np.abs(np.linalg.norm(vectors, axis=1) - 1)
    if count and off.max() > _NORM_TOLERANCE:
        worst = int(np.argmax(off))
        length = float(np.linalg.norm(vectors[worst]))
        raise VectorError(f"vector {worst} has length {length:.4g}", expected=expected)
