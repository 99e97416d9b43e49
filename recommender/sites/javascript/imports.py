"""Resolve the imports of a settings file from other files of the site, one level deep."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from recommender.errors import SourceError
from recommender.sites.javascript.script import Script
from recommender.sites.root import SiteRoot

_IMPORT = re.compile(
    r"^[ \t]*import\s+(?:(?P<default>\w+)\s*,?\s*)?(?:\{(?P<names>[^{}]*)\}\s*)?from\s*['\"](?P<source>[^'\"\n]+)['\"]",
    re.MULTILINE,
)
_NAME = re.compile(r"(\w+)(?:\s+as\s+(\w+))?")
_ALIASES = ("@/", "~/", "@src/", "src/")
_ENDS = ("", ".ts", ".mts", ".js", ".mjs", ".json", "/index.ts", "/index.js")
_MAX_IMPORTS = 40


class Import(NamedTuple):
    """One `import` of a file of the site.

    Attributes:
        path: The imported file.
        text: Its text.
        default: The local name of its default export; empty if that is not imported.
        names: Pairs of an exported and a local name.
    """

    path: str
    text: str
    default: str
    names: tuple[tuple[str, str], ...]


def imports_of(root: SiteRoot, path: str, source: str) -> Iterator[Import]:
    """Yield the files of the site that a file imports, without packages and types.

    Args:
        root: The site's files.
        path: The importing file.
        source: The source folder, with a final slash, that `@/` and `~/` stand for.
    """
    for place, found in enumerate(_IMPORT.finditer(root.text(path) or "")):
        target = _target(root, posixpath.dirname(path), found["source"], source)
        if target is None or found["default"] == "type" or place >= _MAX_IMPORTS:
            continue
        try:
            text = root.text(target) or ""
        except SourceError:
            continue
        names = tuple((name[1], name[2] or name[1]) for name in _NAME.finditer(found["names"] or ""))
        yield Import(target, text, found["default"] or "", names)


def read_script(root: SiteRoot, path: str | None, source: str = "src/") -> Script:
    """Read a settings file in which the literals of the files that it imports are known; an empty one for None."""
    if path is None:
        return Script("")
    known: dict[str, Any] = {}
    for found in imports_of(root, path, source):
        if found.path.endswith(".json"):
            try:
                known[found.default] = root.table(found.path)
            except SourceError:
                continue
        else:
            script = Script(found.text)
            known |= {new: script.constants[old] for old, new in found.names if old in script.constants}
            if found.default and script.exported:
                known[found.default] = script.exported
    return Script(root.text(path) or "", known)


def _target(root: SiteRoot, folder: str, given: str, source: str) -> str | None:
    alias = next((alias for alias in _ALIASES if given.startswith(alias)), None)
    if alias is not None:
        path = f"{source}{given.removeprefix(alias)}"
    elif given.startswith("."):
        path = f"{folder}/{given}" if folder else given
    else:
        return None
    path = posixpath.normpath(path)
    if path.startswith(".."):
        return None
    stem = re.sub(r"\.js$", "", path)
    return root.find(*(f"{start}{end}" for start in dict.fromkeys((path, stem)) for end in _ENDS))
