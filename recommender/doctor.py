"""Check a collection against its checksums, and repair it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from recommender.collection import Collection
from recommender.config import MULTILINGUAL_HINT
from recommender.embedding import Encoder, Vectors, agree, fingerprint_of
from recommender.embedding.models import unknown_language_note
from recommender.errors import CollectionError, RelatedError, ScorerError
from recommender.index.local.dense import RECALL_AT
from recommender.index.local.snapshot import SAMPLE_FILES, Manifest, damaged_files, published, read_manifest
from recommender.progress import Progress
from recommender.related.scoring import read_learned, unknown_language
from recommender.store import Encoding, StoredArticle, Truth, complete_packed, complete_vectors, open_encoder
from recommender.store.checkup import refuse_unreadable
from recommender.text import article_texts

Status = Literal["ok", "note", "repaired", "problem"]

SAMPLED_TEXTS = 8
LEAST_AGREEMENT = 0.999
"""A lower cosine between a stored vector and its text encoded again means another encoder."""
LEAST_RECALL = 0.97


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        check: One of `database`, `articles`, `vectors`, `history`, `snapshots`, `scorer`, `model`,
            `recall`, `languages`, `disk`.
        status: `ok`, `note` (nothing is wrong), `repaired` or `problem`.
        what: The finding, for people.
        hint: How to fix it.
    """

    check: str
    status: Status
    what: str
    hint: str | None = None


def examine(
    path: Path | str,
    *,
    repair: bool = False,
    encoder: Encoder | None = None,
    on_progress: Progress = lambda stage, done, total: None,
) -> list[Finding]:
    """Check everything in a collection; with `repair`, fix what can be fixed.

    Without `repair` nothing is changed. Repairs rebuild snapshots from the database, encode missing vectors again, and
    remove damaged articles, so that the next build reads them again.

    Args:
        path: The collection's folder or address.
        repair: Fix what can be fixed.
        encoder: Use this one instead of the recorded encoder.
        on_progress: Called with the name of each check.

    Returns:
        Every finding, in the order of the checks.

    Raises:
        CollectionError: If there is no collection, or it cannot be opened.
    """
    collection = Collection.open(path)
    try:
        doctor = _Doctor(collection, repair, encoder, on_progress)
        return list(doctor.findings())
    finally:
        collection.close()


