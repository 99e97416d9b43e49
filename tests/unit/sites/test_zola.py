"""The Zola profile: addresses, languages, drafts, skipped pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.sites import find_site
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile
from recommender.sites.zola import Zola

NOW = datetime(2024, 1, 1, tzinfo=UTC)
BASE = 'base_url = "https://paper.example/news"\n'
LANGUAGES = f'{BASE}default_language = "en"\n[languages.de]\n'


def profile_of(folder: Path, config: str = BASE) -> SiteProfile:
    (folder / "content/blog/unfinished").mkdir(parents=True)
    (folder / "config.toml").write_text(config)
    (folder / "content/blog/_index.md").write_text('+++\ntitle = "draft = true is no key here"\n+++\ndraft = true\n')
    (folder / "content/blog/unfinished/_index.md").write_text("+++\ndraft = true\n+++\n")
    return find_site(folder).profile


def page(where: str, **fields: Any) -> Page:
    return Page(where, {"title": "A title", **fields}, syntax="toml")


@pytest.mark.parametrize(
    ("config", "path", "fields", "address"),
    [
        ("", "blog/Hello World.md", {}, "/blog/hello-world/"),
        ("", "blog/2021-04-16-story.md", {}, "/blog/story/"),
        ("", "blog/2021-04-16T20:54:00Z_story.md", {}, "/blog/story/"),
        ("", "blog/2021-04-16.md", {}, "/blog/2021-04-16/"),
        ("", "blog/2021-04-16-trip/index.md", {}, "/blog/trip/"),
        ("", "blog/Été in München.md", {}, "/blog/ete-in-munchen/"),
        ("", "blog/日本.md", {}, "/blog/ri-ben/"),
        ("", "blog/story.md", {"slug": "Another & one"}, "/blog/another-one/"),
        ("", "blog/story.md", {"path": "2021/story"}, "/2021/story/"),
        ("", "My Notes/story.md", {}, "/My%20Notes/story/"),
        ('[slugify]\npaths = "safe"\n', "blog/Été: a trip?. .md", {}, "/blog/%C3%89t%C3%A9%20a%20trip/"),
        ('[slugify]\npaths = "off"\n', "blog/A b.md", {}, "/blog/A%20b/"),
        ("[slugify]\npaths_keep_dates = true\n", "blog/2021-04-16-story.md", {}, "/blog/2021-04-16-story/"),
    ],
)
def test_addresses(tmp_path: Path, config: str, path: str, fields: dict[str, Any], address: str) -> None:
    profile = profile_of(tmp_path, f"{BASE}{config}")
    said = profile.describe(page(f"content/{path}", **fields), NOW)
    assert said.fields["webUrl"] == f"https://paper.example/news{address}"


@pytest.mark.parametrize(
    ("path", "language", "address"),
    [
        ("blog/story.md", "en", "/blog/story/"),
        ("blog/story.de.md", "de", "/de/blog/story/"),
        ("blog/trip/index.de.md", "de", "/de/blog/trip/"),
        ("blog/version-1.2.md", "en", "/blog/version-1-2/"),
    ],
)
def test_languages(tmp_path: Path, path: str, language: str, address: str) -> None:
    fields = profile_of(tmp_path, LANGUAGES).describe(page(f"content/{path}"), NOW).fields
    assert (fields["language"], fields["webUrl"]) == (language, f"https://paper.example/news{address}")


def test_translations_share_a_key(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, LANGUAGES)
    pages = [page("content/blog/story.md"), page("content/blog/story.de.md")]
    assert {profile.describe(each, NOW).fields["translationKey"] for each in pages} == {"blog/story"}


def test_fields_in_tables(tmp_path: Path) -> None:
    tables = {"taxonomies": {"tags": ["a b", "c"]}, "extra": {"author": "Ida Sorel"}, "date": "2021-04-16"}
    said = profile_of(tmp_path).describe(page("content/blog/story.md", **tables), NOW)
    assert said.fields["topics"] == ["a b", "c"]
    assert said.fields["authors"] == ["Ida Sorel"]
    assert said.fields["publishedDateTime"] == "2021-04-16T00:00:00Z"
    assert said.origins["topics"] == "taxonomies.tags"


def test_a_date_in_the_path_field(tmp_path: Path) -> None:
    said = profile_of(tmp_path).describe(page("content/blog/story.md", path="inside/2021/4/16/story"), NOW)
    assert said.fields["publishedDateTime"] == "2021-04-16T00:00:00Z"


@pytest.mark.parametrize(
    ("path", "fields", "hidden"),
    [
        ("blog/story.md", {"draft": True}, "draft"),
        ("blog/unfinished/story.md", {}, "draft"),
        ("blog/2099-01-01-story.md", {}, None),
    ],
)
def test_hidden_pages(tmp_path: Path, path: str, fields: dict[str, Any], hidden: str | None) -> None:
    assert profile_of(tmp_path).describe(page(f"content/{path}", **fields), NOW).hidden == hidden


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("content/blog/_index.md", "not an article: section"),
        ("content/blog/_index.de.md", "not an article: section"),
        ("content/blog/old/story.md", "excluded"),
        ("content/privacy/index.md", "not an article: privacy"),
        ("content/blog/", None),
        ("content/blog/story.md", None),
        ("themes/", "not an article: themes"),
        ("notes.md", "not an article: outside the content"),
        ("README.md", "not an article: README"),
    ],
)
def test_skipped_paths(tmp_path: Path, path: str, reason: str | None) -> None:
    profile = profile_of(tmp_path, f'ignored_content = ["blog/old/*"]\n{BASE}')
    assert profile.path_skip_reason(path) == reason


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (page("content/about.md"), "not an article: page"),
        (page("content/2021-04-16-news.md"), None),
        (page("content/news.md", date="2021-04-16"), None),
        (page("content/news.md", path="2021/04/16/news"), None),
        (page("content/news.md", path="2021/44/16/news"), "not an article: page"),
        (page("content/blog/story.md", render=False), "not an article: not rendered"),
        (Page("content/blog/plain.md", {}, syntax="plain"), "no front matter"),
    ],
)
def test_pages_that_are_not_articles(tmp_path: Path, of: Page, reason: str | None) -> None:
    assert profile_of(tmp_path).page_skip_reason(of) == reason


def test_a_hugo_site_is_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "config.toml").write_text('baseURL = "https://paper.example/"\n')
    assert find_site(tmp_path).profile.generator == "hugo"


def test_the_fingerprint_covers_draft_sections(tmp_path: Path) -> None:
    before = profile_of(tmp_path).fingerprint()
    (tmp_path / "content/blog/_index.md").write_text("---\ndraft: true\n---\n")
    assert find_site(tmp_path).profile.fingerprint() != before


def test_lists_go_into_a_data_file() -> None:
    assert not Zola.field_is_allowed
    assert Zola.into in Zola.snippet_into
