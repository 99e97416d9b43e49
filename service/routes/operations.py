"""Routes for operators: liveness, readiness, status and metrics."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from recommender.collection_folder import DATABASE_NAME
from recommender.errors import RelatedError
from recommender.related.recommender import Recommender
from service import metrics
from service.answers import answer_now, reject_unknown
from service.problems import ServiceError
from service.routes import ALWAYS, INTERNAL, EngineOf, problems
from service.schemas import Health, ServiceStatus
from service.settings import VERSION

router = APIRouter(tags=["operations"])


@router.get("/health/live", operation_id="isAlive", summary="Check that the process is alive", response_model=Health)
async def live() -> Response:
    """Return `alive`."""
    return _json({"status": "alive"})


@router.get(
    "/health/ready",
    operation_id="isReady",
    summary="Check that the collection is open and verified",
    response_model=Health,
    responses=problems("not-ready"),
)
async def ready(engine: EngineOf) -> Response:
    """Return `ready`, or 503 while the collection is being opened or cannot be opened."""
    if not engine.is_ready:
        what = "the collection cannot be opened" if engine.failure else "the collection is being opened"
        raise ServiceError("not-ready", what, retry_after=1)
    return _json({"status": "ready"})


@router.get(
    "/v1/status",
    operation_id="readStatus",
    summary="Read the status of the service",
    response_model=ServiceStatus,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, *INTERNAL)},
)
async def status(request: Request, engine: EngineOf) -> Response:
    """Return the number of articles, revision, changes since the last snapshot, model and ranking settings."""
    reject_unknown(request)
    judging = engine.settings.judging is not None
    return answer_now(engine, {"ready": True, "judging": judging, **await engine.read_aside(_status)})


def _status(recommender: Recommender) -> dict[str, Any]:
    with recommender.collection.reading() as index:
        return {
            "articles": len(index),
            "revision": index.revision,
            "changes": index.changes,
            "model": index.encoding.fingerprint,
            "version": VERSION,
            "settings": index.settings.ranking.model_dump(),
            "scorer": recommender.scorer_in_use(),
        }


@router.get("/metrics", include_in_schema=False)
async def read_metrics(engine: EngineOf) -> Response:
    """Return the metrics of all workers and the state of the collection, for Prometheus."""
    state: list[Metric] = []
    # Whatever is the matter with the collection, the counts are told.
    with contextlib.suppress(RelatedError):
        state = await engine.read_aside(_state)
    body, media_type = metrics.render(state)
    return Response(body, 200, media_type=media_type)


def _state(recommender: Recommender) -> list[Metric]:
    collection = recommender.collection
    with collection.reading() as index:
        log = collection.store.log_size()
        changes, articles = index.changes, len(index)
    snapshots = list(collection.snapshots.glob("[0-9]*"))
    newest = max((folder.stat().st_mtime for folder in snapshots), default=time.time())
    wal = collection.path / f"{DATABASE_NAME}-wal"
    return [
        GaugeMetricFamily(f"related_{name}", text, value)
        for name, text, value in (
            ("articles", "Articles in the collection.", articles),
            ("changes", "Articles written or deleted since the snapshot in use.", changes),
            ("log_rows", "Rows of the change log.", log.rows),
            ("log_age_days", "Age of the oldest change in the log, in days.", log.days),
            ("wal_bytes", "Size of the database's write-ahead log.", wal.stat().st_size if wal.exists() else 0),
            ("snapshots", "Snapshots on the disk; more than two for long means that one is pinned.", len(snapshots)),
            ("snapshot_age_seconds", "Age of the newest snapshot.", max(0.0, time.time() - newest)),
            ("disk_free_bytes", "Free space of the collection's disk.", shutil.disk_usage(collection.path).free),
        )
    ]


def _json(value: Any) -> Response:
    return Response(json.dumps(value).encode(), 200, {"Cache-Control": "no-store"}, "application/json")
