"""Text embedding: encoders, and reuse of stored vectors."""

from __future__ import annotations

from recommender.embedding.encoder import SentenceTransformerEncoder
from recommender.embedding.http_encoder import agree
from recommender.embedding.making import fingerprint_of, make_encoder
from recommender.embedding.pipeline import Encoder, Vectors, check_vectors, encode_texts

__all__ = [
    "Encoder",
    "SentenceTransformerEncoder",
    "Vectors",
    "agree",
    "check_vectors",
    "encode_texts",
    "fingerprint_of",
    "make_encoder",
]
