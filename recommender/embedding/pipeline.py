"""Texts -> vectors, and never the same text twice: what the store has is not encoded again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.errors import VectorError

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


def encode_texts(
    texts: Mapping[bytes, str], encoder: Encoder, progress: Progress | None = None
) -> dict[bytes, Vectors]:
    """Return the vector of each text, each of shape (dimension,).

    Args:
        texts: By any key; none is encoded twice.
        encoder: Not touched where there is no text.
        progress: Called as texts are encoded.

    Raises:
        VectorError: If the encoder returns a vector that is not one.
    """
    if not texts:
        return {}
    encoded = encoder.encode(list(texts.values()), progress=progress)
    check_vectors(encoded, len(texts), encoder.dimension)
    return dict(zip(texts, encoded, strict=True))


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
