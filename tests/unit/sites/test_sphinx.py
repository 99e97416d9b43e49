from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.config import FieldSettings, SiteSettings
from recommender.sites.page import Page
from recommender.sites.root import SiteRoot
from recommender.sites.sphinx import ABlog, Sphinx

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CONF = "extensions = ['ablog']\nhtml_baseurl = 'https://x.example/b/'\n"


def profile(folder: Path, conf: str = "", kind: type[Sphinx] = ABlog, name: str = "conf.py") -> Sphinx:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(CONF + conf, encoding="utf-8")
    return kind(SiteRoot(folder), SiteSettings(), FieldSettings())


@pytest.mark.parametrize(
    ("conf", "url"),
    [
        ("", "https://x.example/b/a/b.html"),
        ("html_file_suffix = '.htm'", "https://x.example/b/a/b.htm"),
        ("html_link_suffix = '/'", "https://x.example/b/a/b/"),
        ("blog_baseurl = 'https://blog.example'", "https://blog.example/a/b.html"),
    ],
)
def test_addresses(tmp_path: Path, conf: str, url: str) -> None:
    assert profile(tmp_path, conf).describe(Page("a/b.rst", {}), NOW).fields["webUrl"] == url


def test_sources_are_beside_the_settings(tmp_path: Path) -> None:
    asked = profile(tmp_path, name="source/conf.py")
    assert asked.describe(Page("source/a.rst", {}), NOW).fields["webUrl"] == "https://x.example/b/a.html"
    assert [asked.path_skip_reason(path) for path in ("source/", "source/a.rst")] == [None, None]
    assert asked.path_skip_reason("build/") == asked.path_skip_reason("a.rst") == "outside source"


def test_without_a_base_no_address_is_returned(tmp_path: Path) -> None:
    asked = profile(tmp_path, "html_baseurl = ''\n")
    assert "webUrl" not in asked.describe(Page("a.rst", {}), NOW).fields


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"conf.py": "extensions = ['ablog', run()]"}, ABlog),
        ({"conf.py": "extensions = ['ablog.post']"}, ABlog),
        ({"conf.py": "project = 'P'", "index.rst": ""}, Sphinx),
        ({"conf.py": "extensions = []\nmaster_doc = 'contents'", "contents.md": ""}, Sphinx),
        ({"source/conf.py": "extensions = []", "source/index.rst": ""}, Sphinx),
        ({"conf.py": "project = 'P'"}, None),
        ({"conf.py": "POSTS = ()\nBLOG_TITLE = 'B'\nproject = 'P'", "index.rst": ""}, None),
        ({"index.rst": ""}, None),
    ],
)
def test_sites_are_recognised(tmp_path: Path, files: dict[str, str], kind: type[Sphinx] | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = [each for each in (ABlog, Sphinx) if each.recognise(SiteRoot(tmp_path))]
    assert found[:1] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a/", None),
        ("a/b.rst", None),
        ("a/license.rst", None),
        ("license.rst", "not an article: license"),
        ("index.rst", "not an article: home page"),
        ("a/index.rst", None),
        ("genindex.rst", "not an article: genindex"),
        ("_build/", "not an article: _build"),
        ("_templates/", "not an article: _templates"),
        ("old/", "in exclude_patterns"),
        ("old/x.rst", "in exclude_patterns"),
        ("a/x.tmp.rst", "in exclude_patterns"),
    ],
)
def test_which_files_are_articles(tmp_path: Path, path: str, why: str | None) -> None:
    assert profile(tmp_path, "exclude_patterns = ['old', 'old/**', '**/*.tmp.rst']").path_skip_reason(path) == why


@pytest.mark.parametrize(
    ("page", "is_post"),
    [
        (Page("a.rst", {"title": "T", "date": "2020-01-01", "tags": "a"}, syntax="rst"), True),
        (Page("a.rst", {"title": "T", "post": ""}, syntax="rst"), True),
        (Page("a.rst", {"title": "T"}, syntax="rst"), False),
        (Page("a.md", {"blogpost": True}), True),
        (Page("a.md", {"date": "2020-01-01"}), False),
        (Page("a.md", {}, "# T\n\n```{post} 2020-01-01\n```\n", "plain"), True),
        (Page("posts/deep/a.md", {}), True),
    ],
)
def test_posts_of_a_blog(tmp_path: Path, page: Page, is_post: bool) -> None:
    assert profile(tmp_path, "blog_post_pattern = 'posts/*/*'").page_skip_reason(page) == (
        None if is_post else "not an article: page"
    )
    assert profile(tmp_path, kind=Sphinx).page_skip_reason(page) is None


def test_a_document_without_a_title_is_not_an_article(tmp_path: Path) -> None:
    assert (
        profile(tmp_path, kind=Sphinx).page_skip_reason(Page("a.rst", {}, ".. meta::\n", "rst"))
        == "not an article: no title"
    )


@pytest.mark.parametrize(("name", "language"), [("de", "de"), ("pt_BR", "pt-BR"), ("English", "fr"), ("", "fr")])
def test_a_language_name_is_not_a_code(tmp_path: Path, name: str, language: str) -> None:
    fields = {"language": name, "date": "2020-01-01"}
    found = profile(tmp_path, "language = 'fr'").describe(Page("a.rst", fields, syntax="rst"), NOW)
    assert found.fields["language"] == language


@pytest.mark.parametrize(
    ("conf", "fields", "date", "hidden"),
    [
        ("", {"date": "Jan 5, 2020"}, "2020-01-05T00:00:00Z", None),
        ("", {"date": "05 January 2020"}, "2020-01-05T00:00:00Z", None),
        ("post_date_format = '%d/%m/%Y'", {"date": "05/06/2020"}, "2020-06-05T00:00:00Z", None),
        ("", {"post": ""}, None, "draft"),
        ("", {"date": "2030-01-01"}, "2030-01-01T00:00:00Z", "in the future"),
    ],
)
def test_dates(tmp_path: Path, conf: str, fields: dict[str, str], date: str | None, hidden: str | None) -> None:
    found = profile(tmp_path, conf).describe(Page("a.rst", fields, syntax="rst"), NOW)
    assert (found.fields.get("publishedDateTime"), found.hidden) == (date, hidden)


def test_a_directive_of_myst_is_read(tmp_path: Path) -> None:
    body = "# T\n\n:::{post} Jan 5, 2020\n:tags: a, b\n:author: jo\n:::\n\nText\n"
    conf = "blog_authors = {'jo': ('Jo Roe', None), 'x': 3}\nblog_default_author = 'jo'\n"
    found = profile(tmp_path, conf).describe(Page("a.md", {}, body, "plain"), NOW)
    fields: dict[str, Any] = found.fields
    assert fields["publishedDateTime"] == "2020-01-05T00:00:00Z"
    assert (fields["topics"], fields["authors"]) == (["a", "b"], ["Jo Roe"])
    default = profile(tmp_path, conf).describe(Page("a.rst", {"date": "2020-01-01"}), NOW)
    assert (default.fields["authors"], default.origins["authors"]) == (["Jo Roe"], "settings")
