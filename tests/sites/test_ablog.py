"""Sphinx makes the pages, with ABlog and without: addresses, drafts, links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sites.harness import check_pages, fill, survey, write
from sites.stories import ABOUT, DRAFT, FUTURE, STORIES, Story
from sites.virtual import files_of, generate

from recommender.sites.sphinx import ABlog, Sphinx

BASE = "https://paper.example/news/"
CONFIG: dict[str, Any] = {
    "project": "Paper",
    "extensions": ["myst_parser"],
    "html_baseurl": BASE,
    "html_theme": "basic",
    "html_permalinks": False,
    "templates_path": ["_templates"],
    "exclude_patterns": ["_build", "old/**", "*.tmp.rst"],
    "language": "en",
}
BLOG: dict[str, Any] = {
    "extensions": ["ablog", "myst_parser"],
    "blog_baseurl": BASE,
    "blog_post_pattern": ["mills/*"],
    "blog_authors": {"Jonas": ("Jonas Ekdal", None)},
    "blog_default_author": "Jonas",
    "post_date_format": "%d.%m.%Y",
}
NAMES = {
    "a-rye-starter-for-winter": "kitchen/rye starter.md",
    "night-train-to-halvern": "2021/night-train.rst",
    "sleeping-cars-for-the-coast": "2021/sleeping/index.rst",
    "bees-on-the-town-hall": "bees.md",
    "tide-mill-grinds-again": "mills/tide.md",
    "flour-from-the-tide-mill": "mills/flour.rst",
}
DATES = {
    "bread-for-a-cold-kitchen": "Jan 9, 2021",
    "night-train-to-halvern": "05.03.2021",
    "sleeping-cars-for-the-coast": "19 March, 2021",
}


def document(name: str, story: Story) -> str:
    """A document: title and text."""
    if name.endswith(".md"):
        return f"# {story.title}\n\n{story.body}\n"
    return f"{story.title}\n{'=' * len(story.title)}\n\n{story.body}\n"


def post(name: str, story: Story, date: str | None = None) -> str:
    """A document that is a post: by its directive, its front matter, or where it lies."""
    date = DATES.get(story.slug, str(story.date)) if date is None else date
    text = document(name, story)
    if name == "bees.md":
        return text.replace("\n\n", f"\n\n```{{post}} {date}\n:tags: {', '.join(story.tags)}\n```\n\n", 1)
    if name.startswith("mills/"):
        head = f"---\ndate: {date}\n---\n" if name.endswith(".md") else f":date: {date}\n\n"
        return head + text
    if name.endswith(".md"):
        return f"---\nblogpost: true\ndate: {date}\ntags: {', '.join(story.tags)}\n---\n{text}"
    title, line, rest = text.split("\n", 2)
    options = f"   :tags: {', '.join(story.tags)}\n   :author: {story.author.split()[0]}\n"
    return f"{title}\n{line}\n\n.. post:: {date}\n{options}{rest}"


def make_site(site: Path, snippet: str, *, blog: bool, **config: Any) -> None:
    parts = files_of(snippet)
    settings = {**CONFIG, **(BLOG if blog else {}), **config}
    conf = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
    files = {
        "conf.py": f"{conf}\n{parts.get('conf.py', '')}",
        "_templates/page.html": parts.get("_templates/page.html", '{% extends "!page.html" %}'),
        "index.rst": "Paper\n=====\n\n.. toctree::\n   :glob:\n\n   *\n   */*\n   */*/*\n",
        "old/gone.rst": document("x.rst", DRAFT),
        "note.tmp.rst": document("x.rst", DRAFT),
    }
    for story in STORIES:
        name = NAMES.get(story.slug, f"{story.slug}.rst")
        files[name] = post(name, story) if blog else document(name, story)
    if blog:
        files["about.rst"] = document("about.rst", ABOUT)
        files["third-hive.rst"] = post("third-hive.rst", DRAFT, "")
        files["later.rst"] = post("later.rst", FUTURE)
    write(site, files)


def make_pages(site: Path) -> Path:
    generate("ablog", site, "sphinx-build", "-q", "-b", "html", ".", "_build")
    return site / "_build"


@pytest.mark.parametrize("config", [{}, {"html_file_suffix": ".htm.html"}, {"html_link_suffix": ""}])
def test_every_post_is_where_sphinx_puts_it(tmp_path: Path, config: dict[str, Any]) -> None:
    make_site(tmp_path, "", blog=True, **config)
    found = survey(tmp_path)
    assert type(found.profile) is ABlog
    checked = check_pages(make_pages(tmp_path), BASE, found, at_least=0, hidden_pages=PUBLIC)
    assert checked.articles == len(STORIES)
    assert found.hidden == {"later.rst": "in the future", "third-hive.rst": "draft"}
    assert found.passed_over["about.rst"] == "not an article: page"
    assert found.passed_over["index.rst"] == "not an article: home page"
    assert found.passed_over["note.tmp.rst"] == "in exclude_patterns"


PUBLIC = ("later.rst", "third-hive.rst")
"""ABlog makes pages of these all the same, and leaves them out of its lists."""


def test_every_document_of_a_manual_is_where_sphinx_puts_it(tmp_path: Path) -> None:
    make_site(tmp_path / "source", "", blog=False)
    found = survey(tmp_path)
    assert type(found.profile) is Sphinx
    assert check_pages(make_pages(tmp_path / "source"), BASE, found, at_least=0).articles == len(STORIES)


@pytest.mark.parametrize("blog", [True, False])
def test_every_related_link_leads_to_a_page_of_the_site(tmp_path: Path, blog: bool) -> None:
    site = tmp_path / "site"
    make_site(site, ABlog.snippet_into, blog=blog)
    report = fill(site, tmp_path, into=site / ABlog.into)
    check_pages(make_pages(site), BASE, report.survey, hidden_pages=PUBLIC)
