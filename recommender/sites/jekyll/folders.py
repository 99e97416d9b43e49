"""Which files Jekyll makes posts and collections of, and which it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import translate
from typing import Any, NamedTuple

from recommender.sites.jekyll.config import read_collections, read_folder
from recommender.sites.root import SiteRoot

DATED = re.compile(r"(\d{2,4})-(\d{1,2})-(\d{1,2})-([^/]*)\.[^.]+")
"""The name of a post: a date, a slug and a suffix."""
_SPECIAL = (".", "_", "#", "~")
_EXCLUDED = (
    *(".sass-cache", ".jekyll-cache", "gemfiles", "Gemfile", "node_modules"),
    *("vendor/bundle/", "vendor/cache/", "vendor/gems/", "vendor/ruby/"),
)


class CollectionPath(NamedTuple):
    """Where a file stands.

    Attributes:
        collection: The label of its collection.
        inner: Its path from the collection's folder on; empty for that folder.
        above: The folders above that, which are categories of posts.
        is_draft: Whether it lies in a folder of drafts.
    """

    collection: str
    inner: str
    above: tuple[str, ...] = ()
    is_draft: bool = False


class JekyllFolders:
    """The folders of a Jekyll site.

    Args:
        root: The site's own files.
        config: Its configuration.

    Attributes:
        source: The folder that Jekyll reads, with a final slash; empty for the root.
        collections_dir: The folder in it that holds all collections, likewise.
        collections: By label, what the configuration says of each.
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
        made = [label for label, told in self.collections.items() if told.get("output")]
        inner = [f"{start}{name}/_posts" for name in root.names(start)]
        return any(map(root.has, (*(f"{start}_{label}" for label in made), *inner)))

    def inside(self, path: str) -> str:
        """A path of the site, from the source on."""
        return path.removeprefix(self.source)

    def relative(self, path: str) -> str:
        """A path of the site as templates and scopes name it: from the folder of collections on."""
        return self.inside(path).removeprefix(self.collections_dir)

    def place(self, path: str) -> CollectionPath | None:
        """Where a file or folder of the site stands; None if it is in no collection."""
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
        """Why a file or folder holds no post, page or document of a collection; None if it may."""
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
            # Collections may lie in a folder of any name.
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
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    stripped = (name.lstrip("/") for name in (*names, *always))
    return tuple((name, re.compile(translate(name))) for name in stripped if name)


def _fits(patterns: Sequence[tuple[str, re.Pattern[str]]], *entries: str) -> bool:
    """Whether an entry matches a pattern or begins with its text, which is what `exclude` and `include` mean."""
    return any(entry.startswith(text) or regex.match(entry) for text, regex in patterns for entry in entries)
