from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.config import FieldSettings, SiteSettings
from recommender.sites.page import Page
from recommender.sites.pelican.meta_tags import read_meta_tags
from recommender.sites.pelican.profile import Pelican
from recommender.sites.profile import Description
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 1, 1, tzinfo=UTC)
FIELDS = {"title": "Über uns & C++", "date": "2020-05-01"}


def profile(
    folder: Path, conf: str | None = "PATH = 'content'\nSITEURL = 'https://x.example/b'\n", **more: str
) -> Pelican:
    for name, text in {**({} if conf is None else {"pelicanconf": conf}), **more}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return Pelican(SiteRoot(folder), SiteSettings(), FieldSettings())


def describe(asked: Pelican, path: str = "content/a/x.md", **fields: Any) -> Description:
    return asked.describe(Page(path, {**FIELDS, **fields}, syntax="headers"), NOW)


@pytest.mark.parametrize(
    ("conf", "path", "fields", "url"),
    [
        ("", "x.md", {}, "/uber-uns-c.html"),
        ("ARTICLE_URL = '{date:%Y}/{slug}/'", "x.md", {}, "/2020/uber-uns-c/"),
        ("ARTICLE_URL = '{category}/{author}'", "a/x.md", {"authors": "Roe, Jo; Doe"}, "/a/roe-jo"),
        ("ARTICLE_URL = '{category}/{author}'\nAUTHOR = 'Me'", "x.md", {}, "/misc/me"),
        ("ARTICLE_URL = '{path}/{mood}'", "x.md", {"mood": "fine"}, "/x.md/fine"),
        ("ARTICLE_URL = '{nothing}'", "x.md", {}, None),
        ("ARTICLE_URL = '{date:%Y'", "x.md", {}, None),
        ("FILENAME_METADATA = '('\nDEFAULT_LANG = 7\nARTICLE_PATHS = 'x'", "x.md", {}, "/uber-uns-c.html"),
        ("FILENAME_METADATA = '(?P<date>.*)'", "x.md", {"date": ""}, "/uber-uns-c.html"),
        ("EXTRA_PATH_METADATA = {'a': 7}", "a/x.md", {}, "/uber-uns-c.html"),
        ("ARTICLE_URL = '{slug.upper}{date!r}'", "x.md", {}, None),
        ("SLUGIFY_SOURCE = 'basename'", "Big File.md", {}, "/big-file.html"),
        ("SLUGIFY_USE_UNICODE = True", "x.md", {}, "/%C3%BCber-uns-c.html"),
        (
            "SLUG_REGEX_SUBSTITUTIONS = [(r'C\\+\\+', 'cpp'), ('[^a-z]+', '-'), ('(', 'x'), 3]",
            "x.md",
            {},
            "/uber-uns-cpp.html",
        ),
        ("", "x.md", {"slug": "mine"}, "/mine.html"),
        ("", "x.md", {"url": "/any/where.html"}, "/any/where.html"),
        ("", "x.md", {"lang": "de"}, "/uber-uns-c-de.html"),
        ("DEFAULT_LANG = 'de'", "x.md", {"lang": "de"}, "/uber-uns-c.html"),
        ("ARTICLE_LANG_URL = '{lang}/{slug}'", "x.md", {"lang": "de"}, "/de/uber-uns-c"),
        ("FILENAME_METADATA = r'(?P<date>\\d+-\\d+-\\d+)_(?P<slug>.*)'", "2020-05-01_own.md", {}, "/own.html"),
        ("PATH_METADATA = '(?P<slug>.*)/x'", "deep/in/x.md", {}, "/deep/in.html"),
        ("EXTRA_PATH_METADATA = {'a': {'slug': 'of-a'}}", "a/x.md", {}, "/of-a.html"),
        ("DEFAULT_METADATA = {'lang': 'fr'}", "x.md", {}, "/uber-uns-c-fr.html"),
    ],
)
def test_addresses(tmp_path: Path, conf: str, path: str, fields: dict[str, Any], url: str | None) -> None:
    asked = profile(tmp_path, f"PATH = 'content'\nSITEURL = 'https://x.example/b/'\n{conf}\n")
    found = describe(asked, f"content/{path}", **fields).fields
    assert found.get("webUrl") == (None if url is None else f"https://x.example/b{url}")


def test_publishconf_overrides_pelicanconf(tmp_path: Path) -> None:
    asked = profile(
        tmp_path, "SITEURL = ''\nPATH = 'x'\n", publishconf="from pelicanconf import *\nSITEURL = 'https://p'\n"
    )
    assert asked.base == "https://p"
    assert asked.path_skip_reason("x/a.md") is None


def test_without_settings_addresses_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "content" / "a").mkdir(parents=True)
    (tmp_path / "content" / "a" / "x.md").write_text("Title: T\nDate: 2020-01-01\n\nText\n")
    assert Pelican.recognise(SiteRoot(tmp_path)) == "content/a/x.md begins with Title and Date"
    assert "webUrl" not in describe(profile(tmp_path, None)).fields


