"""Interpret Jekyll's configuration and front matter: collections, front matter defaults, lists, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from recommender.sites.values import as_list, as_table

TRANSLATIONS = ("page_id", "ref", "lang-ref", "lang_ref", "translation_id", "translation_key", "i18n_id")
"""Keys whose value all translations of a page share, in various plugins."""
_DEFAULTED = frozenset(
    {"permalink", "published", "categories", "category", "tags", "tag", "lang", "language", "locale", "slug", "date"}
    | {"author", "authors", "description", "excerpt", "title", "image", "robots", "noindex", *TRANSLATIONS}
)
"""Keys that are read from front matter defaults."""
_KINDS = {"page": "pages", "post": "posts", "draft": "drafts"}
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FULL_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?")


class Defaults(NamedTuple):
    """Front matter defaults of a scope: the pages whose paths begin with a path, and that are of a kind."""

    path: str
    starts: re.Pattern[str]
    kind: str | None
    values: Mapping[str, Any]


def read_folder(name: Any) -> str:
    """Normalise a folder of the configuration to a prefix of paths."""
    inner = name.strip().removeprefix("./").strip("/") if isinstance(name, str) else ""
    return f"{inner}/" if inner not in {"", "."} else ""


def read_collections(found: Any) -> dict[str, dict[str, Any]]:
    """Return the settings of each collection; posts are always one."""
    tables = dict.fromkeys(found) if isinstance(found, list) else as_table(found)
    collections = {str(label): as_table(values) for label, values in tables.items()}
    collections["posts"] = {**collections.get("posts", {}), "output": True}
    return collections


def read_defaults(found: Any, collections_dir: str) -> list[Defaults]:
    """Return the front matter defaults; longer paths come later, then those that name a kind."""
    defaults = []
    for each in as_list(found):
        values = each.get("values") if isinstance(each, dict) else None
        if not isinstance(values, dict):
            continue
        scope = as_table(each.get("scope"))
        path = str(scope.get("path") or "").lstrip("/")
        # `*` matches no slash, `**/` any number of folders.
        inner = re.escape(path.removeprefix(collections_dir))
        starts = re.compile(inner.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*"))
        kind = str(scope["type"]) if scope.get("type") else None
        values = {key: value for key, value in values.items() if key in _DEFAULTED and value is not None}
        defaults.append(Defaults(path, starts, _KINDS.get(kind or "", kind), values))
    return sorted(defaults, key=lambda each: (len(each.path), each.kind is not None))


def read_words(value: Any) -> list[Any]:
    """Return a list, or the words of a string, separated by spaces or commas."""
    if isinstance(value, str):
        return [word for word in re.split(r"[\s,]+", value) if word]
    return [item for item in as_list(value) if item is not None]


def read_moment(value: Any) -> Any:
    """Parse a date as Ruby does: a naive one with seconds is in UTC, and 30 February is in March."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    text = value.strip() if isinstance(value, str) else ""
    if _FULL_TIME.fullmatch(text):
        return f"{text}Z"
    day = _DAY.fullmatch(text)
    return (day_of(int(day[1]), int(day[2]), int(day[3])) or value) if day else value


def day_of(year: int, month: int, day: int) -> datetime | None:
    """Return a date whose day may exceed its month; None if there is no such month or day."""
    try:
        return datetime(year, month, 1) + timedelta(days=day - 1) if 0 < day < 32 else None
    except ValueError:
        return None
