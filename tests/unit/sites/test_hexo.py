"""The Hexo profile: settings and posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.pages import address_of, describe, profile_of, skipped

from recommender.sites.hexo import Hexo, slugize

CONFIG = "url: https://x.example/b\nroot: /b/\nsource_dir: source\nlanguage: [zh-CN, en]\ntimezone: Asia/Shanghai\n"
POST = "source/_posts/2021/My Post.md"
FIELDS = {"title": "Über uns", "date": "2021-02-03 01:30:09", "categories": ["Web Dev", "CSS"], "id": 7}


@pytest.mark.parametrize(
    ("files", "evidence"),
    [
        ({"package.json": '{"dependencies": {"hexo": "^8"}}'}, "package.json needs hexo"),
        ({"_config.yml": "new_post_name: x"}, "_config.yml sets new_post_name"),
        ({"_config.yml": "skip_render:", "source/_posts/a.md": "a"}, "_config.yml sets skip_render"),
        ({"source/_posts/a.md": "a"}, "source/_posts"),
    ],
)
def test_recognises_its_settings(tmp_path: Path, files: dict[str, str], evidence: str) -> None:
    profile = profile_of(tmp_path, files)
    assert isinstance(profile, Hexo)
    assert profile.evidence == evidence


def test_a_jekyll_site_is_not_recognised(tmp_path: Path) -> None:
    assert not isinstance(profile_of(tmp_path, {"_config.yml": "permalink: /:year/:title/", "_posts/a.md": "a"}), Hexo)


@pytest.mark.parametrize(
    ("settings", "fields", "address"),
    [
        ("", {}, "2021/02/03/2021/My%20Post/"),
        ("permalink: :year-:i_month-:i_day/:hour:minute:second/:name.html", {}, "2021-2-3/013009/My%20Post.html"),
        ("permalink: :category/:post_title/", {}, "Web-Dev/CSS/uber-uns/"),
        (
            "permalink: :category/:post_title/\nfilename_case: 1\ncategory_map: {CSS: style}",
            {},
            "web-dev/style/uber-uns/",
        ),
        ("permalink: :category/:id.html", {"categories": [["A"], ["B", "C"]]}, "B/C/7.html"),
        ("permalink: :category/:id.html", {"categories": None}, "uncategorized/7.html"),
        ("permalink: :lang/:id/\npermalink_defaults: {lang: en}", {}, "en/7/"),
        ("permalink: p/:abbrlink.html", {"abbrlink": "ab12"}, "p/ab12.html"),
        ("permalink: p/:abbrlink.html", {}, None),
        ("permalink: :hash/", {}, "ec26f93efbbf/"),
        ("permalink: :year/:title/", {"date": "2021-01-01T02:00:00+08:00"}, "2020/2021/My%20Post/"),
        ("permalink: :title/index.html\npretty_urls: {trailing_index: false}", {}, "2021/My%20Post/"),
        ("permalink: :title.html\npretty_urls: {trailing_html: false}", {}, "2021/My%20Post"),
        ("permalink: :title\npost_asset_folder: true", {}, "2021/My%20Post/"),
        ("", {"permalink": "own/place"}, "own/place"),
        ("", {"permalink": "/own.html", "slug": "no"}, "own.html"),
        ("", {"date": None}, None),
    ],
)
def test_addresses(tmp_path: Path, settings: str, fields: dict[str, Any], address: str | None) -> None:
    profile = profile_of(tmp_path, {"_config.yml": f"{CONFIG}{settings}"})
    found = address_of(profile, POST, {**FIELDS, **fields})
    assert found == (None if address is None else f"https://x.example/b/{address}")


def test_file_names_contain_dates_and_languages_if_configured(tmp_path: Path) -> None:
    settings = "new_post_name: :lang/:year-:month-:day-:title.md\npermalink: :lang/:year/:title/"
    profile = profile_of(tmp_path, {"_config.yml": f"{CONFIG}{settings}"})
    found = describe(profile, "source/_posts/en/2021-04-05-a-b.md", {"title": "A"})
    assert found.fields["webUrl"] == "https://x.example/b/en/2021/a-b/"
    assert found.fields["publishedDateTime"] == "2021-04-04T16:00:00Z"
    assert found.fields["language"] == "en"
    assert found.fields["translationKey"] == "a-b"
    # A name of another form is slugified whole and has no date.
    found = describe(profile, "source/_posts/Notes & more.md", {"title": "A", "lang": "de"})
    assert "publishedDateTime" not in found.fields
    assert "webUrl" not in found.fields


def test_topics_are_tags_and_nested_categories(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"_config.yml": CONFIG})
    found = describe(profile, POST, {"title": "A", "tags": ["x"], "categories": [["A", "B"], "C", None]})
    assert found.fields["topics"] == ["x", "A", "B", "C"]
    assert not found.lost
    assert not [key for key in found.fields if key.startswith(":")]


@pytest.mark.parametrize(
    ("path", "fields", "why"),
    [
        ("source/about/index.md", {}, "not an article: page"),
        ("source/_data/x.md", {}, "not an article: _data"),
        ("source/_posts/_part.md", {}, "not an article: hidden from Hexo"),
        ("themes/x/README.md", {}, "outside of the source folder"),
        ("source/_drafts/a.md", {}, "draft"),
        ("source/_posts/a.md", {"published": False}, "draft"),
        ("source/_posts/a.md", {"layout": False}, "not an article: no layout"),
        ("source/_posts/a.md", {"date": "2030-01-01"}, None),
        ("source/_posts/license.md", {"title": "On licences"}, None),
    ],
)
def test_files_and_pages_that_are_not_articles(
    tmp_path: Path, path: str, fields: dict[str, Any], why: str | None
) -> None:
    assert skipped(profile_of(tmp_path, {"_config.yml": CONFIG}), path, fields) == why


def test_settings_may_be_indented_with_tabs(tmp_path: Path) -> None:
    config = f"{CONFIG}permalink: :title/\npretty_urls:\n\ttrailing_html: false\n"
    assert (
        address_of(profile_of(tmp_path, {"_config.yml": config}), POST, FIELDS) == "https://x.example/b/2021/My%20Post/"
    )


def test_a_draft_is_skipped_unread_unless_drafts_are_shown(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"_config.yml": CONFIG})
    assert profile.path_skip_reason("source/_drafts/a.md") == "draft"
    assert profile.path_skip_reason("source/_drafts/") is None
    assert profile_of(tmp_path, {"_config.yml": CONFIG}, drafts="show").path_skip_reason("source/_drafts/a.md") is None


def test_future_posts_are_hidden_if_configured(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"_config.yml": f"{CONFIG}future: false"})
    assert skipped(profile, "source/_posts/a.md", {"date": "2030-01-01"}) == "in the future"


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ("url: http://example.com\nsource_dir: source", ""),
        ("url: http://example.com/blog\nsource_dir: source", ""),
        ("url: https://x.example/blog\nsource_dir: source", "https://x.example/blog"),
        ("url: https://x.example\nroot: /blog/\nsource_dir: source", "https://x.example/blog"),
        ("root: /blog/\nsource_dir: source", "/blog"),
    ],
)
def test_bases(tmp_path: Path, settings: str, base: str) -> None:
    assert profile_of(tmp_path, {"_config.yml": settings}).base == base


def test_slugs() -> None:
    for text, slug in [
        ("Hello, World!", "Hello-World"),
        ("Käse & Øl", "Kase-Ol"),
        ("你好 世界", "你好-世界"),
        ("--a__b--", "a-b"),
    ]:
        assert slugize(text) == slug, text
