"""Pelican makes the pages: addresses, drafts, translations, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sites.harness import check_pages, fill, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story
from sites.virtual import files_of, generate

from recommender.sites.pelican.profile import Pelican

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "AUTHOR": "The paper",
    "SITENAME": "Paper",
    "SITEURL": "",
    "PATH": "content",
    "TIMEZONE": "Pacific/Auckland",
    "DEFAULT_LANG": "en",
    "THEME": "theme",
    "FEED_ALL_ATOM": None,
    "CATEGORY_FEED_ATOM": None,
    "AUTHOR_FEED_ATOM": None,
    "AUTHOR_FEED_RSS": None,
    "TRANSLATION_FEED_ATOM": None,
    "DIRECT_TEMPLATES": ["index"],
    "ARTICLE_EXCLUDES": ["old"],
    "TEMPLATE_PAGES": {},
}
ARTICLE = "<html><body><h1>{{ article.title }}</h1>\n{{ article.content }}\n%s\n</body></html>"
LIST = "<html><body><ul>{% for each in articles %}<li>{{ each.url }}</li>{% endfor %}</ul></body></html>"
NAMES = {
    "a-rye-starter-for-winter": "kitchen/rye_starter.markdown",
    "night-train-to-halvern": "2021-03-05-night-train.md",
    "sleeping-cars-for-the-coast": "Rail & Sea/2021-03-19_sleeping cars.md",
    "true-a-bicycle-wheel": "wheels/true.rst",
    "spokes-at-the-kitchen-table": "wheels/spokes.html",
    "tide-mill-grinds-again": "tide.rst",
}
FIELDS: dict[str, dict[str, Any]] = {
    "a-rye-starter-for-winter": {"Slug": "Rye, für den Winter", "Category": "Böse Küche!"},
    "night-train-to-halvern": {"Date": None},
    "sleeping-cars-for-the-coast": {"Date": None, "Author": None, "Authors": "Ekdal, Jonas; Sorel, Ida"},
    "bees-on-the-town-hall": {"Slug": "bees"},
    "what-the-bees-found": {"Slug": "found", "Date": "2021-09-12 23:30"},
    "flour-from-the-tide-mill": {"Save_as": "special/flour.html", "Url": "special/flour.html"},
    "counting-stars": {"Slug": "stars", "Date": "Thu, 8 Dec 2022 23:30:00 -0800"},
}


def story_file(name: str, story: Story, **more: Any) -> str:
    fields = {
        "Title": story.title,
        "Date": story.date,
        "Tags": ", ".join(story.tags),
        "Author": story.author,
        "Summary": story.description,
        **more,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    if name.endswith(".html"):
        head = "".join(
            f'<meta name="{key.lower()}" content="{value}" />' for key, value in given.items() if key != "Title"
        )
        return f"<html><head><title>{story.title}</title>{head}</head><body><p>{story.body}</p></body></html>"
    if name.endswith(".rst"):
        title = given.pop("Title")
        head = "".join(f":{key.lower()}: {value}\n" for key, value in given.items())
        return f"{title}\n{'#' * len(title.encode())}\n\n{head}\n{story.body}\n"
    return "".join(f"{key}: {value}\n" for key, value in given.items()) + f"\n{story.body}\n"


def make_site(site: Path, snippet: str, **config: Any) -> None:
    parts = files_of(snippet)
    settings = "".join(f"{key} = {value!r}\n" for key, value in {**CONFIG, **config}.items())
    files = {
        "pelicanconf.py": f"{settings}\n{parts.get('pelicanconf.py', '')}",
        "publishconf.py": "import os\nimport sys\nsys.path.append(os.curdir)\nfrom pelicanconf import *\n"
        f"SITEURL = '{BASE.rstrip('/')}'\nRELATIVE_URLS = False\n",
        "theme/templates/article.html": ARTICLE % parts.get("templates/article.html", ""),
        "theme/templates/page.html": "<html><body><h1>{{ page.title }}</h1></body></html>",
        **{f"theme/templates/{name}.html": LIST for name in ("index", "category", "tag", "author", "period_archives")},
        "theme/static/style.css": "",
        "content/pages/about.md": story_file("about.md", ABOUT),
        "content/third-hive.md": story_file("x.md", DRAFT, Status="draft"),
        "content/hidden.md": story_file("x.md", DRAFT, Title="A hidden one", Status="hidden"),
        "content/skipped.md": story_file("x.md", DRAFT, Title="A skipped one", Status="skip"),
        "content/later.md": story_file("x.md", FUTURE),
        "content/undated.md": story_file("x.md", DRAFT, Title="Without a date", Date=None),
        "content/notes.md": "Text without any header.\n",
        "content/old/gone.md": story_file("x.md", DRAFT, Title="In an excluded folder"),
        "README.md": "# Our paper\n",
    }
    for story in STORIES:
        name = NAMES.get(story.slug, f"{story.slug}.md")
        files[f"content/{name}"] = story_file(name, story, **FIELDS.get(story.slug, {}))
    for story in GERMAN:
        slug = {"bees-on-the-town-hall": "bees", "what-the-bees-found": "found", "counting-stars": "stars"}[story.slug]
        files[f"content/de/{slug}.md"] = story_file("x.md", story, Lang="de", Slug=slug, Translation="true")
    write(site, files)


def make_pages(site: Path) -> Path:
    generate("pelican", site, "pelican", "content", "--settings", "publishconf.py", "--output", "output")
    return site / "output"


@pytest.mark.parametrize(
    "config",
    [
        {},
        {
            "ARTICLE_URL": "{date:%Y}/{date:%b}/{date:%d}/{slug}/",
            "ARTICLE_SAVE_AS": "{date:%Y}/{date:%b}/{date:%d}/{slug}/index.html",
            "ARTICLE_LANG_URL": "{lang}/{date:%Y}/{slug}/",
            "ARTICLE_LANG_SAVE_AS": "{lang}/{date:%Y}/{slug}/index.html",
            "WITH_FUTURE_DATES": False,
        },
        {
            "ARTICLE_URL": "{category}/{author}/{slug}",
            "ARTICLE_SAVE_AS": "{category}/{author}/{slug}.html",
            "SLUGIFY_SOURCE": "basename",
            "SLUGIFY_USE_UNICODE": True,
            "SLUGIFY_PRESERVE_CASE": True,
        },
        {
            "ARTICLE_URL": "{date:%j}/{section}/{base}.html",
            "ARTICLE_SAVE_AS": "{date:%j}/{section}/{base}.html",
            "ARTICLE_LANG_URL": "{lang}-{slug}.html",
            "ARTICLE_LANG_SAVE_AS": "{lang}-{slug}.html",
            "PATH_METADATA": r"(?P<section>\w)[^/]*.*?(?P<base>[^/]*)\.\w+$",
            "SLUG_REGEX_SUBSTITUTIONS": [(r"[^\w\s-]", "_"), (r"\s+", "+")],
            "USE_FOLDER_AS_CATEGORY": False,
            "DEFAULT_CATEGORY": "News & more",
            "EXTRA_PATH_METADATA": {"wheels": {"slug": "same"}, "wheels/spokes.html": {"slug": "spokes"}},
        },
    ],
)
def test_every_article_is_where_the_settings_say(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", **config)
    found = survey(tmp_path)
    assert isinstance(found.profile, Pelican)
    checked = check_pages(
        make_pages(tmp_path), BASE, found, at_least=0, hidden_pages=[f"content/{name}.md" for name in PUBLIC]
    )
    assert checked.articles == len(STORIES) + len(GERMAN)
    assert found.hidden == {
        "content/hidden.md": "hidden",
        "content/later.md": "in the future",
        "content/skipped.md": "skip",
        "content/third-hive.md": "draft",
    }
    assert found.passed_over["content/undated.md"] == "not an article: no date"
    assert found.passed_over["content/notes.md"] == "not an article: no title"
    assert found.passed_over["content/pages/about.md"] == "not an article: page"
    assert found.passed_over["content/old/gone.md"] == "in ARTICLE_EXCLUDES"


PUBLIC = ("hidden", "later", "third-hive")
"""Pelican makes pages of these all the same, for those who know the address."""


def test_translations_have_the_slug_in_common(tmp_path: Path) -> None:
    make_site(tmp_path, "")
    found = survey(tmp_path)
    german = {found.translations[path] for path, language in found.languages.items() if language == "de"}
    assert german == {"bees", "found", "stars"}
    assert {key for path, key in found.translations.items() if found.languages[path] == "en"} > german


@pytest.mark.parametrize("into", [None, Pelican.into])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, into: str | None) -> None:
    site = tmp_path / "site"
    make_site(site, Pelican.snippet if into is None else Pelican.snippet_into)
    report = fill(site, tmp_path, into=site / into if into else None)
    check_pages(make_pages(site), BASE, report.survey, hidden_pages=[f"content/{name}.md" for name in PUBLIC])
