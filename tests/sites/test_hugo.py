"""Hugo (Debian's package) makes the pages: addresses, bundles, languages, drafts, links."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sites.harness import check_pages, fill, need, run, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, toml_file, yaml_file

from recommender.sites.hugo.profile import Hugo

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "baseURL": BASE,
    "title": "The Paper",
    "disableKinds": ["taxonomy", "term", "RSS", "sitemap"],
    "timeZone": "Pacific/Auckland",
    "ignoreFiles": ["ignored\\.md$"],
    "cascade": [{"_target": {"path": "/hidden/**"}, "_build": {"render": "never"}}],
}
PAGE = "<html><head><title>{{ .Title }}</title></head><body><h1>{{ .Title }}</h1>\n%s</body></html>"
LIST = "<html><head><title>List</title></head><body>{{ range .Pages }}<h2>{{ .Title }}</h2>{{ end }}</body></html>"
NAMES = {
    "bread-for-a-cold-kitchen": "post/Bread for a  Cold_Kitchen.md",
    "a-rye-starter-for-winter": "post/2021-01-23-a-rye-starter/index.md",
    "night-train-to-halvern": "post/Travel & Rail/2021/night-train-v2.0.md",
    "bees-on-the-town-hall": "post/city/bees/index.md",
    "what-the-bees-found": "post/city/what-the-bees-found.md",
    "true-a-bicycle-wheel": "repairs/true-a-bicycle-wheel.html",
    "tide-mill-grinds-again": "repairs/møllen-på-Ørsund-é.md",
    "dark-sky-over-kellmoor": "2022-11-03-dark-sky.md",
}
FIELDS: dict[str, dict[str, Any]] = {
    "sleeping-cars-for-the-coast": {"slug": "Sleeping Cars, new!", "date": "2021-03-19T23:30:00-05:00"},
    "spokes-at-the-kitchen-table": {"url": "/wheels/spokes.html"},
    "flour-from-the-tide-mill": {"url": "wheels/flour", "publishDate": "2022-08-28", "Draft": False},
    "counting-stars": {"type": "essay", "expiryDate": "2098-01-01"},
}


def fields_of(story: Story, **more: Any) -> dict[str, Any]:
    shared = {"title": story.title, "date": story.date, "tags": story.tags, "author": story.author}
    return {**shared, "description": story.description, **more}


def make_site(site: Path, snippet: str, config: dict[str, Any] | None = None, german: str = "") -> None:
    files = {
        "hugo.json": "{}",
        "config.json": json.dumps({**CONFIG, **(config or {})}),
        "layouts/_default/single.html": PAGE % snippet,
        "layouts/_default/list.html": LIST,
        "content/about.md": yaml_file({"title": ABOUT.title}, ABOUT.body),
        "content/post/_index.md": yaml_file({"title": "Posts", "cascade": {"author": "The Paper"}}, ""),
        "content/post/city/_index.md": yaml_file({"title": "City"}, ""),
        "content/post/city/bees/notes.md": yaml_file({"title": "Notes, no page of their own"}, "Only a resource."),
        "content/post/a-third-hive.md": yaml_file(fields_of(DRAFT, draft=True), DRAFT.body),
        "content/post/future.md": yaml_file(fields_of(FUTURE), FUTURE.body),
        "content/post/expired.md": yaml_file(fields_of(DRAFT, title="Expired", expiryDate="2022-01-01"), DRAFT.body),
        "content/post/headless/index.md": yaml_file(fields_of(DRAFT, title="Headless", headless=True), DRAFT.body),
        "content/post/ignored.md": yaml_file(fields_of(DRAFT, title="Ignored"), DRAFT.body),
        "content/hidden/one.md": yaml_file(fields_of(DRAFT, title="Never rendered"), DRAFT.body),
        "content/unfinished/_index.md": yaml_file({"title": "Unfinished", "cascade": {"draft": True}}, ""),
        "content/unfinished/one.md": yaml_file(fields_of(DRAFT, title="A draft by its section"), DRAFT.body),
    }
    for number, story in enumerate(STORIES):
        fields = fields_of(story, **FIELDS.get(story.slug, {}))
        make = toml_file if number % 2 and "Draft" not in fields else yaml_file
        files[f"content/{NAMES.get(story.slug, f'post/{story.slug}.md')}"] = make(fields, story.body)
    for story in GERMAN if german else ():
        files[german.format(name=_german_name(story), suffix="md")] = yaml_file(fields_of(story), story.body)
    write(site, files)
    (site / "hugo.json").unlink()


def _german_name(story: Story) -> str:
    return NAMES.get(story.slug, f"post/{story.slug}.md").removesuffix(".md")


def make_pages(site: Path) -> Path:
    run(need("hugo"), "--quiet", cwd=site, TZ="UTC")
    return site / "public"


HIDDEN = {
    "content/post/a-third-hive.md": "draft",
    "content/post/future.md": "in the future",
    "content/post/expired.md": "expired",
    "content/unfinished/one.md": "draft",
}


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"uglyURLs": True},
        {"disablePathToLower": True, "removePathAccents": True},
        {"permalinks": {"post": "/:year/:month/:day/:slug/", "repairs": "/fix/:monthname/:title"}},
        {
            "permalinks": {
                "post": "/:sections/:filename/",
                "repairs": "/:section/:yearday/:weekday/:slugorfilename.html",
            }
        },
        {"permalinks": {"post": "/x/:sections[1:]/:slug/", "/": "/top/:filename"}, "uglyURLs": True},
        {"frontmatter": {"date": [":filename", ":default"]}, "permalinks": {"post": "/:year-:month-:day/:slug/"}},
    ],
)
def test_every_article_is_where_its_configuration_says(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", config)
    found = survey(tmp_path)
    assert isinstance(found.profile, Hugo)
    checked = check_pages(make_pages(tmp_path), BASE, found, at_least=0)
    assert checked.articles == 12
    assert found.hidden == HIDDEN


@pytest.mark.parametrize("config", [{"buildDrafts": True}, {"buildFuture": True}, {"buildExpired": True}])
def test_settings_decide_what_is_shown(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", config)
    check_pages(make_pages(tmp_path), BASE, survey(tmp_path), at_least=0)


LANGUAGES = {"en": {"weight": 1}, "de": {"weight": 2}, "fr": {"weight": 3, "disabled": True}}


@pytest.mark.parametrize(
    ("config", "german"),
    [
        ({"languages": LANGUAGES}, "content/{name}.de.{suffix}"),
        ({"languages": LANGUAGES, "defaultContentLanguageInSubdir": True}, "content/{name}.de.{suffix}"),
        ({"languages": LANGUAGES, "permalinks": {"post": "/:year/:slug"}}, "content/{name}.de.{suffix}"),
        (
            {"languages": {"en": {"contentDir": "content"}, "de": {"contentDir": "inhalt", "weight": 9}}},
            "inhalt/{name}.{suffix}",
        ),
        ({"languages": {"de": {}}, "defaultContentLanguage": "de"}, "content/{name}-de.{suffix}"),
    ],
)
def test_languages_have_their_addresses(tmp_path: Path, config: dict[str, Any], german: str) -> None:
    make_site(tmp_path, "", config, german)
    found = survey(tmp_path)
    check_pages(make_pages(tmp_path), BASE, found, at_least=0)
    if len(config["languages"]) > 1:
        assert sorted(found.languages.values()).count("de") == 3
        keys = list(found.translations.values())
        assert sum(keys.count(key) == 2 for key in keys) == 6


def test_each_language_may_have_its_own_host(tmp_path: Path) -> None:
    languages = {"en": {"baseURL": BASE}, "de": {"baseURL": "https://zeitung.example/"}}
    make_site(tmp_path, "", {"languages": languages}, "content/{name}.de.{suffix}")
    found = survey(tmp_path)
    out = make_pages(tmp_path)
    german = {path: url for path, url in found.addresses.items() if found.languages[path] == "de"}
    for path in german:
        del found.addresses[path]
    check_pages(out / "en", BASE, found, at_least=0)
    found.addresses.clear()
    found.addresses.update(german)
    check_pages(out / "de", "https://zeitung.example/", found, at_least=0)


@pytest.mark.parametrize("into", [None, Hugo.into])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, into: str | None) -> None:
    site = tmp_path / "site"
    make_site(site, "", {"languages": LANGUAGES}, "content/{name}.de.{suffix}")
    report = fill(site, tmp_path, into=site / into if into else None)
    profile = report.survey.profile
    (site / "layouts/_default/single.html").write_text(PAGE % (profile.snippet_into if into else profile.snippet))
    check_pages(make_pages(site), BASE, report.survey)
