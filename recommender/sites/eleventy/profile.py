"""Profile of Eleventy: the data cascade, permalinks with templates in them, collections by tags."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from recommender.sites.addresses import split_base
from recommender.sites.eleventy.data import Cascade, data_suffixes, is_data_file, own_fields
from recommender.sites.eleventy.permalinks import render
from recommender.sites.fields import FieldReader
from recommender.sites.javascript.packages import build_option, known_url, needs
from recommender.sites.javascript.script import UNKNOWN, Script, at, text_at
from recommender.sites.languages import is_language, without_step
from recommender.sites.page import Page
from recommender.sites.profile import JINJA_LIST, Description, SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table

_CONFIGS = (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts")
_COLLECTIONS = frozenset({"all", "nav", "navigation", "post", "posts", "page", "pages", "article", "articles", "blog"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-(.*)")
_FILE_DATES = frozenset({"last modified", "created", "git last modified", "git created"})
_LISTS = re.compile(r"\{%-?\s*(?:for|set|assign)\b[^%]*\bcollections\b")
_QUOTED = re.compile(r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}|^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_MADE = frozenset({"title", "excerpt", "publishedDateTime", "authors", "topics", "language", "images"})
_FOLDERS = ("input", "output", "includes", "layouts", "data")
_MAX_FOLDERS = 60
_INPUTS = frozenset({"src", "content", "docs", "posts", "blog", "pages", "site"})


class Eleventy(SiteProfile):
    """An Eleventy site; a page's fields are its own and those of the data files around it."""

    generator = "eleventy"
    suffixes = (".md", ".html")
    keys: ClassVar = {
        "title": ("title", "eleventyNavigation.key"),
        "published": ("date",),
        "language": ("lang",),
        "url": ("webUrl",),
    }
    id_key = ""
    address_key = "permalink"
    into = "_data/related.json"
    snippet = "{% if related and related.length %}\n" + JINJA_LIST.replace(" | e", "") + "\n{% endif %}"
    snippet_into = """\
{% set items = related[page.inputPath.slice(2).replace(r/\\.\\w+$/, "")] %}
""" + snippet.replace("related and related.length", "items").replace("in related", "in items")

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the settings, the package, or the name of a data file."""
        found = root.find(*_CONFIGS, ".eleventyignore")
        if found is not None:
            return found
        if needs(root, "@11ty/eleventy"):
            return "package.json needs @11ty/eleventy"
        return _data_file(root)

    def configure(self) -> None:
        """Read the folders, the path prefix, the languages, and every data file of the cascade."""
        name = self.root.find(*_CONFIGS)
        script = Script(self.root.text(name) or "" if name else "")
        config = {**script.exported, **as_table(script.constant("config"))}
        folders = {**as_table(at(config, "dir")), **as_table(script.constant("directories"))}
        calls = {key: text_at(call, 0) for key in _FOLDERS for call in script.calls(f"set{key.title()}Directory")}
        folders |= {key: text for key, text in calls.items() if text is not None}
        source = build_option(self.root, "eleventy", "--input") or text_at(folders, "input") or self._guess(name)
        self.content_folder = _folder(source)
        output = _folder(build_option(self.root, "eleventy", "--output") or text_at(folders, "output") or "_site")
        includes = _folder(f"{self.content_folder}{text_at(folders, 'includes') or '_includes'}")
        layouts = text_at(folders, "layouts") or ""
        data = _folder(f"{self.content_folder}{text_at(folders, 'data') or '_data'}")
        self._not_content = {output, includes, data} | (
            {_folder(f"{self.content_folder}{layouts}")} if layouts else set()
        )
        self.into = f"{data}related.json"
        self._ignored = _ignored(self.root, self.content_folder)
        self._moves_urls = any(True for _ in script.calls("addUrlTransform"))
        languages = [text_at(call, 1, "defaultLanguage") for call in script.calls("addPlugin")]
        self._translated = any(languages)
        suffixes = data_suffixes(script)
        layouts = f"{self.content_folder}{_folder(layouts)}" if _folder(layouts) else includes
        self._cascade = Cascade(self.root, self.content_folder, self._not_content, layouts, suffixes)
        for call in script.calls("addGlobalData"):
            if len(call) == 2 and call[0] in {"permalink", "layout", "tags"}:
                self._cascade.everywhere[call[0]] = call[1]
        site = self._cascade.global_data(data, "metadata", "site", "meta", "config")
        default = next(filter(None, languages), None) or text_at(site, "language") or text_at(site, "lang")
        self.default_language = default if default and is_language(default) else None
        url = next(filter(None, (known_url(at(site, key)) for key in ("url", "baseUrl", "siteUrl", "origin"))), "")
        host, path = split_base(url)
        prefix = build_option(self.root, "eleventy", "--pathprefix") or text_at(config, "pathPrefix")
        prefix = path if prefix is None else f"/{prefix.strip('/')}".rstrip("/")
        self.base = f"{host}{prefix}"

    def _guess(self, config: str | None) -> str:
        # Without settings, the position of data files tells where the input is.
        found = None if config or needs(self.root, "@11ty/eleventy") else _data_file(self.root)
        return "src" if found is not None and found.startswith("src/") else "."

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but the input folder, and in it includes, data, the output and ignored files."""
        if path.endswith("/"):
            if path in self._not_content:
                return f"not an article: {path.rstrip('/').rpartition('/')[2]}"
            if not (path.startswith(self.content_folder) or self.content_folder.startswith(path)):
                return "outside of the input folder"
        elif not path.startswith(self.content_folder):
            return "outside of the input folder"
        elif is_data_file(path):
            return "not an article: data file"
        if any(fnmatchcase(path.rstrip("/"), pattern) for pattern in self._ignored):
            return "named in .eleventyignore"
        return super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip templates that generate many pages or list others."""
        fields = self._cascade.fields(page)
        if fields.get("permalink") is False or at(fields, "permalink", "build") is False:
            return "not an article: no page of its own"
        if fields.get("eleventyExcludeFromCollections") is True:
            return "not an article: left out of collections"
        if "pagination" in fields:
            return "not an article: a template of many pages"
        below = page.stem.removeprefix(self.content_folder).split("/")
        if below[-1] == "index" and (len(below) == 1 or (len(below) == 2 and is_language(below[0]))):
            return "not an article: home page"
        is_index = below[-1] == "index" or page.path.endswith(".html")
        if is_index and _LISTS.search(_QUOTED.sub("", page.body)):
            return "not an article: a list of pages"
        if page.path.endswith(".html") and not (page.fields.get("title") and ("layout" in fields or "date" in fields)):
            return "not an article: template"
        return None

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Describe a page with the data files around it; keep only its own fields as further fields."""
        fields = dict(self._cascade.fields(page))
        if str(fields.get("date")).strip().casefold() in _FILE_DATES:
            del fields["date"]
        computed = fields.get("eleventyComputed")
        if isinstance(computed, Mapping):
            values = self._values(page._replace(fields=fields))
            for key in computed.keys() & {"title", "description", "lang"}:
                rendered = render(computed[key], values) if isinstance(computed[key], str) else None
                fields[key] = rendered or fields.get(key)
            fields["permalink"] = computed.get("permalink") or fields.get("permalink")
        found = super().describe(page._replace(fields=fields), now, heading)
        own = own_fields(page)
        for key in found.fields.keys() & (fields.keys() - _MADE):
            if key in own:
                # The cascade may merge code into it.
                found.fields[key] = own[key]
            else:
                del found.fields[key]
        return found

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the first date anywhere in the path."""
        match = _DATE.search(page.path)
        try:
            return datetime.fromisoformat(match[0]) if match else None
        except ValueError:
            return None

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the tags that are not just names of collections, such as `posts`."""
        return [name for name in super().topics(page, reader) if name.casefold() not in _COLLECTIONS]

    def language(self, page: Page) -> str | None:
        """Return the first folder that is named like a language."""
        return next((step for step in self.content_path(page).split("/")[:-1] if is_language(step)), None)

    def translation_key(self, page: Page) -> str | None:
        """Return the path without its language, on a site in several languages."""
        key = super().translation_key(page)
        return key if key or not self._translated else without_step(self.content_path(page), self.language(page))

    def address(self, page: Page) -> str | None:
        """Return the permalink, else the path as a folder: `blog/bees.md` is served at `/blog/bees/`."""
        permalink = page.fields.get("permalink")
        if isinstance(permalink, Mapping):
            permalink = permalink.get("build")
        if self._moves_urls or permalink is UNKNOWN:
            return None
        if permalink is None or permalink == "":
            folder, name = posixpath.split(self.content_path(page))
            if name == "index" or folder.rpartition("/")[2] == name:
                return f"{folder}/" if folder else ""
            return f"{folder}/{name}/" if folder else f"{name}/"
        link = render(str(permalink), self._values(page))
        if link is None:
            return None
        path = posixpath.normpath(f"/{link}").lstrip("/")
        if link.endswith("/"):
            return f"{path}/" if path else ""
        return re.sub(r"(?:^|(?<=/))index(?:\.html)?$", "", path)

    def _values(self, page: Page) -> dict[str, Any]:
        """Return the values that templates in front matter may use."""
        folder, name = posixpath.split(self.content_path(page))
        raw = _strip_date(name)
        slug = raw if raw != "index" else _strip_date(folder.rpartition("/")[2])
        language = page.text("lang") or self.language(page) or self.default_language
        supplied = {
            "fileSlug": slug,
            "filePathStem": f"/{folder}/{raw}" if folder else f"/{raw}",
            "inputPath": f"./{page.path}",
            "date": page.date,
            "lang": language,
        }
        return {**page.fields, "page": supplied}


