"""The Jekyll profile: permalinks, defaults, categories, drafts, skipped pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from recommender.sites import find_site
from recommender.sites.jekyll.address import slugify, titleize
from recommender.sites.page import Page
from recommender.sites.profile import SiteProfile

NOW = datetime(2024, 1, 1, tzinfo=UTC)
SITE: dict[str, Any] = {"url": "https://paper.example", "baseurl": "/news"}
POST = "_posts/2021-04-06-Night-train_2.0.md"


def profile_of(folder: Path, **config: Any) -> SiteProfile:
    (folder / "_posts").mkdir()
    (folder / "_config.yml").write_text(yaml.safe_dump({**SITE, **config}))
    return find_site(folder).profile


def address_of(profile: SiteProfile, path: str, **fields: Any) -> str | None:
    url = profile.describe(Page(path, fields), NOW).fields.get("webUrl")
    return None if url is None else url.removeprefix("https://paper.example/news")


@pytest.mark.parametrize(
    ("permalink", "address"),
    [
        (None, "/2021/04/06/Night-train_2.0.html"),
        ("none", "/Night-train_2.0.html"),
        ("date", "/2021/04/06/Night-train_2.0.html"),
        ("pretty", "/2021/04/06/Night-train_2.0/"),
        ("ordinal", "/2021/096/Night-train_2.0.html"),
        ("weekdate", "/2021/W14/Tue/Night-train_2.0.html"),
        ("/:short_year/:i_month/:i_day/:slug", "/21/4/6/night-train-2-0"),
        ("/:month_:day/:long_month/:name/", "/04_06/April/2021-04-06-night-train-2-0/"),
        ("/:collection/:path:output_ext", "/posts/2021-04-06-Night-train_2.0.html"),
        ("/:w_year/:w_day/:long_day/:short_month/:hour:minute:second/", "/2021/2/Tuesday/Apr/000000/"),
        ("/:unknown/:title", None),
    ],
)
def test_permalinks(tmp_path: Path, permalink: str | None, address: str | None) -> None:
    assert address_of(profile_of(tmp_path, permalink=permalink), POST) == address


@pytest.mark.parametrize(
    ("path", "fields", "address"),
    [
        (POST, {"slug": "Été à_2!"}, "/2021/04/06/%C3%89t%C3%A9-%C3%A0_2!.html"),
        (POST, {"permalink": "/x/:year/y"}, "/x/2021/y"),
        (POST, {"date": "2021-04-07"}, "/2021/04/07/Night-train_2.0.html"),
        (POST, {"date": "2021-02-30"}, "/2021/03/02/Night-train_2.0.html"),
        (POST, {"date": "2021-04-06 23:30:00"}, "/2021/04/07/Night-train_2.0.html"),
        (POST, {"date": "2021-04-06 23:30"}, "/2021/04/06/Night-train_2.0.html"),
        (POST, {"date": "2021-04-06 10:00:00 -0800"}, "/2021/04/06/Night-train_2.0.html"),
        (POST, {"date": datetime(2021, 4, 6, 23)}, "/2021/04/07/Night-train_2.0.html"),
        (POST, {"date": "soon"}, None),
        (POST, {"categories": "Rail Sea"}, "/rail/sea/2021/04/06/Night-train_2.0.html"),
        (POST, {"categories": ["A", "a"], "category": "B c", "slug": "x"}, "/a/b%20c/2021/04/06/x.html"),
        ("Travel/Sea/_posts/sub/2021-04-06-a.md", {}, "/travel/sea/2021/04/06/a.html"),
        ("_posts/21-4-6-a.md", {}, "/2021/04/06/a.html"),
        ("_posts/2021-04-06-कहानी.md", {}, "/2021/04/06/%E0%A4%95%E0%A4%B9%E0%A4%BE%E0%A4%A8%E0%A5%80.html"),
        ("_guides/sea/A guide.md", {}, "/guides/sea/A%20guide.html"),
        ("_maps/2021-04-06-sea.md", {}, "/m/2021/sea/"),
        ("_maps/sea.md", {}, None),
    ],
)
def test_addresses_of_one_page(tmp_path: Path, path: str, fields: dict[str, Any], address: str | None) -> None:
    collections = {"guides": {"output": True}, "maps": {"output": True, "permalink": "/m/:year/:title/"}}
    assert address_of(profile_of(tmp_path, collections=collections, timezone="Europe/Oslo"), path, **fields) == address


@pytest.mark.parametrize(
    ("scope", "path", "applies"),
    [
        ({"path": ""}, "_posts/2021-01-01-a.md", True),
        ({"path": "", "type": "posts"}, "_posts/2021-01-01-a.md", True),
        ({"path": "", "type": "post"}, "_posts/2021-01-01-a.md", True),
        ({"path": "", "type": "guides"}, "_posts/2021-01-01-a.md", False),
        ({"path": "_posts/d"}, "_posts/de/2021-01-01-a.md", True),
        ({"path": "_posts/*/2021*"}, "_posts/de/2021-01-01-a.md", True),
        ({"path": "_posts/*.md"}, "_posts/de/2021-01-01-a.md", False),
        ({"path": "/_posts"}, "_posts/2021-01-01-a.md", True),
    ],
)
def test_scopes_of_defaults(tmp_path: Path, scope: dict[str, str], path: str, applies: bool) -> None:
    defaults = [{"scope": scope, "values": {"permalink": "/given/", "layout": "x"}}, "no default", {"values": 1}]
    profile = profile_of(tmp_path, defaults=defaults)
    assert (address_of(profile, path) == "/given/") is applies
    assert "layout" not in profile.describe(Page(path, {}), NOW).fields


def test_the_nearest_default_counts_and_the_page_overrides_it(tmp_path: Path) -> None:
    defaults = [
        {"scope": {"path": "_posts/a"}, "values": {"author": "near", "lang": "de"}},
        {"scope": {"path": ""}, "values": {"author": "far", "categories": ["Given"]}},
    ]
    said = profile_of(tmp_path, defaults=defaults).describe(
        Page("_posts/a/2021-01-01-b.md", {"lang": "fr", "categories": "Own", "tags": "x, y", "title": None}), NOW
    )
    assert said.fields["authors"] == ["near"]
    assert said.fields["language"] == "fr"
    assert said.fields["topics"] == ["x", "y", "Given", "Own"]
    assert said.fields["title"] == "B"


@pytest.mark.parametrize(
    ("config", "path", "fields", "hidden"),
    [
        ({}, "_drafts/a.md", {}, "draft"),
        ({}, "x/_drafts/a.md", {}, "draft"),
        ({}, POST, {"published": False}, "draft"),
        ({"unpublished": True}, POST, {"published": False}, None),
        ({"unpublished": True}, POST, {"published": False, "draft": True}, "draft"),
        ({}, "_posts/2099-01-01-a.md", {}, "in the future"),
        ({"future": True}, "_posts/2099-01-01-a.md", {}, None),
        ({"defaults": [{"values": {"published": False}}]}, POST, {}, "draft"),
    ],
)
def test_hidden_pages(
    tmp_path: Path, config: dict[str, Any], path: str, fields: dict[str, Any], hidden: str | None
) -> None:
    assert profile_of(tmp_path, **config).describe(Page(path, fields), NOW).hidden == hidden


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("_posts/", None),
        (POST, None),
        ("_posts/undated.md", "not an article: no date in the name"),
        ("_posts/_old/", "not an article: special file"),
        ("_drafts/", None),
        ("_drafts/a.md", "draft"),
        ("blog/", None),
        ("about.md", "not an article: page"),
        ("_layouts/", "not an article: _layouts"),
        ("_guides/a.md", None),
        ("_quotes/", "not an article: _quotes"),
        ("docs/", "excluded"),
        ("documents.md", "excluded"),
        ("a.tgz", "excluded"),
        ("documented.md", "not an article: page"),
        ("vendor/bundle/", "excluded"),
    ],
)
def test_skipped_paths(tmp_path: Path, path: str, reason: str | None) -> None:
    config = {
        "exclude": ["docu", "docs/", "*.tgz", 7],
        "include": ["documented.md"],
        "collections": {"guides": {"output": True}, "quotes": None},
    }
    assert profile_of(tmp_path, **config).path_skip_reason(path) == reason


@pytest.mark.parametrize(
    ("path", "syntax", "reason"),
    [(POST, "plain", None), ("_guides/a.md", "plain", "no front matter"), ("_guides/a.md", "yaml", None)],
)
def test_files_without_front_matter(tmp_path: Path, path: str, syntax: str, reason: str | None) -> None:
    profile = profile_of(tmp_path, collections=["guides"])
    assert profile.page_skip_reason(Page(path, {}, syntax=syntax)) == reason


def test_header_lines_are_text(tmp_path: Path) -> None:
    said = profile_of(tmp_path).describe(Page(POST, {"title": "No title"}, syntax="headers"), NOW)
    assert said.fields["title"] == "Night Train_2.0"


def test_folders_of_the_configuration(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, source="./src/", collections_dir="all")
    assert profile.path_skip_reason("src/") is None
    assert profile.path_skip_reason("test/") == "not an article: outside the source"
    assert profile.path_skip_reason("src/all/_posts/2021-01-01-a.md") is None
    assert address_of(profile, "src/all/x/_posts/2021-01-01-a.md") == "/x/2021/01/01/a.html"
    assert 'page.path | prepend: "all/"' in profile.snippet_into


@pytest.mark.parametrize(
    ("path", "permalink", "address"),
    [
        ("index.md", None, "/"),
        ("guide/index.md", "pretty", "/guide/"),
        ("guide/Set up.md", None, "/guide/Set%20up.html"),
        ("guide/a.md", "pretty", "/guide/a/"),
        ("guide/a.md", "/:title", "/guide/a"),
    ],
)
def test_pages_are_articles_on_a_site_without_posts(
    tmp_path: Path, path: str, permalink: str | None, address: str
) -> None:
    (tmp_path / "_config.yml").write_text(yaml.safe_dump({**SITE, "permalink": permalink}))
    profile = find_site(tmp_path).profile
    assert profile.path_skip_reason(path) is None
    assert profile.path_skip_reason("README.md") == "not an article: README"
    assert address_of(profile, path) == address


def test_languages_of_polyglot(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, languages=["en", "de"], default_lang="en", plugins=["jekyll-polyglot"])
    german = profile.describe(Page("_posts/de/2021-01-01-a.md", {"lang": "de", "permalink": "/a/"}), NOW).fields
    english = profile.describe(Page("_posts/2021-01-01-a.md", {"permalink": "/a/"}), NOW).fields
    assert german["webUrl"] == "https://paper.example/news/de/a/"
    assert german["translationKey"] == english["translationKey"] == "/a/"
    assert (german["language"], english["language"]) == ("de", "en")
    said = profile.describe(Page("_posts/de/2021-01-01-a.md", {"page_id": "a"}), NOW).fields
    assert (said["language"], said["translationKey"]) == ("de", "page_id:a")


def test_translations_in_folders_of_languages(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, collections={"guides": {"output": True}}, permalink="/:path/")
    paths = {"en": "_guides/legal.md", "de": "_guides/de/legal.md", "pt-BR": "_guides/pt-br/legal.md"}
    told = [profile.describe(Page(path, {"lang": lang}), NOW).fields for lang, path in paths.items()]
    assert {fields["translationKey"] for fields in told} == {"_guides/legal"}
    assert "translationKey" not in profile.describe(Page("_guides/legal.md", {}), NOW).fields
    shared = profile.describe(Page("_guides/b.md", {"lang": "en", "permalink": "/:title/"}), NOW).fields
    assert shared["translationKey"] == "_guides/b"


def test_a_page_with_only_a_layout_is_a_home_page(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, collections={"guides": {"output": True}})
    assert profile.page_skip_reason(Page("_guides/de/index.html", {"layout": "index"})) == "not an article: home page"
    assert profile.page_skip_reason(Page("_guides/de/index.html", {"layout": "index"}, "<p>Text.</p>")) is None


@pytest.mark.parametrize(
    ("config", "files", "base"),
    [
        ({}, {}, ""),
        ({"baseurl": "/b/"}, {}, "/b"),
        ({"url": "http://localhost:4000"}, {}, ""),
        ({"baseurl": ""}, {"CNAME": "paper.example\n"}, "https://paper.example"),
        ({"url": "https://x.example/"}, {"CNAME": "paper.example"}, "https://x.example"),
    ],
)
def test_base(tmp_path: Path, config: dict[str, str], files: dict[str, str], base: str) -> None:
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert find_site(tmp_path).profile.base == base


@pytest.mark.parametrize(
    ("files", "generator"),
    [(["_config.yml"], "jekyll"), (["_posts/2021-01-01-a.md"], "jekyll"), (["_config.yml", "_toc.yml"], "markdown")],
)
def test_recognition(tmp_path: Path, files: list[str], generator: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert find_site(tmp_path).profile.generator == generator


def test_slugs():
    for text, plain, pretty in [
        ("The _config.yml file", "the-config-yml-file", "the-_config.yml-file"),
        ("-ÅÄÖ ΟΔΟΣ-", "åäö-οδοσ", "åäö-οδοσ"),
        ("½ a² - b", "a-b", "a-b"),
        ("C# & C++", "c-c", "c-&-c++"),
    ]:
        assert (slugify(text), slugify(text, pretty=True)) == (plain, pretty)


def test_titles_of_slugs() -> None:
    assert titleize("a-NEW-story--") == "A New Story"
