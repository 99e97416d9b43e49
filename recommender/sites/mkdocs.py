"""Profile of MkDocs: Markdown below docs_dir, posts of Material's blog, translations of mkdocs-static-i18n."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from unicodedata import normalize

from recommender.sites.fields import FieldReader
from recommender.sites.globs import IgnoreLines
from recommender.sites.page import Page
from recommender.sites.profile import JINJA_LIST, MARKDOWN, Description, SiteProfile
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_list, as_table

_CONFS = ("mkdocs.yml", "mkdocs.yaml")
_DATE_PARTS = re.compile(r"([a-zA-Z])\1*")
_STRFTIME = {"yyyy": "%Y", "y": "%Y", "yy": "%y", "MM": "%m", "dd": "%d"}
_TAGS_PAGE = re.compile(r"^(?:<!-- material/tags|\[TAGS\])", re.MULTILINE)
_CODE = re.compile(r"^[ \t]*(```+|~~~+).*?(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_SNIPPET = (
    """\
{% if page and page.meta.related and page.meta.related is not string %}
"""
    + JINJA_LIST.replace("in related", "in page.meta.related")
    + "\n{% endif %}"
)


class _Blog(NamedTuple):
    """An instance of Material's blog plugin."""

    folder: str
    posts: str
    url: str
    date_format: str
    separator: str
    max_categories: int
    authors: Mapping[str, str]


