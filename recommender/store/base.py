"""The store protocol: the articles of one collection, in a SQLite file or behind a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from recommender.config import Settings
from recommender.embedding import Vectors
from recommender.store.encoding import Encoding
from recommender.store.history import Connection
from recommender.store.records import (
    Commit,
    LogSize,
    Needed,
    Packed,
    PackedRow,
    Revision,
    StoredArticle,
    StoredState,
    Truth,
    Upsert,
)
from recommender.store.rules import KeptRules, RuleChange

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.sources import FileState
    from recommender.store.text_queue import TextQueue


class Store(Protocol):
    """Articles, vectors, sources and the log of changes. One instance serves one thread at a time.

    Every method raises DamagedError if stored data is damaged, BusyError if another process holds a lock for too long,
    and CollectionError if the store cannot be used.
    """

    where: str
    """The collection's place, for errors and hints."""

    def reading(self) -> AbstractContextManager[None]:
        """Read everything inside at one revision; nested uses read that of the outermost."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing; durable when the block ends."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written here."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...

    def sole(self, work: str) -> AbstractContextManager[bool]:
        """Yield whether no other machine is at some work; it is this one's until the block or the connection ends."""
        ...

    # Revisions.

    def state(self) -> tuple[int, int]:
        """Return a cheap token that changes whenever anything is written."""
        ...

    def wait(self, seen: tuple[int, int], timeout_s: float) -> tuple[int, int]:
        """Return the change token once it differs from `seen`, or after a time; outside of reads and transactions."""
        ...

    def revision(self) -> Revision:
        """Return the newest revision."""
        ...

    def revision_at(self, number: int) -> Revision | None:
        """Return an earlier revision."""
        ...

    def log_start(self) -> int:
        """Return the revision after which the change log begins."""
        ...

    def changed_since(self, number: int) -> dict[str, str] | None:
        """Return the ids changed after a revision, each with its last change; None if the log begins later."""
        ...

    def forget_changes(self, number: int) -> None:
        """Begin the change log after a revision, inside a transaction; earlier revisions are forgotten too.

        What other machines may still have to read is kept longer.
        """
        ...

    def log_size(self, after: int = 0) -> LogSize:
        """Return how much there is in the change log after a revision."""
        ...

    # Articles.

    def count(self) -> int:
        """Return how many articles there are."""
        ...

    def ids(self) -> list[str]:
        """Return the ids of all articles, sorted."""
        ...

    def get(self, article_id: str) -> StoredArticle | None:
        """Return an article, without `secured`."""
        ...

    def articles(self, ids: Sequence[str] | None = None) -> Iterator[StoredArticle]:
        """Yield every article, or those of `ids` (sorted) that are stored, sorted by id."""
        ...

    def owned_articles(self) -> Iterator[tuple[int, str, Article]]:
        """Yield source, path and article of everything stored, sorted by id."""
        ...

    def named_articles(self) -> Iterator[tuple[str, str]]:
        """Yield id and address key (empty for none) of every article, sorted by id."""
        ...

    def stored_states(self, ids: Sequence[str]) -> dict[str, StoredState]:
        """Return the state of those of `ids` that are stored."""
        ...

    def confirms(self, reference: str, found: Sequence[str]) -> bool:
        """Return whether `found`, sorted, are the ids of the articles with this webUrl, and none has it as its id."""
        ...

    def without_address(self) -> list[str]:
        """Return the ids of the articles that have no webUrl, sorted."""
        ...

    def shared_urls(self) -> list[tuple[str, list[str]]]:
        """Return each webUrl key that more than one article has, with their ids."""
        ...

    def needed(self, source_id: int, upserts: Iterable[Upsert], deletes: Iterable[str], encoder: str) -> Needed | None:
        """Return what a write of these would need; None if it would do nothing."""
        ...

    def write(
        self,
        source_id: int,
        upserts: Iterable[Upsert] = (),
        deletes: Iterable[str] = (),
        *,
        encoder: str = "",
        vectors: Mapping[bytes, Vectors] | None = None,
        form: str = "",
        packed: Mapping[str, Packed] | None = None,
    ) -> Commit:
        """Write one batch of one source as one revision, inside a transaction; what changes nothing makes none."""
        ...

    def start_over(self) -> None:
        """Forget every article, vector and setting, in one transaction; a learned scorer stays."""
        ...

    # Vectors.

    def load_vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the stored vectors among `hashes`, read-only; a damaged one counts as not stored."""
        ...

    def keep_needed_vectors(self, encoder: str, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep those of `vectors` whose text an article still has, in a transaction."""
        ...

    def drop_broken_vectors(self, encoder: str, dimension: int) -> int:
        """Delete the encoder's vectors that are damaged or of another size, in a transaction; return how many."""
        ...

    def articles_without_vector(self, encoder: str) -> Iterator[Article]:
        """Yield the articles whose text has no stored vector, sorted by id."""
        ...

    @property
    def queue(self) -> TextQueue | None:
        """The texts that wait for vectors, where other processes make them."""
        ...

    # Packed articles.

    def packed(self, form: str, ids: Sequence[str] | None = None) -> Iterator[PackedRow]:
        """Yield every article as it was packed, or those of `ids` (sorted) that are stored, sorted by id."""
        ...

    def articles_not_packed(self, form: str) -> Iterator[StoredArticle]:
        """Yield the articles that are not packed in this form, or not as they are now, sorted by id."""
        ...

    def keep_packed(self, form: str, packed: Iterable[tuple[StoredArticle, Packed]]) -> None:
        """Keep packed articles, unless they changed since they were read, in a transaction."""
        ...

    # Sources and their files.

    def source_id(self, kind: str, location: str) -> int:
        """Return the number of a source, which is recorded if it is new, inside a transaction."""
        ...

    def sources(self) -> list[tuple[int, str, str]]:
        """Return number, kind and location of every source."""
        ...

    def source_location(self, source_id: int) -> str:
        """Return the location of a source as it was recorded."""
        ...

    def source_articles(self, source_id: int) -> list[tuple[str, str]]:
        """Return path and id of every article of a source."""
        ...

    def article_at(self, source_id: int, path: str) -> str | None:
        """Return the id of the article that a source's file gave."""
        ...

    def file_states(self, source_id: int) -> dict[str, FileState]:
        """Return the state of each file of a source when it was last read whole."""
        ...

    def set_file_states(self, source_id: int, states: Mapping[str, FileState]) -> None:
        """Record the state of files, inside a transaction."""
        ...

    def forget_files(self, source_id: int, paths: Iterable[str]) -> None:
        """Drop the recorded state of files, inside a transaction."""
        ...

    # Recorded values (see `store.recorded`).

    def meta(self, key: str) -> str | None:
        """Return the value recorded under `key`."""
        ...

    def set_meta(self, key: str, value: str) -> None:
        """Record `value` under `key`, inside a transaction."""
        ...

    @property
    def uuid(self) -> str:
        """The unique id of this collection."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of the last build."""
        ...

    @property
    def encoding(self) -> Encoding | None:
        """The recorded encoder; None before the first build."""
        ...

    @property
    def scorer(self) -> str | None:
        """The text of the learned scorer in use; None where none was learned."""
        ...

    def recorded_encoding(self) -> Encoding:
        """Return the recorded encoder; raise CollectionError before the first build."""
        ...

    def record(self, settings: Settings, encoding: Encoding) -> None:
        """Record what a build uses, inside a transaction."""
        ...

    def record_scorer(self, text: str | None) -> None:
        """Set the learned scorer, or None for the default."""
        ...

    # Editors' rules (see `store.rules`).

    def rules_number(self) -> int:
        """Return the number of the last change of any rules; 0 before the first."""
        ...

    def rules_of(self, article_id: str) -> KeptRules:
        """Return the rules of an article, or of `SITE`; the article need not be stored (any more)."""
        ...

    def all_rules(self) -> Iterator[KeptRules]:
        """Yield all rules, sorted by article; those of the site come first."""
        ...

    def set_rules(self, article_id: str, rules: str, editor: str, *, expected: int | None = None) -> KeptRules:
        """Replace rules, durably, and log the change; raise ChangedRulesError if `expected` is not their number."""
        ...

    def rule_changes(
        self, article_id: str | None = None, *, before: int | None = None, limit: int = 100
    ) -> Iterator[RuleChange]:
        """Yield the newest changes first, of one article or of all, with a number under `before`."""
        ...

    # Copies (see `store.copying`): all kinds have the same tables.

    @property
    def connection(self) -> Connection:
        """The connection."""
        ...

    def rows(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a query."""
        ...

    def scan(self, sql: str, *values: Any) -> Iterator[Any]:
        """Yield the rows of a query that may have very many."""
        ...

    def structure_faults(self) -> list[str]:
        """Return the faults that the database finds in itself."""
        ...

    def count_on(self, revision: int) -> None:
        """Let the next revision follow one that was copied here, inside a transaction."""
        ...

    # Maintenance.

    def compact(self, *, erase: bool) -> None:
        """Give back space; with `erase`, what was deleted leaves no trace."""
        ...

    def erases_now(self) -> bool:
        """Return whether traces of what was deleted a day ago are to be removed, with `compact(erase=True)`."""
        ...

    def checkpoint(self) -> bool:
        """Empty the write-ahead log, where there is one; False if others still need it."""
        ...

    def check(self, encoder: str | None) -> Truth:
        """Check every row, inside a read; `encoder` is the fingerprint of the recorded encoder."""
        ...

    def repair(self, found: Truth, folder: Path) -> list[str]:
        """Repair what a check found, in one transaction; return what was done, in words.

        What is left of damaged articles is put into `folder`.
        """
        ...
