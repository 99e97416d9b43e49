"""Read Astro's content collections and the dynamic routes in `src/pages` that serve them, without running them."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import category

from recommender.errors import SourceError
from recommender.sites.addresses import is_word_char
from recommender.sites.javascript.imports import imports_of
from recommender.sites.javascript.script import Call, Script, at
from recommender.sites.languages import is_language
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table

_PARAM = re.compile(r"\[(\.\.\.)?(\w+)\]")
_COLLECTION = re.compile(r"getCollection\s*(?:<[^>]*>)?\(\s*['\"`]([\w-]+)['\"`]")
_PARAMS = re.compile(r"params\s*:\s*\{([^{}]*)\}")
_LANGUAGE_PARAMS = frozenset({"lang", "locale", "language"})
_ENTRY_PARAMS = frozenset({"slug", "id", "path", "post", "article", "entry", "page", "name", "title"})
_MAX_PAGES = 2000
_MARKUP = (".astro", ".ts", ".js", ".tsx", ".jsx")


class ContentCollection(NamedTuple):
    """A content collection.

    Attributes:
        name: Its name in `getCollection`.
        folder: The folder of its entries, with a final slash; empty for the root.
        hides_underscores: Whether files whose names begin with `_` are not entries.
        has_own_ids: Whether a function generates the ids of entries.
        prefix: The part of ids before the path below the folder.
    """

    name: str
    folder: str
    hides_underscores: bool = False
    has_own_ids: bool = False
    prefix: str = ""


class Route(NamedTuple):
    """A dynamic route.

    Attributes:
        steps: The steps of its address, such as `blog` and `[...slug]`.
        is_index: Whether its file is an `index` in a folder.
        splits_language: Whether the first step of an entry's id is the language, and the rest the slug.
        score: How likely an entry's id fills the last step.
    """

    steps: tuple[str, ...]
    is_index: bool
    splits_language: bool
    score: int

    def fill(self, entry_id: str, default_language: str | None) -> str | None:
        """Return the address of an entry; None if a step is unknown."""
        language, _, rest = entry_id.partition("/")
        splits = self.splits_language and bool(rest) and is_language(language)
        found = []
        for step in self.steps:
            match = _PARAM.fullmatch(step)
            if match is None:
                if "[" in step:
                    return None
                found.append(step)
            elif match[2] in _LANGUAGE_PARAMS:
                if not splits:
                    return None
                if not (match[1] and language == default_language):
                    found.append(language)
            else:
                found.append(rest if splits else entry_id)
        return "/".join(step for step in found if step)


def github_slug(text: str) -> str:
    """Return a slug as `github-slugger` does: letters, digits, `_` and `-` in lower case, spaces as hyphens."""
    kept = (char for char in text.lower() if char in "- " or is_word_char(char) or category(char) in {"Nl", "Pc"})
    return "".join(kept).replace(" ", "-")


def entry_id(path: str) -> str:
    """Return the id of an entry, by its path without suffix."""
    return re.sub(r"/index$", "", "/".join(github_slug(step) for step in path.split("/")))


def read_collections(root: SiteRoot, source: str) -> list[ContentCollection]:
    """Return the collections that a site's settings define, those with the longest folders first.

    Args:
        root: The site's files.
        source: Its source folder, with a final slash.
    """
    stems = (f"{source}content.config", f"{source}content/config")
    name = root.find(*(f"{stem}{end}" for stem in stems for end in (".ts", ".mts", ".js", ".mjs")))
    script = Script(root.text(name) or "" if name else "")
    found = []
    for key, value in as_table(script.constant("collections")).items():
        options = value.arguments[0] if isinstance(value, Call) and value.arguments else value
        loader = as_table(options).get("loader")
        if not isinstance(loader, Call) or loader.name == "docsLoader":
            found.append(ContentCollection(key, f"{source}content/{key}/", True))
        elif loader.name == "glob":
            found.append(_globbed(key, loader, f"{source}content/{key}"))
    known = {collection.folder for collection in found}
    for name in root.names(f"{source}content"):
        folder = f"{source}content/{name}/"
        if folder not in known and "." not in name and (root.folder / folder).is_dir() and not name.startswith("_"):
            found.append(ContentCollection(name, folder, True))
    return sorted(found, key=lambda collection: -len(collection.folder))


def _globbed(name: str, loader: Call, usual: str) -> ContentCollection:
    """Return the collection of a `glob` loader; `usual` is its folder if the settings compute it."""
    options = as_table(loader.arguments[0] if loader.arguments else None)
    given = at(options, "pattern")
    patterns = [str(text) for text in (given if isinstance(given, list) else [given])]
    hides = any("[^_]" in text or "!(_" in text for text in patterns)
    base = options.get("base", ".")
    folder = posixpath.normpath(base if isinstance(base, str) else usual).strip("/")
    place = "" if folder == "." else f"{folder}/"
    # The folders at the start of a pattern are part of the ids.
    match = re.match(r"(?:\./)?((?:[^*?{}\[\]()!/]+/)*)", patterns[0]) if len(patterns) == 1 else None
    prefix = match[1] if match else ""
    return ContentCollection(name, f"{place}{prefix}", hides, "generateId" in options, prefix)


def read_routes(root: SiteRoot, source: str) -> dict[str, Route]:
    """Return, by collection name, the route that most likely serves its entries."""
    found: dict[str, Route] = {}
    for path in _dynamic(root, f"{source}pages"):
        try:
            text = root.text(path) or ""
        except SourceError:
            continue
        place = text.find("getStaticPaths")
        names = set(_COLLECTION.findall(text[place:] if place >= 0 else text)) or set(_COLLECTION.findall(text))
        if not names:
            names = set(_imported_collections(root, path, source))
        for name in names:
            route = _route(path.removeprefix(f"{source}pages/"), text, len(names))
            if route is not None and (name not in found or route.score > found[name].score):
                found[name] = route
    return found


def _imported_collections(root: SiteRoot, path: str, source: str) -> Iterator[str]:
    """Yield the collections read by functions that a route imports, such as `getAllPosts`."""
    for found in imports_of(root, path, source):
        for name, _ in found.names if not found.path.endswith(".astro") else ():
            start = re.search(rf"\b(?:function|const)\s+{re.escape(name)}\b", found.text)
            if start is not None:
                yield from _COLLECTION.findall(found.text[start.end() :].partition("\nexport ")[0])


def _dynamic(root: SiteRoot, folder: str) -> Iterator[str]:
    seen = 0
    for place, folders, files in os.walk(root.folder / folder):
        folders.sort()
        below = os.path.relpath(place, root.folder).replace(os.sep, "/")
        for name in sorted(files):
            path = f"{below}/{name}"
            if "[" in path and name.endswith(_MARKUP) and not name.startswith("_"):
                yield path
                seen += 1
        if seen > _MAX_PAGES:
            return


def _route(path: str, text: str, collections: int) -> Route | None:
    """Return the route of a page file; None if entries do not fill it."""
    stem = posixpath.splitext(path)[0]
    if "." in posixpath.basename(stem).replace("...", ""):
        # An endpoint such as `[slug].json.ts`.
        return None
    steps = stem.split("/")
    is_index = steps[-1] == "index"
    steps = steps[:-1] if is_index else steps
    names = [match[2] for match in map(_PARAM.fullmatch, steps) if match]
    entry_params = [name for name in names if name not in _LANGUAGE_PARAMS]
    if len(entry_params) != 1:
        return None
    param = entry_params[0]
    filled = [value for part in _PARAMS.findall(text) for value in _values(part, param)]
    if any(re.search(r"\.(?:id|slug)\b", value) for value in filled):
        score = 4
    elif param in _ENTRY_PARAMS and (not filled or any(value in {"slug", "id", ""} for value in filled)):
        score = 2
    else:
        score = 4 if any("slug" in value for value in filled) and param in _ENTRY_PARAMS else 0
    if not score or "paginate(" in text:
        return None
    splits = len(names) > 1 and bool(re.search(r"\.split\(\s*['\"]/['\"]", text))
    return Route(tuple(steps), is_index, splits, score - (collections > 1))


def _values(part: str, name: str) -> list[str]:
    """Return the values that text such as `slug: post.id, lang` gives to a parameter."""
    found = re.findall(rf"(?:^|,)\s*{name}\s*(?::\s*([^,]*))?(?=,|$)", part.strip())
    return [value.strip() for value in found]
