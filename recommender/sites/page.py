"""Front matter and body of a site's file, the input of every profile."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

_TRUE = frozenset({"true", "yes", "on", "1"})


class Page(NamedTuple):
    """A file of a site.

    Attributes:
        path: Its path relative to the site's root, with its suffix.
        fields: Its front matter.
        body: The raw text after the front matter.
        syntax: The syntax of its front matter, such as `yaml`; `plain` if it has none.
        date: When it was published; naive if the date was written without a time zone.
    """

    path: str
    fields: Mapping[str, Any]
    body: str = ""
    syntax: str = "yaml"
    date: datetime | None = None

    @property
    def folder(self) -> str:
        """Its folder, without a final slash; empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its file name without the suffix."""
        return posixpath.splitext(self.path.rpartition("/")[2])[0]

    @property
    def stem(self) -> str:
        """Its path without the suffix."""
        return posixpath.splitext(self.path)[0]

    def is_true(self, key: str) -> bool:
        """Return True if a field is true, as a boolean or in words."""
        value = self.fields.get(key)
        return value is True or (isinstance(value, str | int) and str(value).strip().casefold() in _TRUE)

    def is_false(self, key: str) -> bool:
        """Return True if a field is present and false, as a boolean or in words."""
        value = self.fields.get(key)
        return value is False or (isinstance(value, str) and value.strip().casefold() in {"false", "no", "off"})

    def text(self, key: str) -> str:
        """Return a string or number as text; empty for anything else."""
        value = self.fields.get(key)
        return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
