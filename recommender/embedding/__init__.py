"""Texts -> vectors."""

from __future__ import annotations

from recommender.embedding.encoder import SentenceTransformerEncoder
from recommender.embedding.pipeline import Encoder, Progress, Vectors, VectorStore, check_vectors, embed_texts

__all__ = [
    "Encoder",
    "Progress",
    "SentenceTransformerEncoder",
    "VectorStore",
    "Vectors",
    "check_vectors",
    "embed_texts",
]
