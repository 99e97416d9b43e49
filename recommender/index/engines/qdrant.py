"""Qdrant as an engine: a server, or its core in this process on a folder. No other module imports Qdrant's packages."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from recommender.embedding import Vectors
from recommender.errors import EngineError
from recommender.index.engines.base import Applied, Engine, Entry, Searched, Terms

TIMEOUT_S = 30
EDGE = "edge:"
"""Begins the address of a folder that Qdrant's core keeps in this process."""
_STATE = str(uuid.UUID(int=0))
_DENSE, _SPARSE = "vector", "terms"


def open_qdrant(url: str, name: str, key: str | None) -> Engine:
    """Open `http://host:6333`, or `edge:/folder`."""
    if url.startswith(EDGE):
        return EdgeEngine(Path(url.removeprefix(EDGE)) / name)
    return QdrantEngine(url, name, key)


def point_id(article_id: str) -> str:
    """Return the number that Qdrant knows an article by."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, article_id))


class QdrantEngine(Searched):
    """A collection of a Qdrant server; see `base.Engine`."""

    def __init__(self, url: str, name: str, key: str | None) -> None:
        from qdrant_client import models

        self._url, self._name, self._key = url, name, key
        self._models = models
        self.where = f"{url} {name}"

    @cached_property
    def _client(self) -> Any:
        from qdrant_client import QdrantClient

        return QdrantClient(self._url, api_key=self._key, timeout=TIMEOUT_S)

    def applied(self) -> Applied | None:
        """Return what it holds; None if nothing is known."""
        with self._translated():
            if not self._client.collection_exists(self._name):
                return None
            found = self._client.retrieve(self._name, [_STATE], with_payload=True)
            return Applied.parse(found[0].payload["applied"]) if found else None

    def start(self, dimension: int) -> None:
        """Forget everything, and make room for vectors of a length."""
        models = self._models
        with self._translated():
            if self._client.collection_exists(self._name):
                self._client.delete_collection(self._name)
            self._client.create_collection(
                self._name,
                vectors_config={_DENSE: models.VectorParams(size=dimension, distance=models.Distance.DOT)},
                sparse_vectors_config={_SPARSE: models.SparseVectorParams()},
            )

    def write(self, entries: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Write and delete articles; writing one again replaces it."""
        models = self._models
        points = [
            models.PointStruct(
                id=point_id(each.article_id),
                vector={
                    _DENSE: each.vector.tolist(),
                    _SPARSE: models.SparseVector(indices=each.terms.numbers, values=each.terms.values),
                },
                payload={"id": each.article_id},
            )
            for each in entries
        ]
        with self._translated():
            if points:
                self._client.upsert(self._name, points, wait=True)
            if deletes:
                gone = models.PointIdsList(points=[point_id(each) for each in deletes])
                self._client.delete(self._name, gone, wait=True)

    def mark(self, applied: Applied) -> None:
        """Remember what it holds, after that is safe."""
        # A point without vectors is found by no search.
        state = self._models.PointStruct(id=_STATE, vector={}, payload={"applied": applied.to_json()})
        with self._translated():
            self._client.upsert(self._name, [state], wait=True)

    def count(self) -> int:
        """Return how many articles it holds, those just written among them."""
        with self._translated():
            marked = len(self._client.retrieve(self._name, [_STATE]))
            return int(self._client.count(self._name, exact=True).count) - marked

    def _near(self, vector: Vectors, top_k: int) -> list[str]:
        return self._search(_DENSE, vector.tolist(), top_k)

    def _match(self, terms: Terms, top_k: int) -> list[str]:
        return self._search(_SPARSE, self._models.SparseVector(indices=terms.numbers, values=terms.values), top_k)

    def _search(self, using: str, query: Any, top_k: int) -> list[str]:
        with self._translated():
            found = self._client.query_points(self._name, query=query, using=using, limit=top_k, with_payload=True)
            return [point.payload["id"] for point in found.points]

    def close(self) -> None:
        """Close the connection."""
        if "_client" in self.__dict__:
            self._client.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        from qdrant_client.http.exceptions import ApiException

        try:
            yield
        except (ApiException, OSError, ValueError) as error:
            what = str(error).strip().partition("\n")[0]
            raise EngineError(f"Qdrant cannot be used: {what}", where=self.where) from None


class EdgeEngine(Searched):
    """Qdrant's core on a folder, in this process, which alone may use it; see `base.Engine`."""

    def __init__(self, folder: Path) -> None:
        import qdrant_edge

        self._edge = qdrant_edge
        self._folder = folder
        self._shard: Any = None
        self.where = f"{EDGE}{folder}"

    def _open(self) -> Any:
        if self._shard is None and (self._folder / "edge_config.json").exists():
            self._shard = self._edge.EdgeShard.load(str(self._folder))
        return self._shard

    def applied(self) -> Applied | None:
        """Return what it holds; None if nothing is known."""
        with self._translated():
            shard = self._open()
            found = shard.retrieve([_STATE], True, False) if shard is not None else []
            return Applied.parse(found[0].payload["applied"]) if found else None

    def start(self, dimension: int) -> None:
        """Forget everything, and make room for vectors of a length."""
        import shutil

        edge = self._edge
        with self._translated():
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder.mkdir(parents=True)
            config = edge.EdgeConfig(
                vectors={_DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Dot)},
                sparse_vectors={_SPARSE: edge.EdgeSparseVectorParams()},
            )
            self._shard = edge.EdgeShard.create(str(self._folder), config)

    def write(self, entries: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Write and delete articles; writing one again replaces it."""
        edge = self._edge
        points = [
            edge.Point(
                point_id(each.article_id),
                {_DENSE: each.vector.tolist(), _SPARSE: edge.SparseVector(*each.terms)},
                {"id": each.article_id},
            )
            for each in entries
        ]
        with self._translated():
            if points:
                self._open().update(edge.UpdateOperation.upsert_points(points))
            if deletes:
                self._open().update(edge.UpdateOperation.delete_points([point_id(each) for each in deletes]))

    def mark(self, applied: Applied) -> None:
        """Remember what it holds, after that is safe."""
        edge = self._edge
        with self._translated():
            self._open().flush()
            self._open().update(
                edge.UpdateOperation.upsert_points([edge.Point(_STATE, {}, {"applied": applied.to_json()})])
            )
            self._open().flush()

    def count(self) -> int:
        """Return how many articles it holds, those just written among them."""
        with self._translated():
            marked = len(self._open().retrieve([_STATE], False, False))
            return int(self._open().count(self._edge.CountRequest(exact=True))) - marked

    def _near(self, vector: Vectors, top_k: int) -> list[str]:
        return self._search(_DENSE, vector.tolist(), top_k)

    def _match(self, terms: Terms, top_k: int) -> list[str]:
        return self._search(_SPARSE, self._edge.SparseVector(*terms), top_k)

    def _search(self, using: str, query: Any, top_k: int) -> list[str]:
        edge = self._edge
        with self._translated():
            shard = self._open()
            if shard is None:
                raise EngineError("the engine holds nothing", where=self.where, hint="related feed")
            request = edge.QueryRequest(limit=top_k, query=edge.Query.Nearest(query, using), with_payload=True)
            return [point.payload["id"] for point in shard.query(request)]

    def close(self) -> None:
        """Close the folder."""
        if self._shard is not None:
            self._shard.close()
            self._shard = None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except EngineError:
            raise
        except Exception as error:  # the core raises no class of its own
            what = str(error).strip().partition("\n")[0]
            raise EngineError(f"Qdrant cannot be used: {what}", where=self.where) from None
