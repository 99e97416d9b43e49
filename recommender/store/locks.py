"""File locks between processes, released when their process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def exclusive(file: Path, *, wait: bool) -> Iterator[bool]:
    """Lock `file`, created if missing, exclusively; yield whether it is held.

    Args:
        file: The lock file; its content does not matter.
        wait: Wait for the current holder, instead of going on without the lock.

    Raises:
        OSError: If the file cannot be created.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _lock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    finally:
        os.close(handle)


def hold_shared(file: Path) -> int:
    """Lock `file` together with others until the returned descriptor is closed.

    Raises:
        OSError: If the file is missing, or its exclusive holder removes it.
    """
    handle = os.open(file, os.O_RDONLY)
    try:
        _lock(handle, fcntl.LOCK_SH)
        if os.fstat(handle).st_nlink == 0:
            raise FileNotFoundError(file)
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextlib.contextmanager
def unless_held(file: Path) -> Iterator[bool]:
    """Lock `file` exclusively if nobody holds it; yield whether it is held. A missing file counts as held."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError:
        yield True
        return
    try:
        yield _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(handle)


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind)
    except BlockingIOError:
        return False
    return True
