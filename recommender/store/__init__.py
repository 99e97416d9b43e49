"""The store of a collection: articles, vectors, sources, settings and the change log."""

from __future__ import annotations

from recommender.store.base import Store
from recommender.store.encoding import Encoding, QuickEncoder, open_encoder, refuse_other_encoder
from recommender.store.opening import is_server, open_server
from recommender.store.records import Packed, Packer, Revision, StoredArticle, Truth, Upsert
from recommender.store.rules import SITE, KeptRules, RuleChange
from recommender.store.sqlite import SQLiteStore
from recommender.store.writing import (
    Incoming,
    Written,
    complete_packed,
    complete_vectors,
    in_pools,
    vector_of,
    write_articles,
)

__all__ = [
    "SITE",
    "Encoding",
    "Incoming",
    "KeptRules",
    "Packed",
    "Packer",
    "QuickEncoder",
    "Revision",
    "RuleChange",
    "SQLiteStore",
    "Store",
    "StoredArticle",
    "Truth",
    "Upsert",
    "Written",
    "complete_packed",
    "complete_vectors",
    "in_pools",
    "is_server",
    "open_encoder",
    "open_server",
    "refuse_other_encoder",
    "vector_of",
    "write_articles",
]
