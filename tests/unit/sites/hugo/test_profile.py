"""The Hugo profile: permalinks, bundles, sections, languages, cascades, dates, skipped pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from support.pages import NOW, address_of, describe, profile_of, skipped

from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile

BASE = "https://paper.example/news/"
POST = "content/post/sub/Night train_2.0.md"
DATED = {"title": "Été & C++", "date": "2021-04-06T23:30:00-05:00"}


def site_of(folder: Path, config: dict[str, Any] | None = None, files: dict[str, str] | None = None) -> SiteProfile:
    shared = {"baseURL": BASE, **(config or {})}
    return profile_of(folder, {"content/post/_index.md": "", "hugo.yaml": yaml.safe_dump(shared), **(files or {})})


def below(profile: SiteProfile, path: str, fields: dict[str, Any] | None = None) -> str | None:
    address = address_of(profile, path, fields)
    return None if address is None else address.removeprefix(BASE.rstrip("/"))


@pytest.mark.parametrize(
    ("config", "fields", "address"),
    [
        ({}, {}, "/post/sub/night-train_2.0/"),
        ({"disablePathToLower": True}, {}, "/post/sub/Night-train_2.0/"),
        ({"uglyURLs": True}, {}, "/post/sub/night-train_2.0.html"),
        ({"uglyURLs": {"post": True}}, {}, "/post/sub/night-train_2.0.html"),
        ({"uglyURLs": {"other": True}}, {}, "/post/sub/night-train_2.0/"),
        ({}, {"slug": "-A slug!-"}, "/post/sub/a-slug/"),
        ({}, {"slug": 7}, "/post/sub/7/"),
        ({}, {"Slug": "x"}, "/post/sub/x/"),
        ({}, {"url": "/own/Place"}, "/own/Place/"),
        ({}, {"url": "own/place.html"}, "/own/place.html"),
        ({}, {"url": "/own/index.html"}, "/own/"),
        ({}, {"url": "/:year/:slug/", "slug": "x"}, "/2021/x/"),
        ({}, {"url": r"/x\:y/:slugorcontentbasename/"}, "/x:y/night-train_2.0/"),
        ({}, {"url": "/a:b/"}, "/a:b/"),
        ({"permalinks": {"post": "/:year/:month/:day/:slug"}}, {}, "/2021/04/06/%C3%A9t%C3%A9-c/"),
        ({"permalinks": {"post": "/:year/:slug"}, "removePathAccents": True}, {}, "/2021/ete-c/"),
        (
            {"permalinks": {"page": {"post": "/:monthname/:yearday/:weekday/:filename/"}}},
            {},
            "/april/96/2/night-train_2.0/",
        ),
        ({"permalinks": {"post": "/:weekdayname/:06-:1-:2/:contentbasename"}}, {}, "/tuesday/21-4-6/night-train_2.0/"),
        ({"permalinks": {"post": "/:section/:sections/:slugorfilename"}}, {}, "/post/post/night-train_2.0/"),
        ({"permalinks": {"post": "/:nothing/"}}, {}, None),
        ({"permalinks": {"post/sub": "/deep/:slug/", "post": "/no/:slug/"}}, {"slug": "s"}, "/deep/s/"),
        ({"permalinks": {"/": "/no/:slug/", "other": "/no/:slug/"}}, {"slug": "s"}, "/post/sub/s/"),
        ({"permalinks": [{"pattern": "/r/:slug/", "target": {"path": "/post/**"}}]}, {"slug": "s"}, "/r/s/"),
        ({"permalinks": [{"pattern": "/r/:slug/", "target": {"kind": "{page,term}"}}, 7]}, {"slug": "s"}, "/r/s/"),
        ({"permalinks": [{"pattern": "/r/:slug/", "target": {"kind": "section"}}, 7]}, {"slug": "s"}, "/post/sub/s/"),
    ],
)
def test_addresses(tmp_path: Path, config: dict[str, Any], fields: dict[str, Any], address: str | None) -> None:
    assert below(site_of(tmp_path, config), POST, {**DATED, **fields}) == address


@pytest.mark.parametrize(
    ("pattern", "address"),
    [
        ("/:sections/:slug/", "/post/city/2020/s/"),
        ("/:sections[1:]/:slug/", "/city/2020/s/"),
        ("/:sections[:1]/:slug/", "/post/s/"),
        ("/:sections[1]/:slug/", "/city/s/"),
        ("/:sections[last]/:slug/", "/2020/s/"),
        ("/:sections[:last]/:slug/", "/post/city/s/"),
        ("/:sections[7]/:slug/", "/s/"),
    ],
)
def test_sections(tmp_path: Path, pattern: str, address: str) -> None:
    files = {"content/post/city/_index.md": "", "content/post/city/2020/_index.md": ""}
    profile = site_of(tmp_path, {"permalinks": {"post": pattern}}, files)
    assert below(profile, "content/post/city/2020/none/a.md", {"slug": "s"}) == address


def test_bundles(tmp_path: Path) -> None:
    profile = site_of(tmp_path, files={"content/post/Trip/index.md": "", "content/post/Trip/notes.md": ""})
    assert below(profile, "content/post/Trip/index.md") == "/post/trip/"
    assert skipped(profile, "content/post/Trip/notes.md") == "not an article: page resource"
    assert skipped(profile, "content/post/Trip/inner/") == "not an article: page resource"
    assert describe(profile, "content/post/Trip/index.md").fields["title"] == "Trip"


@pytest.mark.parametrize(
    ("path", "fields", "reason"),
    [
        ("content/post/_index.md", {}, "not an article: section"),
        ("content/about.md", {"lastmod": "2021-01-01"}, "not an article: page"),
        ("content/news.md", {"date": "2021-01-01"}, None),
        ("content/2021-01-01-news.md", {}, None),
        ("content/post/privacy.md", {}, "not an article: privacy"),
        ("content/post/a.md", {"draft": True}, "draft"),
        ("content/post/a.md", {"Draft": True}, "draft"),
        ("content/post/a.md", {"published": False}, "draft"),
        ("content/post/a.md", {"date": "2099-01-01"}, "in the future"),
        ("content/post/a.md", {"date": "2021-01-01", "publishDate": "2099-01-01"}, "in the future"),
        ("content/post/a.md", {"date": "2099-01-01", "publishDate": "2021-01-01"}, None),
        ("content/post/a.md", {"expiryDate": "2021-01-01"}, "expired"),
        ("content/post/a.md", {"unpublishdate": "2099-01-01"}, None),
        ("content/post/a.md", {"_build": {"render": "never"}}, "not an article: headless"),
        ("content/post/a.md", {"build": {"render": False}}, "not an article: headless"),
        ("content/post/a.md", {"build": {"list": "never"}}, "unlisted"),
        ("content/post/a.md", {"headless": True}, None),
        ("content/post/a/index.md", {"headless": True}, "not an article: headless"),
        ("content/post/old.bak.md", {}, "excluded"),
        ("layouts/a.html", {}, "not an article: layouts"),
        ("README.md", {}, "not an article: README"),
        ("notes.md", {}, "not an article: outside the content"),
    ],
)
def test_files_and_pages_that_are_not_articles(
    tmp_path: Path, path: str, fields: dict[str, Any], reason: str | None
) -> None:
    profile = site_of(tmp_path, {"ignoreFiles": [r"\.bak\.", "("]}, {"content/post/a/index.md": ""})
    assert skipped(profile, path, fields) == reason


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({"buildDrafts": True}, {"draft": True}),
        ({"buildFuture": True}, {"date": "2099-01-01"}),
        ({"buildExpired": True}, {"expiryDate": "2021-01-01"}),
    ],
)
def test_settings_that_show_hidden_pages(tmp_path: Path, config: dict[str, Any], fields: dict[str, Any]) -> None:
    assert skipped(site_of(tmp_path, config), "content/post/a.md", fields) is None


def test_a_page_with_a_listing_layout_and_no_text_is_not_an_article(tmp_path: Path) -> None:
    profile = site_of(tmp_path)
    for fields in ({"layout": "search"}, {"type": "archives", "date": "2021-01-01"}):
        assert skipped(profile, "content/post/a.md", fields, "\n") == "not an article: listing"
        assert skipped(profile, "content/post/a.md", fields) is None


def test_pages_without_front_matter(tmp_path: Path) -> None:
    profile = site_of(tmp_path)
    assert profile.page_skip_reason(Page("content/post/a.html", {}, "<p>", "plain")) == "no front matter"
    assert profile.page_skip_reason(Page("content/post/a.md", {}, "Text", "plain")) is None
    said = profile.describe(Page("content/post/a.md", {"title": "Text to Hugo"}, "", "headers"), NOW)
    assert said.fields["title"] == "A"


@pytest.mark.parametrize(
    ("config", "name", "fields", "date", "address"),
    [
        ([":filename", ":default"], "2021-04-06-a b.md", {"date": "2020-01-01"}, "2021-04-06T00:00:00Z", "/2021/a-b/"),
        ([":default", ":filename"], "2021-04-06-a.md", {"date": "2020-01-01"}, "2020-01-01T00:00:00Z", "/2020/a/"),
        ([":git", "when"], "a.md", {"when": "2019-02-03", "title": "T"}, "2019-02-03T00:00:00Z", "/2019/t/"),
        (["publishdate"], "a.md", {"pubdate": "2019-02-03", "title": "T"}, "2019-02-03T00:00:00Z", "/2019/t/"),
        ("date", "a.md", {"date": "soon", "title": "T"}, None, "/1/t/"),
        (7, "a.md", {"lastmod": "2018-01-01", "title": "T"}, None, "/2018/t/"),
    ],
)
def test_dates(tmp_path: Path, config: Any, name: str, fields: dict[str, Any], date: str | None, address: str) -> None:
    profile = site_of(tmp_path, {"frontmatter": {"date": config}, "permalinks": {"post": "/:year/:slug/"}})
    said = profile.describe(Page(f"content/post/{name}", fields), NOW).fields
    assert said["webUrl"] == f"{BASE.rstrip('/')}{address}"
    if date is not None:
        assert said["publishedDateTime"] == date


@pytest.mark.parametrize(
    ("section", "config", "path", "hidden"),
    [
        ({"cascade": {"draft": True}}, {}, "content/post/a.md", "draft"),
        ({"cascade": {"draft": True}}, {}, "content/post/sub/a.md", "draft"),
        ({"cascade": {"draft": True}}, {}, "content/other/a.md", None),
        ({"cascade": [{"_target": {"path": "/post/x*"}, "draft": True}]}, {}, "content/post/a.md", None),
        ({"cascade": [{"target": {"path": "/post/{a,b}"}, "draft": True}]}, {}, "content/post/a.md", "draft"),
        ({"cascade": [{"_target": {"kind": "section"}, "draft": True}]}, {}, "content/post/a.md", None),
        ({"cascade": [{"_target": {"lang": "de"}, "draft": True}]}, {}, "content/post/a.md", None),
        ({"cascade": {"draft": False}}, {"cascade": {"draft": True}}, "content/post/a.md", None),
        ({}, {"cascade": {"draft": True}}, "content/post/a.md", "draft"),
        ({}, {"cascade": {"draft": True}}, "content/shown.md", None),
    ],
)
def test_cascades(
    tmp_path: Path, section: dict[str, Any], config: dict[str, Any], path: str, hidden: str | None
) -> None:
    index = f"---\n{yaml.safe_dump(section)}---\n"
    profile = site_of(tmp_path, config, {"content/post/_index.md": index})
    fields = {"draft": False, "date": "2021-01-01"} if "shown" in path else {}
    assert skipped(profile, path, fields) == hidden


@pytest.mark.parametrize("text", ["+++\n[cascade]\ndraft = true\n+++\n", '{"cascade": {"draft": true}}\ntext'])
def test_cascades_in_any_syntax(tmp_path: Path, text: str) -> None:
    before = site_of(tmp_path).fingerprint()
    profile = site_of(tmp_path, files={"content/post/_index.md": text})
    assert skipped(profile, "content/post/a.md") == "draft"
    assert profile.fingerprint() != before


LANGUAGES = {"de": {"weight": 2}, "en": {"weight": 1}, "fr": {"disabled": True}}


@pytest.mark.parametrize(
    ("config", "path", "fields", "language", "address"),
    [
        ({}, "post/a.md", {}, "en", "/post/a/"),
        ({}, "post/a.de.md", {}, "de", "/de/post/a/"),
        ({}, "post/b/index.de.md", {}, "de", "/de/post/b/"),
        ({}, "post/a.it.md", {}, "en", "/post/a.it/"),
        ({}, "post/a.de.md", {"url": "/x/"}, "de", "/x/"),
        ({}, "post/a.de.md", {"url": "x/"}, "de", "/de/x/"),
        ({"defaultContentLanguageInSubdir": True}, "post/a.md", {}, "en", "/en/post/a/"),
        ({"defaultContentLanguage": "de"}, "post/a.de.md", {}, "de", "/post/a/"),
        ({"disableLanguages": ["de"]}, "post/a.md", {}, None, "/post/a/"),
    ],
)
def test_languages(
    tmp_path: Path, config: dict[str, Any], path: str, fields: dict[str, Any], language: str | None, address: str
) -> None:
    profile = site_of(tmp_path, {"languages": LANGUAGES, **config})
    assert below(profile, f"content/{path}", fields) == address
    assert describe(profile, f"content/{path}", fields).fields.get("language") == language


def test_translations_and_disabled_languages(tmp_path: Path) -> None:
    profile = site_of(tmp_path, {"languages": LANGUAGES})
    keys = [describe(profile, f"content/post/{name}").fields["translationKey"] for name in ("A.md", "a.de.md")]
    assert keys == ["post/a", "post/a"]
    said = describe(profile, "content/post/a.de.md", {"translationKey": "own"}).fields
    assert said["translationKey"] == "own"
    assert skipped(profile, "content/post/a.fr.md") == "disabled language"


def test_languages_in_folders_and_on_their_own_hosts(tmp_path: Path) -> None:
    config = {
        "languages": {
            "en": {"contentDir": "content/en", "baseURL": "https://paper.example/en"},
            "de": {"contentDir": "content/de", "baseURL": "https://zeitung.example/", "permalinks": {"p": "/x/:slug/"}},
        }
    }
    profile = site_of(tmp_path, config, {"content/en/p/a.md": "", "content/de/p/a.md": ""})
    assert address_of(profile, "content/en/p/a.md") == "https://paper.example/en/p/a/"
    assert address_of(profile, "content/de/p/a.md", {"slug": "s"}) == "https://zeitung.example/x/s/"
    assert skipped(profile, "content/post/a.md") == "not an article: post"
    assert '(index (dict "de" "content/de/" "en" "content/en/") $.Language.Lang)' in profile.snippet_into


def test_mounts(tmp_path: Path) -> None:
    mounts = [
        {"source": "texts", "target": "content/blog", "lang": "en"},
        {"source": "assets", "target": "assets"},
        {"source": "gone", "target": "content"},
    ]
    profile = site_of(tmp_path, {"module": {"mounts": mounts}}, {"texts/a.md": ""})
    assert below(profile, "texts/a.md") == "/blog/a/"
    assert skipped(profile, "content/post/a.md") == "not an article: content"
    assert 'printf "texts/%s"' in profile.snippet_into


@pytest.mark.parametrize(
    "files",
    [
        {"hugo.toml": 'baseURL = "https://paper.example/news"\n[permalinks]\npost = "/x/:filename/"'},
        {"config.json": '{"baseurl": "https://paper.example/news/", "permalinks": {"post": "/x/:filename/"}}'},
        {
            "config/_default/hugo.toml": 'baseURL = "https://wrong.example"\n[permalinks]\npost = "/no/"',
            "config/_default/permalinks.yaml": "post: /x/:filename/",
            "config/production/config.yml": "baseURL: https://paper.example/news",
            "config/_default/notes.txt": "no settings",
        },
        {
            "config/_default/config.yaml": "baseURL: https://paper.example/news",
            "config/_default/languages.en.toml": "weight = 1",
            "config/_default/permalinks.en.toml": 'post = "/x/:filename/"',
        },
    ],
)
def test_configurations(tmp_path: Path, files: dict[str, str]) -> None:
    profile = profile_of(tmp_path, {**files, "content/post/a.md": ""})
    assert profile.generator == "hugo"
    assert address_of(profile, "content/post/a.md") == f"{BASE}x/a/"


@pytest.mark.parametrize("config", ["title: any program's", "baseURL: /"])
def test_a_config_file_alone_is_not_a_site(tmp_path: Path, config: str) -> None:
    assert profile_of(tmp_path, {"config.yaml": config}).generator == "markdown"


def test_versions_that_sanitise_urls(tmp_path: Path) -> None:
    files = {"netlify.toml": '[context.production.environment]\nHUGO_VERSION = "0.111.3"\n'}
    profile = site_of(tmp_path, files=files)
    assert below(profile, "content/post/a.md", {"url": "/Über uns/:year/"}) == "/%C3%BCber-uns/year/"
    files = {"netlify.toml": "", ".github/workflows/a.yml": "hugo-version: '0.140.0'"}
    assert below(site_of(tmp_path, files=files), "content/post/a.md", {"url": "/Up/"}) == "/Up/"
