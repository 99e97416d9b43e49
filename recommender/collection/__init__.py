"""What is kept on disk: one truth, and what is derived from it."""

from __future__ import annotations

from recommender.collection.collection import Collection
from recommender.collection.database import Database
from recommender.collection.encoding import Encoding, open_encoder, refuse_other_encoder, vector_of
from recommender.collection.stored import StoredArticle, Upsert
from recommender.collection.writing import Incoming, Written, complete_vectors, in_pools, write_articles

__all__ = [
    "Collection",
    "Database",
    "Encoding",
    "Incoming",
    "StoredArticle",
    "Upsert",
    "Written",
    "complete_vectors",
    "in_pools",
    "open_encoder",
    "refuse_other_encoder",
    "vector_of",
    "write_articles",
]