def _strip_date(name: str) -> str:
    match = _DATED.search(name)
    return match[1] if match else name


def _folder(text: str) -> str:
    """Normalise a folder to a path with a final slash; empty for the root."""
    path = posixpath.normpath(text or ".").strip("/")
    return "" if path == "." else f"{path}/"


def _ignored(root: SiteRoot, source: str) -> list[str]:
    found = []
    for place, name in {("", ".eleventyignore"), (source, ".eleventyignore"), ("", ".gitignore")}:
        for line in (root.text(f"{place}{name}") or "").splitlines():
            pattern = line.strip().removeprefix("./").strip("/")
            if pattern and not pattern.startswith(("#", "!")):
                found += [f"{place}{pattern}", f"{place}{pattern}/*"]
                if pattern.startswith("**/"):
                    found.append(f"{place}{pattern.removeprefix('**/')}")
    return sorted(set(found))


def _data_file(root: SiteRoot) -> str | None:
    """Return the first `*.11tydata.*` in the root or in usual input folders, at most three levels deep."""
    folders, looked = [""], 0
    while folders and looked < _MAX_FOLDERS:
        folder, looked = folders.pop(0), looked + 1
        for name in root.names(folder):
            path = f"{folder}{name}"
            if ".11tydata." in name:
                return path
            # Any other folder may be another site.
            is_wanted = "." not in name and (name in _INPUTS if not folder else path.count("/") < 3)
            if is_wanted and name != "node_modules" and (root.folder / path).is_dir():
                folders.append(f"{path}/")
    return None