class MkDocs(SiteProfile):
    """A MkDocs site; every page but home pages and lists of tags or posts is an article."""

    generator = "mkdocs"
    suffixes = MARKDOWN
    keys: ClassVar[Mapping[str, tuple[str, ...]]] = {"published": ("date.created",)}
    id_key = ""
    dated_names = False
    snippet = f"""\
{{# overrides/main.html, with theme.custom_dir: overrides; the block alone goes into
   overrides/partials/comments.html where the theme is Material #}}
{{% extends "base.html" %}}
{{% block content %}}
{{{{ super() }}}}
{_SNIPPET}
{{% endblock %}}"""
    snippet_into = f"""\
# mkdocs.yml
hooks:
  - related_hook.py

# related_hook.py
import json
import posixpath
from pathlib import Path

def on_page_markdown(markdown, *, page, config, **kwargs):
    root = Path(config.config_file_path).parent
    docs = Path(config.docs_dir).relative_to(root)
    lists = json.loads((root / "related.json").read_text(encoding="utf-8"))
    path = posixpath.splitext(page.file.src_uri)[0]
    page.meta["related"] = lists.get(f"{{docs.as_posix()}}/{{path}}") or lists.get(path)

{snippet}"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise mkdocs.yml."""
        return root.find(*_CONFS)

    def configure(self) -> None:
        """Read mkdocs.yml and the files of blog authors."""
        conf = self.root.table(*_CONFS)
        parent = conf.get("INHERIT")
        if isinstance(parent, str):
            conf = {**self.root.table(posixpath.normpath(parent)), **conf}
        url = conf.get("site_url")
        self.base = url.rstrip("/") if isinstance(url, str) and url.strip() else None
        self.content_folder = f"{posixpath.normpath(str(conf.get('docs_dir') or 'docs'))}/".removeprefix("./")
        self._is_folder_url = conf.get("use_directory_urls") is not False
        self._excluded = IgnoreLines([".*", "/templates/", *str(conf.get("exclude_docs") or "").splitlines()])
        self._drafts = IgnoreLines(str(conf.get("draft_docs") or "").splitlines())
        theme = as_table(conf.get("theme"))
        language = theme.get("language") or theme.get("locale")
        self.default_language = language.replace("_", "-") if isinstance(language, str) else None
        self._nav: dict[str, str] = {}
        self._read_nav(conf.get("nav"))
        plugins = _plugins(conf)
        self._blogs = [self._blog(options) for name, options in plugins if name.split("/")[-1] == "blog"]
        tags = [options.get("tags_file") for name, options in plugins if name.split("/")[-1] == "tags"]
        self._tags = {str(file) for file in tags if file}
        self._languages: dict[str, bool] = {}
        self._by_folder = False
        for options in (options for name, options in plugins if name == "i18n"):
            self._read_languages(options)

    def path_skip_reason(self, path: str) -> str | None:
        """Skip everything outside docs_dir, excluded pages, home pages and listings."""
        if not path.startswith(self.content_folder):
            return self.outside_reason(path)
        inside = path.removeprefix(self.content_folder)
        if inside and self._excluded.match(inside):
            return "in exclude_docs"
        if path.endswith("/"):
            return None
        folder, name, _ = self._place(path)
        if name in {"index", "README"} and not folder:
            return "not an article: home page"
        if name == "index" and any(blog.folder == folder for blog in self._blogs):
            return "not an article: blog"
        if inside in self._tags:
            return "not an article: list of tags"
        if name == "README":
            index = f"{posixpath.dirname(path)}/index.md"
            return "not an article: README" if self.root.has(index) else None
        # A manual may have pages on licences or security; at its top they are about the project.
        return None if folder else super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip lists of tags, and posts without a date."""
        if _TAGS_PAGE.search(page.body) and _TAGS_PAGE.search(_CODE.sub("", page.body)):
            return "not an article: list of tags"
        blog = self._blog_of(page)
        return "not an article: no date" if blog is not None and not page.fields.get("date") else None

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """Describe a page; without a title or heading, its title is that in the navigation."""
        inside = page.path.removeprefix(self.content_folder)
        return super().describe(page, now, lambda: heading() or self._nav.get(inside))

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the authors, by their names in the blog's authors file."""
        found = super().authors(page, reader)
        blog = self._blog_of(page)
        return [blog.authors.get(name, name) for name in found] if blog else found

    def hidden(self, page: Page) -> str | None:
        """Hide drafts, also those named in draft_docs."""
        return "draft" if self._drafts.match(page.path.removeprefix(self.content_folder)) else super().hidden(page)

    def language(self, page: Page) -> str | None:
        """Return the language in the name of the file or folder."""
        _, _, lang = self._place(page.path)
        lang = lang or next((lang for lang, is_default in self._languages.items() if is_default), None)
        return lang.replace("_", "-") if lang else None

    def translation_key(self, page: Page) -> str | None:
        """Return the path without the language in it."""
        folder, name, _ = self._place(page.path)
        return posixpath.join(folder, name) if self._languages else None

    def address(self, page: Page) -> str | None:
        """Return the path below docs_dir, or the one that post_url_format gives to a post."""
        folder, name, lang = self._place(page.path)
        blog = self._blog_of(page)
        if blog is not None:
            path = self._post_path(page, blog, name)
            if path is None:
                return None
            folder, name = posixpath.split(path)
        if lang and not self._languages.get(lang):
            folder = posixpath.join(lang, folder)
        if name in {"index", "README"}:
            name = "index"
        if not self._is_folder_url:
            return posixpath.join(folder, f"{name}.html")
        return f"{folder}/" if name == "index" else f"{posixpath.join(folder, name)}/"

    def _post_path(self, page: Page, blog: _Blog, name: str) -> str | None:
        if page.date is None:
            return None
        names = as_list(page.fields.get("categories"))
        title = page.text("title")
        if not title:
            found = _HEADING.search(page.body)
            title = found[1] if found else re.sub(r"[-_]", " ", name).capitalize()
        values = {
            "date": _format_date(page.date, blog.date_format),
            "slug": page.text("slug") or _slugify(title, blog.separator),
            "file": name,
            "categories": "/".join(_slugify(str(each), "-") for each in names[: blog.max_categories]),
        }
        path = blog.url
        for key in re.findall(r"\{(\w+)\}", path):
            value = values.get(key)
            if value is None:
                return None
            path = path.replace(f"{{{key}}}", value)
        return posixpath.join(blog.folder, posixpath.normpath(path.strip("/")))

    def _place(self, path: str) -> tuple[str, str, str | None]:
        """Return the folder below docs_dir, the name without suffix, and the language of a path."""
        folder, _, file = path.removeprefix(self.content_folder).rpartition("/")
        name = posixpath.splitext(file)[0]
        if self._by_folder:
            lang, _, rest = folder.partition("/")
            return (rest, name, lang) if lang in self._languages else (folder, name, None)
        first, dot, lang = name.rpartition(".")
        return (folder, first, lang) if dot and lang in self._languages else (folder, name, None)

    def _blog_of(self, page: Page) -> _Blog | None:
        inside = page.path.removeprefix(self.content_folder)
        return next((blog for blog in self._blogs if inside.startswith(blog.posts)), None)

    def _blog(self, options: Mapping[str, Any]) -> _Blog:
        folder = posixpath.normpath(str(options.get("blog_dir") or "blog")).removeprefix(".")
        posts = str(options.get("post_dir") or "{blog}/posts").replace("{blog}", folder)
        file = str(options.get("authors_file") or "{blog}/.authors.yml").replace("{blog}", folder)
        known = self.root.table(f"{self.content_folder}{posixpath.normpath(file).lstrip('/')}").get("authors")
        names = {key: as_table(value).get("name") for key, value in as_table(known).items()}
        most = options.get("post_url_max_categories")
        return _Blog(
            folder,
            f"{posixpath.normpath(posts).lstrip('/')}/",
            str(options.get("post_url_format") or "{date}/{slug}"),
            str(options.get("post_url_date_format") or "yyyy/MM/dd"),
            str(options.get("post_slugify_separator") or "-"),
            most if isinstance(most, int) else 1,
            {key: name for key, name in names.items() if isinstance(name, str)},
        )

    def _read_languages(self, options: Mapping[str, Any]) -> None:
        self._by_folder = options.get("docs_structure") == "folder"
        languages = options.get("languages")
        if isinstance(languages, list):
            for each in languages:
                if isinstance(each, dict) and isinstance(each.get("locale"), str) and each.get("build") is not False:
                    self._languages[each["locale"]] = each.get("default") is True
        elif isinstance(languages, dict):
            main = options.get("default_language")
            self._languages = {str(lang): lang == main for lang in languages if lang != "default"}

    def _read_nav(self, nav: Any) -> None:
        for entry in as_list(nav):
            for title, target in as_table(entry).items():
                if isinstance(target, str) and isinstance(title, str):
                    self._nav.setdefault(target, title)
                else:
                    self._read_nav(target)


def _plugins(conf: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the names of plugins with their options, from a list or a mapping."""
    plugins = conf.get("plugins")
    pairs: list[tuple[Any, Any]] = []
    for entry in plugins if isinstance(plugins, list) else [plugins]:
        pairs += entry.items() if isinstance(entry, dict) else [(entry, None)]
    return [(name, as_table(options)) for name, options in pairs if isinstance(name, str)]


def _slugify(text: str, separator: str) -> str:
    """Return a slug as `pymdownx.slugs.slugify(case="lower")` does."""
    slug = re.sub(r"</?[^>]*>", "", normalize("NFC", text)).strip().lower()
    return re.sub(r"[^\w\- ]", "", slug).replace(" ", separator)


def _format_date(date: datetime, pattern: str) -> str | None:
    """Format a date by a Unicode pattern; None if the pattern uses names."""
    digits = {"M": str(date.month), "d": str(date.day)}
    if any(part[0] not in {*_STRFTIME, *digits} for part in _DATE_PARTS.finditer(pattern)):
        return None
    return _DATE_PARTS.sub(lambda found: digits.get(found[0]) or date.strftime(_STRFTIME[found[0]]), pattern)
