"""Profile of Pelican: files below PATH with header lines, docinfo or meta tags, addresses by ARTICLE_URL."""

from __future__ import annotations

import posixpath
import re
from datetime import datetime
from fnmatch import fnmatch
from typing import Any

from recommender.sites.dates import read_date
from recommender.sites.fields import FieldReader
from recommender.sites.globs import is_regex
from recommender.sites.page import Page
from recommender.sites.pelican.meta_tags import read_meta_tags
from recommender.sites.pelican.urls import Slugger, UrlPattern
from recommender.sites.profile import JINJA_LIST, MARKDOWN, SiteProfile
from recommender.sites.python_settings import peek_python_settings, read_python_settings
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table, as_texts

_CONFS = ("pelicanconf.py", "pelican.conf.py", "settings.py", "conf.py")
_PUBLISHED = "publishconf.py"
_DEFAULTS: dict[str, Any] = {
    "SITEURL": "",
    "ARTICLE_PATHS": [""],
    "ARTICLE_EXCLUDES": [],
    "PAGE_PATHS": ["pages"],
    "IGNORE_FILES": [],
    "ARTICLE_URL": "{slug}.html",
    "ARTICLE_LANG_URL": "{slug}-{lang}.html",
    "ARTICLE_TRANSLATION_ID": "slug",
    "DEFAULT_LANG": "en",
    "DEFAULT_CATEGORY": "misc",
    "CATEGORY_SAVE_AS": "category/{slug}.html",
    "USE_FOLDER_AS_CATEGORY": True,
    "FILENAME_METADATA": r"(?P<date>\d{4}-\d{2}-\d{2}).*",
    "SLUGIFY_SOURCE": "title",
    "SLUG_REGEX_SUBSTITUTIONS": [(r"[^\w\s-]", ""), (r"(?u)\A\s*", ""), (r"(?u)\s*\Z", ""), (r"[-\s]+", "-")],
}
_MAY_BE_EMPTY = {"ARTICLE_TRANSLATION_ID", "CATEGORY_SAVE_AS"}
_STATUSES = {"", "published", "draft", "hidden", "skip"}
_HEADED = re.compile(r"(?:title|date):\s", re.IGNORECASE)
_MAX_FILES = 20
_HEAD_CHARS = 2_000
_SNIPPET = f"{{% if related %}}\n{JINJA_LIST}\n{{% endif %}}"


