"""Profile of Astro: content collections with the routes that serve them, Markdown pages, Starlight docs."""

from __future__ import annotations

import posixpath
from typing import Any, ClassVar

from recommender.sites.addresses import split_base
from recommender.sites.astro.routes import ContentCollection, entry_id, read_collections, read_routes
from recommender.sites.javascript.imports import read_script
from recommender.sites.javascript.packages import known_url, needs
from recommender.sites.javascript.script import Call, at, text_at
from recommender.sites.languages import is_language, without_step
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list

_CONFIGS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "js", "mts", "cjs", "cts"))
_AUXILIARY = frozenset({"author", "authors", "categories", "people", "settings", "tag", "tags", "team", "testimonials"})
"""Collections without pages of their own, unless a route serves them."""
_LIST = """\
---
{related.length > 0 && (
  <aside class="related">
    <ul>
      {related.map((item) => <li><a href={item.webUrl}>{item.title}</a></li>)}
    </ul>
  </aside>
)}
"""


class Astro(SiteProfile):
    """An Astro site."""

    generator = "astro"
    suffixes = (".md", ".mdx", ".markdown")
    keys: ClassVar = {"published": ("date", "pubDate", "pubDatetime", "publishDate")}
    id_key = ""
    into = "src/data/related.json"
    snippet = (
        """\
---
// src/components/Related.astro, shown by <Related entry={post} /> below a post.
// The schema in src/content.config.ts must name the field, or Astro drops it:
//   related: z.array(z.object({ title: z.string(), webUrl: z.string() })).optional(),
const { entry } = Astro.props;
const related = entry.data.related ?? [];
"""
        + _LIST
    )
    snippet_into = (
        """\
---
// src/components/Related.astro, shown by <Related entry={post} /> below a post.
import lists from "../data/related.json";
const { entry } = Astro.props;
const related = lists[entry.filePath.replace(/\\.\\w+$/, "")] ?? [];
"""
        + _LIST
    )

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the settings, or the package beside a source folder."""
        found = root.find(*_CONFIGS)
        if found is None and needs(root, "astro") and (root.has("src/pages") or root.has("src/content")):
            return "package.json needs astro"
        return found

    def configure(self) -> None:
        """Read the base, the address format, the languages, the collections and their routes."""
        name = self.root.find(*_CONFIGS)
        config = read_script(self.root, name).exported
        self._source = f"{posixpath.normpath(text_at(config, 'srcDir') or 'src').strip('/')}/"
        self.into = f"{self._source}data/related.json"
        self._pages = f"{self._source}pages/"
        self._slash = text_at(config, "trailingSlash") or "ignore"
        self._format = text_at(config, "build", "format") or "directory"
        host, path = split_base(known_url(at(config, "site")))
        base = text_at(config, "base")
        self.base = f"{host}{path if base is None else '/' + base.strip('/')}".rstrip("/")
        calls = (call for call in as_list(at(config, "integrations")) if isinstance(call, Call))
        starlight = next((call for call in calls if call.name == "starlight"), None)
        self._docs = f"{self._source}content/docs/" if starlight is not None else ""
        locales = at(starlight, "locales") or {}
        default = text_at(config, "i18n", "defaultLocale") or text_at(starlight, "defaultLocale")
        default = text_at(locales, "root", "lang") or default
        self.default_language = default if default and is_language(default) else None
        self._locales = _paths(at(config, "i18n", "locales")) | {str(key) for key in locales if key != "root"}
        self._collections = read_collections(self.root, self._source)
        self._routes = read_routes(self.root, self._source)

    def _collection(self, path: str) -> ContentCollection | None:
        return next((found for found in self._collections if path.startswith(found.folder)), None)

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but collections and pages."""
        collection = None if path.startswith(self._pages) else self._collection(path)
        if path.endswith("/"):
            is_above = any(found.folder.startswith(path) for found in self._collections)
            if collection is None and not (path.startswith(self._pages) or self._pages.startswith(path) or is_above):
                return "outside of the content"
        elif collection is None and not path.startswith(self._pages):
            return "outside of the content"
        if collection is not None and collection.name in _AUXILIARY and collection.name not in self._routes:
            return f"not an article: {collection.name}"
        hides = collection.hides_underscores if collection is not None else path.startswith(self._pages)
        if hides and any(step.startswith("_") for step in path.rstrip("/").split("/")):
            return "not an article: hidden from Astro"
        return super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip the home page of the site, or of one of its languages."""
        if page.path.startswith(self._pages) or (self._docs and page.path.startswith(self._docs)):
            steps = self.content_path(page).split("/")
            if steps[-1] == "index" and (len(steps) == 1 or (len(steps) == 2 and self._is_language(steps[0]))):
                return "not an article: home page"
        return None

    def content_path(self, page: Page) -> str:
        """Return the path below the collection, or below the folder of pages."""
        if page.path.startswith(self._pages):
            return page.stem.removeprefix(self._pages)
        collection = self._collection(page.path)
        return page.stem.removeprefix(collection.folder) if collection else page.stem

    def slug(self, page: Page) -> str:
        """Return the last step of an entry's id."""
        return page.text("slug").strip("/") or entry_id(self.content_path(page)).rpartition("/")[2]

    def language(self, page: Page) -> str | None:
        """Return the first folder that is named like one of the site's languages."""
        return next((step for step in self.content_path(page).split("/")[:-1] if self._is_language(step)), None)

    def _is_language(self, name: str) -> bool:
        return name in self._locales if self._locales else is_language(name)

    def translation_key(self, page: Page) -> str | None:
        """Return the path without its language, on a site in several languages."""
        key = super().translation_key(page)
        return key if key or not self._locales else without_step(self.content_path(page), self.language(page))

    def address(self, page: Page) -> str | None:
        """Return the route of the page's collection, filled with the entry's id; the path of a Markdown page."""
        path = self.content_path(page)
        if page.path.startswith(self._pages):
            is_index = path == "index" or path.endswith("/index")
            return self._formed(path[: -len("index")].rstrip("/") if is_index else path, is_index)
        collection = self._collection(page.path)
        if collection is None:
            return None
        if self._docs == collection.folder:
            slug = page.text("slug") or entry_id(path)
            return self._formed("" if slug == "index" else slug.strip("/"), is_index=False)
        route = self._routes.get(collection.name)
        if route is None or collection.has_own_ids:
            return None
        filled = route.fill(page.text("slug") or entry_id(f"{collection.prefix}{path}"), self.default_language)
        return None if filled is None else self._formed(filled.strip("/"), route.is_index)

    def _formed(self, path: str, is_index: bool) -> str:
        """Return an address in the format of `build.format` and `trailingSlash`."""
        if not path:
            return ""
        if self._format == "file" or (self._format == "preserve" and not is_index):
            return f"{path}.html" if self._slash != "never" else path
        return path if self._slash == "never" else f"{path}/"


def _paths(locales: Any) -> set[str]:
    """Return the folders of languages: the code of each, or its `path`."""
    names = (locale if isinstance(locale, str) else text_at(locale, "path") for locale in as_list(locales))
    return {name for name in names if name}
