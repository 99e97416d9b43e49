"""Packed articles in a store that speaks SQL: what indexes and reasons need of each, made once and kept beside it.

All of it can be made again from the articles, so a row that is damaged, of another form or of an earlier version of its
article counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from recommender.store.checksums import row_checksum
from recommender.store.history import chunks
from recommender.store.records import COLUMNS, Packed, PackedRow, RowFacts, StoredArticle, read_article, read_facts
from recommender.store.rules import EditedRules

_SAVE = """
INSERT INTO packed
SELECT ?, ?, ?, ?, ?, ? FROM articles WHERE article_id = ? AND checksum = ?
ON CONFLICT (article_id) DO UPDATE SET
  form = excluded.form, article_checksum = excluded.article_checksum, texts = excluded.texts,
  columns = excluded.columns, checksum = excluded.checksum
"""
_FACTS = ", ".join(f"articles.{name}" for name in (*RowFacts._fields, "checksum"))
_ARTICLES = ", ".join(f"articles.{name}" for name in COLUMNS.split(", "))
_OF_ARTICLES = """
FROM articles LEFT JOIN packed ON packed.article_id = articles.article_id AND packed.form = ?
  AND packed.article_checksum = articles.checksum
"""
_VALUES = "form, article_checksum, CAST(texts AS BLOB), CAST(columns AS BLOB), packed.checksum"


class PackedArticles(EditedRules):
    """The part of a store that keeps packed articles."""

    def packed(self, form: str, ids: Sequence[str] | None = None) -> Iterator[PackedRow]:
        """Yield every article as it was packed, or those of `ids` (sorted) that are stored, sorted by id."""
        select = f"SELECT {_FACTS}, {_VALUES} {_OF_ARTICLES}"
        if ids is None:
            yield from map(_read, self.scan(f"{select} ORDER BY articles.article_id", form))
            return
        for some, marks in chunks(ids):
            sql = f"{select} WHERE articles.article_id IN ({marks}) ORDER BY articles.article_id"
            yield from map(_read, self.rows(sql, form, *some))

    def articles_not_packed(self, form: str) -> Iterator[StoredArticle]:
        """Yield the articles that are not packed in this form, or not as they are now, sorted by id."""
        sql = f"SELECT {_ARTICLES} {_OF_ARTICLES} WHERE packed.article_id IS NULL ORDER BY articles.article_id"
        yield from map(read_article, self.scan(sql, form))

    def keep_packed(self, form: str, packed: Iterable[tuple[StoredArticle, Packed]]) -> None:
        """Keep packed articles, unless they changed since they were read, in a transaction."""
        with self.transaction():
            self._save_packed(form, ((stored.article_id, stored.checksum, each) for stored, each in packed))

    def _save_packed(self, form: str, packed: Iterable[tuple[str, int, Packed]]) -> None:
        rows = (
            (article_id, form, version, f"{each.title}\n{each.rest}".encode("utf-8", "surrogatepass"), each.columns)
            for article_id, version, each in packed
        )
        self.connection.executemany(_SAVE, ((*row, row_checksum(*row), row[0], row[2]) for row in rows))


def _read(row: tuple[Any, ...]) -> PackedRow:
    *values, checksum, form, version, texts, columns, packed_checksum = row
    facts = read_facts(values, checksum)
    packed = None
    if form is not None and row_checksum(facts.article_id, form, version, texts, columns) == packed_checksum:
        title, _, rest = texts.decode("utf-8", "surrogatepass").partition("\n")
        packed = Packed(title, rest, columns)
    return PackedRow(facts.article_id, facts.text_hash, checksum, packed)
