"""Shared snapshots in a folder that all nodes mount."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recommender.errors import SnapshotError, WriteError
from recommender.files import replacing
from recommender.store.locks import exclusive

_LOCK = ".lock"


class FolderBlobs:
    """Files in a folder; see `base.Blobs`. Its file system must have locks, as NFS 4 has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.where = str(folder)

    def get(self, name: str) -> tuple[bytes, Any] | None:
        """Return a small file and the tag of its content; None if there is none."""
        with self._translated():
            try:
                content = (self._folder / name).read_bytes()
            except FileNotFoundError:
                return None
            return content, hashlib.blake2b(content).digest()

    def swap(self, name: str, content: bytes, tag: Any) -> bool:
        """Replace a file that still has a tag (None: there is none); return whether it was replaced."""
        file = self._folder / name
        with self._translated():
            file.parent.mkdir(parents=True, exist_ok=True)
            with exclusive(self._folder / _LOCK, wait=True):
                found = self.get(name)
                if (found[1] if found else None) != tag:
                    return False
                with replacing(file) as stream:
                    stream.write(content)
        return True

    def upload(self, name: str, file: Path) -> None:
        """Copy a file there; nobody reads it before it is whole."""
        target = self._folder / name
        with self._translated():
            target.parent.mkdir(parents=True, exist_ok=True)
            with file.open("rb") as source, replacing(target) as stream:
                shutil.copyfileobj(source, stream, 1 << 20)

    def download(self, name: str, file: Path) -> None:
        """Copy a file from there."""
        with self._translated():
            shutil.copyfile(self._folder / name, file)

    def folders(self, name: str) -> list[str]:
        """Return the names of what lies in a folder, without it."""
        with self._translated():
            return [entry.name for entry in (self._folder / name).iterdir() if entry.is_dir()]

    def remove(self, name: str) -> None:
        """Remove a folder."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = str(error.filename or self.where)
            what = f"the shared snapshots cannot be used: {error.strerror or error}"
            raise SnapshotError(what, where=where) from None
        except WriteError as error:
            raise SnapshotError(f"the shared snapshots cannot be written: {error.what}", where=error.where) from None
