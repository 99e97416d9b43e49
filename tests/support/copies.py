"""Copies of collections that a test may write to; most tests begin with one that another has built."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def copy_to(collection: Path, folder: Path) -> Path:
    return Path(shutil.copytree(collection, folder / "collection"))


@functools.cache
def _kept() -> dict[object, Path]:
    """What was made in this process, by what it was made of."""
    kept: dict[object, Path] = {}
    atexit.register(lambda: [shutil.rmtree(folder) for folder in kept.values()])
    return kept


def made_once(key: object, make: Callable[[Path], object], folder: Path) -> None:
    """Fill a folder as `make` does, which is asked once for each key in a process.

    A collection records where its sources lie as seen from it: they belong into the same folder.
    """
    if key not in _kept():
        place = Path(tempfile.mkdtemp(prefix="made-"))
        make(place)
        _kept()[key] = place
    shutil.copytree(_kept()[key], folder, dirs_exist_ok=True)
