"""Shared snapshots in an object store: S3, Google Cloud Storage, Azure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from recommender.errors import ConfigError, SnapshotError

try:
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
    from obstore.store import ObjectStore, from_url
except ImportError:
    raise ConfigError(
        "the shared snapshots are in an object store, whose driver is not installed",
        hint="pip install 'related-articles[nodes]'",
    ) from None

SCHEMES = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl"})
EXPECTED = "s3://bucket/path, gs://bucket/path or az://account/container/path"
PART_BYTES = 8 << 20
RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


class ObjectBlobs:
    """Objects below an address; see `base.Blobs`."""

    def __init__(self, store: ObjectStore, where: str) -> None:
        self._store = store
        self.where = where

    @classmethod
    def open(cls, address: str) -> Self:
        """Open an address; what it needs beside comes from the environment.

        Raises:
            ConfigError: If it is no address of an object store.
        """
        if address.partition("://")[0] not in SCHEMES:
            raise ConfigError("this is no address of an object store", where=address, expected=EXPECTED)
        try:
            return cls(from_url(address, retry_config=RETRIES), address)
        except (BaseError, ValueError, NotImplementedError) as error:
            raise ConfigError(
                f"the shared snapshots cannot be opened: {error}", where=address, expected=EXPECTED
            ) from None

    def get(self, name: str) -> tuple[bytes, Any] | None:
        """Return a small file and the tag of its content; None if there is none."""
        with self._translated(name):
            try:
                found = obstore.get(self._store, name)
            except FileNotFoundError:
                return None
            tags = {key: found.meta[key] for key in ("e_tag", "version") if found.meta[key] is not None}
            return bytes(found.bytes()), tags

    def swap(self, name: str, content: bytes, tag: Any) -> bool:
        """Replace a file that still has a tag (None: there is none); return whether it was replaced."""
        with self._translated(name):
            try:
                obstore.put(self._store, name, content, mode="create" if tag is None else tag)
            except (AlreadyExistsError, PreconditionError):
                return False
        return True

    def upload(self, name: str, file: Path) -> None:
        """Copy a file there; nobody reads it before it is whole."""
        with self._translated(name):
            obstore.put(self._store, name, file)

    def download(self, name: str, file: Path) -> None:
        """Copy a file from there."""
        with self._translated(name), file.open("wb") as stream:
            for part in obstore.get(self._store, name).stream(min_chunk_size=PART_BYTES):
                stream.write(part)

    def folders(self, name: str) -> list[str]:
        """Return the names of what lies in a folder, without it."""
        with self._translated(name):
            found = obstore.list_with_delimiter(self._store, prefix=f"{name}/")
            return [prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"]]

    def remove(self, name: str) -> None:
        """Remove a folder."""
        with self._translated(name):
            names = [each["path"] for batch in obstore.list(self._store, prefix=f"{name}/") for each in batch]
            if names:
                obstore.delete(self._store, names)

    @contextlib.contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            # The first line: others tell of retries, and may hold the signature of a request.
            what = str(error).strip().partition("\n")[0]
            raise SnapshotError(
                f"the shared snapshots cannot be used: {what}",
                where=f"{self.where.rstrip('/')}/{name}",
                hint="check the address, and the variables with its credentials",
            ) from None
