"""The lock of a computation of the overview, in which others read how far it is."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recommender.collection_folder import OVERVIEW_LOCK_NAME
from recommender.errors import BusyError, CollectionError
from recommender.progress import Progress as OnProgress

DONE = "done"
_TELL_EVERY_S = 0.25
_TRY_FOR_S = 1.0
"""One that looks whether somebody is at it holds the lock for a moment."""


class Progress(NamedTuple):
    """How far a computation is, or the last one that began.

    Attributes:
        is_running: Whether somebody is at it.
        stage: What is being done, or was last; `done` at its end.
        done: How many articles are done.
        total: How many there are.
        started_at: When it began, in seconds since 1970.
        seconds: How long it has been running when it was last heard of.
    """

    is_running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    started_at: float = 0.0
    seconds: float = 0.0

    @property
    def has_failed(self) -> bool:
        """Whether the last one that began did not come to its end."""
        return not self.is_running and self.stage not in {"", DONE}


def progress_of(folder: Path) -> Progress:
    """Return how far the computation of an overview is, or what is known of the last one that began."""
    try:
        handle = os.open(folder / OVERVIEW_LOCK_NAME, os.O_RDONLY)
    except OSError:
        return Progress()
    try:
        is_running = not _locked(handle, fcntl.LOCK_SH)
        # A holder may be writing at this moment, and one that was killed may have been.
        with contextlib.suppress(ValueError, TypeError):
            return Progress(is_running, *json.loads(os.pread(handle, 4096, 0)))
        return Progress(is_running)
    finally:
        os.close(handle)


@contextlib.contextmanager
def computing(folder: Path, on_progress: OnProgress) -> Iterator[OnProgress]:
    """Hold the lock; yield what is to be called with the progress, which tells `on_progress` and whoever asks.

    Raises:
        BusyError: If another process is at it.
        CollectionError: If the folder cannot be written.
    """
    try:
        handle = os.open(folder / OVERVIEW_LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CollectionError(
            f"the overview cannot be written: {error.strerror}",
            where=str(folder),
            hint="check the folder's permissions",
        ) from None
    try:
        deadline = time.monotonic() + _TRY_FOR_S
        while not _locked(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise BusyError(
                    "another process is computing the overview", where=str(folder), hint="try again when it is done"
                )
            time.sleep(0.05)
        started_at, started, told = time.time(), time.monotonic(), -_TELL_EVERY_S

        def tell(stage: str, done: int, total: int) -> None:
            nonlocal told
            seconds = time.monotonic() - started
            on_progress(stage, done, total)
            if seconds - told >= _TELL_EVERY_S or stage == DONE:
                told = seconds
                line = json.dumps([stage, done, total, started_at, round(seconds, 3)]).encode()
                with contextlib.suppress(OSError):  # a full disk is no reason to stop
                    os.pwrite(handle, line.ljust(256), 0)

        yield tell
    finally:
        os.close(handle)


def _locked(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
