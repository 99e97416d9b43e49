"""A file of a site, as a profile sees it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

_TRUE = frozenset({"true", "yes", "on", "1"})


class Page(NamedTuple):
    """A file of a site, as a profile sees it.

    Attributes:
        path: Below the site's root, with its suffix.
        fields: Its front matter.
        body: The text after it, as it is written.
        syntax: That of its front matter, such as `yaml`, or `plain` where it has none.
        date: When it was published, as it is written: without a zone if there is none.
    """

    path: str
    fields: Mapping[str, Any]
    body: str = ""
    syntax: str = "yaml"
    date: datetime | None = None

    @property
    def folder(self) -> str:
        """The folder it lies in, without a final slash; empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return posixpath.splitext(self.path.rpartition("/")[2])[0]

    @property
    def stem(self) -> str:
        """The path without its suffix."""
        return posixpath.splitext(self.path)[0]

    def without(self, key: str) -> Page:
        """The page as if it did not have this field."""
        return self._replace(fields={name: self.fields[name] for name in self.fields if name != key})

    def is_true(self, key: str) -> bool:
        """Whether a field says yes, as a truth value or in words."""
        value = self.fields.get(key)
        return value is True or (isinstance(value, str | int) and str(value).strip().casefold() in _TRUE)

    def is_false(self, key: str) -> bool:
        """Whether a field is there and says no."""
        value = self.fields.get(key)
        return value is False or (isinstance(value, str) and value.strip().casefold() in {"false", "no", "off"})

    def text(self, key: str) -> str:
        """A field's text; empty if it holds none."""
        value = self.fields.get(key)
        return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
