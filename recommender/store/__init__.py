"""The store of a collection: articles, vectors, sources, settings and the change log."""

from __future__ import annotations

from recommender.store.base import Revision, Store
from recommender.store.encoding import Encoding, open_encoder, refuse_other_encoder, vector_of
from recommender.store.records import StoredArticle, Upsert
from recommender.store.sqlite import SQLiteStore
from recommender.store.writing import Incoming, Written, complete_vectors, in_pools, write_articles

__all__ = [
    "Encoding",
    "Incoming",
    "Revision",
    "SQLiteStore",
    "Store",
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
