"""Records of the store: stored articles, upserts, and the outcome of a write."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from recommender.article import Article
from recommender.config import TextSettings
from recommender.errors import DamagedError
from recommender.store.checksums import content_hash, row_checksum, sealed_hash
from recommender.text import Texts


class Revision(NamedTuple):
    """One state of a store.

    Attributes:
        number: From 1; 0 before the first write.
        articles: Number of articles.
        digest: The sum of the checksums of their rows; equal for equal states.
    """

    number: int = 0
    articles: int = 0
    digest: int = 0


class LogSize(NamedTuple):
    """The size of the change log.

    Attributes:
        rows: Number of changes.
        days: Age of the oldest, in days.
    """

    rows: int
    days: float


class StoredArticle(NamedTuple):
    """A stored article with its text hash and row checksum."""

    article_id: str
    article: Article
    text_hash: bytes
    checksum: int


class Packed(NamedTuple):
    """What answers need of an article, made from it once.

    Attributes:
        title: Its cleaned title.
        rest: The cleaned text that follows it.
        columns: What an index is built from, as bytes.
    """

    title: str
    rest: str
    columns: bytes


class PackedRow(NamedTuple):
    """A stored article as an index reads it; `packed` is None if there is none in the wanted form, or a damaged one."""

    article_id: str
    text_hash: bytes
    checksum: int
    packed: Packed | None


class Packer(Protocol):
    """Packs articles.

    Attributes:
        settings: Which fields make up their texts.
        form: Names all that the result depends on beside the article.
    """

    settings: TextSettings
    form: str

    def pack(self, article: Article, texts: Texts) -> Packed:
        """Pack an article, given its cleaned texts."""
        ...


class Upsert(NamedTuple):
    """One article to write; `record` and `secured` are JSON."""

    article_id: str
    path: str
    url_key: str | None
    text_hash: bytes
    content_hash: bytes
    record: str
    secured: str | None


class RowFacts(NamedTuple):
    """The columns that decide whether a write changes an article, in the order of the table and its checksum."""

    article_id: str
    path: str
    url_key: str | None
    text_hash: bytes
    content_hash: bytes
    sealed_hash: bytes | None
    source_id: int
    revision: int

    def checksum(self) -> int:
        """Return the checksum that the row must have."""
        return row_checksum(*self)


class StoredState(NamedTuple):
    """The facts of a stored article, with the stored checksum."""

    facts: RowFacts
    checksum: int

    def differs(self, upsert: Upsert) -> bool:
        """Return whether writing `upsert` changes anything; without `secured` it keeps the stored one."""
        facts = self.facts
        kept = upsert.secured is None or sealed_hash(upsert.secured) == facts.sealed_hash
        same = (facts.path, facts.content_hash) == (upsert.path, upsert.content_hash) and kept
        return not same or facts.checksum() != self.checksum


class Commit(NamedTuple):
    """The outcome of a write.

    Attributes:
        revision: The revision it made; 0 if nothing changed.
        written: Ids of new and changed articles.
        deleted: Ids of deleted articles.
        refused: Ids that belong to another source, with its number; they were left alone.
        moved_from: Former paths of written articles.
        lacking: Hashes of texts without a vector; if there are any, nothing was written.
    """

    revision: int
    written: list[str]
    deleted: list[str]
    refused: dict[str, int]
    moved_from: list[str]
    lacking: set[bytes] = set()  # noqa: RUF012 - never changed


class Needed(NamedTuple):
    """What a write needs.

    Attributes:
        articles: Ids of the articles that it changes.
        texts: Hashes of their texts without a vector.
    """

    articles: set[str]
    texts: set[bytes]


COLUMNS = ", ".join((*RowFacts._fields, "checksum", "record"))
"""The SQL columns that `read_article` takes."""


def read_article(row: tuple[Any, ...]) -> StoredArticle:
    """Parse a row of `COLUMNS`.

    Raises:
        DamagedError: If the row fails its checksum.
    """
    *values, checksum, record = row
    facts = read_facts(values, checksum)
    if facts.content_hash != content_hash(str(record), facts.text_hash):
        raise _damaged(facts)
    return StoredArticle(
        facts.article_id, Article.model_validate(json.loads(str(record))), facts.text_hash, int(checksum)
    )


def read_facts(values: Iterable[Any], checksum: int) -> RowFacts:
    """Parse the facts of a row.

    Raises:
        DamagedError: If they fail their checksum.
    """
    facts = RowFacts(*values)
    try:
        sound = facts.checksum() == checksum
    except TypeError:  # a damaged record header can change the type of a value
        sound = False
    if not sound or not isinstance(facts.text_hash, bytes):
        raise _damaged(facts)
    return facts


def _damaged(facts: RowFacts) -> DamagedError:
    return DamagedError(f"the article {facts.article_id} is damaged", hint="related doctor --repair")


@dataclass
class Truth:
    """The result of an integrity check.

    Attributes:
        articles: Number of articles.
        vectors: Number of vectors.
        structure: Faults that the database reports itself.
        damaged: By table, the rows that fail their checksum; articles by id.
        damaged_rows: The keys of the damaged articles' rows.
        miscounted: How the newest revision and the stored articles disagree; empty if they agree.
        orphans: Number of vectors that no article uses.
        vectorless: Ids of articles without a vector of the recorded encoder.
    """

    articles: int = 0
    vectors: int = 0
    structure: list[str] = field(default_factory=list)
    damaged: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    damaged_rows: list[int | str] = field(default_factory=list)
    miscounted: str = ""
    orphans: int = 0
    vectorless: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether the check found no fault; unused vectors are none."""
        return not (self.structure or any(self.damaged.values()) or self.miscounted or self.vectorless)
