"""Snapshots: immutable folders with the index of one revision, with checksums, published atomically."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
import weakref
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from recommender.config import LOCAL
from recommender.errors import CollectionError, SnapshotError
from recommender.index.local.columns import load_columns, save_columns
from recommender.index.local.dense import APPROXIMATE_FROM, ApproximateIndex
from recommender.index.local.lexical import LexicalIndex
from recommender.index.local.segment import Segment
from recommender.index.local.titles import TitleIndex
from recommender.ranking.calibration import Samples
from recommender.ranking.chance import ChancePairs
from recommender.store.locks import hold_shared, unless_held

FORMAT = 11
CHUNK_BYTES = 4 * 1024 * 1024
VERIFY_WHOLE_BYTES = 512 * 1024 * 1024
"""A snapshot up to this size is verified in full when it is opened; a larger one at both ends of each file."""


MANIFEST = "manifest.json"
_DENSE = "dense.faiss"
_LEXICAL = "lexical"
_TITLES = "titles"
COLUMNS = "columns"
_SAMPLES = "samples"
_ARRAYS = ("random_pairs", "neighbour_days", "chance_pairs", "chance_owner")
SAMPLE_FILES = tuple(f"{_SAMPLES}/{name}.npy" for name in _ARRAYS)
"""A snapshot that lacks one of them is rebuilt."""


@dataclass(frozen=True)
class SnapshotSource:
    """What a snapshot is built from; a reader uses only snapshots with its own source.

    Attributes:
        collection: The collection's uuid.
        encoder: Fingerprint of the encoder.
        text: Fingerprint of the text settings.
        unrelated: Fingerprint of the unrelated texts; empty if their vectors are not known.
        engine: What proposes candidates; only `local` needs an index of vectors in the snapshot.
    """

    collection: str
    encoder: str
    text: str
    unrelated: str = ""
    engine: str = "local"


@dataclass(frozen=True)
class Manifest:
    """The description of a snapshot and its files.

    Attributes:
        format: Format of the files.
        source: What it was built from.
        revision: The revision of the store.
        articles: Number of rows.
        digest: The store's digest of that revision.
        days_per_article: See `Samples`; None without dates.
        overfetch: How many times as many rows as wanted the dense index proposes; 0 where search is exact.
        recall: Share of the `dense.RECALL_AT` nearest that dense search finds, measured on its own vectors.
        files: By name, the size of each file and the checksum of every 4 MiB of it.
    """

    format: int
    source: SnapshotSource
    revision: int
    articles: int
    digest: int
    days_per_article: float | None = None
    overfetch: int = 0
    recall: float = 1.0
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Snapshot:
    """The articles of one revision with their indexes and samples; nothing in it changes.

    Its folder, if it has one, is not removed while it is in use.
    """

    def __init__(self, manifest: Manifest, segment: Segment, samples: Samples, handle: int | None = None) -> None:
        """Take over `handle`, the lock on the folder; it is closed with the last reference."""
        self.manifest = manifest
        self.segment = segment
        self.samples = samples
        if handle is not None:
            weakref.finalize(self, os.close, handle)


@contextlib.contextmanager
def building(root: Path) -> Iterator[Path]:
    """Yield a temporary folder for a snapshot; the caller holds the lock of `root`.

    Raises:
        SnapshotError: If the snapshot cannot be written; nothing is left behind then.
    """
    aside = root / f".building-{uuid.uuid4().hex[:8]}"
    try:
        for folder in (aside / _LEXICAL, aside / _TITLES, aside / COLUMNS, aside / _SAMPLES):
            folder.mkdir(parents=True)
        yield aside
    except OSError as error:
        raise not_written(root, error.strerror or str(error)) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def publish_snapshot(aside: Path, manifest: Manifest, segment: Segment, samples: Samples) -> None:
    """Write a snapshot to a folder that `building` made, and rename it into place.

    Args:
        aside: The folder.
        manifest: The manifest without its files.
        segment: Every article of the revision; its vectors may be in the folder already.
        samples: The samples of its articles.

    Raises:
        SnapshotError: If it cannot be written.
    """
    root = aside.parent
    save_columns(segment.columns, aside / COLUMNS)
    vectors = segment.columns.vectors
    try:
        # FAISS works without Python's lock, and the other two with it.
        with ThreadPoolExecutor(1) as beside:
            is_local = manifest.source.engine == LOCAL
            building = (
                beside.submit(ApproximateIndex.build, vectors)
                if is_local and len(vectors) >= APPROXIMATE_FROM
                else None
            )
            LexicalIndex.build(segment.columns).save(aside / _LEXICAL)
            segment.build_titles(aside / _TITLES)
            dense = building.result() if building else None
        if dense is not None:
            manifest = replace(manifest, overfetch=dense.overfetch, recall=round(dense.recall, 4))
            dense.save(aside / _DENSE)
    except (ValueError, RuntimeError) as error:
        # Tantivy and FAISS report a full disk as ValueError or RuntimeError.
        raise not_written(root, str(error).splitlines()[0]) from None
    for lock in aside.glob("*/.tantivy-*.lock"):
        lock.unlink()
    sampled = (samples.random_pairs, samples.neighbour_days, samples.chance.pairs, samples.chance.owner)
    for name, values in zip(SAMPLE_FILES, sampled, strict=True):
        np.save(aside / name, np.asarray(values), allow_pickle=False)
    rhythm = samples.days_per_article
    manifest = replace(manifest, days_per_article=None if np.isnan(rhythm) else rhythm)
    files = {file.relative_to(aside).as_posix(): _describe(file) for file in _files(aside)}
    text = json.dumps(asdict(replace(manifest, files=files)), indent=1)
    (aside / MANIFEST).write_text(json.dumps({"checksum": _hash(text.encode()), "manifest": text}))
    put_in_place(aside, manifest.revision)


def put_in_place(aside: Path, revision: int) -> None:
    """Make a whole snapshot durable, and rename it into its place."""
    root = aside.parent
    for path in (*_files(aside), *(p for p in aside.rglob("*") if p.is_dir()), aside):
        _sync(path)
    place = root / str(revision)
    if place.exists():
        # Snapshots never change; one that is published again could not be used.
        place.rename(_old_name(root))
    aside.rename(place)
    _sync(root)


def not_written(root: Path, reason: str) -> SnapshotError:
    """Return the error of a snapshot that cannot be written."""
    return SnapshotError(
        f"the snapshot cannot be written: {reason}",
        where=str(root),
        hint="the articles are safe; free disk space or fix the folder's permissions, then build again",
    )


def published(root: Path) -> list[int]:
    """Return the revisions that have a folder, newest first."""
    try:
        return sorted((int(entry.name) for entry in root.iterdir() if entry.name.isdecimal()), reverse=True)
    except OSError:
        return []


def load_snapshot(folder: Path, source: SnapshotSource, digest: int) -> Snapshot | None:
    """Open a snapshot; None if it is damaged, missing, or built from something else.

    Args:
        folder: Its folder.
        source: What it must be built from.
        digest: The store's digest of its revision.
    """
    handle = None
    try:
        handle = hold_shared(folder / MANIFEST)
        manifest = read_manifest(folder)
        if (manifest.format, manifest.source, manifest.digest) != (FORMAT, source, digest):
            return None
        total = sum(file["size_bytes"] for file in manifest.files.values())
        if next(damaged_files(folder, manifest, whole=total <= VERIFY_WHOLE_BYTES), None) is not None:
            return None
        pairs, days, chance, owner = (
            np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in SAMPLE_FILES
        )
        rhythm = manifest.days_per_article
        rhythm = float("nan") if rhythm is None else rhythm
        samples = Samples(pairs, days, manifest.articles, rhythm, ChancePairs(chance, owner))
        dense = None
        if manifest.overfetch:
            dense = ApproximateIndex.load(folder / _DENSE, manifest.overfetch, manifest.recall)
        columns = load_columns(folder / COLUMNS)
        lexical = LexicalIndex.load(folder / _LEXICAL, columns)
        segment = Segment(columns, dense, lexical, TitleIndex.load(folder / _TITLES))
        snapshot = Snapshot(manifest, segment, samples, handle)
        handle = None
        return snapshot
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CollectionError):
        # Whatever is wrong with a snapshot, the caller can rebuild it from the store.
        return None
    finally:
        if handle is not None:
            os.close(handle)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot.

    Raises:
        CollectionError: If its checksum does not match.
        OSError: If it cannot be read.
    """
    outer = json.loads((folder / MANIFEST).read_text())
    if _hash(outer["manifest"].encode()) != outer["checksum"]:
        raise CollectionError("the manifest is damaged", where=str(folder))
    values = json.loads(outer["manifest"])
    return Manifest(**{**values, "source": SnapshotSource(**values["source"])})


def damaged_files(folder: Path, manifest: Manifest, *, whole: bool) -> Iterator[str]:
    """Yield the files that do not match the manifest; `whole` reads all of each file, not only its ends."""
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
    # A last thread of Tantivy may still leave a lock file there, which is of no snapshot.
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _old_name(root: Path) -> Path:
    return root / f".old-{uuid.uuid4().hex[:8]}"


def sweep(root: Path, keep: int) -> None:
    """Remove snapshots older than `keep` that no reader holds, and what killed processes left behind.

    The caller holds the lock of `root`, so nobody else is writing there.
    """
    for folder in root.iterdir():
        left_behind = folder.name.startswith((".old-", ".building-"))
        if not left_behind and (not folder.name.isdecimal() or int(folder.name) >= keep):
            continue
        with unless_held(folder / MANIFEST) as free:
            if free:
                with contextlib.suppress(OSError):
                    # Rename first: an interrupted removal must not leave half a snapshot under its name.
                    shutil.rmtree(folder if left_behind else folder.rename(_old_name(root)))
