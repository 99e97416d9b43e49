"""The dates of a Hugo page: which keys each is read from, and in what order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recommender.sites.dates import date_of_name, read_date

_PUBLISH = ("publishdate", "pubdate", "published")
_EXPIRY = ("expirydate", "unpublishdate")
_DEFAULTS = {
    "date": ("date", *_PUBLISH, "lastmod", "modified"),
    "publishdate": (*_PUBLISH, "date"),
    "expirydate": _EXPIRY,
}
_ALIASES = {"publishdate": _PUBLISH, "lastmod": ("lastmod", "modified"), "expirydate": _EXPIRY}
_FILENAME = ":filename"
_DAY_CHARS = 10

DATE_KEYS = frozenset(key for keys in _DEFAULTS.values() for key in keys)
"""Every key that a date is read from where the configuration names no other."""
PUBLISHED_KEYS = ("date", *_PUBLISH)
"""Those that say when a page was published."""


class HugoDates:
    """Reads dates as the table `frontmatter` of the configuration says.

    Args:
        told: That table, its keys in lower case.

    Attributes:
        is_told: Whether it says where dates come from.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._keys = {name: _keys(name, told.get(name)) for name in _DEFAULTS}
        self.is_told = "date" in told

    def find(self, date: str, fields: Mapping[str, Any], name: str) -> datetime | None:
        """One of a page's dates.

        Args:
            date: `date`, `publishdate` or `expirydate`.
            fields: The page's front matter, its keys in lower case.
            name: The name of its file or bundle.
        """
        for key in self._keys[date]:
            if key == _FILENAME:
                found = date_of_name(name)
            elif key in fields and not isinstance(fields[key], bool):
                try:
                    found = read_date(fields[key])
                except ValueError:
                    continue
            else:
                continue
            if found is not None:
                return found
        return None

    def slug_of_name(self, name: str) -> str:
        """What follows the date in a file's name, if dates are read there."""
        is_read = _FILENAME in self._keys["date"] and date_of_name(name) is not None
        return name[_DAY_CHARS:].strip(" -_") if is_read else ""


def _keys(name: str, told: Any) -> tuple[str, ...]:
    """The keys of a date in their order, with the other names that Hugo knows for each."""
    said = [told] if isinstance(told, str) else told
    if not isinstance(said, list):
        return _DEFAULTS[name]
    keys: list[str] = []
    for key in (str(key).lower() for key in said):
        keys += _DEFAULTS[name] if key == ":default" else _ALIASES.get(key, (key,))
    return tuple(dict.fromkeys(keys))
