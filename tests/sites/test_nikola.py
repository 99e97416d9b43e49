"""Nikola makes the pages: addresses, drafts, translations, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sites.harness import check_pages, fill, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story
from sites.virtual import files_of, generate

from recommender.sites.nikola import Nikola

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "BLOG_AUTHOR": "The paper",
    "BLOG_TITLE": "Paper",
    "SITE_URL": BASE,
    "BLOG_EMAIL": "paper@paper.example",
    "BLOG_DESCRIPTION": "A paper.",
    "DEFAULT_LANG": "en",
    "TRANSLATIONS": {"en": "", "de": "./de"},
    "POSTS": (
        ("posts/*.rst", "stories", "post.tmpl"),
        ("posts/*.md", "stories", "post.tmpl"),
        ("old/*.html", {"en": "", "de": "alt"}, "post.tmpl"),
    ),
    "PAGES": (("pages/*.rst", "", "page.tmpl"),),
    "TIMEZONE": "Pacific/Auckland",
    "THEME": "base",
    "SHOW_UNTRANSLATED_POSTS": False,
    "DISABLED_PLUGINS": [
        *("render_taxonomies", "render_archive", "render_indexes", "render_galleries", "render_listings", "sitemap"),
        *("classify_tags", "classify_categories", "classify_indexes", "classify_archive", "classify_authors"),
        *("classify_sections", "classify_page_index", "create_bundles", "generate_rss", "robots"),
    ],
    "GENERATE_RSS": False,
    "GENERATE_ATOM": False,
}
PAGE = """\
<%%inherit file="base.tmpl"/>
<%%block name="content">
<h1>${post.title()|h}</h1>
${post.text()}
%s
</%%block>
"""
NAMES = {
    "a-rye-starter-for-winter": "posts/2021/01/Rye starter für Winter.md",
    "night-train-to-halvern": "posts/night train.rst",
    "true-a-bicycle-wheel": "old/true.html",
    "spokes-at-the-kitchen-table": "old/wheels/spokes.html",
    "tide-mill-grinds-again": "posts/2022/tide.rst",
}
FIELDS: dict[str, dict[str, Any]] = {
    "night-train-to-halvern": {"slug": None, "date": "2021-03-05 23:00:00 UTC+01:00"},
    "a-rye-starter-for-winter": {"slug": None, "date": "2021/01/23 20:00"},
    "sleeping-cars-for-the-coast": {"slug": "sleeping-cars", "pretty_url": "no"},
    "bees-on-the-town-hall": {"slug": "bees"},
    "what-the-bees-found": {"slug": None},
    "tide-mill-grinds-again": {"slug": "index"},
    "counting-stars": {"tags": "mathjax, astronomy"},
}


def head(story: Story, **more: Any) -> str:
    fields = {
        "title": story.title,
        "slug": story.slug,
        "date": f"{story.date} 09:00:00 UTC",
        "tags": ", ".join(story.tags),
        "category": "",
        "author": story.author,
        "description": story.description,
        "type": "text",
        **more,
    }
    return "".join(f".. {key}: {value}\n" for key, value in fields.items() if value is not None)


def story_files(name: str, story: Story, **more: Any) -> dict[str, str]:
    if name.endswith(".md"):
        return {name: f"<!--\n{head(story, **more)}-->\n\n{story.body}\n"}
    if name.endswith(".rst"):
        return {name: f"{head(story, **more)}\n{story.body}\n"}
    return {name: f"<p>{story.body}</p>\n", name.replace(".html", ".meta"): head(story, **more)}


def make_site(site: Path, snippet: str, **config: Any) -> None:
    settings = "".join(f"{key} = {value!r}\n" for key, value in {**CONFIG, **config}.items())
    files = {
        "conf.py": settings,
        "templates/post.tmpl": PAGE % files_of(snippet).get("templates/post.tmpl", ""),
        "templates/page.tmpl": PAGE % "",
        **story_files("pages/about.rst", ABOUT, date="2021-01-01"),
        **story_files("posts/third-hive.rst", DRAFT, status="draft"),
        **story_files("posts/tagged.md", DRAFT, title="A draft by its tag", slug="tagged", tags="city, draft"),
        **story_files("posts/private.md", DRAFT, title="A private one", slug="private", status="private"),
        **story_files("posts/later.md", FUTURE),
        "posts/.third-hive-comment-1.html": "<p>A comment</p>",
        "README.md": "# Our paper\n",
    }
    for story in STORIES:
        name = NAMES.get(story.slug, f"posts/{story.slug}.md")
        files |= story_files(name, story, **FIELDS.get(story.slug, {}))
    for story in GERMAN:
        more = {"slug": "sterne"} if story.slug == "counting-stars" else {"slug": None, "date": None}
        files |= story_files(f"posts/{story.slug}.de.md", story, **more)
    hidden = Story("x", "Ein Entwurf durch das Original", None, (), "", "", "Noch nicht.")
    files |= story_files("posts/third-hive.de.rst", hidden, slug=None, date=None)
    write(site, files)


def make_pages(site: Path) -> Path:
    generate("nikola", site, "nikola", "build", "-v1")
    return site / "output"


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"PRETTY_URLS": False, "STRIP_INDEXES": False},
        {"STRIP_INDEXES": False, "USE_SLUGIFY": False},
        {"TRANSLATIONS": {"en": "english", "de": ""}, "INDEX_FILE": "index.html", "BASE_URL": BASE},
    ],
)
def test_every_post_is_where_the_settings_say(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", **config)
    found = survey(tmp_path)
    assert isinstance(found.profile, Nikola)
    checked = check_pages(make_pages(tmp_path), BASE, found, at_least=0, hidden_pages=PUBLIC)
    assert checked.articles == len(STORIES) + len(GERMAN)
    assert found.hidden == {
        "posts/later.md": "in the future",
        "posts/private.md": "private",
        "posts/tagged.md": "draft",
        "posts/third-hive.de.rst": "draft",
        "posts/third-hive.rst": "draft",
    }
    assert found.passed_over["pages/about.rst"] == "not an article: page"
    assert {found.languages[path] for path in found.addresses} == {"en", "de"}
    assert found.translations["posts/counting-stars.de.md"] == found.translations["posts/counting-stars.md"]


PUBLIC = ("posts/later.md", "posts/private.md", "posts/tagged.md", "posts/third-hive.de.rst", "posts/third-hive.rst")
"""Nikola makes pages of these all the same, for those who know the address."""


@pytest.mark.parametrize("into", [None, Nikola.into])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, into: str | None) -> None:
    site = tmp_path / "site"
    make_site(site, Nikola.snippet if into is None else Nikola.snippet_into)
    report = fill(site, tmp_path, into=site / into if into else None)
    check_pages(make_pages(site), BASE, report.survey, hidden_pages=PUBLIC)
