"""Locate the posts and collections of a Jekyll site."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from typing import Any, NamedTuple

from recommender.sites.jekyll.config import read_collections, read_folder
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list

DATED = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-([^/]*)\.[^.]+")
"""The file name of a post: a date, a slug and a suffix."""
_SPECIAL = (".", "_", "#", "~")
_EXCLUDED = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)


class CollectionPath(NamedTuple):
    """A path split at its collection's folder.

    Attributes:
        collection: The label of the collection.
        inner: The path below the collection's folder; empty for that folder.
        above: The folders above it, which are categories of posts.
        is_draft: Whether the folder is `_drafts`.
    """

    collection: str
    inner: str
    above: tuple[str, ...] = ()
    is_draft: bool = False


class JekyllFolders:
    """The folders of a Jekyll site.

    Args:
        root: The site's own files.
        config: The site's configuration.

    Attributes:
        source: The folder that Jekyll reads, with a final slash; empty for the root.
        collections_dir: The folder in it with all collections, likewise.
        collections: Settings of collections by label.
        has_only_pages: Whether there are neither posts nor collections with pages.
    """

    def __init__(self, root: SiteRoot, config: Mapping[str, Any]) -> None:
        self.source = read_folder(config.get("source"))
        self.collections_dir = read_folder(config.get("collections_dir"))
        self.collections = read_collections(config.get("collections"))
        self.has_only_pages = not self._has_posts(root)
        self._include = _patterns(config.get("include"))
        self._exclude = _patterns(config.get("exclude"), _EXCLUDED)

    def _has_posts(self, root: SiteRoot) -> bool:
        start = f"{self.source}{self.collections_dir}"
        labels = [label for label, settings in self.collections.items() if settings.get("output")]
        inner = [f"{start}{name}/_posts" for name in root.names(start)]
        return any(map(root.has, (*(f"{start}_{label}" for label in labels), *inner)))

    def inside(self, path: str) -> str:
        """Return a path of the site relative to the source."""
        return path.removeprefix(self.source)

    def relative(self, path: str) -> str:
        """Return a path of the site relative to the folder of collections, as in templates and scopes."""
        return self.inside(path).removeprefix(self.collections_dir)

    def place(self, path: str) -> CollectionPath | None:
        """Return the position of a file or folder in its collection; None if it is in none."""
        if not path.startswith(f"{self.source}{self.collections_dir}"):
            return None
        steps = self.relative(path).rstrip("/").split("/")
        label = steps[0][1:]
        if steps[0].startswith("_") and label in self.collections and label != "posts":
            return CollectionPath(label, "/".join(steps[1:]))
        for position, step in enumerate(steps):
            if step in {"_posts", "_drafts"}:
                inner = "/".join(steps[position + 1 :])
                return CollectionPath("posts", inner, tuple(steps[:position]), step == "_drafts")
            if step.startswith(_SPECIAL):
                break
        return None

    def path_skip_reason(self, path: str) -> str | None:
        """Return why a file or folder contains no post, page or document; None if it may."""
        if not path.startswith(self.source):
            return None if self.source.startswith(path) else "not an article: outside the source"
        inner = self.inside(path)
        entry = inner.rstrip("/")
        if _fits(self._exclude, inner, entry) and not _fits(self._include, entry):
            return "excluded"
        place = self.place(path)
        is_folder = path.endswith("/")
        if place is None:
            name = next((step for step in entry.split("/") if step.startswith(_SPECIAL)), None)
            is_special = name is not None and not _fits(self._include, entry)
            # `collections_dir` may have any name.
            return f"not an article: {name}" if is_special and not self.collections_dir.startswith(inner) else None
        if not self.collections[place.collection].get("output"):
            return f"not an article: _{place.collection}"
        name = entry.rpartition("/")[2]
        if place.inner and (place.inner.startswith(_SPECIAL) or name.startswith(_SPECIAL)):
            return None if _fits(self._include, entry) else "not an article: special file"
        if is_folder or place.collection != "posts" or place.is_draft or DATED.fullmatch(name):
            return None
        return "not an article: no date in the name"


def _patterns(found: Any, always: Sequence[str] = ()) -> tuple[tuple[str, re.Pattern[str]], ...]:
    stripped = (name.lstrip("/") for name in (*as_list(found), *always) if isinstance(name, str))
    return tuple((name, re.compile(translate(name))) for name in stripped if name)


def _fits(patterns: Sequence[tuple[str, re.Pattern[str]]], *entries: str) -> bool:
    """Return True if an entry matches a pattern of `exclude` or `include`, or begins with its text."""
    return any(entry.startswith(text) or regex.match(entry) for text, regex in patterns for entry in entries)