@pytest.mark.parametrize(
    ("files", "evidence"),
    [
        ({"pelicanconf.py": ""}, "pelicanconf.py"),
        ({"settings.py": "SITENAME = 'S'"}, "settings.py"),
        ({"conf.py": "project = 'SITENAME'"}, None),
        ({"publishconf.py": ""}, "publishconf.py"),
        ({"content/x.md": "# Text\n"}, None),
        ({"content/x.md": "Title: T\nDate: 2020-01-01\n", "mkdocs.yml": ""}, None),
    ],
)
def test_sites_are_recognised(tmp_path: Path, files: dict[str, str], evidence: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert Pelican.recognise(SiteRoot(tmp_path)) == evidence


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("content/", None),
        ("content/a/", None),
        ("content/a/x.md", None),
        ("output/", "outside content"),
        ("x.md", "outside content"),
        ("content/pages/", "not an article: page"),
        ("content/pages/x.md", "not an article: page"),
        ("content/old/x.md", "in ARTICLE_EXCLUDES"),
        ("content/b/", "outside ARTICLE_PATHS"),
        ("content/a/tmp.md", "in IGNORE_FILES"),
        ("content/a/README.md", "not an article: README"),
    ],
)
def test_which_files_are_articles(tmp_path: Path, path: str, why: str | None) -> None:
    conf = "PATH='content'\nARTICLE_PATHS=['a', 'old']\nARTICLE_EXCLUDES=['old']\nIGNORE_FILES=['tmp*']\n"
    assert profile(tmp_path, conf).path_skip_reason(path) == why


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"title": "T", "date": "2020"}, None),
        ({"title": "T", "status": "Draft"}, None),
        ({"title": "T"}, "not an article: no date"),
        ({"date": "2020-01-01"}, "not an article: no title"),
    ],
)
def test_a_file_without_title_or_date_is_not_an_article(
    tmp_path: Path, fields: dict[str, str], why: str | None
) -> None:
    assert profile(tmp_path).page_skip_reason(Page("content/x.md", fields)) == why


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [({"status": "hidden"}, "hidden"), ({"status": "Skip"}, "skip"), ({"status": "ready"}, "status ready"), ({}, None)],
)
def test_a_status_hides_a_page(tmp_path: Path, fields: dict[str, str], hidden: str | None) -> None:
    assert describe(profile(tmp_path), **fields).hidden == hidden


def test_descriptions_of_pages(tmp_path: Path) -> None:
    conf = "PATH='content'\nTIMEZONE='Europe/Berlin'\nAUTHOR='The paper'\n"
    found = describe(profile(tmp_path, conf), "content/rail/2020-05-01-x.md", date="", tags="a, b; c", summary="Short.")
    assert found.fields["topics"] == ["a, b", "c", "rail"]
    assert found.fields["authors"] == ["The paper"]
    assert found.fields["publishedDateTime"] == "2020-04-30T22:00:00Z"
    assert found.fields["excerpt"] == "Short."
    assert found.fields["language"] == "en"
    assert found.fields["translationKey"] == "uber-uns-c"
    assert found.origins["published"] == "file name"
    (tmp_path / "more").mkdir()
    several = profile(tmp_path / "more", "ARTICLE_TRANSLATION_ID = ('slug', 'mood')\n")
    assert describe(several, mood="fine").fields["translationKey"] == "uber-uns-c/fine"
    assert "translationKey" not in describe(several).fields
    assert describe(profile(tmp_path, conf), authors="Roe, Jo; Doe").fields["authors"] == ["Roe, Jo", "Doe"]


@pytest.mark.parametrize(
    ("default", "date"), [("'fs'", None), ("(2019, 3, 4)", "2019-03-04T00:00:00Z"), ("(99,)", None)]
)
def test_the_default_date(tmp_path: Path, default: str, date: str | None) -> None:
    asked = profile(tmp_path, f"PATH='content'\nDEFAULT_DATE = {default}\n")
    assert describe(asked, "content/x.md", date="").fields.get("publishedDateTime") == date


def test_fields_of_html_are_in_meta_tags(tmp_path: Path) -> None:
    text = (
        "<html><head><title>A &amp; B</title><meta name='keywords' content=\"a > b, c\" />"
        '<meta content="2020-01-02" name="date"><meta charset=utf-8></head><body>'
        '<meta name="x" content="y"></body></html>'
    )
    assert read_meta_tags(text) == {"title": "A & B", "tags": "a > b, c", "date": "2020-01-02"}
    assert read_meta_tags("no head") == {}
    page = Page("content/x.html", profile(tmp_path).fields_of_html(text), "", "plain")
    assert profile(tmp_path).page_skip_reason(page) is None
    assert profile(tmp_path).describe(page, NOW).fields["topics"] == ["a > b", "c"]
