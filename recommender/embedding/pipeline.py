"""The encoder protocol, checks of vectors, and embedding that reuses stored vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.errors import VectorError
from recommender.progress import Progress
from recommender.text import text_hash

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


class VectorStore(Protocol):
    """Stores vectors by encoder fingerprint and text hash."""

    def load_vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the stored vectors among `hashes`, each of shape (dimension,)."""
        ...


def embed_texts(
    texts: Sequence[str], encoder: Encoder, store: VectorStore, progress: Progress | None = None
) -> tuple[dict[bytes, Vectors], int]:
    """Return a vector for every text, encoding only those that the store lacks.

    Args:
        texts: The texts; equal texts are encoded once.
        encoder: Encodes the texts that the store lacks.
        store: The stored vectors; saving new ones is left to the caller.
        progress: Called as texts are encoded.

    Returns:
        The vector of each text by the text's hash, and how many texts were encoded.

    Raises:
        VectorError: If the encoder returns an invalid vector.
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
