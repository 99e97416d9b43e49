"""What may be asked of the articles of an overview: which of them, and in which order."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Literal, get_args

from recommender.errors import ConfigError
from recommender.text import has_surrogate

Kind = Literal["empty", "orphans", "hubs", "copies", "translations", "changed"]
KINDS: tuple[str, ...] = get_args(Kind)
"""Kinds of articles: without a list, in no list, in very many, with copies, with translations, with a list that is not
the one of the computation before."""

_OF_KIND = {
    "empty": "items = 0",
    "orphans": "shown = 0",
    "hubs": "shown >= :hub_from",
    "copies": "copies > 0",
    "translations": "translations > 0",
    "changed": "changed_number = :number AND first_number < :number",
}

Sort = Literal[
    "id", "title", "provider", "language", "published", "items", "shown", "score", "lowest", "age", "copies", "changed"
]
_COLUMNS = {
    "id": "article_id",
    "title": "title_key",
    "provider": "provider",
    "language": "language",
    "published": "published",
    "items": "items",
    "shown": "shown",
    "score": "mean_score",
    "lowest": "lowest_score",
    "age": "age_days",
    "copies": "copies",
    "changed": "changed_number",
}
SORTS: tuple[str, ...] = get_args(Sort)
_NO_PLACE = 2**62
"""Beyond the place of any article."""
INDEXED = tuple(column for column in _COLUMNS.values() if column != "article_id")
Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class Selection:
    """Which articles, and in which order; ties go by id in the same order, and articles without a value come last.

    Attributes:
        only: A kind of article.
        q: A part of the title, the id or the address, in any case.
        provider: The provider's name.
        language: The language as the article states it.
        sort: What they are ordered by.
        order: Ascending or descending.
    """

    only: Kind | None = None
    q: str | None = None
    provider: str | None = None
    language: str | None = None
    sort: Sort = "title"
    order: Order = "asc"

    def where(self) -> tuple[str, dict[str, Any]]:
        """Return the condition in SQL, and its values."""
        conditions, values = ["1"], dict[str, Any]()
        if self.only is not None:
            conditions.append(_OF_KIND[self.only])
        if self.q:
            conditions.append("place IN (SELECT place FROM words WHERE instr(folded, :q) > 0)")
            values["q"] = self.q.casefold()
        for name in ("provider", "language"):
            if getattr(self, name) is not None:
                conditions.append(f"{name} = :{name}")
                values[name] = getattr(self, name)
        return " AND ".join(conditions), values

    @property
    def column(self) -> str:
        """The column that they are ordered by."""
        return _COLUMNS[self.sort]

    def order_by(self) -> str:
        """Return the order in SQL."""
        # As an index has it, read forwards or backwards; where few may pass, sorting those is faster than to follow it.
        is_narrow = self.q or self.provider is not None or self.language is not None
        return f"{'+' if is_narrow else ''}{self.column} {self.order} NULLS LAST, place {self.order}"

    def after(self, cursor: str | None) -> tuple[str, dict[str, Any]]:
        """Return the condition that an article comes after the one of a cursor, and its values.

        Raises:
            ConfigError: If the cursor is not one of this order.
        """
        if cursor is None:
            return "1", {}
        value, article_id = self._read(cursor)
        beyond, last = (">", "max") if self.order == "asc" else ("<", "min")
        # The article itself may be gone.
        place = f"(SELECT {last}(place) FROM articles WHERE article_id {'<=' if last == 'max' else '>='} :last_id)"
        behind = f"place {beyond} coalesce({place}, {0 if last == 'max' else _NO_PLACE})"
        if value is None:
            return f"({self.column} IS NULL AND {behind})", {"last_id": article_id}
        condition = f"({self.column} IS NULL OR {self.column} {beyond} :last OR ({self.column} = :last AND {behind}))"
        return condition, {"last": value, "last_id": article_id}

    def cursor(self, value: Any, article_id: str) -> str:
        """Return the cursor of the last article of a page."""
        text = json.dumps([self.sort, self.order, value, article_id])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[Any, str]:
        try:
            text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            sort, order, value, article_id = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            sort = order = value = article_id = None
        # What no page gave may be anything; the database takes neither half characters nor numbers of any length.
        is_number = isinstance(value, int | float) and abs(value) < _NO_PLACE
        is_known = value is None or is_number or (isinstance(value, str) and not has_surrogate(value))
        is_named = isinstance(article_id, str) and not has_surrogate(article_id)
        if (sort, order) != (self.sort, self.order) or not is_known or not is_named:
            raise ConfigError("the cursor is not one of this list", where="cursor", expected="one that a page gave")
        return value, article_id
