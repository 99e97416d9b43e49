"""The Astro profile: settings, collections, routes, pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.pages import address_of, describe, profile_of, skipped

from recommender.sites.astro.profile import Astro
from recommender.sites.astro.routes import entry_id

CONFIG = "export default defineConfig({ site: 'https://x.example', base: '/b', MORE });"
CONTENT = """\
const DIR = 'src/posts';
const posts = defineCollection({ loader: glob({ pattern: '**/[^_]*.md', base: `./${DIR}` }), schema: z.object({}) });
const rooted = defineCollection({ loader: glob({ pattern: 'src/rooted/**/*.md' }) });
const own = defineCollection({ loader: glob({ pattern: '*.md', base: 'src/own', generateId: ({ entry }) => entry }) });
const authors = defineCollection({ loader: glob({ pattern: '*.md', base: 'src/authors' }) });
export const collections = { posts, rooted, own, authors, blog: defineCollection({ schema: z.object({}) }) };
"""
PATHS = "export async function getStaticPaths() { const all = await getCollection('NAME'); return all.map(PARAMS); }"
BY_ID = "(p) => ({ params: { slug: p.id }, props: p })"
SPLIT = "(p) => { const [lang, ...slug] = p.id.split('/'); return { params: { lang, slug: slug.join('/') } }; }"


def route(name: str, params: str = BY_ID) -> str:
    return f"---\n{PATHS.replace('NAME', name).replace('PARAMS', params)}\n---\n<p/>"


def site(more: str = "", **routes: str) -> dict[str, str]:
    files = {
        "astro.config.mjs": CONFIG.replace("MORE", more),
        "src/content.config.ts": CONTENT,
        "src/content/blog/a.md": "",
    }
    return files | {f"src/pages/{path}.astro": text for path, text in routes.items()}


@pytest.mark.parametrize(
    ("files", "is_astro"),
    [
        ({"astro.config.ts": ""}, True),
        ({"package.json": '{"dependencies": {"astro": "^5"}}', "src/pages/a.md": ""}, True),
        ({"package.json": '{"dependencies": {"astro": "^5"}}'}, False),
    ],
)
def test_recognises_its_files(tmp_path: Path, files: dict[str, str], is_astro: bool) -> None:
    assert isinstance(profile_of(tmp_path, files), Astro) is is_astro


@pytest.mark.parametrize(
    ("route_path", "text", "path", "fields", "address"),
    [
        ("news/[...slug]", route("blog"), "src/content/blog/A b/C&D.md", {}, "news/a-b/cd/"),
        ("news/[...slug]", route("blog"), "src/content/blog/x/index.md", {}, "news/x/"),
        ("news/[...slug]", route("blog"), "src/content/blog/x.md", {"slug": "y/Z"}, "news/y/Z/"),
        ("[slug]", route("blog"), "src/content/blog/x.mdx", {}, "x/"),
        ("[slug]/index", route("posts"), "src/posts/2021/x.md", {}, "2021/x/"),
        ("p/[id]", route("posts", "({ slug }) => ({ params: { id: slug } })"), "src/posts/x.md", {}, "p/x/"),
        (
            "p/[...slug]",
            route("posts", "(p) => ({ params: { slug: getPath(p.id, p.filePath) } })"),
            "src/posts/x.md",
            {},
            "p/x/",
        ),
        ("p/[...slug]", route("rooted"), "src/rooted/x.md", {}, "p/src/rooted/x/"),
        ("p/[...slug]", route("own"), "src/own/x.md", {}, None),
        ("p/[tag]", route("blog", "(p) => ({ params: { tag: p.tag } })"), "src/content/blog/x.md", {}, None),
        ("p/[...page]", route("blog", "() => paginate(all, { pageSize: 9 })"), "src/content/blog/x.md", {}, None),
        ("p/[slug].json", route("blog"), "src/content/blog/x.md", {}, None),
        ("[lang]/[...slug]", route("posts", SPLIT), "src/posts/de/a/x.md", {}, "de/a/x/"),
        ("[...lang]/p/[...slug]", route("posts", SPLIT), "src/posts/en/x.md", {}, "p/x/"),
        ("[...lang]/p/[...slug]", route("posts", SPLIT), "src/posts/de/x.md", {}, "de/p/x/"),
        ("[lang]/p/[...slug]", route("posts"), "src/posts/x.md", {}, None),
        ("x", "", "src/pages/docs/Some Page.md", {}, "docs/Some%20Page/"),
        ("x", "", "src/pages/docs/index.md", {}, "docs/"),
    ],
)
def test_addresses(
    tmp_path: Path, route_path: str, text: str, path: str, fields: dict[str, Any], address: str | None
) -> None:
    profile = profile_of(tmp_path, site("i18n: { defaultLocale: 'en', locales: ['en', 'de'] }", **{route_path: text}))
    assert address_of(profile, path, fields) == (None if address is None else f"https://x.example/b/{address}")


def test_the_most_likely_route_counts(tmp_path: Path) -> None:
    both = route("blog").replace("return", "const more = await getCollection('posts'); return")
    profile = profile_of(
        tmp_path, site(**{"a/[...slug]": both, "z/[...slug]": route("blog"), "tags/[tag]": route("blog")})
    )
    assert address_of(profile, "src/content/blog/x.md") == "https://x.example/b/z/x/"
    assert address_of(profile, "src/posts/x.md") == "https://x.example/b/a/x/"


def test_imported_settings_and_collections(tmp_path: Path) -> None:
    files = site(
        **{
            "notes/[...slug]": route("posts"),
            "news/[...slug]": "---\nimport type { X } from 'astro';\nimport { all } from '@/data/read';\n"
            "export const getStaticPaths = async () => (await all()).map((p) => ({ params: { slug: p.id } }));\n---\n",
        }
    )
    files["astro.config.mjs"] = (
        "import { SITE as site } from './src/consts';\nimport where from './where.json';\n"
        "import gone from './gone';\nimport other from '../outside';\n"
        "export default defineConfig({ site: site.url, base: where.base });"
    )
    files["src/consts.ts"] = "export const SITE = { url: 'https://x.example/' };"
    files["where.json"] = '{"base": "/b"}'
    files["src/data/read.ts"] = (
        "export async function all() { return getCollection('blog'); }\n"
        "export async function one() { return getCollection('posts'); }\n"
    )
    profile = profile_of(tmp_path, files)
    assert address_of(profile, "src/content/blog/x.md") == "https://x.example/b/news/x/"
    assert address_of(profile, "src/posts/x.md") == "https://x.example/b/notes/x/"


@pytest.mark.parametrize(
    ("more", "page", "index"),
    [
        ("trailingSlash: 'never'", "x", "docs"),
        ("trailingSlash: 'always'", "x/", "docs/"),
        ("build: { format: 'file' }", "x.html", "docs.html"),
        ("build: { format: 'preserve' }", "x.html", "docs/"),
        ("trailingSlash: 'never', build: { format: 'file' }", "x", "docs"),
    ],
)
def test_forms(tmp_path: Path, more: str, page: str, index: str) -> None:
    profile = profile_of(tmp_path, site(more, **{"[slug]": route("blog")}))
    assert address_of(profile, "src/content/blog/x.md") == f"https://x.example/b/{page}"
    assert address_of(profile, "src/pages/docs/index.md") == f"https://x.example/b/{index}"


def test_starlight(tmp_path: Path) -> None:
    more = (
        "integrations: [mdx(), starlight({ title: 'x', locales: { root: { label: 'English', lang: 'en' }, de: {} } })]"
    )
    profile = profile_of(tmp_path, site(more) | {"src/content/docs/a.md": ""})
    german, english = (describe(profile, f"src/content/docs/{path}") for path in ("de/Guides/a.md", "Guides/a.md"))
    assert german.fields["webUrl"] == "https://x.example/b/de/guides/a/"
    assert english.fields["webUrl"] == "https://x.example/b/guides/a/"
    assert (german.fields["language"], english.fields["language"]) == ("de", "en")
    assert german.fields["translationKey"] == english.fields["translationKey"] == "Guides/a"
    assert skipped(profile, "src/content/docs/de/index.mdx") == "not an article: home page"


def test_dates_and_bases(tmp_path: Path) -> None:
    files = {"astro.config.mjs": "export default { site: 'https://example.com' }", "src/content/blog/a.md": ""}
    profile = profile_of(tmp_path, files | {"src/pages/[id].astro": route("blog")})
    found = describe(profile, "src/content/blog/a.md", {"pubDatetime": "2021-05-20T10:00:00Z", "published": True})
    assert found.fields["publishedDateTime"] == "2021-05-20T10:00:00Z"
    assert found.fields["webUrl"] == "/a/"
    # Nothing tells an entry's language.
    assert not {"language", "translationKey"} & found.fields.keys()


@pytest.mark.parametrize(
    ("path", "fields", "why"),
    [
        ("README.md", {}, "outside of the content"),
        ("src/components/x.md", {}, "outside of the content"),
        ("src/pages/index.md", {}, "not an article: home page"),
        ("src/pages/_x.md", {}, "not an article: hidden from Astro"),
        ("src/posts/_x.md", {}, "not an article: hidden from Astro"),
        ("src/content/blog/_x.md", {}, "not an article: hidden from Astro"),
        ("src/authors/x.md", {}, "not an article: authors"),
        ("src/own/_x.md", {}, None),
        ("src/posts/x.md", {"draft": True}, "draft"),
        ("src/posts/x.md", {"pubDate": "2030-01-01"}, "in the future"),
    ],
)
def test_files_and_pages_that_are_not_articles(
    tmp_path: Path, path: str, fields: dict[str, Any], why: str | None
) -> None:
    assert skipped(profile_of(tmp_path, site()), path, fields) == why


def test_ids() -> None:
    for path, found in [
        ("Über uns/Teil_1", "über-uns/teil_1"),
        ("a/index", "a"),
        ("index", "index"),
        ("v1.2 (x)!", "v12-x"),
        ("日本 語", "日本-語"),
    ]:
        assert entry_id(path) == found, path
