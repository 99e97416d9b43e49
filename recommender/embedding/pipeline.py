"""The encoder protocol, checks of vectors, and embedding that reuses stored vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.errors import EncoderMismatchError, VectorError
from recommender.progress import Progress

Vectors = NDArray[np.float32]
Role = Literal["query", "passage"]

_NORM_TOLERANCE = 1e-3


class Encoder(Protocol):
    """Encodes texts as unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Identifies the model and its settings: vectors with equal fingerprints may be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Return unit vectors, float32, shape (len(texts), dimension), each independent of the other texts."""
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
        VectorError: If the encoder returns an invalid vector.
    """
    if not texts:
        return {}
    encoded = encoder.encode(list(texts.values()), progress=progress)
    check_vectors(encoded, len(texts), encoder.dimension)
    return dict(zip(texts, encoded, strict=True))


def check_fingerprint(model: str, actual: str, expected: str | None) -> None:
    """Check that a model is the one that made some vectors; any is where none is expected.

    Raises:
        EncoderMismatchError: If it is not.
    """
    if expected is not None and actual != expected:
        raise EncoderMismatchError(
            f"the model {model} is not the one that made the vectors: {actual}",
            expected=expected,
            hint="put the old model back, or build with --recreate",
        )


def check_vectors(vectors: Vectors, count: int, dimension: int) -> None:
    """Check that vectors are `count` finite unit rows of `dimension` float32 values.

    Raises:
        VectorError: If they are not; the error says what they are instead.
    """
    expected = f"{count} unit vectors of {dimension} float32 values"
    if vectors.shape != (count, dimension) or vectors.dtype != np.float32:
        raise VectorError(f"vectors of shape {vectors.shape} and type {vectors.dtype}", expected=expected)
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise VectorError(f"vector {int(np.argmin(finite))} has a value that is not finite", expected=expected)
    lengths = np.linalg.norm(vectors, axis=1)
    worst = int(np.argmax(np.abs(lengths - 1))) if count else 0
    if count and abs(lengths[worst] - 1) > _NORM_TOLERANCE:
        raise VectorError(f"vector {worst} has length {float(lengths[worst]):.4g}", expected=expected)
