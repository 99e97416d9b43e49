"""Read the dates of Hugo pages from the keys that the configuration names."""

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
"""Keys that dates are read from by default."""
PUBLISHED_KEYS = ("date", *_PUBLISH)
"""Keys of the publication date."""


class HugoDates:
    """Reads dates as the table `frontmatter` of the configuration says.

    Args:
        table: That table, its keys in lower case.

    Attributes:
        is_configured: Whether it names the keys of `date`.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._keys = {name: _keys(name, table.get(name)) for name in _DEFAULTS}
        self.is_configured = "date" in table

    def find(self, date: str, fields: Mapping[str, Any], name: str) -> datetime | None:
        """Return one of a page's dates; None if it has none.

        Args:
            date: `date`, `publishdate` or `expirydate`.
            fields: The page's front matter, its keys in lower case.
            name: The name of the page's file or bundle.
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
        """Return what follows the date in a file name, if dates are read from names."""
        is_read = _FILENAME in self._keys["date"] and date_of_name(name) is not None
        return name[_DAY_CHARS:].strip(" -_") if is_read else ""


def _keys(name: str, given: Any) -> tuple[str, ...]:
    """Return the keys of a date in order, with Hugo's aliases for each."""
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list):
        return _DEFAULTS[name]
    keys: list[str] = []
    for key in (str(key).lower() for key in given):
        keys += _DEFAULTS[name] if key == ":default" else _ALIASES.get(key, (key,))
    return tuple(dict.fromkeys(keys))
