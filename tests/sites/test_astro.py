"""A site that Astro itself makes pages of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sites.harness import check_pages, fill, write
from sites.node import generate, node_packages
from sites.stories import ABOUT, DRAFT, FUTURE, GERMAN, STORIES, Story, yaml_file

from recommender.sites.astro.profile import Astro

CONFIG = """\
import { defineConfig } from "astro/config";
import mdx from "@astrojs/mdx";

export default defineConfig({
  site: "https://paper.example",
  base: "/notes",
  FORM
  integrations: [mdx()],
  i18n: { defaultLocale: "en", locales: ["en", "de"], routing: { prefixDefaultLocale: true } },
});
"""
CONTENT = """\
import { defineCollection, z } from "astro:content";
import { glob } from "astro/loaders";

const place = "stories";
const schema = z.object({
  title: z.string(),
  pubDate: z.coerce.date(),
  tags: z.array(z.string()).default([]),
  draft: z.boolean().default(false),
  RELATED
});
const blog = defineCollection({
  loader: glob({ base: "./src/content/blog", pattern: "**/*.{md,mdx}" }),
  schema,
});
const stories = defineCollection({ loader: glob({ base: `./src/${place}`, pattern: "**/[^_]*.md" }), schema });

export const collections = { blog, stories };
"""
POST = """\
---
import { getCollection, render } from "astro:content";
import Related from "../../components/Related.astro";

export async function getStaticPaths() {
  const posts = await getCollection("blog", ({ data }) => !data.draft);
  return posts.map((post) => ({ params: { slug: post.id }, props: { post } }));
}
const { post } = Astro.props;
const { Content } = await render(post);
---
<html><body><h1>{post.data.title}</h1><Content /><Related entry={post} /></body></html>
"""
STORY = """\
---
import { getCollection, render } from "astro:content";
import Related from "../../../components/Related.astro";

export async function getStaticPaths() {
  const stories = await getCollection("stories");
  return stories.map((story) => {
    const [lang, ...slug] = story.id.split("/");
    return { params: { lang, slug: slug.join("/") || undefined }, props: story };
  });
}
const story = Astro.props;
const { Content } = await render(story);
---
<html><body><h1>{story.data.title}</h1><Content /><Related entry={story} /></body></html>
"""
TAGS = """\
---
import { getCollection } from "astro:content";

export async function getStaticPaths() {
  const posts = await getCollection("blog");
  const tags = [...new Set(posts.flatMap((post) => post.data.tags))];
  return tags.map((tag) => ({ params: { tag }, props: { posts: posts.map((post) => post.id) } }));
}
---
<html><body><h1>Tag {Astro.params.tag}</h1></body></html>
"""
PAGE = "<html><body><h1>{Astro.props.frontmatter.title}</h1><slot /></body></html>\n"


def file_of(place: int, story: Story) -> tuple[str, str]:
    """Each story asks for its address in another way; some are of another collection, some are pages."""
    fields = {
        "title": story.title,
        "pubDate": story.date,
        "tags": list(story.tags),
        "author": story.author,
        "description": story.description,
        "draft": True if story.draft else None,
    }
    path = f"src/content/blog/{story.slug}.md"
    if place == 1:
        path = f"src/content/blog/{story.date}-{story.slug}.mdx"
    elif place == 2:
        fields["slug"] = "trains/Halvern-night"
    elif place == 3:
        path = f"src/content/blog/Cars & Trains v1.2/{story.slug}.md"
    elif place == 4:
        path = f"src/content/blog/{story.slug}/index.md"
    elif place == 5:
        path = "src/content/blog/Späte Bienen!.md"
    elif place == 6:
        path, fields["layout"] = f"src/pages/repair/{story.slug}.md", "../../layouts/Page.astro"
    elif place == 7:
        path, fields["layout"] = "src/pages/repair/wheel/index.md", "../../../layouts/Page.astro"
    elif place > 7:
        path = f"src/stories/{story.language}/{story.slug}.md"
    return path, yaml_file(fields, story.body)


@pytest.mark.parametrize("form", ["", 'build: { format: "file" },'], ids=["field", "data file"])
def test_astro_serves_what_was_computed(tmp_path: Path, form: str) -> None:
    packages = node_packages("astro")
    into = bool(form)
    site = tmp_path / "site"
    files = dict(file_of(place, story) for place, story in enumerate((*STORIES, *GERMAN)))
    files |= dict(file_of(-1, story) for story in (DRAFT, FUTURE))
    field = re.search("related: z.*,", Astro.snippet)
    files |= {
        "astro.config.mjs": CONFIG.replace("FORM", form),
        "package.json": '{ "name": "notes", "private": true, "type": "module" }',
        "src/content.config.ts": CONTENT.replace("RELATED", field[0] if field else ""),
        "src/components/Related.astro": Astro.snippet_into if into else Astro.snippet,
        "src/layouts/Page.astro": PAGE,
        "src/pages/blog/[...slug].astro": POST,
        "src/pages/[lang]/stories/[...slug].astro": STORY,
        "src/pages/tags/[tag].astro": TAGS,
        "src/pages/index.md": yaml_file({"title": "Notes", "layout": "../layouts/Page.astro"}, ABOUT.body),
        "src/stories/en/_half.md": yaml_file({"title": "Half a story", "pubDate": DRAFT.date}, DRAFT.body),
        "README.md": "# The site",
    }
    write(site, files)
    report = fill(site, tmp_path, into=site / "src/data/related.json" if into else None)
    generate(packages, site, "astro", "build")
    found = report.survey
    assert found.profile.generator == "astro"
    assert sorted(found.hidden.values()) == ["draft", "in the future"]
    assert set(found.languages.values()) == {"en", "de"}
    key = found.translations["src/stories/de/counting-stars.md"]
    assert key == found.translations["src/stories/en/counting-stars.md"]
    future = [path for path, why in found.hidden.items() if why == "in the future"]
    checked = check_pages(site / "dist", "https://paper.example/notes/", found, hidden_pages=future)
    assert checked.articles == len(STORIES) + len(GERMAN)
