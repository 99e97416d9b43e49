"""Work on a collection in processes of its own, which answers do not wait for: snapshots, the overview, stories."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from recommender.errors import RelatedError

_COLLECTION = "RELATED_COLLECTION"


class Background:
    """One kind of work, in one process at a time. Workers of a service do not know of each other: a lock is its own.

    Args:
        module: What to run: `RELATED_COLLECTION=PLACE python -m MODULE`.
        place: The collection.
    """

    def __init__(self, module: str, place: Path | str) -> None:
        self._command = [sys.executable, "-m", module]
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was begun here and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_failed(self) -> bool:
        """Whether the last one that was begun here ended with an error."""
        return self._process is not None and bool(self._process.poll())

    def begin(self) -> None:
        """Begin, unless the last one still runs."""
        if not self.is_running:
            # An address may hold a password, which a command line would show to everybody.
            environment = os.environ | {_COLLECTION: str(self._place)}
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own

    def end(self) -> None:
        """End what still runs; all of this work is written aside, and half of it is swept away by the next."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def file_version(path: Path) -> str:
    """Return a text that differs when another file takes the place of this one; empty if there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"


def run(work: Callable[[str], None]) -> None:
    """Do the work of such a process, after everything that answers; an error is one line and exit code 1."""
    with contextlib.suppress(OSError):
        os.nice(10)
    try:
        work(os.environ[_COLLECTION])
    except RelatedError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(1) from None