class _Doctor:
    def __init__(self, collection: Collection, repair: bool, encoder: Encoder | None, on_progress: Progress) -> None:
        self.collection = collection
        self.store = collection.store
        self.repair = repair
        self._given = encoder
        self._on_progress = on_progress
        self._newest: Manifest | None = None
        self._sound = False
        self._snapshot_bytes = 0

    def findings(self) -> Iterator[Finding]:
        self._on_progress("database", 0, 0)
        encoding, found = self._encoding()
        yield from found
        try:
            with self.store.reading():
                truth = self.store.check(encoding.fingerprint if encoding else None)
            yield from self._truth(truth, encoding)
            self._on_progress("snapshots", 0, 0)
            yield from self._snapshots(encoding)
            if encoding is not None:
                yield from self._scorer(encoding)
                self._on_progress("model", 0, 0)
                yield from self._model(encoding)
                self._on_progress("recall", 0, 0)
                yield from self._recall()
                yield from self._languages()
        except CollectionError as error:
            yield Finding("database", "problem", str(error), error.hint)
        yield from self._disk()

    def _encoding(self) -> tuple[Encoding | None, list[Finding]]:
        try:
            _ = self.collection.store.settings, self.store.uuid
            encoding = self.collection.store.encoding
        except RelatedError as error:
            hint = "build again with your related.toml; if that does not help, with --recreate"
            return None, [Finding("database", "problem", str(error), hint)]
        if encoding is None:
            return None, [Finding("model", "note", "the collection was never built", "related build SOURCE")]
        return encoding, []

    # The truth.

    def _truth(self, truth: Truth, encoding: Encoding | None) -> Iterator[Finding]:
        refuse_unreadable(truth)
        if self.repair and not (truth.sound and not truth.orphans):
            for what in self.store.repair(truth, self.collection.path):
                yield Finding("database", "repaired", what)
            if encoding is not None and (truth.vectorless or truth.damaged["vectors"]):
                count = complete_vectors(
                    self.collection.store,
                    self._given or open_encoder(encoding),
                    self.collection.store.settings.text,
                )
                yield Finding("vectors", "repaired", f"encoded {count} texts again")
            if truth.damaged["articles"]:
                yield Finding(
                    "articles",
                    "note",
                    f"left out: {_few(truth.damaged['articles'])}",
                    "build their sources again: related build SOURCE; send again what came over the API",
                )
            with self.store.reading():
                truth = self.store.check(encoding.fingerprint if encoding else None)
        if self.repair and truth.sound and encoding is not None:
            # Damaged ones were dropped, and those of an earlier version are of no use.
            count = complete_packed(self.store, self.collection.reader.packer())
            if count:
                yield Finding("articles", "repaired", f"packed {count} articles again")
        self._sound = truth.sound
        yield from _judge(truth, self.store.revision().number if truth.sound else 0)

    # What is derived.

    def _snapshots(self, encoding: Encoding | None) -> Iterator[Finding]:
        root = self.collection.snapshots
        newest = self.store.revision().number
        bad: list[str] = []
        files = size = 0
        for number in published(root):
            folder = root / str(number)
            try:
                manifest = read_manifest(folder)
                damaged = list(damaged_files(folder, manifest, whole=True))
                damaged += [name for name in SAMPLE_FILES if name not in manifest.files]
            except (OSError, ValueError, KeyError, TypeError, AttributeError, CollectionError):
                damaged = ["manifest.json"]
            else:
                files += len(manifest.files)
                self._snapshot_bytes = sum(file["size_bytes"] for file in manifest.files.values())
                size += self._snapshot_bytes
                state = self.store.revision_at(number)
                if number > newest:
                    bad.append(f"snapshot {number} is newer than the database, which is at revision {newest}")
                elif manifest.source.collection != self.store.uuid or (state and state.digest != manifest.digest):
                    bad.append(f"snapshot {number} is not of this collection's revision {number}")
                elif not damaged:
                    self._newest = self._newest or manifest
            bad += [f"snapshot {number}: {name} is damaged" for name in damaged]
        hint = "add --repair: snapshots are rebuilt from the database"
        if bad and self.repair and encoding is not None:
            for number in published(root):
                shutil.rmtree(root / str(number), ignore_errors=True)
            self.collection.publish(compact=True)
            self._newest = read_manifest(root / str(newest))
            yield Finding("snapshots", "repaired", f"rebuilt: {_few(bad)}")
        elif bad:
            yield from (Finding("snapshots", "problem", what, hint) for what in bad)
        elif not files:
            yield Finding("snapshots", "note", "there is none yet; the next reader makes one")
        else:
            yield Finding("snapshots", "ok", f"{files} files, {_megabytes(size)}: every checksum fits")

    def _scorer(self, encoding: Encoding) -> Iterator[Finding]:
        """Check the learned scorer, if there is one."""
        try:
            learned = read_learned(self.collection)
            if learned is None:
                return
            learned.refuse_vectors_of(encoding.fingerprint)
        except ScorerError as error:
            if not self.repair:
                hint = "related doctor --repair goes back to the default scorer; related tune learns another"
                yield Finding("scorer", "problem", str(error), hint)
                return
            self.collection.store.record_scorer(None)
            yield Finding("scorer", "repaired", f"{error}; the default scorer ranks again")
        else:
            yield Finding("scorer", "ok", "learned from judgements, on these vectors")

    def _model(self, encoding: Encoding) -> Iterator[Finding]:
        if self._given is None:
            try:
                fingerprint = fingerprint_of(encoding.settings)
            except RelatedError as error:
                yield Finding("model", "problem", str(error), error.hint)
                return
            if not agree(fingerprint, encoding.fingerprint):
                yield Finding(
                    "model",
                    "problem",
                    f"{encoding.settings.model} is {fingerprint} now, the collection was built with "
                    f"{encoding.fingerprint}",
                    "put the former model back, or build with --recreate",
                )
                return
        stored, vectors = self._sample(encoding) if self._sound else ([], {})
        if not stored:
            yield Finding("model", "ok", f"{encoding.settings.model} ({encoding.fingerprint})")
            return
        settings = self.collection.store.settings.text
        texts = [article_texts(article.article, settings).whole for article in stored]
        again = (self._given or open_encoder(encoding)).encode(texts)
        other = [
            article.article_id
            for article, vector in zip(stored, again, strict=True)
            if vectors[article.text_hash].shape != vector.shape
            or float(vectors[article.text_hash] @ vector) < LEAST_AGREEMENT
        ]
        if other:
            yield Finding(
                "model",
                "problem",
                f"{len(other)} of {len(stored)} sampled vectors are not what the model gives: {_few(other)}",
                "build with --recreate to encode everything again",
            )
        else:
            yield Finding(
                "model",
                "ok",
                f"{encoding.settings.model} ({encoding.fingerprint}): {len(stored)} texts encoded again agree",
            )

    def _sample(self, encoding: Encoding) -> tuple[list[StoredArticle], dict[bytes, Vectors]]:
        """Return some articles that have a vector, with their vectors by text hash."""
        with self.store.reading():
            ids = self.store.ids()
            chosen = [ids[place] for place in np.linspace(0, len(ids) - 1, min(len(ids), SAMPLED_TEXTS)).astype(int)]
            stored = list(self.store.articles(sorted(set(chosen))))
            vectors = self.store.load_vectors(encoding.fingerprint, [article.text_hash for article in stored])
        return [article for article in stored if article.text_hash in vectors], vectors

    def _recall(self) -> Iterator[Finding]:
        if self._newest is None:
            return
        changed = self.store.changed_since(self._newest.revision)
        since = f"; {len(changed)} changes since the snapshot" if changed else ""
        recall = self._newest.recall
        if not self._newest.overfetch:
            yield Finding("recall", "ok", f"vectors are searched exactly{since}")
        elif recall < LEAST_RECALL:
            yield Finding(
                "recall", "problem", f"recall@{RECALL_AT} is {recall:.3f}{since}", "report this with your model"
            )
        else:
            yield Finding("recall", "ok", f"recall@{RECALL_AT} {recall:.3f}, measured on this collection{since}")

    def _languages(self) -> Iterator[Finding]:
        """Say if the model does not know what the articles are written in."""
        # Without a sound snapshot, opening the collection would make one.
        if not self._sound or self._newest is None or not self._newest.articles:
            return
        with self.collection.reading() as index:
            language = unknown_language(index)
        if language is not None:
            yield Finding("languages", "note", unknown_language_note(language), MULTILINGUAL_HINT)

    def _disk(self) -> Iterator[Finding]:
        path = self.collection.path
        used = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        free = shutil.disk_usage(path).free
        what = f"{_megabytes(used)} used, {_megabytes(free)} free"
        if self.store.read_only:
            yield Finding("disk", "note", f"{what}; the folder can only be read")
        elif free < self._snapshot_bytes:
            yield Finding("disk", "problem", what, "free disk space: the next snapshot is written beside the last")
        else:
            yield Finding("disk", "ok", what)


def _judge(truth: Truth, revision: int) -> Iterator[Finding]:
    repair = "add --repair"
    for line in truth.structure:
        yield Finding("database", "problem", line, repair)
    for table, rows in truth.damaged.items():
        check = {"articles": "articles", "vectors": "vectors"}.get(table, "database")
        if rows:
            hint = "build with --recreate" if table in {"meta", "sources"} else repair
            yield Finding(check, "problem", f"{len(rows)} rows of {table} are not what was written: {_few(rows)}", hint)
    if truth.miscounted:
        yield Finding("articles", "problem", truth.miscounted, repair)
    if truth.vectorless:
        yield Finding(
            "vectors", "problem", f"{len(truth.vectorless)} articles have no vector: {_few(truth.vectorless)}", repair
        )
    if truth.orphans:
        yield Finding("vectors", "note", f"{truth.orphans} vectors are of texts that no article has", repair)
    if truth.sound:
        yield Finding(
            "database",
            "ok",
            f"{truth.articles:,} articles and {truth.vectors:,} vectors at revision {revision}: every checksum fits",
        )


def _few(names: list[str], shown: int = 5) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
