"""MkDocs makes the pages, with its own theme and with Material's blog and translations: addresses, drafts, links."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sites.harness import check_pages, fill, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file
from sites.virtual import files_of, generate

from recommender.sites.mkdocs import MkDocs

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "site_name": "Paper",
    "site_url": BASE,
    "theme": {"name": "mkdocs", "custom_dir": "overrides", "locale": "en"},
    "plugins": [],
    "exclude_docs": "/old/\n*.tmp.md\n",
    "draft_docs": "third-hive.md\n",
    "nav": [{"Home": "index.md"}, {"Mills": [{"Tide": "mills/tide.md"}]}, {"Elsewhere": "https://other.example/"}],
    "validation": {"nav": {"omitted_files": "ignore"}},
}
MATERIAL: dict[str, Any] = {
    "theme": {"name": "material", "custom_dir": "overrides", "language": "en", "font": False},
    "plugins": [{"blog": {"archive": False, "categories": False, "pagination": False}}],
    "draft_docs": "",
    "nav": ["index.md", "about.md", {"Blog": ["blog/index.md"]}],
}
NAMES = {
    "a-rye-starter-for-winter": "kitchen/README.md",
    "night-train-to-halvern": "Rail & Sea/night train.md",
    "tide-mill-grinds-again": "mills/tide.md",
    "flour-from-the-tide-mill": "mills/security.md",
    "dark-sky-over-kellmoor": "sky/index.md",
}
POST_FIELDS: dict[str, dict[str, Any]] = {
    "a-rye-starter-for-winter": {"slug": "Rye für Winter"},
    "night-train-to-halvern": {
        "date": {"created": date(2021, 3, 5), "updated": date(2022, 1, 1)},
        "authors": ["jonas"],
    },
    "bees-on-the-town-hall": {"categories": ["City & Nature", "Bees"]},
}


AUTHORS = yaml.safe_dump(
    {"authors": {"jonas": {"name": "Jonas Ekdal", "description": "Rail", "avatar": "https://a.example/j.png"}}}
)


def page_file(story: Story, **more: Any) -> str:
    """A page of a manual, with a heading for a title; every other one has a title in its front matter too."""
    fields = {"tags": story.tags, "description": story.description, **more}
    if len(story.slug) % 2:
        return yaml_file({"title": story.title, **fields}, story.body)
    return yaml_file(fields, f"# {story.title}\n\n{story.body}")


def common_files(config: dict[str, Any], snippet: str, place: str) -> dict[str, str]:
    parts = files_of(snippet)
    settings = yaml.safe_load(parts.get("mkdocs.yml", "")) or {}
    template = parts.get("overrides/main.html", '{% extends "base.html" %}')
    if place.endswith("comments.html"):
        template = template.partition("{% block content %}\n{{ super() }}")[2].partition("{% endblock %}")[0]
    return {
        "mkdocs.yml": yaml.safe_dump({**CONFIG, **config, **settings}),
        "related_hook.py": parts.get("related_hook.py", ""),
        place: template,
        "docs/index.md": "# Paper\n\nNews.\n",
        "README.md": "# The sources of our paper\n",
        "docs/license.md": "# Licence\n",
    }


def make_manual(site: Path, snippet: str, **config: Any) -> None:
    files = {
        **common_files(config, snippet, "overrides/main.html"),
        # The theme leaves out the heading of a page whose text has none.
        "overrides/content.html": "{% if page.meta.title %}<h1>{{ page.title }}</h1>{% endif %}\n{{ page.content }}",
        "docs/old/gone.md": page_file(DRAFT, title="Gone"),
        "docs/note.tmp.md": page_file(DRAFT, title="A note"),
        "docs/third-hive.md": page_file(DRAFT),
    }
    for story in STORIES:
        files[f"docs/{NAMES.get(story.slug, f'{story.slug}.md')}"] = page_file(story)
    write(site, files)


def make_blog(site: Path, snippet: str, **config: Any) -> None:
    files = {
        **common_files({**MATERIAL, **config}, snippet, "overrides/partials/comments.html"),
        "docs/blog/index.md": "# Blog\n",
        "docs/blog/.authors.yml": AUTHORS,
        "docs/.authors.yml": AUTHORS,
        "docs/blog/posts/third-hive.md": page_file(DRAFT, date=DRAFT.date, draft=True),
        "docs/blog/posts/later.md": page_file(FUTURE, date=FUTURE.date),
        "docs/about.md": page_file(ABOUT),
    }
    for story in STORIES:
        more = {"date": story.date, **POST_FIELDS.get(story.slug, {})}
        name = NAMES.get(story.slug, f"{story.slug}.md").replace("index", "dark").replace("README", "rye")
        files[f"docs/blog/posts/{name}"] = page_file(story, **more)
    write(site, files)


def make_pages(site: Path) -> Path:
    generate("mkdocs", site, "mkdocs", "build", "--quiet")
    return site / "site"


@pytest.mark.parametrize("config", [{}, {"use_directory_urls": False}])
def test_every_page_of_a_manual_is_where_its_path_says(tmp_path: Path, config: dict[str, Any]) -> None:
    make_manual(tmp_path, "", **config)
    found = survey(tmp_path)
    assert isinstance(found.profile, MkDocs)
    assert check_pages(make_pages(tmp_path), BASE, found, at_least=0).articles == len(STORIES)
    assert found.hidden == {"docs/third-hive.md": "draft"}
    assert found.passed_over["docs/index.md"] == "not an article: home page"
    assert found.passed_over["docs/old/gone.md"] == found.passed_over["docs/note.tmp.md"] == "in exclude_docs"
    assert found.passed_over["docs/license.md"] == "not an article: license"


@pytest.mark.parametrize(
    "blog",
    [
        {},
        {"post_url_format": "{categories}/{file}"},
        {
            "blog_dir": ".",
            "post_dir": "blog/posts",
            "post_url_format": "{date}-{slug}",
            "post_url_date_format": "yyyy-M",
        },
    ],
)
def test_every_post_is_where_the_blog_says(tmp_path: Path, blog: dict[str, Any]) -> None:
    options = {"archive": False, "categories": False, "pagination": False, **blog}
    if "{categories}" in str(blog):
        options["categories"] = False
    make_blog(tmp_path, "", plugins=[{"blog": options}])
    found = survey(tmp_path)
    check_pages(make_pages(tmp_path), BASE, found, at_least=0, hidden_pages=["docs/blog/posts/later.md"])
    # The page `blog/index.md` is the blog's own, unless the blog lies elsewhere.
    assert len(found.addresses) == len(STORIES) + (2 if "blog_dir" in blog else 1)
    assert found.hidden == {"docs/blog/posts/later.md": "in the future", "docs/blog/posts/third-hive.md": "draft"}


@pytest.mark.parametrize("structure", ["suffix", "folder"])
@pytest.mark.parametrize("folder_urls", [True, False])
def test_translations_have_addresses_of_their_own(tmp_path: Path, structure: str, folder_urls: bool) -> None:
    languages = [
        {"locale": "en", "name": "English", "default": True, "build": True},
        {"locale": "de", "name": "Deutsch", "build": True},
    ]
    i18n = {"docs_structure": structure, "fallback_to_default": False, "languages": languages}
    files = common_files({"plugins": [{"i18n": i18n}], "use_directory_urls": folder_urls}, "", "overrides/main.html")
    del files["docs/license.md"], files["docs/index.md"]
    del files["overrides/main.html"]
    for story in (*STORIES, *GERMAN):
        folder, name = f"docs/{story.language}", story.slug
        if structure == "suffix":
            folder, name = "docs", story.slug if story.language == "en" else f"{story.slug}.de"
        files[f"{folder}/more/{name}.md"] = page_file(story, title=None).replace(
            "---\n\n", f"---\n\n# {story.title}\n\n", 1
        )
    for language in ("en", "de"):
        home = (
            f"docs/{language}/index.md"
            if structure == "folder"
            else f"docs/index{'' if language == 'en' else '.de'}.md"
        )
        files[home] = "# Paper\n"
    config = yaml.safe_load(files["mkdocs.yml"])
    del config["nav"], config["theme"]["custom_dir"], config["draft_docs"]
    files["mkdocs.yml"] = yaml.safe_dump(config)
    write(tmp_path, files)
    found = survey(tmp_path)
    checked = check_pages(make_pages(tmp_path), BASE, found, at_least=0)
    assert checked.articles == len(STORIES) + len(GERMAN)
    german = {found.translations[path] for path, language in found.languages.items() if language == "de"}
    assert german == {f"more/{story.slug}" for story in GERMAN}


@pytest.mark.parametrize("make_site", [make_manual, make_blog])
@pytest.mark.parametrize("into", [None, MkDocs.into])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, make_site: Any, into: str | None) -> None:
    site = tmp_path / "site"
    make_site(site, MkDocs.snippet if into is None else MkDocs.snippet_into)
    report = fill(site, tmp_path, into=site / into if into else None)
    check_pages(make_pages(site), BASE, report.survey, hidden_pages=["docs/blog/posts/later.md"])
