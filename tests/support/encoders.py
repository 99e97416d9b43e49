"""Encoders without a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


class CountingEncoder:
    """Deterministic unit vectors from a text's hash; remembers every text that it was asked to encode."""

    fingerprint = "counting-encoder"
    dimension = 8

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.batches for text in batch]

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> np.ndarray:
        self.batches.append(list(texts))
        rows = [np.frombuffer(hashlib.blake2b(text.encode(), digest_size=8).digest(), np.uint8) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 8) + 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class OtherEncoder(CountingEncoder):
    """The same lengths and other vectors: what another model is to the first."""

    fingerprint = "other-encoder"

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> np.ndarray:
        return super().encode([f"other {text}" for text in texts], role, progress)
