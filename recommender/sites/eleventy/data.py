"""The data cascade of Eleventy: data files of folders and of single files, and the front matter of layouts."""

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

_SCRIPTS = (".js", ".cjs", ".mjs")
_FRONT = re.compile(r"---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DATA = re.compile(r"(.*)\.11tydata\.(?:json|c?js|mjs)$")
_SCRIPT = re.compile(r"---(?:js|javascript|json)[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_KEPT = re.compile(r"\bpermalink\s*:[^;]*?\bdata\.permalink\b")
_LAYOUTS = 200
_NOT_WALKED = frozenset({"node_modules", ".git", ".cache"})


def is_data_file(path: str) -> bool:
    """Whether a file's name says that it holds data of others."""
    return _DATA.match(path) is not None


def data_suffixes(script: Script) -> tuple[str, ...]:
    """What names of data files end with, before `.json`: `post.11tydata.json` and `post.json` by default."""
    for call in script.calls("setDataFileSuffixes"):
        if call and isinstance(call[0], list):
            return tuple(text for text in call[0] if isinstance(text, str))
    return (".11tydata", "")


def merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two levels of the cascade: the second counts, mappings are merged, and lists are put together."""
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
    """The front matter of a page, where it is a script too: `---js` with constants or an object in it."""
    match = _SCRIPT.match(page.body) if not page.fields else None
    if match is None:
        return page.fields
    text = match[1].strip()
    script = Script(f"export default {text}" if text.startswith("{") else text)
    return {key: value for key, value in (script.exported or script.constants).items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    """Whether a value holds no code."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is not UNKNOWN and not isinstance(value, Call) and all(map(_is_plain, inside))


def _exported(text: str) -> dict[str, Any]:
    found = Script(text).exported
    computed = found.get("eleventyComputed")
    if isinstance(computed, dict) and computed.get("permalink") is UNKNOWN and _KEPT.search(text):
        # Such a function decides between the page's own permalink and none, for drafts.
        found = {**found, "eleventyComputed": {key: computed[key] for key in computed if key != "permalink"}}
    return found


class Cascade:
    """Fields that pages of a site have from files around them; all are read when it is made.

    Args:
        root: The site's files.
        source: The input folder, with a final slash unless it is the root.
        not_content: Folders that hold no pages.
        includes: The folder of layouts, unless `layouts` is another.
        layouts: That of layouts alone; empty if there is none.
        suffixes: What names of data files end with.

    Attributes:
        everywhere: Fields of all pages; they count least.
    """

    def __init__(
        self,
        root: SiteRoot,
        source: str,
        not_content: Collection[str],
        includes: str,
        layouts: str,
        suffixes: tuple[str, ...],
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
        self._read_layouts(f"{source}{layouts}" if layouts else includes)

    def fields(self, page: Page) -> dict[str, Any]:
        """The fields of a page: its own, and what the cascade adds."""
        # A page is asked about more than once.
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
        return found if not self.everywhere else merge(self.everywhere, found)

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
            # What is read later counts more: plain names first, as Eleventy has it.
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
        """The data in a file; a broken one has none."""
        try:
            if name.endswith(_SCRIPTS):
                return _exported(self._root.text(name) or "")
            return self._root.table(name)
        except SourceError:
            return {}

    def _read_layouts(self, folder: str) -> None:
        top = self._root.folder / folder
        paths = sorted(path for path in top.rglob("*") if path.is_file())[:_LAYOUTS] if folder and top.is_dir() else []
        read = {
            path.relative_to(top).as_posix(): self._front(f"{folder}{path.relative_to(top).as_posix()}")
            for path in paths
        }
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
        return found if isinstance(found, dict) else {}

    def global_data(self, folder: str, *names: str) -> dict[str, Any]:
        """What the first of these global data files says; values that only running it would tell are left out."""
        for name in names:
            for ending in (".json", *_SCRIPTS):
                found = self._load(f"{folder}{name}{ending}")
                if found:
                    return {key: value for key, value in found.items() if value is not UNKNOWN}
        return {}
