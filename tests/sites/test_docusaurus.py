"""A site that Docusaurus itself makes pages of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sites.harness import check_pages, fill, write
from sites.node import generate, node_packages
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file

from recommender.sites.docusaurus.profile import Docusaurus

BASE = "https://paper.example/notes/"
CONFIG = """\
// @ts-check
const name = 'Notes';

/** @type {import('@docusaurus/types').Config} */
const config = {
  title: name,
  url: 'https://paper.example', baseUrl: '/notes/',
  trailingSlash: SLASH,
  onBrokenLinks: 'ignore',
  i18n: { defaultLocale: 'en', locales: ['en', 'de'] },
  presets: [
    ['classic', /** @type {any} */ ({
      docs: { routeBasePath: 'guides', sidebarPath: undefined },
      blog: {
        path: './news', routeBasePath: '/news',
        onUntruncatedBlogPosts: 'ignore', onInlineTags: 'ignore', onInlineAuthors: 'ignore',
      },
      pages: false,
    })],
  ],
};
module.exports = config;
"""
AUTHORS = (
    "mara:\n  name: Mara Lindqvist\njonas:\n  name: Jonas Ekdal\nida:\n  name: Ida Sorel\npavel:\n  name: Pavel Renn\n"
)
TRANSLATED = "i18n/de/docusaurus-plugin-content-blog"
FOOTERS = {"BlogPostItem": "src/theme/BlogPostItem/Footer/index.js", "DocItem": "src/theme/DocItem/Footer/index.js"}


def file_of(place: int, story: Story) -> tuple[str, str]:
    """Each story asks for its address in another way; some are docs."""
    fields = {
        "title": story.title,
        "tags": list(story.tags),
        "authors": [story.author.split()[0].lower()],
        "description": story.description,
        "draft": True if story.draft else None,
    }
    path, body = f"news/{story.date}-{story.slug}.md", story.body
    if place == 1:
        path = f"news/{story.date:%Y/%m/%d}/{story.slug}.md"
    elif place == 2:
        path = f"news/{story.date}-{story.slug}/index.mdx"
        body = f"import Note from './_note.mdx';\n\n{body}\n\n<Note />"
    elif place == 3:
        fields |= {"slug": "sleeping cars/coast"}
    elif place == 4:
        fields |= {"slug": "/bees", "authors": {"name": story.author, "title": "Reporter"}}
    elif place == 6:
        path, fields["date"] = f"news/{story.slug}.md", story.date
    elif place == 7:
        path = f"news/bicycles/{story.date}-{story.slug}.md"
    elif place == 8:
        path, fields = "docs/01-mills/02-Tide mill.md", {"title": story.title}
    elif place == 9:
        path, fields, body = "docs/01-mills/index.md", {"sidebar_position": 1}, f"# {story.title}\n\n{story.body}"
    elif place == 10:
        path, fields = "docs/sky/2022.1-dark.md", {"title": story.title, "id": "dark_sky"}
    elif place == 11:
        path, fields = "docs/sky/3 - stars.md", {"title": story.title, "slug": "../counting"}
    return path, yaml_file(fields, body)


def footer(snippet: str, item: str) -> str:
    """The snippet as a footer of posts, or of docs."""
    if item == "DocItem":
        for old, new in {"BlogPostItem": item, "useBlogPost": "useDoc", "content-blog": "content-docs"}.items():
            snippet = snippet.replace(old, new)
        snippet = snippet.replace(", isBlogPostPage", "").replace("isBlogPostPage && ", "")
    return snippet


def site_with(site: Path, snippet: str, slash: str) -> None:
    """Write the site."""
    files = dict(file_of(place, story) for place, story in enumerate(STORIES))
    files |= dict(file_of(20, story) for story in (DRAFT, FUTURE))
    unlisted = yaml_file({"title": "For those who know", "unlisted": True}, ABOUT.body)
    for story in GERMAN[:2]:
        original = next(path for path in files if story.slug in path)
        fields = {"title": story.title, "tags": list(story.tags), "authors": ["ida"]}
        if "bees-on" in original:
            fields["slug"] = "/bienen"
        files[original.replace("news", TRANSLATED, 1)] = yaml_file(fields, story.body)
    files |= {
        "docusaurus.config.js": CONFIG.replace("SLASH", slash),
        "package.json": '{ "name": "notes", "private": true }',
        "news/authors.yml": AUTHORS,
        f"news/{STORIES[2].date}-{STORIES[2].slug}/_note.mdx": "A note that is shown in another page.",
        "news/2021-02-02-unlisted.md": unlisted,
        "src/pages/about.md": yaml_file({"title": ABOUT.title}, ABOUT.body),
        "README.md": "# The site",
        **{path: footer(snippet, item) for item, path in FOOTERS.items()},
    }
    write(site, files)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("slash", ["true", "false"], ids=["field", "data file"])
def test_docusaurus_serves_what_was_computed(tmp_path: Path, slash: str) -> None:
    packages = node_packages("docusaurus")
    into = slash == "false"
    site = tmp_path / "site"
    site_with(site, Docusaurus.snippet_into if into else Docusaurus.snippet, slash)
    report = fill(site, tmp_path, into=site / "src/data/related.json" if into else None)
    generate(packages, site, "docusaurus", "build", "--no-minify")
    found = report.survey
    assert found.profile.generator == "docusaurus"
    assert sorted(found.hidden.values()) == ["draft", "unlisted"]
    assert set(found.languages.values()) == {"en", "de"}
    # What has no translation is shown in every language; its own address is in its own.
    for page in (site / "build/de").rglob("*.html"):
        if not re.search("bienen|bees-found", page.as_posix()):
            page.unlink()
    unlisted_page = [path for path, why in found.hidden.items() if why == "unlisted"]
    checked = check_pages(site / "build", BASE, found, hidden_pages=unlisted_page)
    assert checked.articles == len(STORIES) + 3
