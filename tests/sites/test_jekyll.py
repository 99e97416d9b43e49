"""Jekyll (Debian's package) makes the pages: addresses, drafts, links."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sites.harness import check_pages, fill, need, run, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file

from recommender.sites.jekyll.profile import Jekyll

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "url": "https://paper.example",
    "baseurl": "/news",
    "timezone": "Pacific/Auckland",
    "exclude": ["old/"],
    "collections": {"guides": {"output": True}, "quotes": {}},
    "defaults": [
        {"scope": {"path": "", "type": "posts"}, "values": {"layout": "story", "categories": ["Paper"], "lang": "en"}},
        {"scope": {"path": "", "type": "guides"}, "values": {"layout": "story"}},
        {"scope": {"path": "de/*", "type": "posts"}, "values": {"lang": "de"}},
    ],
}
LAYOUT = "<html><head><title>{{ page.title }}</title></head><body><h1>{{ page.title | escape }}</h1>\n%s</body></html>"
NAMES = {
    "bread-for-a-cold-kitchen": "_posts/2021-01-09-Bread-for-a-cold_kitchen.md",
    "night-train-to-halvern": "travel/_posts/2021-03-05-night-train-v2.0-to-halvern.markdown",
    "sleeping-cars-for-the-coast": "Travel/Rail & Sea/_posts/2021-03-19-sleeping-cars.md",
    "bees-on-the-town-hall": "_posts/2021/2021-05-02-bees & blossoms, too!.md",
    "true-a-bicycle-wheel": "_posts/21-6-1-true-a-bicycle-wheel.html",
    "tide-mill-grinds-again": "_posts/2022-04-16-møllen-på-Ørsund-कहानी.md",
    "dark-sky-over-kellmoor": "_guides/sky/Dark sky_over.Kellmoor.md",
    "counting-stars": "_guides/2022-12-08-counting-stars.md",
}
FIELDS: dict[str, dict[str, Any]] = {
    "a-rye-starter-for-winter": {"date": datetime(2021, 1, 23, 20, 30), "categories": "Bread Rye_Flour"},
    "night-train-to-halvern": {"category": "Night Trains", "categories": ["Rail", "rail"]},
    "what-the-bees-found": {"slug": "What the_bees.found", "date": "2021-09-12 23:30"},
    "true-a-bicycle-wheel": {"permalink": "/wheels/:year/true.html"},
    "spokes-at-the-kitchen-table": {"permalink": "/wheels/spokes/", "date": "2021-06-22 23:30:00 -0500"},
    "flour-from-the-tide-mill": {"title": None, "tags": "history coast"},
}


def story_file(story: Story, **more: Any) -> str:
    fields = {
        "title": story.title,
        "tags": story.tags,
        "author": story.author,
        "description": story.description,
        **more,
    }
    return yaml_file(fields, story.body)


def make_site(site: Path, snippet: str, **config: Any) -> None:
    files = {
        "_config.yml": yaml.safe_dump({**CONFIG, **config}),
        "_layouts/story.html": LAYOUT % snippet,
        "index.html": "---\n---\n<ul>{% for post in site.posts %}<li>{{ post.url }}</li>{% endfor %}</ul>\n",
        "about.md": yaml_file({"title": ABOUT.title, "layout": "story"}, ABOUT.body),
        "_drafts/a-third-hive.md": story_file(DRAFT),
        "_posts/2099-03-05-night-train-in-2099.md": story_file(FUTURE),
        "_posts/2021-02-01-unpublished.md": yaml_file({"title": "Never shown", "published": False}, DRAFT.body),
        "_posts/undated.md": yaml_file({"title": "No date in the name"}, DRAFT.body),
        "_posts/2021-02-02-plain.md": "A post without front matter, as old ones are.\n",
        "_quotes/one.md": yaml_file({"title": "A quote"}, "It is only data."),
        "_guides/logo.md": "A static file.\n",
        "old/_posts/2020-01-01-old.md": yaml_file({"title": "Excluded"}, DRAFT.body),
    }
    for story in STORIES:
        name = NAMES.get(story.slug, f"_posts/{story.date}-{story.slug}.md")
        files[name] = story_file(story, **FIELDS.get(story.slug, {}))
    for story in GERMAN:
        files[f"de/_posts/{story.date}-{story.slug}.md"] = story_file(story, ref=story.translates)
    write(site, files)


def make_pages(site: Path) -> Path:
    run(need("jekyll"), "build", "--quiet", cwd=site, TZ="UTC")
    return site / "_site"


@pytest.mark.parametrize(
    "permalink",
    [
        *("none", "date", "ordinal", "pretty", "weekdate"),
        "/:year/:i_month/:i_day/:slug",
        "/blog/:categories/:short_year/:month_:day_:title.html",
        "/:slugified_categories/:collection/:name/",
        "/x/:path/:y_day:output_ext",
        "/:w_year-:week-:w_day/:long_day/:short_month/:hour:minute:second/:title/",
    ],
)
def test_every_article_is_where_its_permalink_says(tmp_path: Path, permalink: str) -> None:
    make_site(tmp_path, "", permalink=permalink)
    found = survey(tmp_path)
    assert isinstance(found.profile, Jekyll)
    out = make_pages(tmp_path)
    checked = check_pages(out, BASE, found, at_least=0)
    assert checked.articles == 16
    assert found.hidden == {
        "_drafts/a-third-hive.md": "draft",
        "_posts/2099-03-05-night-train-in-2099.md": "in the future",
        "_posts/2021-02-01-unpublished.md": "draft",
    }


@pytest.mark.parametrize("config", [{"future": True}, {"unpublished": True}, {"collections_dir": "all"}])
def test_settings_decide_what_is_shown(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", **config)
    if "collections_dir" in config:
        for folder in ("_posts", "_guides", "_drafts", "_quotes", "de"):
            (tmp_path / "all").mkdir(exist_ok=True)
            (tmp_path / folder).rename(tmp_path / "all" / folder)
    check_pages(make_pages(tmp_path), BASE, survey(tmp_path), at_least=0)


def test_translations_of_a_page_are_one_group(tmp_path: Path) -> None:
    make_site(tmp_path, "")
    found = survey(tmp_path)
    german = [path for path, language in found.languages.items() if language == "de"]
    assert len(german) == 3
    assert {found.translations[path] for path in german} == {f"ref:{story.slug}" for story in GERMAN}


@pytest.mark.parametrize("into", [None, Jekyll.into])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, into: str | None) -> None:
    site = tmp_path / "site"
    make_site(site, Jekyll.snippet if into is None else Jekyll.snippet_into)
    (site / "_posts/2021-02-02-plain.md").unlink()
    report = fill(site, tmp_path, into=site / into if into else None)
    check_pages(make_pages(site), BASE, report.survey)
