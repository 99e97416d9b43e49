"""Locks between processes that end with the process that holds them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def exclusive(file: Path, *, wait: bool) -> Iterator[bool]:
    """Hold `file`, made if it is not there, as the only one; whether it is held.

    Args:
        file: What is locked; its content does not matter.
        wait: Wait for whoever holds it, else go on without it.

    Raises:
        OSError: If the file cannot be made.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield _lock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    finally:
        os.close(handle)


def hold_shared(file: Path) -> int:
    """Hold `file` together with others until the descriptor that is returned is closed.

    Raises:
        OSError: If the file is not there, or is removed by whoever holds it alone.
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
    """Hold `file` alone if nobody holds it; whether it is held. A file that is not there is nobody's."""
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
