"""Astro sites: content collections with the routes that serve them, Markdown pages, and Starlight's docs."""

from __future__ import annotations

import posixpath
from typing import Any, ClassVar

from recommender.sites.addresses import split_base
from recommender.sites.astro.routes import ContentCollection, entry_id, read_collections, read_routes
from recommender.sites.javascript.imports import read_script
from recommender.sites.javascript.packages import known_url, needs
from recommender.sites.javascript.script import Call, at, text_at
from recommender.sites.languages import is_language
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot

_CONFIGS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "js", "mts", "cjs", "cts"))
_OTHERS = frozenset({"author", "authors", "categories", "people", "settings", "tag", "tags", "team", "testimonials"})
"""Collections that are read by pages of others, unless a route serves them."""


class Astro(SiteProfile):
    """A site made by Astro."""

    generator = "astro"
    suffixes = (".md", ".mdx", ".markdown")
    keys: ClassVar = {"published": ("date", "pubDate", "pubDatetime", "publishDate")}
    id_key = ""
    dated_names = True
    into = "src/data/related.json"
    snippet = """\
---
// src/components/Related.astro, shown by <Related entry={post} /> below a post.
// The schema in src/content.config.ts must name the field, or Astro drops it:
//   related: z.array(z.object({ title: z.string(), webUrl: z.string() })).optional(),
const { entry } = Astro.props;
const related = entry.data.related ?? [];
---
{related.length > 0 && (
  <aside class="related">
    <ul>
      {related.map((item) => <li><a href={item.webUrl}>{item.title}</a></li>)}
    </ul>
  </aside>
)}
"""
    snippet_into = """\
---
// src/components/Related.astro, shown by <Related entry={post} /> below a post.
import lists from "../data/related.json";
const { entry } = Astro.props;
const related = lists[entry.filePath.replace(/\\.\\w+$/, "")] ?? [];
---
{related.length > 0 && (
  <aside class="related">
    <ul>
      {related.map((item) => <li><a href={item.webUrl}>{item.title}</a></li>)}
    </ul>
  </aside>
)}
"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Its settings, or the package beside a source folder."""
        found = root.find(*_CONFIGS)
        if found is None and needs(root, "astro") and (root.has("src/pages") or root.has("src/content")):
            return "package.json needs astro"
        return found

    def configure(self) -> None:
        """Read the base, the form of addresses, the languages, the collections and their routes."""
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
        integrations = at(config, "integrations")
        calls = [call for call in integrations if isinstance(call, Call)] if isinstance(integrations, list) else []
        starlight = next((call for call in calls if call.name == "starlight"), None)
        self._docs = f"{self._source}content/docs/" if starlight is not None else ""
        locales = at(starlight, "locales") or {}
        said = text_at(config, "i18n", "defaultLocale") or text_at(starlight, "defaultLocale")
        said = text_at(locales, "root", "lang") or said
        self.default_language = said if said and is_language(said) else None
        self._locales = _paths(at(config, "i18n", "locales")) | {str(key) for key in locales if key != "root"}
        self._collections = read_collections(self.root, self._source)
        self._routes = read_routes(self.root, self._source)

    def _collection(self, path: str) -> ContentCollection | None:
        return next((found for found in self._collections if path.startswith(found.folder)), None)

    def path_skip_reason(self, path: str) -> str | None:
        """Articles lie in collections and among the pages."""
        collection = None if path.startswith(self._pages) else self._collection(path)
        if path.endswith("/"):
            leads_on = any(found.folder.startswith(path) for found in self._collections)
            if collection is None and not (path.startswith(self._pages) or self._pages.startswith(path) or leads_on):
                return "outside of the content"
        elif collection is None and not path.startswith(self._pages):
            return "outside of the content"
        if collection is not None and collection.name in _OTHERS and collection.name not in self._routes:
            return f"not an article: {collection.name}"
        hides = collection.hides_underscores if collection is not None else path.startswith(self._pages)
        if hides and any(step.startswith("_") for step in path.rstrip("/").split("/")):
            return "not an article: hidden from Astro"
        return super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """The start page of the site, or of one of its languages, is no article."""
        if page.path.startswith(self._pages) or (self._docs and page.path.startswith(self._docs)):
            steps = self.content_path(page).split("/")
            if steps[-1] == "index" and (len(steps) == 1 or (len(steps) == 2 and self._is_language(steps[0]))):
                return "not an article: home page"
        return None

    def content_path(self, page: Page) -> str:
        """The path below the collection, or below the folder of pages."""
        if page.path.startswith(self._pages):
            return page.stem.removeprefix(self._pages)
        collection = self._collection(page.path)
        return page.stem.removeprefix(collection.folder) if collection else page.stem

    def slug(self, page: Page) -> str:
        """The last step of an entry's id."""
        return page.text("slug").strip("/") or entry_id(self.content_path(page)).rpartition("/")[2]

    def language(self, page: Page) -> str | None:
        """The first folder that is named like one of the site's languages."""
        return next((step for step in self.content_path(page).split("/")[:-1] if self._is_language(step)), None)

    def _is_language(self, name: str) -> bool:
        return name in self._locales if self._locales else is_language(name)

    def translation_key(self, page: Page) -> str | None:
        """The path without its language, on a site of more than one."""
        key = super().translation_key(page)
        if key or not self._locales:
            return key
        language = self.language(page)
        steps = self.content_path(page).split("/")
        if language is not None:
            steps.remove(language)
        return "/".join(steps)

    def address(self, page: Page) -> str | None:
        """The route of the page's collection with the entry's id in it; a Markdown page's own path."""
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
        """An address in the form that `build.format` and `trailingSlash` ask for."""
        if not path:
            return ""
        if self._format == "file" or (self._format == "preserve" and not is_index):
            return f"{path}.html" if self._slash != "never" else path
        return path if self._slash == "never" else f"{path}/"


def _paths(locales: Any) -> set[str]:
    """The folders of languages: each is named by its code, or says its path."""
    found = set()
    for locale in locales if isinstance(locales, list) else ():
        name = locale if isinstance(locale, str) else text_at(locale, "path")
        if name:
            found.add(name)
    return found
