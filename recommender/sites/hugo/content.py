"""The content of a Hugo site: sections, page bundles, and front matter that sections cascade to their pages."""

from __future__ import annotations

import json
import os
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import yaml

from recommender.sites.globs import glob_regex
from recommender.sites.hugo.config import HugoConfig, Mount
from recommender.sites.root import MAX_CONFIG_BYTES, SiteRoot
from recommender.sites.values import as_table

_CASCADED = frozenset(
    {"draft", "date", "publishdate", "expirydate", "url", "slug", "build", "_build", "headless", "published", "noindex"}
    | {"robots", "private", "tags", "categories", "keywords", "author", "authors", "language", "lang", "unlisted"}
)
"""Keys that are read from cascades."""
_FENCE = re.compile(r"(---|\+\+\+)\s*\n(.*?)\n\1\s*(?:\n|\Z)", re.DOTALL)


class Spot(NamedTuple):
    """The position of a file in the content.

    Attributes:
        folder: Its folder below the content, without slashes around it; for a bundle, the folder above the bundle.
        name: Its name without suffix and language; for a bundle, the name of the bundle's folder.
        language: The key of its language.
        is_bundle: Whether it is the text of a bundle.
        is_section: Whether it is the page of a section.
    """

    folder: str
    name: str
    language: str
    is_bundle: bool = False
    is_section: bool = False

    @property
    def path(self) -> str:
        """The path below the content, without suffix and language."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


class _Cascade(NamedTuple):
    """Front matter for the pages below a section that match its target."""

    path: re.Pattern[str] | None
    kind: str
    language: str
    values: Mapping[str, Any]

    def covers(self, path: str, language: str) -> bool:
        """Return True if a page is among its targets."""
        is_target = (not self.kind or glob(self.kind).match("page")) and self.language in {"", language}
        return bool(is_target) and (self.path is None or self.path.match(path) is not None)


class HugoContent:
    """The content of a site, searched for sections and bundles when it is created.

    Attributes:
        sections: Folders of the content that have a page or are at its top.
        bundles: Folders of the site that are page bundles, with a final slash.
    """

    def __init__(self, root: SiteRoot, config: HugoConfig) -> None:
        self._config = config
        self.sections: set[str] = set()
        self.bundles: set[str] = set()
        self._cascades: dict[tuple[str, str], list[_Cascade]] = {}
        self._of_site = list(_read_cascades(config.values.get("cascade")))
        self._last: tuple[str, Spot | None] = ("", None)
        for mount in config.mounts:
            self._walk(root, mount, mount.folder)

    def _walk(self, root: SiteRoot, mount: Mount, folder: str) -> None:
        try:
            with os.scandir(root.folder / folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            return
        below = f"{mount.below}{folder.removeprefix(mount.folder)}".strip("/")
        is_bundle = any(entry.name.startswith("index.") and _is_text(entry.name) for entry in found)
        if is_bundle and below:
            self.bundles.add(folder)
            return
        if below and "/" not in below:
            self.sections.add(below)
        for entry in found:
            inner = f"{folder}{entry.name}/"
            if entry.is_dir() and not entry.name.startswith("."):
                # The content of another language may be inside.
                if all(inner != other.folder for other in self._config.mounts):
                    self._walk(root, mount, inner)
            elif entry.name.startswith("_index.") and _is_text(entry.name):
                self.sections.add(below)
                self._read_section(entry, f"{folder}{entry.name}", below)

    def _read_section(self, entry: os.DirEntry[str], path: str, below: str) -> None:
        try:
            if not entry.is_file() or entry.stat().st_size > MAX_CONFIG_BYTES:
                return
            with open(entry.path, encoding="utf-8-sig", errors="replace") as file:  # noqa: PTH123
                text = file.read()
        except OSError:
            return
        cascades = list(_read_cascades(_front_matter(text).get("cascade"))) if "cascade" in text.casefold() else []
        spot = self.spot(path)
        if cascades and spot is not None:
            self._cascades[spot.language, below.lower()] = cascades

    def describe(self) -> str:
        """Return all that descriptions of pages depend on, as text."""
        return repr((sorted(self.sections), sorted(self._cascades.items(), key=repr)))

    def spot(self, path: str) -> Spot | None:
        """Return the position of a file in the content; None if it is outside."""
        # Each page is looked up several times in a row.
        if self._last[0] != path:
            self._last = (path, self._spot(path))
        return self._last[1]

    def _spot(self, path: str) -> Spot | None:
        mount = next((mount for mount in self._config.mounts if path.startswith(mount.folder)), None)
        if mount is None:
            return None
        below = f"{mount.below}{path.removeprefix(mount.folder)}"
        folder, _, name = below.rpartition("/")
        name = posixpath.splitext(name)[0]
        stem, dot, tail = name.rpartition(".")
        language = mount.language or self._config.default
        if dot and tail.lower() in self._config.languages:
            name, language = stem, tail.lower()
        if name == "_index":
            return Spot(*posixpath.split(folder), language, is_section=True)
        if name == "index" and folder:
            return Spot(*posixpath.split(folder), language, is_bundle=True)
        return Spot(folder, name, language)

    def sections_of(self, spot: Spot) -> list[str]:
        """Return the names of the sections above a page, the outermost first."""
        steps = spot.folder.split("/") if spot.folder else []
        deepest = next((end for end in range(len(steps), 0, -1) if "/".join(steps[:end]) in self.sections), 0)
        return steps[:deepest]

    def bundle_of(self, path: str) -> str | None:
        """Return the bundle that a file of the site is in; None if it is in none."""
        return next((f"{folder}/" for folder in _parents(path) if f"{folder}/" in self.bundles), None)

    def cascaded(self, spot: Spot) -> dict[str, Any]:
        """Return the front matter that a page inherits; the nearest section counts."""
        found: dict[str, Any] = {}
        if not self._cascades and not self._of_site:
            return found
        path = spot.path.lower()
        above = [self._cascades.get((spot.language, folder), []) for folder in _parents(path)]
        for cascade in chain(*above, self._of_site):
            if cascade.covers(f"/{path}", spot.language):
                found = {**cascade.values, **found}
        return found


def _parents(path: str) -> Iterator[str]:
    """Yield the folders above a path, from the nearest to the root, which is empty."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _is_text(name: str) -> bool:
    return name.lower().endswith((".md", ".markdown", ".mdown", ".html", ".htm", ".org", ".adoc", ".rst"))


