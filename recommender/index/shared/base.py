"""Publishes snapshots to a place that all nodes reach, and fetches them from there.

The files of a snapshot are written first, its manifest after them, and the pointer to it last. The pointer is only ever
replaced by that of a later revision, and only if nobody else has replaced it meanwhile: a node that was stopped in the
middle of publishing, and goes on when others are further, changes nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from recommender.errors import ConfigError, SnapshotError
from recommender.index.local.snapshot import (
    FORMAT,
    MANIFEST,
    Manifest,
    SnapshotSource,
    damaged_files,
    read_manifest,
)

KEPT = 2
"""Snapshots that stay: the newest, and the one before it, which others may be fetching."""
_POINTER = "newest.json"
_TRIES = 5


class Blobs(Protocol):
    """Named files in a place that several machines reach; names have slashes. Every method raises SnapshotError."""

    where: str

    def get(self, name: str) -> tuple[bytes, Any] | None:
        """Return a small file and the tag of its content; None if there is none."""
        ...

    def swap(self, name: str, content: bytes, tag: Any) -> bool:
        """Replace a file that still has a tag (None: there is none); return whether it was replaced."""
        ...

    def upload(self, name: str, file: Path) -> None:
        """Copy a file there; nobody reads it before it is whole."""
        ...

    def download(self, name: str, file: Path) -> None:
        """Copy a file from there."""
        ...

    def folders(self, name: str) -> list[str]:
        """Return the names of what lies in a folder, without it."""
        ...

    def remove(self, name: str) -> None:
        """Remove a folder."""
        ...


@dataclass(frozen=True)
class Pointer:
    """What the newest shared snapshot is.

    Attributes:
        source: What it was built from.
        revision: The revision of the store.
        digest: The store's digest of that revision.
        folder: Where its files are.
    """

    source: SnapshotSource
    revision: int
    digest: int
    folder: str


class SharedSnapshots:
    """The shared snapshots of collections.

    Args:
        blobs: Where they are.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.where = blobs.where

    def newest(self, collection: str) -> Pointer | None:
        """Return the newest snapshot of a collection in the format of this version; None if there is none.

        Raises:
            SnapshotError: If the place cannot be read.
        """
        return self._pointer(collection)[0]

    def publish(self, folder: Path, manifest: Manifest) -> bool:
        """Publish a snapshot, unless a later one is there; return whether it is the newest now.

        Args:
            folder: Its folder.
            manifest: Its manifest, with its files.

        Raises:
            SnapshotError: If it cannot be written.
        """
        root = _root(manifest.source.collection)
        newest, _ = self._pointer(manifest.source.collection)
        if newest and not _is_later(manifest, newest):
            return False
        # A name of its own: whatever a stopped or slower node wrote is never mixed with it.
        name = f"{manifest.revision}-{uuid.uuid4().hex[:8]}"
        place = f"{root}/{name}"
        try:
            for file in (*manifest.files, MANIFEST):
                self._blobs.upload(f"{place}/{file}", folder / file)
        except SnapshotError:
            # Whoever published a later one meanwhile swept this one away while it was written.
            newest, _ = self._pointer(manifest.source.collection)
            if newest is None or _is_later(manifest, newest):
                raise
            self._blobs.remove(place)
            return False
        pointer = Pointer(manifest.source, manifest.revision, manifest.digest, name)
        if not self._point(pointer):
            self._blobs.remove(place)
            return False
        self._sweep(root, keep=name)
        return True

    def fetch(self, pointer: Pointer, into: Path) -> None:
        """Fetch a snapshot into an empty folder, and verify all of it.

        Raises:
            SnapshotError: If it cannot be read, or is not what was published.
        """
        place = f"{_root(pointer.source.collection)}/{pointer.folder}"
        self._blobs.download(f"{place}/{MANIFEST}", into / MANIFEST)
        try:
            manifest = read_manifest(into)
        except Exception as error:
            raise self._torn(pointer, "its manifest is damaged") from error
        if (manifest.format, manifest.source, manifest.revision, manifest.digest) != (
            FORMAT,
            pointer.source,
            pointer.revision,
            pointer.digest,
        ):
            raise self._torn(pointer, "it is another one")
        for name in _plain(manifest.files):
            file = into / name
            file.parent.mkdir(parents=True, exist_ok=True)
            self._blobs.download(f"{place}/{name}", file)
        damaged = next(damaged_files(into, manifest, whole=True), None)
        if damaged is not None:
            raise self._torn(pointer, f"{damaged} is damaged")

    def _torn(self, pointer: Pointer, what: str) -> SnapshotError:
        return SnapshotError(f"the shared snapshot of revision {pointer.revision} is refused: {what}", where=self.where)

    def _pointer(self, collection: str) -> tuple[Pointer | None, Any]:
        found = self._blobs.get(f"{_root(collection)}/{_POINTER}")
        if found is None:
            return None, None
        content, tag = found
        try:
            values = json.loads(content)
            return Pointer(**{**values, "source": SnapshotSource(**values["source"])}), tag
        except (ValueError, TypeError, KeyError):
            return None, tag  # damaged: the next snapshot replaces it

    def _point(self, pointer: Pointer) -> bool:
        name = f"{_root(pointer.source.collection)}/{_POINTER}"
        content = json.dumps(asdict(pointer)).encode()
        for _ in range(_TRIES):
            newest, tag = self._pointer(pointer.source.collection)
            if newest and not _is_later(pointer, newest):
                return False
            if self._blobs.swap(name, content, tag):
                return True
        return False

    def _sweep(self, root: str, keep: str) -> None:
        numbered = [name for name in self._blobs.folders(root) if name.partition("-")[0].isdecimal()]
        # A later one is being written by another node.
        older = [name for name in numbered if _revision(name) <= _revision(keep)]
        ordered = sorted(older, key=_revision, reverse=True)
        for name in [name for name in ordered if name != keep][KEPT - 1 :]:
            self._blobs.remove(f"{root}/{name}")


def open_shared(place: str) -> SharedSnapshots:
    """Open the place of shared snapshots.

    Args:
        place: A folder that all nodes mount, or the address of an object store: `s3://bucket/path`, `gs://...`,
            `az://...`; its credentials come from the usual variables of its kind, such as `AWS_ACCESS_KEY_ID`.

    Raises:
        ConfigError: If it is no such place, or the extra `nodes` is not installed.
    """
    if "://" not in place:
        if not Path(place).is_absolute():
            raise ConfigError(
                f"the shared snapshots are at {place}",
                expected="an absolute path, or an address such as s3://bucket/path",
            )
        from recommender.index.shared.folder import FolderBlobs

        return SharedSnapshots(FolderBlobs(Path(place)))
    from recommender.index.shared.objects import ObjectBlobs

    return SharedSnapshots(ObjectBlobs.open(place))


def _revision(name: str) -> int:
    return int(name.partition("-")[0])


def _is_later(new: Pointer | Manifest, newest: Pointer) -> bool:
    # Other settings may make another index of the same revision.
    return new.revision > newest.revision or (new.revision == newest.revision and new.source != newest.source)


def _root(collection: str) -> str:
    # Nodes of two versions may run side by side.
    return f"{collection}/format-{FORMAT}"


def _plain(names: Iterable[str]) -> Iterator[str]:
    """Yield names, each of which lies below the folder that it is written to."""
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name:
            raise SnapshotError(f"a shared snapshot names the file {name!r}", expected="a path below its folder")
        yield name