class Pelican(SiteProfile):
    """A Pelican site; publishconf.py overrides pelicanconf.py, and without settings addresses are unknown."""

    generator = "pelican"
    suffixes = (*MARKDOWN, ".rst", ".html", ".htm")
    id_key = ""
    snippet = f"""\
# pelicanconf.py
import json
JINJA_FILTERS = {{"fromjson": json.loads}}

{{# templates/article.html, below article.content #}}
{{% set related = article.related | fromjson if article.related is string else article.related %}}
{_SNIPPET}"""
    snippet_into = f"""\
# pelicanconf.py
import json
with open("related.json", encoding="utf-8") as file:
    RELATED = {{key.removeprefix(f"{{PATH}}/"): value for key, value in json.load(file).items()}}

{{# templates/article.html, below article.content #}}
{{% set related = RELATED.get(article.relative_source_path.rpartition(".")[0]) %}}
{_SNIPPET}"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the settings, or articles in `content` that begin with a title and a date."""
        name = _settings_file(root)
        if name is not None:
            return name
        if root.has("mkdocs.yml"):
            return None
        for folder in ("content", *(f"content/{name}" for name in root.names("content")[:_MAX_FILES])):
            names = [name for name in root.names(folder) if name.endswith(MARKDOWN)]
            for name in names[:_MAX_FILES]:
                head = root.head(f"{folder}/{name}", _HEAD_CHARS).splitlines()[:8]
                if sum(bool(_HEADED.match(line)) for line in head) == 2 and _HEADED.match(head[0]):
                    return f"{folder}/{name} begins with Title and Date"
        return None

    def configure(self) -> None:
        """Read pelicanconf.py and publishconf.py."""
        name = _settings_file(self.root)
        read = {**read_python_settings(self.root, name)} if name else {}
        if self.root.has(_PUBLISHED) and name != _PUBLISHED:
            read |= read_python_settings(self.root, _PUBLISHED)
        # Pelican too ignores a setting whose type is not that of its default.
        usable = {key: value for key, value in read.items() if not _is_misfit(key, value)}
        self.conf = {**_DEFAULTS, **usable}
        self.has_conf = name is not None
        self.base = str(self.conf["SITEURL"]).rstrip("/") if self.has_conf else None
        self.default_language = str(self.conf["DEFAULT_LANG"]).lower() if self.has_conf else None
        self.zone = self.zone_of(self.conf.get("TIMEZONE"))
        path = self.conf.get("PATH")
        if not isinstance(path, str):
            path = "content" if self.root.has("content") else ""
        self.content_folder = _as_folder(path)
        self._articles = [_as_folder(each) for each in as_texts(self.conf["ARTICLE_PATHS"])]
        self._pages = [_as_folder(each) for each in as_texts(self.conf["PAGE_PATHS"])]
        self._excluded = [_as_folder(each) for each in as_texts(self.conf["ARTICLE_EXCLUDES"])]
        self._ignored = as_texts(self.conf["IGNORE_FILES"])
        self._paths = [
            (re.compile(pattern), whole)
            for pattern, whole in ((self.conf["FILENAME_METADATA"], False), (self.conf.get("PATH_METADATA"), True))
            if isinstance(pattern, str) and pattern and is_regex(pattern)
        ]
        defaults = self.conf.get("DEFAULT_METADATA")
        self._metadata = {str(key).lower(): value for key, value in dict(defaults or {}).items()}
        self._extra = sorted(as_table(self.conf.get("EXTRA_PATH_METADATA")).items())
        self._slugs = {kind: Slugger(kind, self.conf) for kind in ("SLUG", "CATEGORY", "AUTHOR")}
        self._urls = {key: UrlPattern(str(self.conf[key])) for key in ("ARTICLE_URL", "ARTICLE_LANG_URL")}

    def path_skip_reason(self, path: str) -> str | None:
        """Skip all but ARTICLE_PATHS below PATH, and in it pages, excluded and ignored files."""
        inside = path.removeprefix(self.content_folder)
        if not path.startswith(self.content_folder):
            return self.outside_reason(path)
        if any(inside.startswith(place) for place in self._pages if place):
            return "not an article: page"
        if any(inside.startswith(place) for place in self._excluded if place):
            return "in ARTICLE_EXCLUDES"
        if not any(inside.startswith(place) or place.startswith(inside) for place in self._articles):
            return "outside ARTICLE_PATHS"
        if any(fnmatch(path.rstrip("/").rpartition("/")[2], pattern) for pattern in self._ignored):
            return "in IGNORE_FILES"
        return super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip files without a title or a date."""
        fields = self._with_path(page)
        if not fields.get("title"):
            return "not an article: no title"
        is_dated = fields.get("date") or self.conf.get("DEFAULT_DATE") or str(fields.get("status")).lower() == "draft"
        return None if is_dated or not self.has_conf or self.date_of_path(page) else "not an article: no date"

    def fields_of_html(self, text: str) -> dict[str, Any]:
        """Return the title and the named meta tags."""
        return dict(read_meta_tags(text))

    def as_read(self, page: Page) -> Page:
        """Return a page with the metadata in the settings and in its path."""
        return page._replace(fields=self._with_path(page))

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date found by FILENAME_METADATA or PATH_METADATA, else DEFAULT_DATE."""
        for regex, whole in self._paths:
            match = regex.match(page.path.removeprefix(self.content_folder) if whole else page.name)
            found = match.groupdict().get("date") if match else None
            try:
                date = read_date(found.replace("_", " ")) if found else None
            except ValueError:
                continue
            if date is not None:
                return date
        default = self.conf.get("DEFAULT_DATE")
        try:
            return datetime(*default) if isinstance(default, tuple) else read_date(None if default == "fs" else default)
        except (ValueError, TypeError):
            return None

    def topics(self, page: Page, reader: FieldReader) -> list[str]:
        """Return tags and category; tags are separated by semicolons, or by commas if there are none."""
        return reader.names("topics", ";" if ";" in page.text("tags") else ",")

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the authors, separated as tags are, or the one author; by default AUTHOR of the settings."""
        several = page.text("authors")
        found = reader.names("authors", "" if not several else ";" if ";" in several else ",")
        if not found and isinstance(self.conf.get("AUTHOR"), str):
            reader.origins["authors"] = "settings"
            return [self.conf["AUTHOR"]]
        return found

    def hidden(self, page: Page) -> str | None:
        """Hide pages that Pelican does not publish, also for an unknown status."""
        status = page.text("status").lower()
        return super().hidden(page) or (None if status in _STATUSES else f"status {status}")

    def translation_key(self, page: Page) -> str | None:
        """Return the fields that ARTICLE_TRANSLATION_ID names, by default the slug."""
        names = as_texts(self.conf["ARTICLE_TRANSLATION_ID"])
        values = [self.slug(page) if name == "slug" else page.text(name) for name in names]
        return "/".join(values) if values and all(values) else None

    def slug(self, page: Page) -> str:
        """Return the field `slug`, else the slug of the title or of the file name."""
        source = page.name if self.conf["SLUGIFY_SOURCE"] == "basename" else page.text("title")
        return page.text("slug") or self._slugs["SLUG"].slug(source)

    def address(self, page: Page) -> str | None:
        """Return the field `url`, else ARTICLE_URL, or ARTICLE_LANG_URL if not in the default language."""
        if not self.has_conf:
            return None
        if page.text("url"):
            return page.text("url")
        lang = page.text("lang") or self.default_language or "en"
        authors = page.text("author") or page.text("authors") or str(self.conf.get("AUTHOR") or "")
        values = {
            **page.fields,
            "path": page.path.removeprefix(self.content_folder),
            "slug": self.slug(page),
            "lang": lang,
            "date": page.date,
            "category": self._slugs["CATEGORY"].slug(page.text("category") or str(self.conf["DEFAULT_CATEGORY"])),
            "author": self._slugs["AUTHOR"].slug(re.split(";" if ";" in authors else ",", authors)[0].strip()),
        }
        return self._urls["ARTICLE_URL" if lang == self.default_language else "ARTICLE_LANG_URL"].fill(values)

    def _with_path(self, page: Page) -> dict[str, Any]:
        """Return the fields with those in the settings and in the path, but without a date in the path."""
        path = page.path.removeprefix(self.content_folder)
        found = dict(self._metadata)
        for place, metadata in self._extra:
            if isinstance(metadata, dict) and (path == place or path.startswith(f"{place}/")):
                found |= metadata
        groups: dict[str, Any] = {}
        for regex, whole in self._paths:
            match = regex.match(path if whole else page.name)
            for key, value in match.groupdict().items() if match else ():
                groups.setdefault(key.lower(), value)
        if self.conf["USE_FOLDER_AS_CATEGORY"] and self.conf["CATEGORY_SAVE_AS"] and "/" in path:
            groups.setdefault("category", path.split("/")[-2])
        groups.pop("date", None)
        found |= {key: value for key, value in groups.items() if value is not None}
        return found | {key.lower(): value for key, value in page.fields.items() if value not in ("", None)}


def _settings_file(root: SiteRoot) -> str | None:
    name = root.find(*_CONFS[:2])
    if name is not None:
        return name
    for name in _CONFS[2:]:
        text = root.text(name) if root.has(name) else None
        if text and "SITENAME" in text and "SITENAME" in peek_python_settings(root, name):
            return name
    return root.find(_PUBLISHED)


def _is_misfit(key: str, value: Any) -> bool:
    default = _DEFAULTS.get(key)
    if isinstance(default, list):
        return not isinstance(value, list | tuple)
    return isinstance(default, str) and not isinstance(value, str) and key not in _MAY_BE_EMPTY


def _as_folder(path: str) -> str:
    path = posixpath.normpath(path) if path else "."
    return "" if path == "." else f"{path}/"
