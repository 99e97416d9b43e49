"""Text embedding: encoders, and reuse of stored vectors."""

from __future__ import annotations

from recommender.embedding.encoder import SentenceTransformerEncoder
from recommender.embedding.pipeline import Encoder, Vectors, VectorStore, check_vectors, embed_texts

__all__ = ["Encoder", "SentenceTransformerEncoder", "VectorStore", "Vectors", "check_vectors", "embed_texts"]
