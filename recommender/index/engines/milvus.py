"""Milvus as an engine: a server of 2.6 or newer, or a file of milvus-lite. No other module imports pymilvus."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from pymilvus import DataType, MilvusClient
from pymilvus.exceptions import MilvusException

from recommender.embedding import Vectors
from recommender.errors import EngineError
from recommender.index.engines.base import Applied, Entry, Searched, Terms

LONGEST_ID_BYTES = 2048
TIMEOUT_S = 30.0
LEAST_EF = 128
_HNSW = {"M": 16, "efConstruction": 200}
"""Malkov & Yashunin, "Efficient and robust approximate nearest neighbor search" (2018)."""
_STATE = "state"
_INNER_PRODUCT = {"metric_type": "IP"}


class MilvusEngine(Searched):
    """A collection of Milvus; see `base.Engine`.

    Args:
        url: `http://host:19530`, or the file of a database of milvus-lite.
        name: The name of the collection.
        key: A token, or `user:password`.
    """

    def __init__(self, url: str, name: str, key: str | None) -> None:
        self._url, self._key = url, key
        self._name, self._state = name, f"{name}_{_STATE}"
        self.where = f"{url} {name}"

    @cached_property
    def _client(self) -> MilvusClient:
        return MilvusClient(self._url, token=self._key or "", timeout=TIMEOUT_S)

    def applied(self) -> Applied | None:
        """Return what it holds; None if nothing is known."""
        with self._translated():
            if not self._client.has_collection(self._state) or not self._client.has_collection(self._name):
                return None
            for name in (self._name, self._state):
                self._client.load_collection(name)
            rows = self._client.get(self._state, ids=[_STATE], output_fields=["text"], consistency_level="Strong")
            return Applied.parse(rows[0]["text"]) if rows else None

    def start(self, dimension: int) -> None:
        """Forget everything, and make room for vectors of a length."""
        with self._translated():
            for name in (self._state, self._name):
                if self._client.has_collection(name):
                    self._client.drop_collection(name)
            self._make(
                self._name,
                {"vector": (DataType.FLOAT_VECTOR, {"dim": dimension}), "terms": (DataType.SPARSE_FLOAT_VECTOR, {})},
            )
            # Every collection must have a vector.
            self._make(
                self._state,
                {"vector": (DataType.FLOAT_VECTOR, {"dim": 2}), "text": (DataType.VARCHAR, {"max_length": 8192})},
            )

    def _make(self, name: str, fields: dict[str, tuple[DataType, dict[str, Any]]]) -> None:
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=LONGEST_ID_BYTES)
        indexes = self._client.prepare_index_params()
        for field, (kind, more) in fields.items():
            schema.add_field(field, kind, **more)
            if kind == DataType.SPARSE_FLOAT_VECTOR:
                indexes.add_index(field, index_type="SPARSE_INVERTED_INDEX", **_INNER_PRODUCT)
            elif kind == DataType.FLOAT_VECTOR:
                indexes.add_index(field, index_type="HNSW", params=_HNSW, **_INNER_PRODUCT)
        self._client.create_collection(name, schema=schema, index_params=indexes)
        self._client.load_collection(name)

    def write(self, entries: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Write and delete articles; writing one again replaces it."""
        with self._translated():
            if entries:
                rows = [
                    {
                        "id": each.article_id,
                        "vector": each.vector,
                        # An empty vector cannot be stored; no query asks for this term.
                        "terms": dict(zip(*each.terms, strict=True)) or {(1 << 32) - 2: 1e-9},
                    }
                    for each in entries
                ]
                self._client.upsert(self._name, rows)
            if deletes:
                self._client.delete(self._name, ids=list(deletes))

    def mark(self, applied: Applied) -> None:
        """Remember what it holds, after that is safe."""
        with self._translated():
            self._client.upsert(self._state, [{"id": _STATE, "vector": [1.0, 0.0], "text": applied.to_json()}])

    def count(self) -> int:
        """Return how many articles it holds, those just written among them."""
        with self._translated():
            found = self._client.query(self._name, filter="", output_fields=["count(*)"], consistency_level="Strong")
            return int(found[0]["count(*)"])

    def _near(self, vector: Vectors, top_k: int) -> list[str]:
        # A search finds no more than the nodes that it keeps in sight, and says nothing of it.
        return self._search("vector", vector, top_k, {"ef": max(LEAST_EF, 2 * top_k)})

    def _match(self, terms: Terms, top_k: int) -> list[str]:
        return self._search("terms", dict(zip(*terms, strict=True)), top_k)

    def _search(self, field: str, query: Any, top_k: int, params: dict[str, int] | None = None) -> list[str]:
        with self._translated():
            found = self._client.search(
                self._name,
                data=[query],
                anns_field=field,
                limit=top_k,
                output_fields=["id"],
                search_params={**_INNER_PRODUCT, "params": params or {}},
            )
            return [hit["id"] for hit in found[0]]

    def close(self) -> None:
        """Close the connection."""
        if "_client" in self.__dict__:
            self._client.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except MilvusException as error:
            what = error.message.partition("\n")[0]
            raise EngineError(f"Milvus cannot be used: {what}", where=self.where) from None
