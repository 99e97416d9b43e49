"""What Jekyll's configuration and front matter mean: collections, defaults of front matter, lists, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

TRANSLATIONS = ("page_id", "ref", "lang-ref", "lang_ref", "translation_id", "translation_key", "i18n_id")
"""Keys that plugins for several languages give the same value to in all translations of a page."""
_DEFAULTED = frozenset(
    {"permalink", "published", "categories", "category", "tags", "tag", "lang", "language", "locale", "slug", "date"}
    | {"author", "authors", "description", "excerpt", "title", "image", "robots", "noindex", *TRANSLATIONS}
)
"""Keys whose values are taken from the defaults of the configuration; others are of no use here."""
_KINDS = {"page": "pages", "post": "posts", "draft": "drafts"}
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FULL_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?")


class Defaults(NamedTuple):
    """Values that the configuration gives to the pages of a scope: of a path and what begins with it, of a kind."""

    path: str
    starts: re.Pattern[str]
    kind: str | None
    values: Mapping[str, Any]

    def precedence(self) -> tuple[int, bool]:
        """Longer paths count for more, then those that name a kind."""
        return len(self.path), self.kind is not None


def read_folder(name: Any) -> str:
    """A folder of the configuration as a prefix of paths."""
    inner = name.strip().removeprefix("./").strip("/") if isinstance(name, str) else ""
    return f"{inner}/" if inner not in {"", "."} else ""


def read_collections(found: Any) -> dict[str, dict[str, Any]]:
    """What `collections` says of each; posts are always one."""
    told = {label: {} for label in found} if isinstance(found, list) else found if isinstance(found, dict) else {}
    collections = {str(label): values if isinstance(values, dict) else {} for label, values in told.items()}
    collections["posts"] = {**collections.get("posts", {}), "output": True}
    return collections


def read_defaults(found: Any, collections_dir: str) -> list[Defaults]:
    """What `defaults` says, the strongest last."""
    defaults = []
    for each in found if isinstance(found, list) else ():
        values = each.get("values") if isinstance(each, dict) else None
        if not isinstance(values, dict):
            continue
        scope = each.get("scope")
        scope = scope if isinstance(scope, dict) else {}
        path = str(scope.get("path") or "").lstrip("/")
        # A `*` does not match a slash, `**/` matches any number of folders.
        inner = re.escape(path.removeprefix(collections_dir))
        starts = re.compile(inner.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*"))
        kind = str(scope["type"]) if scope.get("type") else None
        values = {key: value for key, value in values.items() if key in _DEFAULTED and value is not None}
        defaults.append(Defaults(path, starts, _KINDS.get(kind or "", kind), values))
    return sorted(defaults, key=Defaults.precedence)


def read_words(value: Any) -> list[Any]:
    """A list, or the words of a text; Jekyll parts them at spaces, and people write commas too."""
    if isinstance(value, str):
        return [word for word in re.split(r"[\s,]+", value) if word]
    return [item for item in value if item is not None] if isinstance(value, list) else []


def read_moment(value: Any) -> Any:
    """A date as Ruby reads it: one with seconds and without a zone is in UTC, the 30th of February is in March."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    text = value.strip() if isinstance(value, str) else ""
    if _FULL_TIME.fullmatch(text):
        return f"{text}Z"
    day = _DAY.fullmatch(text)
    return (day_of(int(day[1]), int(day[2]), int(day[3])) or value) if day else value


def day_of(year: int, month: int, day: int) -> datetime | None:
    """A day, which may be one or more after the last of its month; None if there is no such month."""
    try:
        return datetime(year, month, 1) + timedelta(days=day - 1) if 0 < day < 32 else None
    except ValueError:
        return None
