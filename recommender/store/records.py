"""What the truth holds of an article, and what a write brings and does."""

from __future__ import annotations

import json
from typing import NamedTuple

from recommender.article import Article
from recommender.errors import DamagedError
from recommender.store.checksums import content_hash, row_checksum, sealed_hash


class StoredArticle(NamedTuple):
    """An article with what the collection knows of it."""

    article_id: str
    article: Article
    text_hash: bytes
    checksum: int


class Upsert(NamedTuple):
    """One article to be written: `record` and `secured` are JSON."""

    article_id: str
    path: str
    url_key: str | None
    text_hash: bytes
    content_hash: bytes
    record: str
    secured: str | None


class Facts(NamedTuple):
    """What tells whether a write would change an article, in the order of the table and of the row's checksum."""

    article_id: str
    path: str
    url_key: str | None
    text_hash: bytes
    content_hash: bytes
    sealed_hash: bytes | None
    source_id: int
    revision: int

    def checksum(self) -> int:
        """The checksum that the row must have."""
        return row_checksum(*self)


class StoredState(NamedTuple):
    """The facts of a stored article, with the checksum that stands beside them."""

    facts: Facts
    checksum: int

    def differs(self, upsert: Upsert) -> bool:
        """Whether writing `upsert` would change anything; a write without `secured` keeps the stored one."""
        facts = self.facts
        kept = upsert.secured is None or sealed_hash(upsert.secured) == facts.sealed_hash
        same = (facts.path, facts.content_hash) == (upsert.path, upsert.content_hash) and kept
        return not same or facts.checksum() != self.checksum


class Commit(NamedTuple):
    """What a write did.

    Attributes:
        revision: The revision that it made; 0 if nothing was to be changed.
        written: Ids that were new or changed.
        deleted: Ids that are gone.
        refused: Ids that belong to another source, with its number; nothing was done to them.
        moved_from: Paths that written articles were stored under before and are not any more.
        lacking: Hashes of texts without a vector; if there are any, nothing was written.
    """

    revision: int
    written: list[str]
    deleted: list[str]
    refused: dict[str, int]
    moved_from: list[str]
    lacking: set[bytes] = set()  # noqa: RUF012 - never changed


COLUMNS = ", ".join((*Facts._fields, "checksum", "record"))
"""What `read_article` reads, as SQL names it."""


def read_article(row: tuple[object, ...]) -> StoredArticle:
    """The article in a row of `COLUMNS`.

    Raises:
        DamagedError: If the row is not what was written.
    """
    *values, checksum, record = row
    facts = Facts(*values)  # type: ignore[arg-type]
    try:
        found = facts.checksum()
        sound = found == checksum and facts.content_hash == content_hash(str(record), facts.text_hash)
    except TypeError:  # a damaged header gives a value another type
        sound = False
    if not sound:
        raise DamagedError(
            f"the article {facts.article_id} is damaged: what is stored is not what was written",
            hint="related doctor --repair",
        )
    return StoredArticle(facts.article_id, Article.model_validate(json.loads(str(record))), facts.text_hash, found)
