"""A site that Eleventy itself makes pages of."""

from __future__ import annotations

from pathlib import Path

import pytest
from sites.harness import check_pages, fill, write
from sites.node import generate, node_packages
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file

from recommender.sites.eleventy.profile import Eleventy

CONFIG = """\
import { HtmlBasePlugin, I18nPlugin } from "@11ty/eleventy";

export default function (eleventyConfig) {
  eleventyConfig.addPlugin(HtmlBasePlugin);
  eleventyConfig.addPlugin(I18nPlugin, { defaultLanguage: "en" });
  eleventyConfig.addPreprocessor("drafts", "md", (data) => (data.draft ? false : undefined));
}

export const config = {
  dir: { input: "content", includes: "../_includes", data: "../_data" },
  pathPrefix: "/notes/", // where the site is served
  markdownTemplateEngine: "njk",
};
"""
LAYOUT = "<!doctype html>\n<html><body><h1>{{ title }}</h1>\n{{ content | safe }}\nSNIPPET\n</body></html>\n"
LISTED = """\
---
layout: page.njk
title: All articles
eleventyExcludeFromCollections: true
permalink: /
---
{% for item in collections.articles %}<a href="{{ item.url }}">{{ item.data.title }}</a>{% endfor %}
"""


def file_of(place: int, story: Story) -> tuple[str, str]:
    """Each story asks for its address in another way."""
    date = story.date
    fields = {
        "title": story.title,
        "date": date,
        "tags": ["articles", *story.tags],
        "author": story.author,
        "description": story.description,
        "draft": True if story.draft else None,
    }
    path = f"content/{story.language}/blog/{story.slug}.md"
    if place == 1:
        path = f"content/en/blog/{date}-{story.slug}.md"
        fields["date"] = None
    elif place == 2:
        fields["permalink"] = "/en/trains/{{ page.fileSlug }}.html"
    elif place == 3:
        fields["permalink"] = "en/{{ title | slugify }}/"
    elif place == 4:
        path = f"content/en/blog/{story.slug}/index.md"
    elif place == 5:
        path = f"content/en/blog/{story.slug}/{story.slug}.md"
    elif place == 6:
        path = f"content/en/repairs/{story.slug}.md"
    elif place == 7:
        path = f"content/en/repairs/{date}-{story.slug}.md"
    elif place == 8:
        fields["permalink"] = "/en/{{ lang }}-{{ 'Mühle am Meer & Ørsund' | slugify }}/index.html"
    elif place == 9:
        fields["date"] = "Last Modified"
    return path, yaml_file(fields, story.body)


def site_with(site: Path, snippet: str) -> None:
    """Write the site."""
    files = dict(file_of(place, story) for place, story in enumerate(STORIES))
    files |= dict(file_of(-1, story) for story in (*GERMAN, DRAFT, FUTURE))
    hidden = ABOUT.title
    files |= {
        "eleventy.config.js": CONFIG,
        "_data/metadata.js": 'export default { title: "Notes", url: "https://paper.example/", language: "en" };',
        "_includes/page.njk": LAYOUT.replace("SNIPPET", snippet),
        "content/en/en.json": '{ "lang": "en", "layout": "page.njk" }',
        "content/de/de.11tydata.js": 'export default { lang: "de", layout: "page.njk" };',
        "content/en/repairs/repairs.11tydata.json": '{ "permalink": "/en/repair/{{ page.fileSlug }}/", "tags": "diy" }',
        "content/en/blog/counting-stars.11tydata.json": '{ "permalink": "/en/stars/" }',
        "content/index.njk": LISTED,
        "content/en/no-page.md": yaml_file({"title": hidden, "permalink": False}, ABOUT.body),
        "README.md": "# The site",
    }
    write(site, files)


@pytest.mark.parametrize("into", [False, True], ids=["field", "data file"])
def test_eleventy_serves_what_was_computed(tmp_path: Path, into: bool) -> None:
    packages = node_packages("eleventy")
    site = tmp_path / "site"
    site_with(site, Eleventy.snippet_into if into else Eleventy.snippet)
    (site / "package.json").write_text('{ "type": "module", "scripts": { "build": "eleventy" } }', encoding="utf-8")
    report = fill(site, tmp_path, into=site / "_data/related.json" if into else None)
    generate(packages, site, "eleventy")
    found = report.survey
    assert found.profile.generator == "eleventy"
    assert set(found.hidden.values()) == {"draft", "in the future"}
    assert set(found.languages.values()) == {"en", "de"}
    key = found.translations["content/de/blog/counting-stars.md"]
    assert key == found.translations["content/en/blog/counting-stars.md"]
    future = [path for path, why in found.hidden.items() if why == "in the future"]
    checked = check_pages(site / "_site", "https://paper.example/notes/", found, hidden_pages=future)
    assert checked.articles == len(STORIES) + len(GERMAN)
