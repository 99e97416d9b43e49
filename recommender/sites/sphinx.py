"""Profiles of Sphinx: manuals, in which every document is an article, and blogs made with ABlog."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from recommender.sites.fields import FieldReader
from recommender.sites.globs import glob_regex
from recommender.sites.nikola import Nikola
from recommender.sites.page import Page
from recommender.sites.profile import JINJA_LIST, MARKDOWN, SiteProfile
from recommender.sites.python_settings import peek_python_settings, read_python_settings
from recommender.sites.root import SiteRoot
from recommender.sites.values import as_table, as_texts

_CONFS = ("conf.py", "source/conf.py")
_NOT_SOURCES = {"_build", "_website", "_templates", "_static", "_themes", "_ext"}
_NOT_ARTICLES = {"genindex", "modindex", "py-modindex", "search", "glossary", "requirements"}
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_POST = re.compile(r"^(?:`{3,}|:{3,})\{post\}[ \t]*(.*)\n((?:[ \t]*:\w[\w-]*:.*\n)*)", re.MULTILINE)
_OPTION = re.compile(r"^[ \t]*:([\w-]+):[ \t]*(.*)$", re.MULTILINE)


class Sphinx(SiteProfile):
    """A Sphinx manual; every document but the root one is an article.

    Sphinx applies smart quotes to the field list of a document, which breaks JSON in it, so lists go into a data file.
    """

    generator = "sphinx"
    suffixes = (*MARKDOWN, ".rst", ".txt")
    id_key = ""
    dated_names = False
    field_is_allowed = False
    snippet_into = (
        """\
# conf.py
import json
from pathlib import Path

_folder = Path(__file__).parent
_related = json.loads((_folder / "related.json").read_text(encoding="utf-8"))

def add_related(app, pagename, templatename, context, doctree):
    context["related"] = _related.get(pagename) or _related.get(f"{_folder.name}/{pagename}")

def setup(app):
    app.connect("html-page-context", add_related)

