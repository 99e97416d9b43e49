"""Prometheus metrics, summed over all workers.

Workers keep their counts in memory-mapped files of a folder that they share. A write to such a file kills the process
if the disk is full, so their space is reserved first; a worker that cannot have it counts for itself alone.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of the folder that workers share; it must be set before the metrics are created."""

_FILES = ("counter", "histogram", "gauge_mostrecent", "gauge_livesum")
_FILE_BYTES = 1 << 20
"""What the library maps at first; our few labels never fill it."""


def _take_place(folder: Path) -> tuple[int, bool]:
    """Take the first free place among the workers, and reserve its files.

    A worker that replaces another takes its place and counts on in its files, so files never pile up. Places are held
    by a lock, which ends with the process.

    Returns:
        The number of the place, and whether its last worker died without saying so.

    Raises:
        OSError: If the space cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place in count():
        handle = os.open(folder / f"place-{place}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        # The handle stays open, and the lock held, for as long as this process lives.
        has_died = bool(os.read(handle, 1))
        os.pwrite(handle, b"1", 0)
        for name in _FILES:
            with (folder / f"{name}_{place}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, _FILE_BYTES)
        return place, has_died
    raise AssertionError


def _share(folder: str | None) -> tuple[Path | None, int, bool]:
    """Let the metrics of this process be of all workers where there are several."""
    if folder:
        try:
            place, has_died = _take_place(Path(folder))
        except OSError as error:
            logging.getLogger("service").warning("metrics are of one worker only: %s", error)
        else:
            values.ValueClass = values.MultiProcessValue(lambda: place)  # type: ignore[no-untyped-call]
            return Path(folder), place, has_died
        values.ValueClass = values.MutexValue
    return None, 0, False


_FOLDER, _PLACE, _HAS_REPLACED = _share(os.environ.get(SHARED_FOLDER))

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
DEATHS = Counter("related_worker_deaths", "Workers that ended without being asked to.", registry=REGISTRY)
CHECKPOINTS_FAILED = Counter(
    "related_checkpoints_failed",
    "Attempts to empty the write-ahead log that a reader or writer prevented.",
    registry=REGISTRY,
)
ENCODING.set(0)
if _HAS_REPLACED:
    DEATHS.inc()


def observe_stage(stage: str, seconds: float) -> None:
    """Record the duration of a stage."""
    STAGE_SECONDS.labels(stage).observe(seconds)


def leave() -> None:
    """Note that this worker ends because it was asked to."""
    if _FOLDER is not None:
        try:
            os.truncate(_FOLDER / f"place-{_PLACE}", 0)
        except OSError as error:
            logging.getLogger("service").warning("%s cannot be cleared: %s", error.filename, error.strerror)


def render(more: Iterable[Metric] = ()) -> tuple[bytes, str]:
    """Return the metrics of all workers, and `more`, in Prometheus text format, and its media type."""
    registry = REGISTRY
    # Without the folder, which somebody may have removed, there is only what this worker counted.
    if _FOLDER is not None and _FOLDER.is_dir():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    beside = CollectorRegistry()
    beside.register(_Ready(more))
    return generate_latest(registry) + generate_latest(beside), CONTENT_TYPE_LATEST


class _Ready(Collector):
    """Metrics that were collected already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._metrics
