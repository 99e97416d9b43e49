"""Texts -> vectors."""

from __future__ import annotations

from recommender.embedding.encoder import SentenceTransformerEncoder
from recommender.embedding.pipeline import Encoder, Progress, Vectors, check_vectors, encode_texts

__all__ = [
    "Encoder",
    "Progress",
    "SentenceTransformerEncoder",
    "Vectors",
    "check_vectors",
    "encode_texts",
]
