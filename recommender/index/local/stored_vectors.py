"""Unit vectors as columns hold them: float32, or fixed-point numbers of two bytes a value where there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors

Stored = NDArray[np.float32] | NDArray[np.int16]
_ONE = 32_767


def fixed(vectors: Vectors) -> NDArray[np.int16]:
    """Return unit vectors in two bytes a value, which changes a cosine by about 0.00001."""
    rounded: NDArray[Any] = np.rint(vectors * np.float32(_ONE))
    return rounded.astype(np.int16)


def floats(vectors: Stored) -> Vectors:
    """Return stored vectors as float32; those that are of this type already as they are."""
    if vectors.dtype == np.float32:
        return vectors  # type: ignore[return-value]
    found = vectors.astype(np.float32)
    found *= np.float32(1 / _ONE)
    return found
