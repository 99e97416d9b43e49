"""What every profile says of a page, where its generator does not say otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from recommender.config import Settings
from recommender.sites import Description, Page, Profile
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)


class Served(Profile):
    """A generator that serves each page below a base, and has two languages."""

    generator = "served"
    keys: ClassVar = {"title": ("headline",)}
    address_key = "permalink"

    def configure(self) -> None:
        self.base = "https://x.example/blog"
        self.default_language = "en"
        self.zone = self.zone_of("Europe/Berlin")

    def address(self, page: Page) -> str | None:
        return page.text("permalink") or f"/{page.stem}/"

    def language(self, page: Page) -> str | None:
        return "de" if page.path.startswith("de/") else None

    def expires(self, page: Page) -> datetime | None:
        return NOW - timedelta(days=1) if page.text("until") == "yesterday" else None


def profile(kind: type[Profile] = Profile, **sections: Any) -> Profile:
    settings = Settings.parse(sections)
    return kind(SiteRoot(Path("/nowhere")), settings.site, settings.fields, "a test")


def described(
    page: Page | str = "posts/a.md", kind: type[Profile] = Profile, heading: str | None = None, **fields: Any
) -> Description:
    """What a profile says of a page with these fields; `site` and `fields` are settings."""
    sections = {name: fields.pop(name) for name in ("site", "fields") if isinstance(fields.get(name), dict)}
    page = Page(page, fields) if isinstance(page, str) else page
    return profile(kind, **sections).describe(page, NOW, lambda: heading)


# Which files are articles


def test_what_no_site_recommends_is_no_article():
    for name in [
        *["README.md", "LICENSE", "CHANGELOG.markdown", "code-of-conduct.md", "404.html", "privacy.md", "cookies.md"],
        *["Impressum.md", "datenschutzerklärung.md", "terms-of-use.md", "docs/CONTRIBUTING.md", "AGENTS.md"],
        *["node_modules/", "site/_includes/", "dist/"],
    ]:
        assert (profile().passes_over(name) or "").startswith("not an article: ")


def test_anything_else_may_be_one():
    for name in ["a.md", "posts/", "privacy-of-bees.md", "the-history-of-salt.md", "readme-first.md"]:
        assert profile().passes_over(name) is None


# Fields


def test_fields_are_named_as_an_article_names_them_and_the_rest_is_kept():
    found = described(
        title="A title",
        description="In short.",
        date="2024-05-01",
        tags=["x"],
        author="Ada",
        lang="de",
        translationKey="t",
        season="spring",
        related=["b"],
    )
    assert found.fields == {
        "title": "A title",
        "excerpt": "In short.",
        "publishedDateTime": "2024-05-01T00:00:00Z",
        "topics": ["x"],
        "authors": ["Ada"],
        "language": "de",
        "translationKey": "t",
        "season": "spring",
    }
    assert (found.lost, found.hidden, found.expires) == ([], None, None)


def test_a_generators_own_keys_come_first_and_those_of_the_settings_alone_count():
    assert described(kind=Served, headline="Own", title="Common").fields["title"] == "Own"
    found = described(kind=Served, headline="Own", title="Common", name="Said", fields={"title": ["name"]})
    assert (found.fields["title"], found.origins["title"]) == ("Said", "name")


@pytest.mark.parametrize(
    ("path", "heading", "title", "origin"),
    [
        ("posts/old_mill.md", "The mill", "The mill", "heading"),
        ("posts/2024-05-01-old_mill.md", None, "Old mill", "file name"),
        ("posts/old-mill/index.md", None, "Old mill", "file name"),
        ("index.md", None, "Index", "file name"),
    ],
)
def test_without_a_title_the_heading_counts_and_then_the_name(path: str, heading: str | None, title: str, origin: str):
    found = described(path, heading=heading)
    assert (found.fields["title"], found.origins["title"]) == (title, origin)


@pytest.mark.parametrize(
    ("path", "fields", "moment", "origin"),
    [
        ("a.md", {"date": "2024-05-01"}, "2024-04-30T22:00:00Z", "date"),
        ("a.md", {"date": "2024-05-01T10:00:00Z"}, "2024-05-01T10:00:00Z", "date"),
        ("p/2024-01-01-a.md", {}, "2023-12-31T23:00:00Z", "file name"),
        ("p/2024-01-01-a.md", {"date": "2024-05-01T10:00:00Z"}, "2024-05-01T10:00:00Z", "date"),
        ("2024-01-01/a.md", {}, None, None),
    ],
)
def test_a_date_without_a_zone_is_in_the_sites_own(
    path: str, fields: dict[str, Any], moment: str | None, origin: str | None
):
    found = described(path, Served, title="T", **fields)
    assert (found.fields.get("publishedDateTime"), found.origins.get("published")) == (moment, origin)


def test_a_zone_that_nobody_knows_is_utc():
    for name in ["Mars/Olympus", "../../etc/passwd", 7, None, ""]:
        assert profile().zone_of(name) is UTC


@pytest.mark.parametrize(
    ("path", "fields", "language", "origin"),
    [
        ("a.md", {"lang": "fr"}, "fr", "lang"),
        ("de/a.md", {}, "de", "path"),
        ("de/a.md", {"language": "pt_BR"}, "pt-BR", "language"),
        ("a.md", {}, "en", "settings"),
        ("a.md", {"site": {"language": "nl"}}, "nl", "settings"),
    ],
)
def test_a_page_its_path_or_the_settings_say_the_language(
    path: str, fields: dict[str, Any], language: str, origin: str
):
    found = described(path, Served, title="T", **fields)
    assert (found.fields["language"], found.origins["language"]) == (language, origin)


@pytest.mark.parametrize(
    ("fields", "images", "kept"),
    [
        ({"images": [{"url": "/a.jpg"}]}, [{"url": "/a.jpg"}], None),
        ({"cover": "/a.jpg"}, [{"url": "https://x.example/a.jpg"}], "/a.jpg"),
        (
            {"cover": {"src": "https://y.example/a.jpg"}},
            [{"url": "https://y.example/a.jpg"}],
            {"src": "https://y.example/a.jpg"},
        ),
        ({"cover": "a.jpg"}, None, "a.jpg"),
    ],
)
def test_a_picture_is_one_that_can_be_addressed(fields: dict[str, Any], images: object, kept: object):
    found = described(kind=Served, title="T", **fields).fields
    assert (found.get("images"), found.get("cover")) == (images, kept)


# What readers may not see


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"draft": True}, "draft"),
        ({"draft": "yes"}, "draft"),
        ({"published": False}, "draft"),
        ({"published": "no"}, "draft"),
        ({"status": "Draft"}, "draft"),
        ({"status": "pending"}, "draft"),
        ({"status": "private"}, "private"),
        ({"private": True}, "private"),
        ({"password": 1234}, "password"),
        ({"unlisted": True}, "unlisted"),
        ({"noindex": True}, "noindex"),
        ({"robots": "NoIndex, follow"}, "noindex"),
        ({"date": "2024-05-06T12:00:01Z"}, "in the future"),
        ({"until": "yesterday"}, "expired"),
    ],
)
def test_a_page_says_why_readers_may_not_see_it(fields: dict[str, Any], reason: str):
    assert described(kind=Served, title="T", **fields).hidden == reason
    assert described(kind=Served, title="T", site={"drafts": "show"}, **fields).hidden is None


def test_other_pages_are_seen():
    for fields in [
        *[{"draft": False}, {"draft": "no"}, {"draft": None}, {"published": True}, {"published": "2024-05-01"}],
        *[
            {"status": "published"},
            {"private": 0},
            {"password": ""},
            {"robots": "index"},
            {"date": "2024-05-06T12:00:00Z"},
        ],
    ]:
        assert described(kind=Served, title="T", **fields).hidden is None


# Addresses


def test_without_a_base_there_is_no_address():
    found = described(title="T")
    assert "webUrl" not in found.fields
    assert "url" not in found.origins


@pytest.mark.parametrize(
    ("fields", "address", "origin"),
    [
        ({}, "https://x.example/blog/posts/a/", "generator"),
        ({"site": {"url": "https://y.example/"}}, "https://y.example/posts/a/", "generator"),
        ({"site": {"url": "https://y.example/{path}.html"}}, "https://y.example/posts/a.html", "settings"),
        ({"webUrl": "https://z.example/a"}, "https://z.example/a", "webUrl"),
        (
            {"webUrl": "https://z.example/a", "site": {"url": "https://y.example/{path}"}},
            "https://z.example/a",
            "webUrl",
        ),
        ({"link": "b/c", "fields": {"url": "link"}}, "https://x.example/blog/b/c", "link"),
        ({"link": "https://z.example/a", "fields": {"url": "link"}}, "https://z.example/a", "link"),
        (
            {"permalink": "/own/", "site": {"url": "https://y.example/n/{path}"}},
            "https://x.example/blog/own/",
            "settings",
        ),
    ],
)
def test_an_address_comes_from_the_page_the_settings_or_the_generator(
    fields: dict[str, Any], address: str, origin: str
):
    found = described(kind=Served, title="T", **fields)
    assert (found.fields["webUrl"], found.origins["url"]) == (address, origin)


def test_a_pattern_is_filled_in_for_every_page():
    for pattern, address in [
        ("{path}/", "posts/x/2024-05-01-Old%20Mill/"),
        ("{name}.html", "2024-05-01-Old%20Mill.html"),
        ("{year}/{month}/{day}/{slug}", "2024/04/30/old-mill"),
        ("{section}/{id}", "posts/m1"),
        ("{language}/{slug}", "en/old-mill"),
    ]:
        page = Page("posts/x/2024-05-01-Old Mill.md", {"id": "m1", "date": "2024-05-01T00:30:00+02:00"})
        settings = {"site": {"url": f"https://y.example/{pattern}", "language": "en"}}
        found = profile(**settings).describe(page, NOW)
        assert found.fields["webUrl"] == f"https://y.example/{address}"


def test_a_page_that_a_pattern_asks_too_much_of_has_no_address():
    for pattern in ["{year}/{slug}", "{section}/{slug}", "{language}/{slug}"]:
        assert "webUrl" not in described("a.md", title="T", site={"url": f"https://y.example/{pattern}"}).fields


def test_a_slug_of_the_page_goes_before_its_name():
    assert described(title="T", slug="/own/", site={"url": "/{slug}/"}).fields["webUrl"] == "/own/"


# The fingerprint


def test_the_fingerprint_is_another_where_a_page_is_described_otherwise():
    prints = [
        profile(kind, **sections).fingerprint()
        for kind, sections in [
            (Profile, {}),
            (Served, {}),
            (Profile, {"site": {"url": "https://x.example"}}),
            (Profile, {"site": {"drafts": "show"}}),
            (Profile, {"fields": {"title": "headline"}}),
        ]
    ]
    assert len(set(prints)) == 5
    assert profile().fingerprint() == prints[0]
