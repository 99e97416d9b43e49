"""An immutable folder of derived indexes for one revision: checksums, atomic publish."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.collection.columns import Columns, ColumnsBuilder, load_columns, save_columns
from recommender.collection.dense import DenseIndex
from recommender.collection.lexical import LexicalIndex
from recommender.embedding import Vectors
from recommender.errors import CollectionError

FORMAT = 1
CHUNK_BYTES = 4 * 1024 * 1024
VERIFY_WHOLE_BYTES = 64 * 1024 * 1024
"""A snapshot up to this size is verified whole when it is opened; of a larger one, each file's ends are."""

Arrays = Mapping[str, NDArray[Any]]
Derive = Callable[[Columns], Arrays]
"""Works out further arrays from the columns; they are kept in the snapshot beside them."""

_MANIFEST = "manifest.json"
_DENSE = "dense.faiss"
_LEXICAL = "lexical"
_COLUMNS = "columns"
_DERIVED = "derived"


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is of, and what its files hold.

    Attributes:
        collection: The collection's uuid.
        revision: The revision of the truth that it was made from.
        encoder: Fingerprint of the encoder.
        text: Fingerprint of the text settings.
        articles: How many rows it has.
        files: Size and the checksum of every 4 MiB of each file.
    """

    format: int
    collection: str
    revision: int
    encoder: str
    text: str
    articles: int
    files: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Snapshot:
    """An opened snapshot; nothing in it changes."""

    manifest: Manifest
    columns: Columns
    dense: DenseIndex
    lexical: LexicalIndex
    derived: Arrays


def publish_snapshot(
    root: Path, manifest: Manifest, builder: ColumnsBuilder, vectors: Vectors, derive: Derive | None
) -> None:
    """Write a snapshot aside and put it in its place by one rename.

    Args:
        root: The collection's folder of snapshots.
        manifest: All but `files` filled in.
        builder: Holds every article of the revision.
        vectors: Of the same articles in the same order.
        derive: Works out further arrays to keep.
    """
    aside = root / f".building-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        root.mkdir(exist_ok=True)
        _sweep(root)
        for folder in (aside / _LEXICAL, aside / _COLUMNS, aside / _DERIVED):
            folder.mkdir(parents=True)
        columns = builder.build(vectors)
        save_columns(columns, aside / _COLUMNS)
        DenseIndex.build(vectors).save(aside / _DENSE)
        LexicalIndex.build(aside / _LEXICAL, builder.documents())
        for lock in (aside / _LEXICAL).glob(".tantivy-*.lock"):
            lock.unlink()
        for name, values in (derive(columns) if derive else {}).items():
            np.save(aside / _DERIVED / f"{name}.npy", values, allow_pickle=False)
        files = {file.relative_to(aside).as_posix(): _describe(file) for file in _files(aside)}
        text = json.dumps({**asdict(manifest), "files": files}, indent=1)
        (aside / _MANIFEST).write_text(json.dumps({"checksum": _hash(text.encode()), "manifest": text}))
        for path in (*_files(aside), *(p for p in aside.rglob("*") if p.is_dir()), aside):
            _sync(path)
        place = root / str(manifest.revision)
        if place.exists():
            # A snapshot is never changed: this one could not be used, or the caller would not publish it again.
            place.rename(root / f".old-{uuid.uuid4().hex[:8]}")
        aside.rename(place)
        _sync(root)
    except OSError as error:
        raise CollectionError(
            f"the snapshot can not be written: {error.strerror or error}",
            where=str(root),
            hint="the articles themselves are safe; free disk space or fix the folder's rights, and build again",
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    _sweep(root, keep=manifest.revision)


def load_snapshot(root: Path, wanted: Manifest) -> Snapshot | None:
    """Open the snapshot of the revision that `wanted` names, or None if there is none that can be trusted."""
    folder = root / str(wanted.revision)
    try:
        manifest = read_manifest(folder)
        same = (manifest.format, manifest.collection, manifest.encoder, manifest.text, manifest.articles)
        if same != (wanted.format, wanted.collection, wanted.encoder, wanted.text, wanted.articles):
            return None
        total = sum(file["size_bytes"] for file in manifest.files.values())
        if next(damaged_files(folder, manifest, whole=total <= VERIFY_WHOLE_BYTES), None) is not None:
            return None
        derived = {
            Path(name).stem: np.load(folder / name, mmap_mode="r", allow_pickle=False)
            for name in manifest.files
            if name.startswith(f"{_DERIVED}/")
        }
        return Snapshot(
            manifest,
            load_columns(folder / _COLUMNS),
            DenseIndex.load(folder / _DENSE),
            LexicalIndex.load(folder / _LEXICAL),
            derived,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CollectionError):
        # Whatever is wrong with it, it is derived: the caller makes it again from the truth.
        return None


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot.

    Raises:
        CollectionError: If its checksum does not fit.
        OSError: If it can not be read.
    """
    outer = json.loads((folder / _MANIFEST).read_text())
    if _hash(outer["manifest"].encode()) != outer["checksum"]:
        raise CollectionError("the manifest is damaged", where=str(folder))
    return Manifest(**json.loads(outer["manifest"]))


def damaged_files(folder: Path, manifest: Manifest, *, whole: bool) -> Iterator[str]:
    """The files that are not what the manifest says; `whole` reads all of each, else only its ends."""
    for name, expected in manifest.files.items():
        file = folder / name
        try:
            if file.stat().st_size != expected["size_bytes"]:
                yield name
                continue
            chunks: list[str] = expected["chunks"]
            checked = range(len(chunks)) if whole else sorted({0, len(chunks) - 1})
            with file.open("rb") as stream:
                for number in checked:
                    stream.seek(number * CHUNK_BYTES)
                    if _hash(stream.read(CHUNK_BYTES)) != chunks[number]:
                        yield name
                        break
        except OSError:
            yield name


def _describe(file: Path) -> dict[str, Any]:
    with file.open("rb") as stream:
        chunks = [_hash(chunk) for chunk in iter(lambda: stream.read(CHUNK_BYTES), b"")]
    return {"size_bytes": file.stat().st_size, "chunks": chunks or [_hash(b"")]}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(root: Path, keep: int | None = None) -> None:
    """Remove what a stopped process left behind, and with `keep` every other snapshot."""
    for folder in root.iterdir():
        left_behind = folder.name.startswith(".old-") or (
            folder.name.startswith(".building-") and not _alive(folder.name.split("-")[1])
        )
        if left_behind or (keep is not None and folder.name.isdecimal() and int(folder.name) < keep):
            with contextlib.suppress(OSError):
                shutil.rmtree(folder)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
