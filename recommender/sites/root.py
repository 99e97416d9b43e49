"""Read a site's settings files as data, never running them, and fingerprint all that were read."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recommender.errors import SourceError
from recommender.sites.values import as_table

MAX_CONFIG_BYTES = 4 * 1024 * 1024


class SiteRoot:
    """The root folder of a site and its settings files.

    Args:
        folder: The folder in which the generator is run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, str | None] = {}

    def has(self, name: str) -> bool:
        """Return True if a file or folder exists at a path."""
        return (self.folder / name).exists()

    def find(self, *names: str) -> str | None:
        """Return the first of `names` that is a file."""
        return next((name for name in names if (self.folder / name).is_file()), None)

    def names(self, folder: str = "") -> list[str]:
        """Return the sorted names in a folder; none if it does not exist."""
        try:
            return sorted(os.listdir(self.folder / folder))  # noqa: PTH208 - names are wanted, not paths
        except OSError:
            return []

    def head(self, name: str, max_chars: int) -> str:
        """Return the first characters of a file; empty if it cannot be read, such as a pipe."""
        path = self.folder / name
        try:
            if not path.is_file():
                return ""
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                return file.read(max_chars)
        except OSError:
            return ""

    def text(self, name: str) -> str | None:
        """Return the text of a file; None if it does not exist.

        Raises:
            SourceError: If it cannot be read.
        """
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> str | None:
        path = self.folder / name
        try:
            if not path.is_file():
                return None
            if path.stat().st_size > MAX_CONFIG_BYTES:
                raise self.broken(name, f"it has more than {MAX_CONFIG_BYTES:,} bytes")
            return path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise self.broken(name, str(getattr(error, "strerror", None) or error)) from None

    def table(self, *names: str) -> dict[str, Any]:
        """Read the first of these YAML, TOML or JSON files that exists; return {} if none does or it has no mapping.

        Raises:
            SourceError: If it cannot be parsed.
        """
        name = self.find(*names)
        text = self.text(name) if name else None
        if name is None or text is None:
            return {}
        try:
            if name.endswith(".toml"):
                return tomllib.loads(text)
            if name.endswith(".json"):
                found = json.loads(text)
            else:
                # Imported late: many sites have no YAML.
                from recommender.sites.yaml_settings import read_yaml

                found = read_yaml(text)
        except (ValueError, RecursionError) as error:
            raise self.broken(name, str(error).splitlines()[0]) from None
        return as_table(found)

    def optional_table(self, *names: str) -> dict[str, Any]:
        """Return the same as `table`, and an empty mapping for a file that cannot be read."""
        try:
            return self.table(*names)
        except SourceError:
            return {}

    def broken(self, name: str, why: str) -> SourceError:
        """Return the error to raise for an unreadable settings file."""
        return SourceError(
            f"the site's settings cannot be read: {why}",
            where=str(self.folder / name),
            hint='fix the file, or ignore it with generator = "markdown" under [site] in related.toml',
        )

    def fingerprint(self, parts: Iterable[str] = ()) -> str:
        """Return a short hash of every file read so far, and of `parts`."""
        text = json.dumps([sorted(self._read.items()), *parts])
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
