"""The files of a site that say how it is made: read as data, never run, and remembered for the fingerprint."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recommender.errors import SourceError

MAX_CONFIG_BYTES = 4 * 1024 * 1024


class SiteRoot:
    """A site's folder, as far as its own settings are concerned.

    Args:
        folder: Where the generator is run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, str | None] = {}

    def has(self, name: str) -> bool:
        """Whether there is a file or folder of this name; it may hold slashes."""
        return (self.folder / name).exists()

    def find(self, *names: str) -> str | None:
        """The first of `names` that is a file."""
        return next((name for name in names if (self.folder / name).is_file()), None)

    def names(self, folder: str = "") -> list[str]:
        """The names of what lies in a folder, sorted; none if there is no such folder."""
        try:
            return sorted(os.listdir(self.folder / folder))  # noqa: PTH208 - names are wanted, not paths
        except OSError:
            return []

    def head(self, name: str, max_chars: int) -> str:
        """The first characters of a file; empty for what cannot be read, such as a pipe."""
        path = self.folder / name
        try:
            if not path.is_file():
                return ""
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                return file.read(max_chars)
        except OSError:
            return ""

    def text(self, name: str) -> str | None:
        """The text of a file; None if there is none.

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
        """The first of these YAML, TOML or JSON files that is there, as a mapping; empty if none is.

        Raises:
            SourceError: If it is not what its suffix says.
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
                # Many sites need none of it.
                from recommender.sites.yaml_settings import read_yaml

                found = read_yaml(text)
        except (ValueError, RecursionError) as error:
            raise self.broken(name, str(error).splitlines()[0]) from None
        return found if isinstance(found, dict) else {}

    def broken(self, name: str, why: str) -> SourceError:
        """What to raise where a file of settings cannot be read."""
        return SourceError(
            f"the site's settings cannot be read: {why}",
            where=str(self.folder / name),
            hint='mend the file, or read the site without it: generator = "markdown" under [site] in related.toml',
        )

    def fingerprint(self, parts: Iterable[str] = ()) -> str:
        """A short hash of every file that was read so far, and of `parts`."""
        text = json.dumps([sorted(self._read.items()), *parts])
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
