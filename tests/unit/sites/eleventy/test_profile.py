"""The Eleventy profile: settings, data files, pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.pages import address_of, describe, profile_of, skipped

from recommender.sites.eleventy.permalinks import render, slugify_ascii
from recommender.sites.eleventy.profile import Eleventy

CONFIG = "module.exports = (e) => { return { dir: { input: 'src' }, pathPrefix: '/b/' } }"
FILES = {".eleventy.js": CONFIG, "src/_data/metadata.json": '{ "url": "https://x.example", "language": "en" }'}


@pytest.mark.parametrize(
    ("files", "evidence"),
    [
        ({"eleventy.config.mjs": "export default {}"}, "eleventy.config.mjs"),
        ({"package.json": '{"devDependencies": {"@11ty/eleventy": "^3"}}'}, "package.json needs @11ty/eleventy"),
        ({"src/docs/docs.11tydata.js": "", "src/docs/a.md": ""}, "src/docs/docs.11tydata.js"),
        ({".eleventyignore": ""}, ".eleventyignore"),
    ],
)
def test_recognises_its_files(tmp_path: Path, files: dict[str, str], evidence: str) -> None:
    profile = profile_of(tmp_path, files)
    assert isinstance(profile, Eleventy)
    assert profile.evidence == evidence


def test_a_site_below_the_root_is_not_recognised(tmp_path: Path) -> None:
    assert not isinstance(profile_of(tmp_path, {"other/x.11tydata.js": "", "a.md": ""}), Eleventy)


@pytest.mark.parametrize(
    ("files", "path", "address"),
    [
        ({"eleventy.config.js": "export default function (e) { e.setInputDirectory('in'); }"}, "in/a.md", "/a/"),
        ({"eleventy.config.js": "export const config = { dir: { input: './in' } };"}, "in/a.md", "/a/"),
        ({"eleventy.config.js": "export const directories = { input: 'in' }"}, "in/a.md", "/a/"),
        ({"package.json": '{"scripts": {"b": "eleventy --input=in"}}', ".eleventy.js": ""}, "in/a.md", "/a/"),
        ({"package.json": '{"scripts": {"b": "eleventy --pathprefix=p"}}', ".eleventy.js": ""}, "a.md", "/p/a/"),
        (
            {
                "package.json": '{"scripts": {"build": "eleventy", "pages": "eleventy --pathprefix=p"}}',
                ".eleventy.js": "",
            },
            "a.md",
            "/a/",
        ),
        ({"src/d/d.11tydata.json": "{}"}, "src/d/a.md", "/d/a/"),
        (
            {".eleventy.js": "", "_data/site.js": "export default { url: 'https://x.example/p' }"},
            "a.md",
            "x.example/p/a/",
        ),
        ({".eleventy.js": "", "_data/site.json": '{ "url": "https://example.com" }'}, "a.md", "/a/"),
        ({".eleventy.js": "module.exports = (e) => { e.addUrlTransform(x); }"}, "a.md", None),
        ({".eleventy.js": "module.exports = (e) => { e.addGlobalData('permalink', () => x); }"}, "a.md", None),
    ],
)
def test_folders_and_bases(tmp_path: Path, files: dict[str, str], path: str, address: str | None) -> None:
    found = address_of(profile_of(tmp_path, files), path, {"title": "A"})
    assert found == (f"https://{address}" if address and not address.startswith("/") else address)


@pytest.mark.parametrize(
    ("path", "fields", "address"),
    [
        ("blog/bees.md", {}, "blog/bees/"),
        ("blog/2021-05-20-bees.md", {}, "blog/2021-05-20-bees/"),
        ("blog/bees/index.md", {}, "blog/bees/"),
        ("blog/bees/bees.md", {}, "blog/bees/"),
        ("a.md", {"permalink": "/x/"}, "x/"),
        ("a.md", {"permalink": "x/index.html"}, "x/"),
        ("a.md", {"permalink": "x.html"}, "x.html"),
        ("a.md", {"permalink": "/"}, ""),
        ("a.md", {"permalink": {"build": "/x/"}}, "x/"),
        ("blog/2021-05-20-bees.md", {"permalink": "/x/{{ page.fileSlug }}/"}, "x/bees/"),
        ("blog/2021-05-20-bees/index.md", {"permalink": "/x/{{ page.fileSlug }}/"}, "x/bees/"),
        ("blog/2021-05-20-bees.md", {"permalink": "{{ page.filePathStem }}.html"}, "blog/bees.html"),
        ("a.md", {"permalink": "/{{ title | slugify }}/"}, "aepfel-and-birnen/"),
        ("a.md", {"permalink": "/{{ title | slug }}/"}, None),
        ("2021-05-20-a.md", {"permalink": "/{{ page.date | date: '%Y/%m' }}/{{ page.fileSlug }}/"}, "2021/05/a/"),
        ("a.md", {"permalink": "/{{ page.date | date: '%Y' }}/"}, None),
        ("a.md", {"permalink": "/{% if x %}a{% endif %}/"}, None),
        ("a.md", {"permalink": "/{{ title | special }}/"}, None),
        ("a.md", {"eleventyComputed": {"permalink": "/{{ kind }}/"}, "kind": "c"}, "c/"),
        ("tips/a.md", {"tip": "T"}, "tip/a/"),
        ("tips/b.md", {}, "own/"),
        ("tips/deep/c.md", {"permalink": "/mine/"}, "mine/"),
        ("js/a.md", {}, None),
        ("kept/a.md", {}, "kept/a/"),
        ("laid/a.md", {"layout": "post"}, "laid-out/a/"),
    ],
)
def test_addresses(tmp_path: Path, path: str, fields: dict[str, Any], address: str | None) -> None:
    data = {
        "src/tips/tips.json": '{ "permalink": "/tip/{{ page.fileSlug }}/" }',
        "src/tips/b.md": "",
        "src/tips/b.11tydata.json": '{ "permalink": "/own/" }',
        "src/js/js.11tydata.js": "module.exports = { permalink: (data) => data.x };",
        "src/kept/kept.11tydata.js": "module.exports = { eleventyComputed: { permalink: data => f(data.permalink) } };",
        "src/_includes/base.njk": "---\npermalink: /laid-out/{{ page.fileSlug }}/\n---\n",
        "src/_includes/post.njk": "---\nlayout: base.njk\n---\n",
    }
    profile = profile_of(tmp_path, FILES | data)
    found = address_of(profile, f"src/{path}", {"title": "Äpfel & Birnen", **fields})
    assert found == (None if address is None else f"https://x.example/b/{address}")


def test_fields_of_the_cascade(tmp_path: Path) -> None:
    data = {
        "src/tips/tips.json": '{ "tags": ["posts", "tips"], "layout": "x", '
        '"eleventyComputed": { "title": "Tip: {{ t }}" } }',
        "src/tips/broken.11tydata.json": "{",
        "src/tips/broken.md": "",
    }
    profile = profile_of(tmp_path, FILES | data)
    found = describe(profile, "src/tips/2021-05-20-a.md", {"t": "T", "tags": ["own", "all"], "date": "Last Modified"})
    assert found.fields["title"] == "Tip: T"
    assert found.fields["topics"] == ["tips", "own"]
    assert found.fields["language"] == "en"
    assert found.fields["publishedDateTime"] == "2021-05-20T00:00:00Z"
    assert not found.lost
    # Fields of the folder are not the article's own.
    assert not {"layout", "eleventyComputed"} & found.fields.keys()
    assert describe(profile, "src/tips/broken.md", {"title": "A"}).fields["topics"] == ["tips"]
    navigation = {"eleventyNavigation": {"key": "Bundle", "parent": "Plugins"}}
    assert describe(profile, "src/a.md", navigation).fields["title"] == "Bundle"


@pytest.mark.parametrize("front", ["const title = 'A';\nconst draft = true;", "{ title: 'A', draft: true }"])
def test_front_matter_in_javascript(tmp_path: Path, front: str) -> None:
    profile = profile_of(tmp_path, FILES)
    body = f"---js\n{front}\n---\nText."
    assert skipped(profile, "src/a.md", {}, body) == "draft"
    assert describe(profile, "src/a.md", {}, body).fields["title"] == "A"


def test_languages_and_translations(tmp_path: Path) -> None:
    config = "export default (e) => { e.addPlugin(I18nPlugin, { defaultLanguage: 'en' }) }"
    profile = profile_of(tmp_path, {"eleventy.config.js": config, "de/de.json": '{ "lang": "de-AT" }'})
    german, english = describe(profile, "de/a/b.md"), describe(profile, "en/a/b.md")
    assert (german.fields["language"], english.fields["language"]) == ("de-AT", "en")
    assert describe(profile, "a/b.md").fields["language"] == "en"
    assert german.fields["translationKey"] == english.fields["translationKey"] == "a/b"


@pytest.mark.parametrize(
    ("path", "fields", "body", "why"),
    [
        ("src/a.md", {"permalink": False}, "", "not an article: no page of its own"),
        ("src/a.md", {"permalink": {"build": False}}, "", "not an article: no page of its own"),
        ("src/a.md", {"eleventyExcludeFromCollections": True}, "", "not an article: left out of collections"),
        ("src/tags.md", {"pagination": {"data": "x"}}, "", "not an article: a template of many pages"),
        ("src/index.md", {}, "", "not an article: home page"),
        ("src/en/index.md", {}, "", "not an article: home page"),
        ("src/blog/index.md", {}, "{% for p in collections.posts %}", "not an article: a list of pages"),
        ("src/blog/index.md", {}, "{% raw %}{% for p in collections.posts %}{% endraw %}", None),
        ("src/part.html", {}, "", "not an article: template"),
        ("src/a.html", {"title": "A", "layout": "x"}, "", None),
        ("src/_includes/a.md", {}, "", "not an article: _includes"),
        ("_site/a/index.html", {}, "", "not an article: _site"),
        ("README.md", {}, "", "outside of the input folder"),
        ("src/old/a.md", {}, "", "named in .eleventyignore"),
        ("src/a.11tydata.json", {}, "", "not an article: data file"),
        ("src/a.md", {"draft": True}, "", "draft"),
        ("src/2030-01-01-a.md", {}, "", "in the future"),
    ],
)
def test_files_and_pages_that_are_not_articles(
    tmp_path: Path, path: str, fields: dict[str, Any], body: str, why: str | None
) -> None:
    profile = profile_of(tmp_path, FILES | {".eleventyignore": "# old\nsrc/old/\n!x\n"})
    assert skipped(profile, path, fields, body) == why


@pytest.mark.parametrize(
    ("path", "fields", "address"),
    [
        ("src/posts/2021-04-16-a.md", {}, "https://x.example/web/a/"),
        ("src/posts/2021-04-16-trip/index.md", {}, "https://x.example/web/trip/"),
        ("src/posts/2021-04-16-a.md", {"permalink": "/own/place/"}, "https://x.example/own/place/"),
        ("src/posts/2021-04-16-a.md", {"permalink": "/own/{{ title | shout }}/"}, "https://x.example/web/a/"),
    ],
)
def test_a_pages_own_address_overrides_the_url_pattern(
    tmp_path: Path, path: str, fields: dict[str, Any], address: str
) -> None:
    data = "export default { permalink: ({ page }) => `/web/${page.fileSlug}/` }"
    files = {"eleventy.config.js": "", "src/posts/posts.11tydata.js": data}
    assert address_of(profile_of(tmp_path, files, url="https://x.example/web/{slug}/"), path, fields) == address


def test_code_in_the_cascade_is_not_kept_in_a_page(tmp_path: Path) -> None:
    data = "export default { eleventyComputed: { seo: (data) => data.x }, extra: { made: () => 1 } }"
    profile = profile_of(tmp_path, {"eleventy.config.js": "", "posts/posts.11tydata.js": data})
    own = {"title": "A", "eleventyComputed": {"heading": "B"}, "extra": {"n": 1}}
    kept = describe(profile, "posts/a.md", own).fields
    assert (kept["eleventyComputed"], kept["extra"]) == ({"heading": "B"}, {"n": 1})


def test_templates_in_permalinks() -> None:
    for template, text in [
        ("{{ a }}-{{ b.c }}", "A-7"),
        ("{{ none or a }}", "A"),
        ("{{ 'x|y' | upcase | append: '!' }}", "X|Y!"),
        ("{{ a | replace('A', \"b\") | trim }}", "b"),
        ("{{ none | default: 'd' }}", "d"),
        ("{{ none }}", None),
        ("{{ b }}", None),
        ("{{ a | date: '%Y' }}", None),
    ]:
        assert render(template, {"a": "A", "b": {"c": 7}}) == text, template


def test_slugs():
    for text, slug in [
        ("Jo's & Al’s 2.0", "jos-and-al-s-2-0"),
        ("Größe", "groesse"),
        ("Çà et là", "ca-et-la"),
        ("Ørsund œ", "orsund"),
    ]:
        assert slugify_ascii(text) == slug
