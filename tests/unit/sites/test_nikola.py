from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.config import FieldSettings, SiteSettings
from recommender.sites.dates import read_date
from recommender.sites.nikola import Nikola
from recommender.sites.page import Page
from recommender.sites.profile import Description
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 1, 1, tzinfo=UTC)
FIELDS = {"title": "Title", "slug": "own", "date": "2020-05-01 09:00:00 UTC+02:00", "tags": "a, b"}
CONF = """
BLOG_TITLE = 'Blog'
SITE_URL = 'https://x.example/b/'
DEFAULT_LANG = 'en'
TRANSLATIONS = {DEFAULT_LANG: '', 'pt_br': './br'}
POSTS = (('posts/*.rst', 'blog', 'post.tmpl'), ('notes/*.md', {'en': 'n', 'pt_br': 'notas'}, 'post.tmpl'))
PAGES = (('pages/*.rst', '', 'page.tmpl'), ('posts/*.txt', '', 'page.tmpl'))
"""


def profile(folder: Path, conf: str = "", **files: str) -> Nikola:
    (folder / "conf.py").write_text(CONF + conf, encoding="utf-8")
    for name, text in files.items():
        place = folder / "posts" / name.replace("_", ".")
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return Nikola(SiteRoot(folder), SiteSettings(), FieldSettings())


def describe(asked: Nikola, path: str = "posts/x.rst", **fields: Any) -> Description:
    return asked.describe(Page(path, {**FIELDS, **fields}, syntax="comments"), NOW)


@pytest.mark.parametrize(
    ("conf", "path", "fields", "url"),
    [
        ("", "posts/x.rst", {}, "/blog/own/"),
        ("", "posts/2020/05/x.rst", {}, "/blog/2020/05/own/"),
        ("", "posts/Grüße an C++.rst", {"slug": ""}, "/blog/grusse-an-c++/"),
        ("USE_SLUGIFY = False", "posts/A b?.rst", {"slug": ""}, "/blog/A%20b-/"),
        ("PRETTY_URLS = False", "posts/x.rst", {}, "/blog/own.html"),
        ("PRETTY_URLS = False", "posts/x.rst", {"pretty_url": "True"}, "/blog/own/"),
        ("STRIP_INDEXES = False", "posts/x.rst", {}, "/blog/own/index.html"),
        ("", "posts/x.rst", {"slug": "index"}, "/blog/"),
        ("", "posts/x.rst", {"pretty_url": "no"}, "/blog/own.html"),
        ("", "notes/x.md", {}, "/n/own/"),
        ("", "notes/x.pt_br.md", {}, "/br/notas/own/"),
        ("", "posts/only.pt_br.rst", {"slug": ""}, "/br/blog/onlypt_br/"),
        ("FILE_METADATA_REGEXP = r'.*/(?P<slug>\\w+)-\\d+\\.rst'", "posts/named-3.rst", {"slug": ""}, "/blog/named/"),
    ],
)
def test_addresses(tmp_path: Path, conf: str, path: str, fields: dict[str, Any], url: str) -> None:
    assert describe(profile(tmp_path, conf), path, **fields).fields["webUrl"] == f"https://x.example/b{url}"


@pytest.mark.parametrize(
    ("conf", "evidence"),
    [
        (CONF, "conf.py has POSTS and BLOG_TITLE"),
        ("extensions = ['ablog']\n", None),
        ("print 'old'", None),
        (None, "posts/2020/x.meta has a line .. title:"),
        ("POSTS = ()\n", None),
    ],
)
def test_sites_are_recognised(tmp_path: Path, conf: str | None, evidence: str | None) -> None:
    (tmp_path / "posts" / "2020").mkdir(parents=True)
    (tmp_path / "posts" / "2020" / "x.meta").write_text(".. title: T\n.. date: 2020-01-01\n")
    if conf is not None:
        (tmp_path / "conf.py").write_text(conf)
    assert Nikola.recognise(SiteRoot(tmp_path)) == evidence


