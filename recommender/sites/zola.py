"""Profile of Zola: sections, dates in file names, slugs, languages, drafts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from recommender.sites.addresses import to_ascii
from recommender.sites.dates import read_date
from recommender.sites.globs import glob_regex
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list, as_table

_CONFIGS = ("zola.toml", "config.toml")
_CONTENT = "content/"
_DATED = re.compile(
    r"(?P<date>\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)(?:\s?[_-](?P<slug>.+))?"
)
_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})(?=/|$)")
_DRAFT = re.compile(r"^draft\s*[=:]\s*true\b", re.MULTILINE)
_FENCE = re.compile(r"^(?:\+\+\+|---)\s*$", re.MULTILINE)
_HEAD_CHARS = 20_000
_UNSAFE = str.maketrans("", "", '<>:"/\\|?*')


class _Spot(NamedTuple):
    """A page's folder below the content, its name without suffix and language, and its language."""

    folder: str
    name: str
    language: str

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}" if self.folder else self.name


class Zola(SiteProfile):
    """A Zola site.

    Zola drops unknown keys of the front matter, so lists go into a data file. On a site with sections, undated pages
    at the top of the content are not articles.
    """

    generator = "zola"
    suffixes = (".md",)
    keys = {  # noqa: RUF012
        "topics": ("taxonomies.tags", "taxonomies.categories", "taxonomies.topics"),
        "authors": ("authors", "taxonomies.authors", "taxonomies.author", "extra.authors", "extra.author"),
        "images": ("extra.image", "extra.cover", "extra.thumbnail", "extra.og_image"),
        "language": (),
        "published": ("date",),
    }
    id_key = ""
    address_key = "path"
    field_is_allowed = False
    future_is_shown = True
    into = "data/related.json"
    snippet_into = """\
{% set path = page.relative_path | trim_end_matches(pat=".md") %}
{% set id = "content/" ~ path %}
{% set lists = load_data(path="data/related.json") %}
{% set related = lists | get(key=id, default=[]) %}
{% if related %}
<aside class="related">
  <ul>
    {% for item in related %}
    <li><a href="{{ item.webUrl }}">{{ item.title }}</a></li>
    {% endfor %}
  </ul>
</aside>
{% endif %}
"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise a configuration with `base_url` beside a folder `content`."""
        name = root.find(*_CONFIGS)
        return name if name and root.has("content") and "base_url" in root.table(name) else None

    def configure(self) -> None:
        """Read the configuration, and search the content for sections that are drafts."""
        config = self.root.table(*_CONFIGS)
        self.base = str(config.get("base_url") or "").rstrip("/")
        default = config.get("default_language")
        self._default = str(default or "en")
        self._others = frozenset(as_table(config.get("languages"))) - {self._default}
        self.default_language = self._default if default or self._others else None
        slugify = as_table(config.get("slugify"))
        self._strategy = str(slugify.get("paths") or "on").lower()
        self._keeps_dates = slugify.get("paths_keep_dates") is True
        self._ignored = [glob_regex(str(pattern)) for pattern in as_list(config.get("ignored_content"))]
        self._drafts: set[str] = set()
        self._has_sections = self._walk(_CONTENT)

    def _walk(self, folder: str) -> bool:
        """Record the draft sections below a folder; return True if there are any folders."""
        has_folders = False
        for name in self.root.names(folder):
            path = f"{folder}{name}"
            if (self.root.folder / path).is_dir():
                has_folders = True
                self._walk(f"{path}/")
            elif name == "_index.md":
                parts = _FENCE.split(self.root.head(path, _HEAD_CHARS), maxsplit=2)
                if len(parts) > 1 and _DRAFT.search(parts[1]):
                    self._drafts.add(folder)
        return has_folders

    def fingerprint(self) -> str:
        """Return a hash of the configuration and of which sections are drafts."""
        return f"{super().fingerprint()}.{self.root.fingerprint(sorted(self._drafts))}"

    def path_skip_reason(self, path: str) -> str | None:
        """Skip everything outside the content, pages of sections, and ignored files."""
        if not path.startswith(_CONTENT):
            if path.endswith("/"):
                return f"not an article: {path.split('/', maxsplit=1)[0]}"
            return super().path_skip_reason(path) or "not an article: outside the content"
        if path.endswith("/"):
            return None
        name = path.rpartition("/")[2]
        if name.startswith("_index."):
            return "not an article: section"
        if any(regex.match(path.removeprefix(_CONTENT)) or regex.match(name) for regex in self._ignored):
            return "excluded"
        return super().path_skip_reason(f"{self._name_of_folder(self._spot(path))}.md")

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip pages that are not rendered, and undated pages beside sections."""
        if page.syntax not in {"toml", "yaml"}:
            return "no front matter"
        if page.fields.get("render") is False:
            return "not an article: not rendered"
        spot = self._spot(page.path)
        is_top = not (spot.folder.rpartition("/")[0] if spot.name == "index" else spot.folder)
        is_dated = "date" in page.fields or self.date_of_path(page) is not None
        return "not an article: page" if is_top and self._has_sections and not is_dated else None

    def hidden(self, page: Page) -> str | None:
        """Hide drafts, and everything in draft sections."""
        is_draft = any(page.path.startswith(folder) for folder in self._drafts)
        return "draft" if is_draft else super().hidden(page)

    def _spot(self, path: str) -> _Spot:
        folder, _, name = path.removeprefix(_CONTENT).rpartition("/")
        stem, dot, language = name.removesuffix(".md").partition(".")
        if dot and language in self._others:
            return _Spot(folder, stem, language)
        return _Spot(folder, name.removesuffix(".md"), self._default)

    @staticmethod
    def _name_of_folder(spot: _Spot) -> str:
        """Return a page's name; for `index.md`, that of its folder."""
        return spot.folder.rpartition("/")[2] if spot.name == "index" and spot.folder else spot.name

    def date_of_path(self, page: Page) -> datetime | None:
        """Return the date that the name of the file or folder begins with, else the date in `path`."""
        match = _DATED.fullmatch(self._name_of_folder(self._spot(page.path)))
        served = None if match else _DATED_PATH.search(page.text("path"))
        try:
            if served:
                return datetime(*map(int, served.groups()))  # type: ignore[arg-type]
            return read_date(match["date"]) if match else None
        except ValueError:
            return None

    def language(self, page: Page) -> str | None:
        """Return the language in the file name."""
        return self._spot(page.path).language if self._others else None

    def translation_key(self, page: Page) -> str | None:
        """Return the path that translations share."""
        return self._spot(page.path).path if self._others else None

    def slug(self, page: Page) -> str:
        """Return the slug of the front matter, else the name without its date."""
        slug = page.text("slug")
        if not slug:
            slug = self._name_of_folder(self._spot(page.path))
            match = _DATED.fullmatch(slug)
            if match and match["slug"] and not self._keeps_dates:
                slug = match["slug"]
        return self._slugified(slug)

    def _slugified(self, text: str) -> str:
        if self._strategy == "off":
            return text
        if self._strategy == "safe":
            return text.rstrip(" .").translate(_UNSAFE)
        return re.sub(r"[^a-z0-9]+", "-", to_ascii(text).lower()).strip("-")

    def content_path(self, page: Page) -> str:
        """Return the path below the content, without suffix and language."""
        spot = self._spot(page.path)
        return spot.folder if spot.name == "index" and spot.folder else spot.path

    def address(self, page: Page) -> str | None:
        """Return the path in the front matter, else the folders and the slug."""
        path = page.text("path")
        if path:
            return f"/{path.strip('/')}/"
        spot = self._spot(page.path)
        folder = spot.folder.rpartition("/")[0] if spot.name == "index" else spot.folder
        prefix = spot.language if spot.language != self._default else ""
        return "/".join(["", *(step for step in (prefix, folder, self.slug(page)) if step), ""])
