"""Read an article's fields from front matter with many possible keys, and note which key each came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from recommender.article import LostValue
from recommender.article_errors import shown
from recommender.sites.dates import read_date

KEYS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "excerpt": ("excerpt", "description", "summary", "abstract", "subtitle", "lead", "dek"),
    "published": (
        *("publishedDateTime", "date", "pubDate", "publishDate", "publishedDate", "publishedAt", "published_at"),
        *("datePublished", "published", "created_at", "createdAt", "created"),
    ),
    "topics": ("topics", "tags", "tag", "categories", "category", "keywords"),
    "authors": ("authors", "author"),
    "language": ("language", "lang", "locale"),
    "url": ("webUrl",),
    "images": ("images", "image", "cover", "thumbnail", "heroImage", "featured_image", "featuredImage", "banner"),
}
"""The keys of each field, as `[fields]` of related.toml names it; the first one with a value counts."""

_MERGED = frozenset({"topics"})
"""Fields that are merged from all their keys."""
_FALLBACK = {"keywords"}
"""Keys that count only if no other key of their field has a value."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,12}(?:[-_][A-Za-z0-9]{1,8})*")
_NAMES = ("name", "label", "title", "term", "slug", "url", "src", "path")
_NOT_A_DATE = "a date such as 2021-04-16, 2021-04-16T20:54:00Z or Fri, 16 Apr 2021 20:54:00 +0000"


class FieldReader:
    """Reads an article's fields from front matter.

    Args:
        values: The front matter.
        keys: The keys of each field; dots in a key lead into mappings.

    Attributes:
        origins: The key that each field came from.
        used: Keys whose value became a field or was lost.
        lost: Values that could not be read.
    """

    def __init__(self, values: Mapping[str, Any], keys: Mapping[str, Sequence[str]]) -> None:
        self._values = values
        self._keys = keys
        self._folded: dict[str, str] | None = None
        self.origins: dict[str, str] = {}
        self.used: set[str] = set()
        self.lost: list[LostValue] = []

    def get(self, key: str) -> Any:
        """Return the value of a key, ignoring its case; dots lead into mappings."""
        value = self._values.get(key)
        if value is not None:
            return value
        first, dot, rest = key.partition(".")
        if dot:
            inner = self._values.get(first)
            return FieldReader(inner, {}).get(rest) if isinstance(inner, Mapping) else None
        if self._folded is None:
            self._folded = {name.casefold(): name for name in self._values}
        name = self._folded.get(key.casefold())
        return None if name is None else self._values[name]

    def text(self, field: str) -> str | None:
        """Return the first string or number among a field's keys, as text."""
        for key in self._keys[field]:
            value = self.get(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                self._found(field, key)
                return str(value)
        return None

    def language(self) -> str | None:
        """Return the code or name of the language; a value that cannot be one is lost."""
        given = self.text("language")
        if given is None or _LANGUAGE.fullmatch(given.strip()):
            return given and given.strip().replace("_", "-")
        self.lost.append(LostValue(self.origins.pop("language"), shown(given), "a language such as en or pt-BR"))
        return None

    def date(self) -> datetime | None:
        """Return the first date among the keys of `published`; other values among them are lost."""
        for key in self._keys["published"]:
            value = self.get(key)
            if value is None or isinstance(value, bool):
                continue
            try:
                moment = read_date(value)
            except ValueError:
                self.lost.append(LostValue(key, shown(value), _NOT_A_DATE))
                self.used.add(key)
                continue
            if moment is not None:
                self._found("published", key)
                return moment
        return None

    def names(self, field: str, separators: str = ",") -> list[str]:
        """Return the names in a field's keys: a list of strings or of mappings with a name, or one string.

        Args:
            field: The field.
            separators: Characters that separate names in one string.
        """
        found: dict[str, None] = {}
        for key in self._keys[field]:
            if found and (field not in _MERGED or key in _FALLBACK):
                break
            value = self.get(key)
            if value is None or isinstance(value, bool):
                continue
            names = list(self._names(key, value, separators))
            if names:
                self._found(field, key)
                found |= dict.fromkeys(names)
        return list(found)

    def _names(self, key: str, value: Any, separators: str) -> Iterable[str]:
        if isinstance(value, str | int | float):
            parts = [str(value)]
            for separator in separators:
                parts = [piece for part in parts for piece in part.split(separator)]
            yield from (part.strip() for part in parts if part.strip())
        elif isinstance(value, Mapping):
            name = next((value[name] for name in _NAMES if isinstance(value.get(name), str | int)), None)
            if name is not None:
                yield str(name).strip()
            else:
                self.lost.append(LostValue(key, shown(value), "a name, or a list of names"))
        elif isinstance(value, list | tuple):
            for place, item in enumerate(value):
                if item is None or isinstance(item, bool | list | tuple):
                    self.lost.append(LostValue(f"{key}.{place}", shown(item), "a name"))
                else:
                    yield from self._names(f"{key}.{place}", item, "")

    def _found(self, field: str, key: str) -> None:
        known = self.origins.get(field, "").split(", ")
        if key not in known:
            self.origins[field] = ", ".join(filter(None, [*known, key]))
        self.used.add(key)