{# _templates/page.html, with templates_path = ["_templates"] #}
{% extends "!page.html" %}
{% block body %}
{{ super() }}
{% if related %}
"""
        + JINJA_LIST
        + "\n{% endif %}\n{% endblock %}"
    )

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise a conf.py with extensions or a project beside the root document."""
        found = _conf_of(root)
        if found is None or Nikola.recognise(root):
            return None
        name, conf = found
        folder = posixpath.dirname(name)
        main = conf.get("root_doc") or conf.get("master_doc") or "index"
        has_main = any(root.has(posixpath.join(folder, f"{main}{suffix}")) for suffix in cls.suffixes)
        is_sphinx = has_main and ("extensions" in conf or "project" in conf or "html_theme" in conf)
        return f"{name} has the settings of Sphinx" if is_sphinx else None

    def configure(self) -> None:
        """Read conf.py."""
        name = self.root.find(*_CONFS) or "conf.py"
        self.conf = dict(read_python_settings(self.root, name))
        self.content_folder = f"{posixpath.dirname(name)}/".removeprefix("/")
        url = next((self.conf[key] for key in ("html_baseurl", "blog_baseurl") if self.conf.get(key)), None)
        self.base = url.rstrip("/") if isinstance(url, str) else None
        language = self.conf.get("language")
        self.default_language = language.replace("_", "-") if isinstance(language, str) else None
        self._main = str(self.conf.get("root_doc") or self.conf.get("master_doc") or "index")
        self._excluded = [glob_regex(each.rstrip("/")) for each in as_texts(self.conf.get("exclude_patterns"))]
        written = self.conf.get("html_file_suffix") or ".html"
        linked = self.conf.get("html_link_suffix")
        self._suffix = str(written if linked is None else linked)

    def path_skip_reason(self, path: str) -> str | None:
        """Skip everything outside the folder of conf.py, excluded and generated documents, and the home page."""
        if not path.startswith(self.content_folder):
            return self.outside_reason(path)
        inside = path.removeprefix(self.content_folder).rstrip("/")
        if any(regex.match(inside) for regex in self._excluded):
            return "in exclude_patterns"
        if path.endswith("/"):
            return f"not an article: {inside}" if inside in _NOT_SOURCES else super().path_skip_reason(path)
        docname = posixpath.splitext(inside)[0]
        if docname == self._main:
            return "not an article: home page"
        if docname in _NOT_ARTICLES:
            return f"not an article: {docname}"
        return None if "/" in inside else super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip documents without a title, which are included in others or redirect."""
        return "not an article: no title" if page.path.endswith(".rst") and not page.text("title") else None

    def address(self, page: Page) -> str | None:
        """Return the document's name with the suffix of the builder `html`."""
        return f"{self.content_path(page)}{self._suffix}"


class ABlog(Sphinx):
    """An ABlog blog; posts have the directive `post`, `blogpost: true`, or a path that the settings name."""

    generator = "ablog"

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """Recognise the extension `ablog` in conf.py."""
        found = _conf_of(root)
        names = as_texts(found[1].get("extensions")) if found else []
        is_blog = any(name == "ablog" or name.startswith("ablog.") for name in names)
        return f"{found[0]} has the extension ablog" if found and is_blog else None

    def configure(self) -> None:
        """Read conf.py with the settings of ABlog."""
        super().configure()
        url = self.conf.get("blog_baseurl")
        if isinstance(url, str) and url:
            self.base = url.rstrip("/")
        self._posts = [glob_regex(each) for each in as_texts(self.conf.get("blog_post_pattern"))]
        self._format = str(self.conf.get("post_date_format") or "%d %B %Y")
        self._authors = {
            key: value[0]
            for key, value in as_table(self.conf.get("blog_authors")).items()
            if isinstance(value, list | tuple) and value and isinstance(value[0], str)
        }
        self._default_author = as_texts(self.conf.get("blog_default_author"))

    def page_skip_reason(self, page: Page) -> str | None:
        """Skip documents that are not posts."""
        fields = _with_directive(page).fields
        named = any(regex.match(page.path.removeprefix(self.content_folder)) for regex in self._posts)
        is_post = named or "blogpost" in fields or "post" in fields or (page.syntax == "rst" and "date" in fields)
        return super().page_skip_reason(page) if is_post else "not an article: page"

    def as_read(self, page: Page) -> Page:
        """Return a post with the options of its directive, and with its date read by post_date_format."""
        page = _with_directive(page)
        if page.text("language") and not _CODE.fullmatch(page.text("language")):
            # A label of the blog, such as English.
            page = page._replace(fields={key: value for key, value in page.fields.items() if key != "language"})
        try:
            date = datetime.strptime(page.text("date"), self._format)
        except ValueError:
            return page
        return page._replace(fields={**page.fields, "date": date})

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """Return the authors by their names in blog_authors; by default blog_default_author."""
        found = super().authors(page, reader)
        if not found and self._default_author:
            reader.origins["authors"] = "settings"
            found = self._default_author
        return [self._authors.get(name, name) for name in found]

    def hidden(self, page: Page) -> str | None:
        """Hide posts without a date, which are drafts."""
        return super().hidden(page) or ("draft" if page.date is None else None)


def _with_directive(page: Page) -> Page:
    """Add the options of the directive `post` to the fields of a MyST page."""
    found = _POST.search(page.body) if page.syntax != "rst" and "{post}" in page.body else None
    if found is None:
        return page
    fields: dict[str, Any] = {key.lower(): value.strip() for key, value in _OPTION.findall(found[2])}
    if found[1].strip():
        fields["date"] = found[1].strip()
    return page._replace(fields={"post": "", **fields, **page.fields})


def _conf_of(root: SiteRoot) -> tuple[str, Mapping[str, Any]] | None:
    name = root.find(*_CONFS)
    return (name, peek_python_settings(root, name)) if name else None