def _front_matter(text: str) -> Mapping[str, Any]:
    found = _FENCE.match(text)
    try:
        if found is None:
            value = json.JSONDecoder().raw_decode(text)[0] if text.startswith("{") else {}
        else:
            value = tomllib.loads(found[2]) if found[1] == "+++" else yaml.safe_load(found[2])
    except (ValueError, yaml.YAMLError, RecursionError):
        return {}
    return {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}


def _read_cascades(given: Any) -> Iterator[_Cascade]:
    for each in given if isinstance(given, list) else [given]:
        if not isinstance(each, dict):
            continue
        values = {str(key).lower(): value for key, value in each.items()}
        target = as_table(values.get("_target") or values.get("target"))
        kept = {key: value for key, value in values.items() if key in _CASCADED}
        path = str(target.get("path") or "")
        yield _Cascade(
            glob(path.lower()) if path else None,
            str(target.get("kind") or ""),
            str(target.get("lang") or "").lower(),
            kept,
        )


@lru_cache(maxsize=256)
def glob(pattern: str) -> re.Pattern[str]:
    """Compile a path pattern: `*` matches within a folder, `**` any number of folders, `{a,b}` either of them."""
    choices = [pattern]
    while any("{" in choice and "}" in choice for choice in choices):
        choices = [made for choice in choices for made in _alternatives(choice)]
    return re.compile("|".join(f"(?:{glob_regex(choice).pattern})" for choice in choices))


def _alternatives(pattern: str) -> list[str]:
    before, brace, rest = pattern.partition("{")
    inside, end, after = rest.partition("}")
    return [f"{before}{choice}{after}" for choice in inside.split(",")] if brace and end else [pattern]


def pattern_for(permalinks: Any, spot: Spot) -> str:
    """Return the permalink pattern of a page; empty if there is none.

    Args:
        permalinks: The setting `permalinks`: patterns by section, also in a table `page`, or rules with targets.
        spot: The position of the page.
    """
    if isinstance(permalinks, list):
        return next((str(rule["pattern"]) for rule in permalinks if _is_rule_for(rule, spot)), "")
    patterns = as_table(permalinks)
    patterns = {**patterns, **as_table(patterns.get("page"))}
    place = spot.folder.lower()
    while True:
        for key in (place, f"/{place}/", f"{place}/", f"/{place}"):
            if isinstance(patterns.get(key), str):
                return str(patterns[key])
        if "/" not in place:
            return ""
        place = place.rpartition("/")[0]


def _is_rule_for(rule: Any, spot: Spot) -> bool:
    if not isinstance(rule, dict) or not isinstance(rule.get("pattern"), str):
        return False
    target = as_table(rule.get("target"))
    path = str(target.get("path") or "").lower()
    is_page = glob(str(target.get("kind") or "page")).match("page") is not None
    return is_page and (not path or glob(path).match(f"/{spot.path.lower()}") is not None)
