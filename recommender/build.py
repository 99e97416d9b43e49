"""Build: read sources, embed what is new, write it in batches, publish the indexes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from recommender.build_report import BuildReport, OnCommit
from recommender.build_scan import Scan
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder, check_vectors, make_encoder
from recommender.errors import (
    MissingVectorsError,
    ScorerError,
    SharedUrlError,
    SourceError,
    TooManyDeletionsError,
)
from recommender.overview import forget_deleted
from recommender.progress import Progress
from recommender.ranking.calibration import unrelated_cosines
from recommender.ranking.chance import ENGLISH, UnrelatedTexts, recorded_as, unrelated
from recommender.ranking.languages import detect_language
from recommender.related.scoring import read_learned
from recommender.sources import (
    Found,
    ReadArticle,
    Remembering,
    Skipped,
    Source,
    Unchanged,
    Unreadable,
    is_address,
    open_source,
)
from recommender.sources.checks import no_article, place_of, refuse_empty, refuse_nested
from recommender.sources.survey import Survey
from recommender.store import (
    Encoding,
    Incoming,
    Written,
    complete_packed,
    complete_vectors,
    in_pools,
    open_encoder,
    refuse_other_encoder,
    write_articles,
)
from recommender.store.queued import QueuedEncoder, queue_of
from recommender.text import has_surrogate, texts_fingerprint, url_key

MAX_DELETED_SHARE = 0.2


def build(
    sources: Sequence[Path | str],
    collection_path: Path | str,
    *,
    settings: Settings,
    recreate: bool = False,
    allow_deletions: bool = False,
    encoder: Encoder | None = None,
    queued: bool = False,
    on_commit: OnCommit | None = None,
    on_progress: Progress = lambda stage, done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> BuildReport:
    """Bring a collection up to date with its sources; unchanged articles are neither read nor encoded again.

    Args:
        sources: Folders of sites, files of articles, exports, feeds, addresses of live sites.
        collection_path: The collection's folder or address; created if missing.
        settings: Used for this build and recorded for every later query.
        recreate: Start over with the encoder that `settings` names.
        allow_deletions: Delete even if more than a fifth of a source is gone.
        encoder: Use this one instead of the one that `settings` names.
        queued: Let other processes encode the texts: `related embed`; only for a collection on a server.
        on_commit: Called after each commit with revision, articles written and articles deleted.
        on_progress: Called for each article and each batch.
        say: Called with one line for each address, saying what kind of site it is.

    Returns:
        The report; its `problems` list every article that was lost and why.

    Raises:
        SourceError: If a source is missing or has no article at all; then no collection is created.
        EncoderMismatchError: If the collection was built with another encoder and `recreate` is not set.
        TooManyDeletionsError: If too much of a source is gone; what was read is written, and nothing is deleted.
        CollectionError: If the collection cannot be written.
    """
    opened = [open_source(place, settings, say=say) for place in sources]
    refuse_nested(opened)
    if recreate or not Collection.exists(collection_path):
        on_progress("reading", 0, 0)
        refuse_empty(opened)  # before the model is loaded, which takes far longer than a look
        on_progress("loading the model", 0, 0)
        encoder = encoder or make_encoder(settings.encoder)
        _ = encoder.fingerprint  # an unknown model is an error before anything is made or forgotten
    collection = (Collection.recreate if recreate else Collection.create)(collection_path)
    try:
        if queued:
            queue_of(collection.store)
        builder = _Builder(collection, settings, encoder, on_commit, on_progress, queued)
        return builder.run(opened, allow_deletions)
    finally:
        collection.close()


class _Builder:
    def __init__(
        self,
        collection: Collection,
        settings: Settings,
        encoder: Encoder | None,
        on_commit: OnCommit | None,
        on_progress: Progress,
        queued: bool,
    ) -> None:
        self.collection = collection
        self.queued = queued
        self.store = collection.store
        self.settings = settings
        self.report = BuildReport()
        self._on_commit = on_commit or (lambda revision, written, deleted: None)
        self._on_progress = on_progress
        self.encoder = self._choose_encoder(encoder)

    def run(self, sources: Iterable[Source], allow_deletions: bool) -> BuildReport:
        self._record_settings()
        if self.queued:
            # From here on: before it, nobody knew which encoder to run.
            self.encoder = QueuedEncoder(self.encoder, self.store)
        refused: TooManyDeletionsError | SourceError | None = None
        for source in sources:
            try:
                self._read_source(source, allow_deletions)
            except (TooManyDeletionsError, SourceError) as error:
                # The other sources and the index are not affected.
                if refused is None:
                    refused = error
                else:
                    self.report.problems.append(error)
        for key, ids in self.store.shared_urls():
            self.report.notes.append(
                SharedUrlError(
                    f"the webUrl {key} is shared by {len(ids)} articles: {', '.join(ids)}",
                    where=self._place(ids[-1]),
                    expected="an address of its own for each article",
                    hint="they are kept, but only their ids name them",
                )
            )
        packer = self.collection.reader.packer()
        complete_packed(self.store, packer)
        if packer.languages:
            language, _ = packer.languages.most_common(1)[0]
            self._know_unrelated(language, self.store.recorded_encoding().dimension)
        self._on_progress("indexing", 0, 0)
        self.report.published = self._publish()
        forget_deleted(self.store, self.collection.path)
        self.collection.feed(self._on_progress)
        self.report.revision, self.report.articles, _ = self.store.revision()
        if refused is not None:
            refused.problems = self.report.problems
            raise refused
        return self.report

    def _place(self, article_id: str) -> str:
        """Return the file that a stored article came from, for people."""
        stored = self.store.stored_states([article_id])[article_id]
        path, source_id = stored.facts.path, stored.facts.source_id
        location = self.store.source_location(source_id)
        if is_address(location):
            return location
        return place_of(Path(os.path.normpath(self.collection.path / location)), path)

    def _publish(self) -> bool:
        def publish() -> bool:
            compact = bool(self.report.deleted)  # deleted articles leave the snapshots too
            return self.collection.publish(
                compact=compact,
                on_progress=lambda done, total: self._on_progress("indexing", done, total),
            )

        try:
            return publish()
        except MissingVectorsError:
            self.report.encoded += complete_vectors(self.store, self.encoder, self.collection.store.settings.text)
            return publish()

    def _choose_encoder(self, given: Encoder | None) -> Encoder:
        recorded = self.collection.store.encoding
        if recorded is None:
            return given or make_encoder(self.settings.encoder)
        if given is not None:
            recorded.refuse_vectors_of(given)
            return given
        refuse_other_encoder(recorded, self.settings.encoder)
        return open_encoder(recorded.run_by(self.settings.encoder), self.settings.encoder.device)

    def _record_settings(self) -> None:
        recorded = self.collection.store.encoding
        if recorded is None:
            english = self._encode_unrelated(ENGLISH)
            recorded = Encoding(
                self.settings.encoder,
                self.encoder.fingerprint,
                self.encoder.dimension,
                unrelated_cosines(english.vectors),
            )
        else:
            self._know_unrelated(ENGLISH, recorded.dimension)
        recorded = recorded.run_by(self.settings.encoder)
        text = texts_fingerprint(self.settings.text)
        restate = self.store.meta("text") not in {None, text}
        with self.store.transaction():
            self.collection.store.record(self.settings, recorded)
        self._check_scorer(recorded)
        if restate:
            self._restate()
        if self.store.meta("text") != text:
            with self.store.transaction():
                self.store.set_meta("text", text)

    def _know_unrelated(self, language: str, dimension: int) -> None:
        """Encode the unrelated texts of a language, if there are any and their vectors are not recorded yet."""
        if language in unrelated() and UnrelatedTexts.recorded(self.store.meta, language, dimension) is None:
            self._encode_unrelated(language)

    def _encode_unrelated(self, language: str) -> UnrelatedTexts:
        """Encode and record the texts that say what chance looks like (see `ranking.chance`)."""
        texts = unrelated()[language]
        vectors = self.encoder.encode(texts)
        check_vectors(vectors, len(texts), self.encoder.dimension)
        found = UnrelatedTexts(language, vectors)
        with self.store.transaction():
            self.store.set_meta(recorded_as(language), found.text())
        return found

    def _check_scorer(self, encoding: Encoding) -> None:
        """Drop a learned scorer that was learned on the vectors of another encoder."""
        try:
            learned = read_learned(self.collection)
            if learned is not None:
                learned.refuse_vectors_of(encoding.fingerprint)
        except ScorerError as error:
            self.collection.store.record_scorer(None)
            error.hint = "the default scorer ranks until related tune learns another"
            self.report.notes.append(error)

    def _restate(self) -> None:
        """Rewrite every stored article whose text changed with the settings."""
        for pool in in_pools(self.store.owned_articles()):
            for source_id in sorted({owner for owner, _, _ in pool}):
                self._write(
                    source_id,
                    [Incoming(article, path, path) for owner, path, article in pool if owner == source_id],
                )

    def _location(self, source: Source) -> str:
        """Return the location of a source as recorded: its first address, or its path relative to the collection."""
        if isinstance(source.location, str):
            key = url_key(source.location)
            recorded = [place for _, _, place in self.store.sources() if is_address(place)]
            return next((place for place in recorded if url_key(place) == key), source.location)
        location = self.collection.location_of(source.location)
        return location.encode("utf-8", "backslashreplace").decode()  # a name may be no UTF-8

    def _read_source(self, source: Source, allow_deletions: bool) -> None:
        with self.store.transaction():
            source_id = self.store.source_id(source.kind, self._location(source))
        # With other settings for reading, every file may give another article.
        fingerprint, memory = source.fingerprint(), self.store.meta(f"memory:{source_id}") or ""
        is_same = self.store.meta(f"reading:{source_id}") == fingerprint
        known = self.store.file_states(source_id) if is_same else {}
        if isinstance(source, Remembering):
            source.load_state(memory if is_same else "")
        survey = Survey()
        self.report.surveys.append((source, survey))
        scan = Scan(stored={})
        for path, article_id in self.store.source_articles(source_id):
            scan.stored.setdefault(path, []).append(article_id)
        stale: list[str] = []
        try:
            for pool in in_pools(self._incoming(source, survey.watch(source.scan(known)), scan)):
                written = self._write(source_id, pool)
                stale += written.moved_from
                scan.failed.update(incoming.path for incoming in pool if incoming.article.id in written.refused)
        except SourceError as error:
            self.report.problems.append(error)
            scan.unreadable = True
        survey.detect_languages(detect_language)
        keep = scan.states.keys() | scan.unchanged
        with self.store.transaction():
            self.store.set_file_states(source_id, scan.states)
            forgotten = {*stale, *scan.failed, *(known.keys() - keep)}
            # A name that is not UTF-8 was listed as a problem; it cannot be stored and so need not be forgotten.
            self.store.forget_files(source_id, [path for path in forgotten if not has_surrogate(path)])
            if not is_same:
                self.store.set_meta(f"reading:{source_id}", fingerprint)
            if isinstance(source, Remembering) and (kept := source.save_state()) != memory:
                self.store.set_meta(f"memory:{source_id}", kept)
        withdrawn = scan.withdrawn()
        if withdrawn:
            # The guard against deleting too much does not apply to drafts.
            self._delete(source, source_id, withdrawn, 0, allow_deletions=True)
        gone = sorted(set(scan.gone()) - set(withdrawn))
        if gone and scan.unreadable:
            self.report.kept += len(gone)
        elif gone:
            self._delete(source, source_id, gone, sum(map(len, scan.stored.values())), allow_deletions)
        elif not scan.seen and not withdrawn and not scan.unreadable:
            raise no_article(source, survey)

    def _incoming(self, source: Source, scanned: Iterable[Found], scan: Scan) -> Iterator[Incoming]:
        for found in scanned:
            if isinstance(found, Unreadable):
                scan.unreadable = True
                scan.failed.add(found.path)
                self.report.problems.append(found.error)
            elif isinstance(found, Unchanged):
                scan.unchanged.add(found.path)
                for article_id in scan.stored.get(found.path, ()):
                    self.report.unchanged += 1
                    self._meet(article_id, place_of(source.location, found.path), found.path, scan)
            elif isinstance(found, Skipped):
                scan.hidden.add(found.path)
            elif isinstance(found, ReadArticle):
                self.report.read += 1
                if found.state.is_settled():
                    scan.states[found.path] = found.state
                if self._meet(found.article.id or "", found.where, found.path, scan):
                    yield Incoming(found.article, found.path, found.where)
            self._on_progress("reading", self.report.read + self.report.unchanged, 0)

    def _meet(self, article_id: str, where: str, path: str, scan: Scan) -> bool:
        twice = scan.meet(article_id, where, path)
        if twice is not None:
            self.report.problems.append(twice)
        return twice is None

    def _write(self, source_id: int, pool: Sequence[Incoming]) -> Written:
        written = write_articles(
            self.store,
            source_id,
            pool,
            self.encoder,
            self.collection.reader.packer(),
            progress=self._on_progress,
        )
        self.report.written += written.count
        self.report.encoded += written.encoded
        self.report.problems += written.refused.values()
        if written.revision:
            self._on_commit(written.revision, written.count, 0)
        return written

    def _delete(self, source: Source, source_id: int, gone: list[str], total: int, allow_deletions: bool) -> None:
        if len(gone) > MAX_DELETED_SHARE * total and not allow_deletions:
            raise TooManyDeletionsError(
                f"{len(gone)} of {total} articles are gone from this source, {gone[0]} among them; none was deleted",
                where=str(source.location),
                expected=f"at most {MAX_DELETED_SHARE:.0%}",
                hint="add --allow-deletions if that is right",
            )
        with self.store.transaction():
            commit = self.store.write(source_id, deletes=gone)
        self.report.deleted += len(commit.deleted)
        if commit.revision:
            self._on_commit(commit.revision, 0, len(commit.deleted))