def test_without_settings_addresses_are_unknown(tmp_path: Path) -> None:
    asked = Nikola(SiteRoot(tmp_path), SiteSettings(), FieldSettings())
    assert asked.path_skip_reason("posts/2020/x.rst") is None
    assert "webUrl" not in describe(asked).fields


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("posts/", None),
        ("posts/2020/", None),
        ("posts/2020/x.rst", None),
        ("notes/x.md", None),
        ("notes/x.rst", "outside POSTS"),
        ("pages/", "not an article: page"),
        ("pages/x.rst", "not an article: page"),
        ("posts/x.txt", "not an article: page"),
        ("output/", "outside POSTS"),
        ("posts/README.rst", "not an article: README"),
    ],
)
def test_which_files_are_articles(tmp_path: Path, path: str, why: str | None) -> None:
    assert profile(tmp_path).path_skip_reason(path) == why


@pytest.mark.parametrize(
    ("conf", "fields", "hidden"),
    [
        ("", {}, None),
        ("", {"status": "draft"}, "draft"),
        ("", {"status": "private"}, "private"),
        ("", {"status": "featured"}, None),
        ("", {"tags": "a, Draft"}, "draft"),
        ("", {"tags": ["private"]}, "private"),
        ("USE_TAG_METADATA = False", {"tags": "draft"}, None),
        ("", {"date": "2031-01-01"}, "in the future"),
    ],
)
def test_hidden_posts(tmp_path: Path, conf: str, fields: dict[str, Any], hidden: str | None) -> None:
    assert describe(profile(tmp_path, conf), **fields).hidden == hidden


def test_descriptions_of_posts(tmp_path: Path) -> None:
    found = describe(profile(tmp_path, "TIMEZONE = 'Europe/Berlin'"), tags="a, mathjax", category="c", id="7").fields
    assert found["topics"] == ["a", "c"]
    assert found["publishedDateTime"] == "2020-05-01T07:00:00Z"
    assert found["language"] == "en"
    assert "id" not in found
    assert profile(tmp_path).page_skip_reason(Page("posts/x.rst", {"title": "T"})) == "not an article: no date"
    assert profile(tmp_path).page_skip_reason(Page("posts/x.rst", {})) == "not an article: no fields"


def test_a_translation_inherits_fields_of_the_original(tmp_path: Path) -> None:
    original = ".. title: T\n.. slug: the-slug\n.. date: 2020-05-01\n.. tags: a, b\n"
    profile(tmp_path, x_rst=original)
    (tmp_path / "posts" / "x.pt_br.rst").write_text(".. title: Em português\n")
    asked = profile(tmp_path)
    page = Page("posts/x.pt_br.rst", {"title": "Em português"}, syntax="comments")
    found = asked.describe(page, NOW).fields
    assert found["webUrl"] == "https://x.example/b/br/blog/the-slug/"
    assert (found["title"], found["topics"], found["language"]) == ("Em português", ["a", "b"], "pt-br")
    assert found["translationKey"] == describe(asked).fields["translationKey"] == "posts/x"
    before = asked.fingerprint()
    (tmp_path / "posts" / "x.pt_br.rst").write_text(".. title: Em português\n.. status: draft\n")
    asked = profile(tmp_path)
    assert describe(asked).hidden == "draft"
    assert asked.fingerprint() != before


def test_dates_with_a_named_zone() -> None:
    for text, moment in [
        ("2023-01-04 09:00:00 UTC+01:00", "2023-01-04T09:00:00+01:00"),
        ("2023-01-04 09:00 UTC-0330", "2023-01-04T09:00:00-03:30"),
        ("2023-01-04 09:00:00 UTC", "2023-01-04T09:00:00+00:00"),
        ("2023-07-04 09:00 Europe/Berlin", "2023-07-04T09:00:00+02:00"),
        ("2023/07/04 09:00 America/Argentina/Buenos_Aires", "2023-07-04T09:00:00-03:00"),
    ]:
        found = read_date(text)
        assert found is not None, text
        assert found.isoformat() == moment, text


@pytest.mark.parametrize("text", ["2023-01-04 09:00 Nowhere/Town", "2023-01-04T09:00Z UTC+01:00", "7 Europe/Berlin"])
def test_an_unknown_zone_is_not_a_date(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        read_date(text)
