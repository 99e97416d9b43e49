"""Eleventy's data cascade: data files of folders and of single files, and the front matter of layouts."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Mapping
from typing import Any

import yaml

from recommender.errors import SourceError
from recommender.sites.javascript.script import UNKNOWN, Call, Script
from recommender.sites.page import Page
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table

_SCRIPTS = (".js", ".cjs", ".mjs")
_FRONT = re.compile(r"---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DATA = re.compile(r"(.*)\.11tydata\.(?:json|c?js|mjs)$")
_SCRIPT = re.compile(r"---(?:js|javascript|json)[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_KEPT = re.compile(r"\bpermalink\s*:[^;]*?\bdata\.permalink\b")
_MAX_LAYOUTS = 200
_NOT_WALKED = frozenset({"node_modules", ".git", ".cache"})


def is_data_file(path: str) -> bool:
    """Return True if a file's name is that of a data file."""
    return _DATA.match(path) is not None


def data_suffixes(script: Script) -> tuple[str, ...]:
    """Return the suffixes of data files before `.json`; the default is `post.11tydata.json` and `post.json`."""
    for call in script.calls("setDataFileSuffixes"):
        if call and isinstance(call[0], list):
            return tuple(text for text in call[0] if isinstance(text, str))
    return (".11tydata", "")


def merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two levels of the cascade: the second overrides the first, mappings and tags are merged."""
    found = dict(first)
    for key, value in second.items():
        known = found.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            found[key] = merge(known, value)
        elif key == "tags" and known:
            found[key] = list(dict.fromkeys([*_tags(known), *_tags(value)]))
        else:
            found[key] = value
    return found


def _tags(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    return list(value) if isinstance(value, list | tuple) else []


def own_fields(page: Page) -> Mapping[str, Any]:
    """Return the front matter of a page, also if it is a script: `---js` with constants or an object."""
    match = _SCRIPT.match(page.body) if not page.fields else None
    if match is None:
        return page.fields
    text = match[1].strip()
    script = Script(f"export default {text}" if text.startswith("{") else text)
    return {key: value for key, value in (script.exported or script.constants).items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    """Return True if a value contains no code."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is not UNKNOWN and not isinstance(value, Call) and all(map(_is_plain, inside))


def _exported(text: str) -> dict[str, Any]:
    found = Script(text).exported
    computed = found.get("eleventyComputed")
    if isinstance(computed, dict) and computed.get("permalink") is UNKNOWN and _KEPT.search(text):
        # Such a function returns the page's own permalink, or none for drafts.
        found = {**found, "eleventyComputed": {key: computed[key] for key in computed if key != "permalink"}}
    return found


class Cascade:
    """Fields that pages inherit from files around them, all of which are read at once.

    Args:
        root: The site's files.
        source: The input folder, with a final slash unless it is the root.
        not_content: Folders without pages.
        layouts: The folder of layouts.
        suffixes: The suffixes of data files.

    Attributes:
        everywhere: Fields of all pages, which everything else overrides.
    """

    def __init__(
        self, root: SiteRoot, source: str, not_content: Collection[str], layouts: str, suffixes: tuple[str, ...]
    ) -> None:
        self._root = root
        self._source = source
        self.everywhere: dict[str, Any] = {}
        self._suffixes = suffixes
        self._own: dict[str, dict[str, Any]] = {}
        self._folders: dict[str, dict[str, Any]] = {}
        self._layouts: dict[str, dict[str, Any]] = {}
        self._last: tuple[Mapping[str, Any], str, dict[str, Any]] = ({}, "", {})
        self._walk(not_content)
        self._read_layouts(layouts)

    def fields(self, page: Page) -> dict[str, Any]:
        """Return the fields of a page: its own, and those of the cascade."""
        # Each page is looked up several times in a row.
        if self._last[0] is not page.fields or self._last[1] != page.path:
            self._last = (page.fields, page.path, self._merged(page))
        return self._last[2]

    def _merged(self, page: Page) -> dict[str, Any]:
        around = self._folder(page.folder)
        own = self._own.get(page.stem)
        found = merge(around, own) if own else around
        found = merge(found, own_fields(page))
        layout = found.get("layout")
        if isinstance(layout, str) and layout in self._layouts:
            found = merge(self._layouts[layout], found)
        return merge(self.everywhere, found) if self.everywhere else found

    def _folder(self, folder: str) -> dict[str, Any]:
        known = self._folders.get(folder)
        if known is None:
            above = self._folder(folder.rpartition("/")[0]) if folder else {}
            own = self._own.get(f"{folder}/{folder.rpartition('/')[2]}") if folder else None
            known = self._folders[folder] = merge(above, own) if own else above
        return known

    def _walk(self, not_content: Collection[str]) -> None:
        top = str(self._root.folder / self._source) if self._source else str(self._root.folder)
        for place, folders, files in os.walk(top):
            below = os.path.relpath(place, self._root.folder).replace(os.sep, "/")
            folder = "" if below == "." else f"{below}/"
            folders[:] = sorted(
                name for name in folders if name not in _NOT_WALKED and f"{folder}{name}/" not in not_content
            )
            here = below.rpartition("/")[2]
            stems = {posixpath.splitext(name)[0] for name in files if name.endswith((".md", ".html"))} | {here}
            # Later files override earlier ones: plain names come first, as in Eleventy.
            for suffix in reversed(self._suffixes):
                for ending in (".json", *_SCRIPTS):
                    wanted = f"{suffix}{ending}"
                    if not suffix and ending != ".json":
                        continue
                    for name in files:
                        stem = name.removesuffix(wanted)
                        if name != stem and stem in stems:
                            path = f"{folder}{stem}"
                            self._own[path] = merge(self._own.get(path, {}), self._load(f"{folder}{name}"))

    def _load(self, name: str) -> dict[str, Any]:
        """Return the data in a file; none if it cannot be read."""
        if not name.endswith(_SCRIPTS):
            return self._root.optional_table(name)
        try:
            return _exported(self._root.text(name) or "")
        except SourceError:
            return {}

    def _read_layouts(self, folder: str) -> None:
        top = self._root.folder / folder
        paths = sorted(path for path in top.rglob("*") if path.is_file()) if folder and top.is_dir() else []
        names = [path.relative_to(top).as_posix() for path in paths[:_MAX_LAYOUTS]]
        read = {name: self._front(f"{folder}{name}") for name in names}
        for name, own in read.items():
            found, layout, seen = own, own.get("layout"), {name}
            while isinstance(layout, str) and layout in read and layout not in seen:
                seen.add(layout)
                found, layout = merge(read[layout], found), read[layout].get("layout")
            kept = {key: value for key, value in found.items() if key in {"permalink", "tags", "lang", "draft"}}
            if kept:
                self._layouts[name] = kept
                self._layouts.setdefault(posixpath.splitext(name)[0], kept)

    def _front(self, name: str) -> dict[str, Any]:
        try:
            match = _FRONT.match(self._root.text(name) or "")
            found = yaml.safe_load(match[1]) if match else None
        except (SourceError, yaml.YAMLError, ValueError):
            return {}
        return as_table(found)

    def global_data(self, folder: str, *names: str) -> dict[str, Any]:
        """Return the known values of the first of these global data files that has any."""
        for name in names:
            for ending in (".json", *_SCRIPTS):
                found = self._load(f"{folder}{name}{ending}")
                if found:
                    return {key: value for key, value in found.items() if value is not UNKNOWN}
        return {}
