"""Profile of Docusaurus: blogs with dates in file names, docs with number prefixes, translations in `i18n`."""

from __future__ import annotations

import posixpath
import re
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from recommender.sites.addresses import split_base
from recommender.sites.docusaurus.slugs import DATED_PATH, blog_slug, doc_slug
from recommender.sites.fields import FieldReader
from recommender.sites.javascript.packages import known_url
from recommender.sites.javascript.script import Script, at, text_at, unwrap
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot

_CONFIGS = tuple(f"docusaurus.config.{suffix}" for suffix in ("ts", "mts", "cts", "js", "mjs", "cjs"))
_PLUGIN = "plugin-content-"


class Instance(NamedTuple):
    """A blog or a set of docs.

    Attributes:
        kind: `blog` or `docs`.
        name: The plugin's folder below `i18n/LOCALE`.
        folder: The folder of its pages, with a final slash.
        route: The first part of its addresses, relative to the base.
        authors: Names of authors by key.
        tags: Labels of tags by key.
        prefixes: Whether leading numbers of names are dropped from addresses.
    """

    kind: str
    name: str
    folder: str
    route: str
    authors: dict[str, str]
    tags: dict[str, str]
    prefixes: bool = True


class Docusaurus(SiteProfile):
    """A Docusaurus site."""

    generator = "docusaurus"
    suffixes = (".md", ".mdx")
    keys: ClassVar = {"published": ("date",)}
    id_key = ""
    # Docusaurus shows posts of future dates at the top of its lists.
    future_is_shown = True
    into = "src/data/related.json"
    snippet = """\
import React from 'react';
import Footer from '@theme-original/BlogPostItem/Footer';
import {useBlogPost} from '@docusaurus/plugin-content-blog/client';

export default function FooterWithRelated(props) {
  const {metadata, isBlogPostPage} = useBlogPost();
  const related = metadata.frontMatter.related ?? [];
  return (
    <>
      <Footer {...props} />
      {isBlogPostPage && related.length > 0 && (
        <aside className="related">
          <ul>
            {related.map((item) => (
              <li key={item.webUrl}><a href={item.webUrl}>{item.title}</a></li>
            ))}
          </ul>
        </aside>
      )}
    </>
  );
}
"""
    snippet_into = snippet.replace(
        "\n\nexport", "\nimport lists from '@site/src/data/related.json';\n\nexport", 1
    ).replace("metadata.frontMatter.related ?? []", "lists[metadata.source.replace(/^@site\\/|\\.mdx?$/g, '')] ?? []")

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the settings, or a blog with a file of authors."""
        found = root.find(*_CONFIGS)
        if found is None and root.find("blog/authors.yml"):
            posts = (name for name in root.names("blog") if name.endswith(cls.suffixes))
            found = "blog/authors.yml" if any(posts) else None
        return found

    def configure(self) -> None:
        """Read the base, the languages, and the folders of blogs and docs."""
        name = self.root.find(*_CONFIGS)
        config = Script(self.root.text(name) or "").exported if name else {}
        slash = at(config, "trailingSlash")
        self._slash = slash if isinstance(slash, bool) else None
        self.default_language = text_at(config, "i18n", "defaultLocale")
        locales = at(config, "i18n", "locales")
        self._translated = isinstance(locales, list) and len(locales) > 1
        self._locales = at(config, "i18n", "localeConfigs") or {}
        self._i18n = f"{(text_at(config, 'i18n', 'path') or 'i18n').strip('./')}/"
        self._host, path = split_base(known_url(at(config, "url")))
        given = text_at(config, "baseUrl")
        # Settings without a literal `baseUrl` compute it.
        self.base = None if name and given is None else f"{self._host}{path}{(given or '').rstrip('/')}"
        self._instances = sorted(self._read(config), key=lambda instance: -len(instance.folder))
        for folder in sorted({one.folder for one in self._instances if one.folder.startswith("../")}):
            self.evidence += f"; {folder} is outside the site and is not read"

    def _read(self, config: dict[str, Any]) -> list[Instance]:
        found = []
        for preset in at(config, "presets") or [["classic", {}]]:
            named, options = _plugin(preset)
            if named.endswith("classic"):
                found += [
                    self._instance(kind, at(options, kind) or {})
                    for kind in ("blog", "docs")
                    if at(options, kind) is not False
                ]
        for plugin in at(config, "plugins") or ():
            named, options = _plugin(plugin)
            kind = named.rpartition(_PLUGIN)[2]
            if _PLUGIN in named and kind in {"blog", "docs"}:
                found.append(self._instance(kind, options))
        return [instance for instance in found if instance is not None]

    def _instance(self, kind: str, options: Any) -> Instance | None:
        plugin_id = text_at(options, "id") or "default"
        folder = f"{posixpath.normpath(text_at(options, 'path') or kind).strip('/')}/"
        route = (text_at(options, "routeBasePath") if at(options, "routeBasePath") is not None else kind) or ""
        if kind == "docs":
            if at(options, "includeCurrentVersion") is False:
                return None
            route = f"{route}/{self._version(plugin_id, options)}"
        name = f"docusaurus-{_PLUGIN}{kind}{'' if plugin_id == 'default' else f'-{plugin_id}'}"
        authors = self._named(f"{folder}{text_at(options, 'authorsMapPath') or 'authors.yml'}", "name")
        tags = self._named(f"{folder}{text_at(options, 'tags') or 'tags.yml'}", "label")
        prefixes = at(options, "numberPrefixParser") is not False
        return Instance(kind, name, folder, route.strip("/"), authors, tags, prefixes)

    def _version(self, plugin_id: str, options: Any) -> str:
        """Return the step of addresses that stands for the current version of the docs."""
        path = text_at(options, "versions", "current", "path")
        if path is not None:
            return path.strip("/")
        older = self.root.has("versions.json" if plugin_id == "default" else f"{plugin_id}_versions.json")
        return "next" if older and text_at(options, "lastVersion") != "current" else ""

    def _named(self, file: str, field: str) -> dict[str, str]:
        """Read the names in a YAML file of mappings by key, such as those of authors."""
        items = self.root.optional_table(file).items()
        return {str(key): str(item[field]) for key, item in items if isinstance(item, dict) and item.get(field)}

    def _place(self, path: str) -> tuple[Instance, str, str | None] | None:
        """Return the instance of a page, its path below the instance's folder, and the language of its folder."""
        if not path.startswith(self._i18n):
            for instance in self._instances:
                if path.startswith(instance.folder):
                    return instance, path.removeprefix(instance.folder), None
            return None
        language, _, rest = path.removeprefix(self._i18n).partition("/")
        for instance in self._instances:
            name = f"{instance.name}/{'current/' if instance.kind == 'docs' else ''}"
            if rest.startswith(name):
                return instance, rest.removeprefix(name), language
        return None

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but blogs and the current docs, and partials, whose names begin with `_`."""
        if path.endswith("/"):
            name = path.rstrip("/").rpartition("/")[2]
            if name.endswith("versioned_docs") or name.startswith("version-"):
                return "not an article: older version"
            is_above = any(instance.folder.startswith(path) for instance in self._instances)
            if self._place(path) is None and not (path.startswith(self._i18n) or is_above):
                return "outside of blog and docs"
        elif self._place(path) is None:
            return "outside of blog and docs"
        steps = path.rstrip("/").split("/")
        if any(step.startswith("_") for step in steps) or "__tests__" in steps:
            return "not an article: part of others"
        if path.endswith("/") or posixpath.splitext(steps[-1])[0].lower() in {"index", "readme"}:
            return None if "node_modules" not in steps else "not an article: node_modules"
        place = self._place(path)
        # Docs may have pages on licences or security.
        return super().path_skip_reason(path) if place is not None and place[0].kind == "blog" else None

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date in the names of a post's file and folders: `2021-05-20-x.md`, `2021/05/20/x.md`."""
        place = self._place(page.stem)
        match = DATED_PATH.fullmatch(place[1]) if place and place[0].kind == "blog" else None
        try:
            return datetime(*map(int, re.split("[-/]", match["date"]))) if match else None  # type: ignore[arg-type]
        except ValueError:
            return None

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the authors, by their names in `authors.yml` if pages give keys."""
        place, given = self._place(page.path), page.fields.get("authors")
        if place is None or given is None:
            return super().authors(page, reader)
        found = []
        for author in given if isinstance(given, list) else [given]:
            key = author.get("name") or author.get("key") if isinstance(author, dict) else author
            if isinstance(key, str):
                found.append(place[0].authors.get(key, key))
        reader.origins["authors"] = "authors"
        reader.used.add("authors")
        return found

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the tags, by their labels in `tags.yml` if pages give keys."""
        place = self._place(page.path)
        tags = place[0].tags if place else {}
        return [tags.get(name, name) for name in super().topics(page, reader)]

    def language(self, page: Page) -> str | None:
        """Return the language of the folder below `i18n`."""
        place = self._place(page.path)
        return place[2] if place else None

    def translation_key(self, page: Page) -> str | None:
        """Return the path below the blog or the docs, which a page and its translations share."""
        place = self._place(page.stem)
        key = super().translation_key(page)
        return f"{place[0].folder}{place[1]}" if key is None and place and self._translated else key

    def content_path(self, page: Page) -> str:
        """Return the path below the folder of the blog or the docs."""
        place = self._place(page.stem)
        return place[1] if place else page.stem

    def address(self, page: Page) -> str | None:
        """Return `blog/2021/05/20/title` or `docs/folder/name`, below the language's path."""
        place = self._place(page.stem)
        if place is None:
            return None
        instance, path, language = place
        slug = blog_slug(page, path) if instance.kind == "blog" else doc_slug(page, path, instance.prefixes)
        link = re.sub("/{2,}", "/", f"{instance.route}/{slug}").lstrip("/")
        if self._slash is not None and link:
            link = link.rstrip("/") + ("/" if self._slash else "")
        if language in {None, self.default_language}:
            return link
        own = text_at(self._locales, str(language), "baseUrl")
        if own is None:
            return f"{language}/{link}"
        return f"{self._host}/{own.strip('/')}/{link}" if self._host else None


def _plugin(entry: Any) -> tuple[str, Any]:
    """Return a plugin's name and its options, in any notation."""
    if isinstance(entry, list) and entry:
        named, options = unwrap(entry[0]), entry[1] if len(entry) > 1 else {}
    else:
        named, options = unwrap(entry), {}
    return named if isinstance(named, str) else "", options
