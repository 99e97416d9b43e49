"""Disks that are full or can only be read: file systems in memory, where mounting is permitted."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_BLOCK_BYTES = 4096


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """An empty file system of `size` at `folder`; a test is skipped where none can be mounted."""
    folder.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True
        )
        refused = done.stderr.strip() if done.returncode else ""
    except FileNotFoundError:
        refused = "there is no mount"
    if refused:
        pytest.skip(f"no file system can be mounted here: {refused}")
    try:
        yield folder
    finally:
        # At once, whatever is still open there.
        subprocess.run(["umount", "--lazy", folder], check=True)


def read_only(folder: Path) -> None:
    """Let nothing more be written to a mounted file system; no file there may be open for writing."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


def fill(folder: Path, leave: int = 0) -> Path:
    """Use up a disk but for `leave` bytes; the file that does it."""
    filler = folder / "filler"
    handle = os.open(filler, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        with contextlib.suppress(OSError):
            while True:
                os.write(handle, b"\1" * _BLOCK_BYTES)
        os.ftruncate(handle, max(0, os.fstat(handle).st_size - leave))
    finally:
        os.close(handle)
    return filler
