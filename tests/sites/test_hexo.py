"""A site that Hexo itself makes pages of."""

from __future__ import annotations

from pathlib import Path

import pytest
from sites.harness import check_pages, fill, write
from sites.node import generate, node_packages
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file

from recommender.sites.hexo import Hexo

CONFIG = """\
title: Notes
url: https://paper.example/notes
root: /notes/
permalink: PERMALINK
new_post_name: :lang/:year-:month-:day-:title.md
language: [en, de]
timezone: Europe/Berlin
default_category: other
category_map:
  city: town
filename_case: 1
future: false
theme: plain
pretty_urls:
  trailing_index: false
  trailing_html: false
"""
LAYOUT = "<!doctype html>\n<html><body><h1><%= page.title %></h1>\n<%- page.content %>\nSNIPPET\n</body></html>\n"
LISTED = (
    "<html><body><% site.posts.each(function (post) { %><a href='<%= post.permalink %>'>x</a><% }) %></body></html>"
)
PERMALINKS = {
    "by name": ":lang/:year/:i_month/:title/",
    "by category": ":category/:hash-:name.html",
    "by fields": "posts/:year-:day/:number-:post_title/index.html",
}


def file_of(place: int, story: Story) -> tuple[str, str]:
    """Each story asks for its address in another way."""
    fields = {
        "title": story.title,
        "tags": list(story.tags[:1]),
        "categories": story.tags[1],
        "author": story.author,
        "description": story.description,
        "number": place + 100,
        "date": f"{story.date} 23:30:00",
        "lang": story.language,
    }
    path = f"source/_posts/{story.language}/{story.date}-{story.slug}.md"
    if place == 1:
        fields["date"] = None
    elif place == 2:
        path = f"source/_posts/{story.date:%Y}/{story.slug}.md"
    elif place == 3:
        fields["permalink"] = "Own/Näme of it/"
    elif place == 4:
        fields["permalink"] = "/own/bees.html"
    elif place == 5:
        fields["categories"] = [["nature", "city"], ["bees", "Ört & Öl"]]
    elif place == 6:
        fields |= {"categories": None, "published": True}
    elif place == 7:
        fields["date"] = f"{story.date}T23:30:00+02:00"
    # Hexo means two things by a date with a zone: the one without quotes is what people write.
    return path, yaml_file(fields, story.body).replace("'2021-06-22T23:30:00+02:00'", "2021-06-22T23:30:00+02:00")


@pytest.mark.parametrize("permalink", PERMALINKS)
def test_hexo_serves_what_was_computed(tmp_path: Path, permalink: str) -> None:
    packages = node_packages("hexo")
    into = permalink == "by name"
    site = tmp_path / "site"
    files = dict(file_of(place, story) for place, story in enumerate((*STORIES, *GERMAN, FUTURE)))
    path, text = file_of(-1, DRAFT)
    unpublished = yaml_file({"title": "Not for readers", "published": False, "number": 5}, DRAFT.body)
    files |= {
        "_config.yml": CONFIG.replace("PERMALINK", PERMALINKS[permalink]),
        "package.json": (packages.parent / "package.json").read_text(encoding="utf-8"),
        "themes/plain/layout/post.ejs": LAYOUT.replace("SNIPPET", Hexo.snippet_into if into else Hexo.snippet),
        "themes/plain/layout/index.ejs": LISTED,
        "source/about/index.md": yaml_file({"title": ABOUT.title}, ABOUT.body),
        "source/_posts/en/2021-02-03-hidden.md": unpublished,
        path.replace("_posts", "_drafts"): text,
        "README.md": "# The site",
    }
    write(site, files)
    report = fill(site, tmp_path, into=site / "source/_data/related.json" if into else None)
    generate(packages, site, "hexo", "generate", TZ="Europe/Berlin")
    found = report.survey
    assert found.profile.generator == "hexo"
    assert sorted(found.hidden.values()) == ["draft", "draft", "in the future"]
    assert found.passed_over["source/about/index.md"] == "not an article: page"
    assert set(found.languages.values()) == {"en", "de"}
    key = next(found.translations[path] for path in found.addresses if "de/" in path and "counting-stars" in path)
    assert key == next(found.translations[path] for path in found.addresses if "en/" in path and "stars" in path)
    checked = check_pages(site / "public", "https://paper.example/notes/", found)
    assert checked.articles == len(STORIES) + len(GERMAN)
