"""The base class of profiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from recommender.config import Settings
from recommender.sites import Description, Page, SiteProfile
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)


class Served(SiteProfile):
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


def profile(kind: type[SiteProfile] = SiteProfile, **sections: Any) -> SiteProfile:
    settings = Settings.parse(sections)
    return kind(SiteRoot(Path("/nowhere")), settings.site, settings.fields, "a test")


def described(
    page: Page | str = "posts/a.md", kind: type[SiteProfile] = SiteProfile, heading: str | None = None, **fields: Any
) -> Description:
    """Describe a page with these fields; `site` and `fields` are settings."""
    sections = {name: fields.pop(name) for name in ("site", "fields") if isinstance(fields.get(name), dict)}
    page = Page(page, fields) if isinstance(page, str) else page
    return profile(kind, **sections).describe(page, NOW, lambda: heading)


# Which files are articles


def test_usual_files_of_a_repository_are_not_articles():
    for name in [
        *["README.md", "LICENSE", "CHANGELOG.markdown", "code-of-conduct.md", "404.html", "privacy.md", "cookies.md"],
        *["Impressum.md", "datenschutzerklärung.md", "terms-of-use.md", "docs/CONTRIBUTING.md", "AGENTS.md"],
        *["node_modules/", "site/_includes/", "dist/"],
    ]:
        assert (profile().path_skip_reason(name) or "").startswith("not an article: "), name


def test_any_other_file_may_be_an_article():
    for name in ["a.md", "posts/", "privacy-of-bees.md", "the-history-of-salt.md", "readme-first.md"]:
        assert profile().path_skip_reason(name) is None, name


# Fields


def test_known_fields_are_renamed_and_the_rest_is_kept():
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


def test_keys_of_the_generator_come_first_and_those_of_the_settings_replace_all():
    assert described(kind=Served, headline="Own", title="Common").fields["title"] == "Own"
    found = described(kind=Served, headline="Own", title="Common", name="Said", fields={"title": ["name"]})
    assert (found.fields["title"], found.origins["title"]) == ("Said", "name")


def test_the_title_falls_back_to_the_heading_and_the_file_name():
    for path, heading, title, origin in [
        ("posts/old_mill.md", "The mill", "The mill", "heading"),
        ("posts/2024-05-01-old_mill.md", None, "Old mill", "file name"),
        ("posts/old-mill/index.md", None, "Old mill", "file name"),
        ("index.md", None, "Index", "file name"),
    ]:
        found = described(path, heading=heading)
        assert (found.fields["title"], found.origins["title"]) == (title, origin), path


def test_a_naive_date_is_in_the_sites_time_zone():
    for path, fields, moment, origin in [
        ("a.md", {"date": "2024-05-01"}, "2024-04-30T22:00:00Z", "date"),
        ("a.md", {"date": "2024-05-01T10:00:00Z"}, "2024-05-01T10:00:00Z", "date"),
        ("p/2024-01-01-a.md", {}, "2023-12-31T23:00:00Z", "file name"),
        ("p/2024-01-01-a.md", {"date": "2024-05-01T10:00:00Z"}, "2024-05-01T10:00:00Z", "date"),
        ("2024-01-01/a.md", {}, None, None),
    ]:
        found = described(path, Served, title="T", **fields)
        read = (found.fields.get("publishedDateTime"), found.origins.get("published"))
        assert read == (moment, origin), (path, fields)


def test_an_unknown_time_zone_is_utc():
    for name in ["Mars/Olympus", "../../etc/passwd", 7, None, ""]:
        assert profile().zone_of(name) is UTC, name


def test_the_language_comes_from_the_page_its_path_or_the_settings():
    for path, fields, language, origin in [
        ("a.md", {"lang": "fr"}, "fr", "lang"),
        ("de/a.md", {}, "de", "path"),
        ("de/a.md", {"language": "pt_BR"}, "pt-BR", "language"),
        ("a.md", {}, "en", "settings"),
        ("a.md", {"site": {"language": "nl"}}, "nl", "settings"),
    ]:
        found = described(path, Served, title="T", **fields)
        assert (found.fields["language"], found.origins["language"]) == (language, origin), language


def test_images_have_an_absolute_url():
    for fields, images, kept in [
        ({"images": [{"url": "/a.jpg"}]}, [{"url": "/a.jpg"}], None),
        ({"cover": "/a.jpg"}, [{"url": "https://x.example/a.jpg"}], "/a.jpg"),
        (
            {"cover": {"src": "https://y.example/a.jpg"}},
            [{"url": "https://y.example/a.jpg"}],
            {"src": "https://y.example/a.jpg"},
        ),
        ({"cover": "a.jpg"}, None, "a.jpg"),
    ]:
        found = described(kind=Served, title="T", **fields).fields
        assert (found.get("images"), found.get("cover")) == (images, kept), fields


# What readers may not see


def test_reasons_to_hide_a_page():
    for fields, reason in [
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
    ]:
        assert described(kind=Served, title="T", **fields).hidden == reason, fields
        assert described(kind=Served, title="T", site={"drafts": "show"}, **fields).hidden is None, fields


def test_other_pages_are_shown():
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
        assert described(kind=Served, title="T", **fields).hidden is None, fields


# Addresses


def test_without_a_base_addresses_are_unknown():
    found = described(title="T")
    assert "webUrl" not in found.fields
    assert "url" not in found.origins


def test_an_address_comes_from_the_page_the_settings_or_the_generator():
    for fields, address, origin in [
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
    ]:
        found = described(kind=Served, title="T", **fields)
        assert (found.fields["webUrl"], found.origins["url"]) == (address, origin), fields


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
        assert found.fields["webUrl"] == f"https://y.example/{address}", pattern


def test_a_page_without_a_value_for_the_pattern_has_no_address():
    for pattern in ["{year}/{slug}", "{section}/{slug}", "{language}/{slug}"]:
        found = described("a.md", title="T", site={"url": f"https://y.example/{pattern}"})
        assert "webUrl" not in found.fields, pattern


def test_a_pages_slug_overrides_its_name():
    assert described(title="T", slug="/own/", site={"url": "/{slug}/"}).fields["webUrl"] == "/own/"


# The fingerprint


def test_the_fingerprint_changes_with_descriptions():
    prints = [
        profile(kind, **sections).fingerprint()
        for kind, sections in [
            (SiteProfile, {}),
            (Served, {}),
            (SiteProfile, {"site": {"url": "https://x.example"}}),
            (SiteProfile, {"site": {"drafts": "show"}}),
            (SiteProfile, {"fields": {"title": "headline"}}),
        ]
    ]
    assert len(set(prints)) == 5
    assert profile().fingerprint() == prints[0]
