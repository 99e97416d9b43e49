"""The Docusaurus profile: settings, posts, docs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.pages import address_of, describe, profile_of, skipped

from recommender.sites.docusaurus.profile import Docusaurus

CONFIG = """\
export default {
  url: 'https://x.example', baseUrl: '/b/', SLASH
  i18n: { defaultLocale: 'en', locales: ['en', 'de', 'fr'], localeConfigs: { fr: { baseUrl: '/francais/' } } },
  presets: [['@docusaurus/preset-classic', { docs: { path: 'guides' }, blog: { routeBasePath: '/' } }]],
  plugins: [
    ['@docusaurus/plugin-content-blog', { id: 'team', path: './team', routeBasePath: 'team/news' }],
    ['@docusaurus/plugin-content-docs', { id: 'api', path: 'api', routeBasePath: 'api', numberPrefixParser: false }],
    'other',
  ],
};
"""
FILES = {"docusaurus.config.ts": CONFIG.replace("SLASH", "")}
I18N = "i18n/de/docusaurus-plugin-content"


@pytest.mark.parametrize(
    ("path", "fields", "address"),
    [
        ("blog/2021-05-20-GAAD-One.mdx", {}, "2021/05/20/GAAD-One"),
        ("blog/2021/5/2/x.md", {}, "2021/5/2/x"),
        ("blog/2021-05-20-x/index.md", {}, "2021/05/20/x"),
        ("blog/2021-05-20/index.md", {}, "2021/05/20/index"),
        ("blog/deep/2021-05-20-x.md", {}, "2021/05/20/deep/x"),
        ("blog/plain/index.mdx", {}, "plain"),
        ("blog/2021-05-20-x.md", {"slug": "/own"}, "own"),
        ("blog/2021-05-20-x.md", {"slug": "own/one"}, "own/one"),
        ("blog/2021-05-20-x.md", {"date": "2020-01-01"}, "2021/05/20/x"),
        ("team/x.md", {}, "team/news/x"),
        ("guides/01-intro/02. First steps.md", {}, "docs/intro/First%20steps"),
        ("guides/2021.1-x.md", {}, "docs/2021.1-x"),
        ("guides/01-intro/index.md", {}, "docs/intro/"),
        ("guides/intro/README.md", {}, "docs/intro/"),
        ("guides/intro/Intro.md", {}, "docs/intro/"),
        ("guides/index.md", {}, "docs/"),
        ("guides/a/x.md", {"id": "y"}, "docs/a/y"),
        ("guides/a/x.md", {"slug": "/top"}, "docs/top"),
        ("guides/a/x.md", {"slug": "../up"}, "docs/up"),
        ("guides/a/x.md", {"slug": "down/"}, "docs/a/down/"),
        ("guides/1-a/2-x.md", {"parse_number_prefixes": False}, "docs/1-a/2-x"),
        ("api/1-a/2-x.md", {}, "api/1-a/2-x"),
        (f"{I18N}-blog/2021-05-20-x.md", {}, "de/2021/05/20/x"),
        (f"{I18N}-blog-team/x.md", {}, "de/team/news/x"),
        (f"{I18N}-docs/current/1-a.md", {}, "de/docs/a"),
    ],
)
def test_addresses(tmp_path: Path, path: str, fields: dict[str, Any], address: str) -> None:
    assert address_of(profile_of(tmp_path, FILES), path, fields) == f"https://x.example/b/{address}"


@pytest.mark.parametrize(("slash", "address"), [("true", "docs/a/"), ("false", "docs/a"), ("undefined", "docs/a/")])
def test_trailing_slashes(tmp_path: Path, slash: str, address: str) -> None:
    profile = profile_of(tmp_path, {"docusaurus.config.js": CONFIG.replace("SLASH", f"trailingSlash: {slash},")})
    assert address_of(profile, "guides/a/index.md") == f"https://x.example/b/{address}"


def test_a_language_with_its_own_base(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, FILES)
    path = "i18n/fr/docusaurus-plugin-content-blog/x.md"
    assert address_of(profile, path) == "https://x.example/francais/x"


@pytest.mark.parametrize(
    ("config", "path", "address"),
    [
        ("module.exports = { baseUrl: '/', url: 'https://your-docusaurus-site.example.com' }", "blog/x.md", "/blog/x"),
        ("module.exports = { baseUrl: process.env.BASE, url: 'https://x.example' }", "blog/x.md", None),
        ("module.exports = { baseUrl: '/', presets: [['classic', { blog: false }]] }", "docs/x.md", "/docs/x"),
        (
            "module.exports = { baseUrl: '/', presets: [['classic', { docs: { routeBasePath: '/' } }]] }",
            "docs/x.md",
            "/x",
        ),
    ],
)
def test_bases(tmp_path: Path, config: str, path: str, address: str | None) -> None:
    assert address_of(profile_of(tmp_path, {"docusaurus.config.js": config}), path) == address


@pytest.mark.parametrize(
    ("versions", "options", "address"),
    [
        ("[]", "", "docs/x"),
        ('["2.0"]', "", "docs/next/x"),
        ('["2.0"]', "lastVersion: 'current'", "docs/x"),
        ('["2.0"]', "versions: { current: { path: 'dev' } }", "docs/dev/x"),
    ],
)
def test_docs_of_versions(tmp_path: Path, versions: str, options: str, address: str) -> None:
    config = f"module.exports = {{ baseUrl: '/', presets: [['classic', {{ docs: {{ {options} }} }}]] }}"
    files = {"docusaurus.config.js": config} | ({"versions.json": versions} if versions != "[]" else {})
    assert address_of(profile_of(tmp_path, files), "docs/x.md") == f"/{address}"


def test_a_blog_without_settings(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {"blog/authors.yml": "jo:\n  name: Jo Roe\n", "blog/2021-05-20-x.md": "x"})
    assert isinstance(profile, Docusaurus)
    found = describe(profile, "blog/2021-05-20-x.md", {"title": "X", "authors": ["jo", {"name": "Al"}, "unknown"]})
    assert found.fields["webUrl"] == "/blog/2021/05/20/x"
    assert found.fields["publishedDateTime"] == "2021-05-20T00:00:00Z"
    assert found.fields["authors"] == ["Jo Roe", "Al", "unknown"]
    assert not isinstance(profile_of(tmp_path / "other", {"blog/authors.yml": "a: b"}), Docusaurus)


def test_tags_translations_and_dates(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, {**FILES, "blog/tags.yml": "web:\n  label: The web\n"})
    fields = {"title": "X", "tags": ["web", {"label": "Own", "permalink": "/own"}], "author": "Jo"}
    found = describe(profile, f"{I18N}-blog/2021-05-20-x.md", fields)
    assert found.fields["topics"] == ["The web", "Own"]
    assert found.fields["authors"] == ["Jo"]
    assert found.fields["language"] == "de"
    original = describe(profile, "blog/2021-05-20-x.md")
    assert original.fields["language"] == "en"
    assert found.fields["translationKey"] == original.fields["translationKey"] == "blog/2021-05-20-x"
    # Docs have no dates in their names, and their ids are not article ids.
    doc = describe(profile, "guides/2021-05-20-x.md", {"id": "y"})
    assert not {"publishedDateTime", "id"} & doc.fields.keys()


@pytest.mark.parametrize(
    ("path", "fields", "why"),
    [
        ("blog/_part.mdx", {}, "not an article: part of others"),
        ("blog/_parts/x.mdx", {}, "not an article: part of others"),
        ("guides/x/__tests__/x.md", {}, "not an article: part of others"),
        ("versioned_docs/version-1.0/x.md", {}, "not an article: older version"),
        (f"{I18N}-docs/version-1.0/x.md", {}, "not an article: older version"),
        ("src/pages/x.md", {}, "outside of blog and docs"),
        ("README.md", {}, "outside of blog and docs"),
        ("blog/license.md", {}, "not an article: license"),
        ("guides/license.md", {}, None),
        ("blog/x.md", {"draft": True}, "draft"),
        ("blog/x.md", {"unlisted": True}, "unlisted"),
        ("blog/2030-01-01-x.md", {}, None),
    ],
)
def test_files_and_pages_that_are_not_articles(
    tmp_path: Path, path: str, fields: dict[str, Any], why: str | None
) -> None:
    assert skipped(profile_of(tmp_path, FILES), path, fields) == why


def test_docs_outside_the_site_are_reported(tmp_path: Path) -> None:
    config = "export default { url: 'https://x.example', presets: [['classic', { docs: { path: '../docs' } }]] };"
    profile = profile_of(tmp_path, {"docusaurus.config.js": config})
    assert profile.evidence == "docusaurus.config.js; ../docs/ is outside the site and is not read"
