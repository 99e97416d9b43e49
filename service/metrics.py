"""Prometheus metrics, summed over all workers."""

from __future__ import annotations

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of the folder that workers share; it must be set before the metrics are created."""

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "related_requests", "Requests by route, method and status.", ["route", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "related_request_seconds", "Time to answer a request.", ["route"], buckets=_SECONDS, registry=REGISTRY
)
STAGE_SECONDS = Histogram(
    "related_stage_seconds",
    "Time of each stage of an answer: search, features, score, collapse, serialise, encode.",
    ["stage"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
WRITTEN = Counter("related_articles_written", "Articles written, by result.", ["status"], registry=REGISTRY)
REVISION = Gauge(
    "related_revision",
    "The newest revision that answers were computed from.",
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
ENCODING = Gauge(
    "related_encodes_waiting", "Requests waiting for the model.", registry=REGISTRY, multiprocess_mode="livesum"
)


def observe_stage(stage: str, seconds: float) -> None:
    """Record the duration of a stage."""
    STAGE_SECONDS.labels(stage).observe(seconds)


def render() -> tuple[bytes, str]:
    """Return the metrics of all workers in Prometheus text format, and its media type."""
    registry = REGISTRY
    if os.environ.get(SHARED_FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
