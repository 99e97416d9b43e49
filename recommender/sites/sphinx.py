"""Sphinx sites: blogs made with ABlog, whose articles are its posts, and manuals, whose documents all are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from recommender.sites.fields import FieldReader
from recommender.sites.globs import glob_regex
from recommender.sites.nikola import Nikola
from recommender.sites.page import Page
from recommender.sites.profile import MARKDOWN, Description, SiteProfile
from recommender.sites.python_settings import peek_python_settings, read_python_settings
from recommender.sites.root import SiteRoot

_CONFS = ("conf.py", "source/conf.py")
_MADE = {"_build", "_website", "_templates", "_static", "_themes", "_ext"}
_GENERATED = {"genindex", "modindex", "py-modindex", "search", "glossary"}
_CODE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_POST = re.compile(r"^(?:`{3,}|:{3,})\{post\}[ \t]*(.*)\n((?:[ \t]*:\w[\w-]*:.*\n)*)", re.MULTILINE)
_OPTION = re.compile(r"^[ \t]*:([\w-]+):[ \t]*(.*)$", re.MULTILINE)


class Sphinx(SiteProfile):
    """A manual made by Sphinx: every document is an article but the root one.

    A field list at the top of a document is text to Sphinx, in which it sets quotation marks right, so that JSON in it
    cannot be read any more: lists are for a data file alone.
    """

    generator = "sphinx"
    suffixes = (*MARKDOWN, ".rst", ".txt")
    id_key = ""
    dated_names = False
    field_is_allowed = False
    snippet_into = """\
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
<aside class="related">
  <ul>
  {% for item in related %}
    <li><a href="{{ item.webUrl }}">{{ item.title | e }}</a></li>
  {% endfor %}
  </ul>
</aside>
{% endif %}
{% endblock %}"""

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """A conf.py with extensions or a project beside the root document."""
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
        self._source = f"{posixpath.dirname(name)}/".removeprefix("/")
        url = next((self.conf[key] for key in ("html_baseurl", "blog_baseurl") if self.conf.get(key)), None)
        self.base = url.rstrip("/") if isinstance(url, str) else None
        language = self.conf.get("language")
        self.default_language = language.replace("_", "-") if isinstance(language, str) else None
        self._main = str(self.conf.get("root_doc") or self.conf.get("master_doc") or "index")
        self._excluded = [glob_regex(each.rstrip("/")) for each in _texts(self.conf.get("exclude_patterns"))]
        written = self.conf.get("html_file_suffix") or ".html"
        linked = self.conf.get("html_link_suffix")
        self._suffix = str(written if linked is None else linked)

    def path_skip_reason(self, path: str) -> str | None:
        """Only what lies beside conf.py and is not excluded is an article."""
        if not path.startswith(self._source):
            way = path.endswith("/") and self._source.startswith(path)
            return None if way else f"outside {self._source.rstrip('/')}"
        inside = path.removeprefix(self._source).rstrip("/")
        if any(regex.match(inside) for regex in self._excluded):
            return "in exclude_patterns"
        if path.endswith("/"):
            return f"not an article: {inside}" if inside in _MADE else super().path_skip_reason(path)
        docname = posixpath.splitext(inside)[0]
        if docname == self._main:
            return "not an article: home page"
        if docname in _GENERATED or docname == "requirements":
            return f"not an article: {docname}"
        return None if "/" in inside else super().path_skip_reason(path)

    def page_skip_reason(self, page: Page) -> str | None:
        """A document without a title is a part of others, or leads to one."""
        return "not an article: no title" if page.path.endswith(".rst") and not page.text("title") else None

    def content_path(self, page: Page) -> str:
        """The document's name."""
        return page.stem.removeprefix(self._source)

    def address(self, page: Page) -> str | None:
        """The document's name, as the builder `html` serves it."""
        return f"{self.content_path(page)}{self._suffix}"


class ABlog(Sphinx):
    """A blog made by ABlog: its posts have the directive `post`, `blogpost: true`, or a path that the settings name."""

    generator = "ablog"

    @classmethod
    def recognise(cls, root: SiteRoot) -> str | None:
        """The extension `ablog` in conf.py."""
        found = _conf_of(root)
        names = _texts(found[1].get("extensions")) if found else []
        is_blog = any(name == "ablog" or name.startswith("ablog.") for name in names)
        return f"{found[0]} has the extension ablog" if found and is_blog else None

    def configure(self) -> None:
        """Read conf.py."""
        super().configure()
        url = self.conf.get("blog_baseurl")
        if isinstance(url, str) and url:
            self.base = url.rstrip("/")
        self._posts = [glob_regex(each) for each in _texts(self.conf.get("blog_post_pattern"))]
        self._format = str(self.conf.get("post_date_format") or "%d %B %Y")
        authors = self.conf.get("blog_authors")
        self._authors = {
            key: str(value[0])
            for key, value in (authors.items() if isinstance(authors, dict) else ())
            if isinstance(value, list | tuple) and value and isinstance(value[0], str)
        }
        self._default_author = _texts(self.conf.get("blog_default_author"))

    def page_skip_reason(self, page: Page) -> str | None:
        """A document that is no post is a page of the blog."""
        fields = _with_directive(page).fields
        named = any(regex.match(page.path.removeprefix(self._source)) for regex in self._posts)
        is_post = named or "blogpost" in fields or "post" in fields or (page.syntax == "rst" and "date" in fields)
        return super().page_skip_reason(page) if is_post else "not an article: page"

    def describe(self, page: Page, now: datetime, heading: Callable[[], str | None] = lambda: None) -> Description:
        """As any profile, with the options of a directive, and the date as post_date_format has it."""
        page = _with_directive(page)
        if page.text("language") and not _CODE.fullmatch(page.text("language")):
            # A name by which the blog sorts its posts, such as English.
            page = page._replace(fields={key: value for key, value in page.fields.items() if key != "language"})
        try:
            date = datetime.strptime(page.text("date"), self._format)
        except ValueError:
            pass
        else:
            page = page._replace(fields={**page.fields, "date": date})
        return super().describe(page, now, heading)

    def authors(self, page: Page, reader: FieldReader) -> list[str]:
        """The authors by the names that blog_authors has for them; blog_default_author where a post names none."""
        found = super().authors(page, reader)
        if not found and self._default_author:
            reader.origins["authors"] = "settings"
            found = self._default_author
        return [self._authors.get(name, name) for name in found]

    def hidden(self, page: Page) -> str | None:
        """A post without a date is a draft."""
        return super().hidden(page) or ("draft" if page.date is None else None)


def _with_directive(page: Page) -> Page:
    """A MyST page with the options of its directive `post` among its fields."""
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


def _texts(values: Any) -> list[str]:
    if isinstance(values, str):
        return [values]
    return [value for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []
