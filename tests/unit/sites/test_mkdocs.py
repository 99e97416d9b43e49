from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.config import FieldSettings, SiteSettings
from recommender.sites.mkdocs import MkDocs
from recommender.sites.page import Page
from recommender.sites.profile import Description
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CONF = "site_url: https://x.example/b/\n"
BLOG = "plugins:\n  - search\n  - blog:\n      "
I18N = "plugins:\n  i18n:\n    languages:\n      - {locale: en, default: true}\n      - {locale: de}\n"


def profile(folder: Path, conf: str = "", **files: str) -> MkDocs:
    (folder / "mkdocs.yml").write_text(CONF + conf, encoding="utf-8")
    for name, text in files.items():
        place = folder / name.replace("__", "/").replace("_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return MkDocs(SiteRoot(folder), SiteSettings(), FieldSettings())


def describe(asked: MkDocs, path: str, body: str = "", **fields: Any) -> Description:
    return asked.describe(Page(path, fields, body), NOW)


@pytest.mark.parametrize(
    ("conf", "path", "url"),
    [
        ("", "docs/a b.md", "/a%20b/"),
        ("", "docs/a/index.md", "/a/"),
        ("", "docs/a/README.md", "/a/"),
        ("use_directory_urls: false", "docs/a/b.md", "/a/b.html"),
        ("use_directory_urls: false", "docs/a/README.md", "/a/index.html"),
        ("use_directory_urls: !ENV [X, false]", "docs/a.md", "/a/"),
        ("docs_dir: ./text/en", "text/en/a.md", "/a/"),
        (I18N, "docs/a.de.md", "/de/a/"),
        (I18N, "docs/a.fr.md", "/a.fr/"),
        (I18N, "docs/a/index.de.md", "/de/a/"),
        (I18N + "    docs_structure: folder\n", "docs/de/a.md", "/de/a/"),
        (I18N + "    docs_structure: folder\n", "docs/en/a.md", "/a/"),
    ],
)
def test_addresses(tmp_path: Path, conf: str, path: str, url: str) -> None:
    assert describe(profile(tmp_path, conf), path).fields["webUrl"] == f"https://x.example/b{url}"


@pytest.mark.parametrize(
    ("options", "fields", "url"),
    [
        ("{}", {}, "/blog/2020/05/01/a-title--über-c/"),
        ("{}", {"slug": "own"}, "/blog/2020/05/01/own/"),
        (
            "{}",
            {"date": {"created": date(2020, 5, 2), "updated": date(2021, 1, 1)}},
            "/blog/2020/05/02/a-title--über-c/",
        ),
        ("{post_url_format: '{categories}/{file}'}", {"categories": ["A b", "C"]}, "/blog/a-b/x/"),
        ("{post_url_format: '{file}'}", {}, "/blog/x/"),
        ("{post_url_date_format: yy-M-d}", {"slug": "s"}, "/blog/20-5-1/s/"),
        ("{post_url_date_format: MMM}", {"slug": "s"}, None),
        ("{post_url_format: '{mood}'}", {}, None),
        ("{}", {"date": None}, None),
        ("{post_url_max_categories: many}", {"slug": "s"}, "/blog/2020/05/01/s/"),
        ("{post_slugify_separator: _}", {"title": "A  b"}, "/blog/2020/05/01/a__b/"),
    ],
)
def test_addresses_of_a_blog(tmp_path: Path, options: str, fields: dict[str, Any], url: str | None) -> None:
    asked = profile(tmp_path, BLOG.rstrip() + f" {options}\n")
    given = {"date": date(2020, 5, 1), **fields}
    found = describe(asked, "docs/blog/posts/x.md", "Text\n\n# A <b>title</b> & Über C++\n", **given).fields
    assert found.get("webUrl") == (None if url is None else f"https://x.example/b{url.replace('ü', '%C3%BC')}")


def test_a_site_without_its_url_has_no_addresses(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: X\nsite_url: ''\n")
    asked = MkDocs(SiteRoot(tmp_path), SiteSettings(), FieldSettings())
    assert asked.base is None
    assert MkDocs.recognise(SiteRoot(tmp_path)) == "mkdocs.yml"
    assert MkDocs.recognise(SiteRoot(tmp_path / "docs")) is None


def test_settings_are_inherited(tmp_path: Path) -> None:
    (tmp_path / "base.yml").write_text("site_url: https://base.example\ndocs_dir: text\n")
    (tmp_path / "mkdocs.yml").write_text("INHERIT: base.yml\n")
    asked = MkDocs(SiteRoot(tmp_path), SiteSettings(), FieldSettings())
    assert describe(asked, "text/a.md").fields["webUrl"] == "https://base.example/a/"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("docs/", None),
        ("docs/a/", None),
        ("docs/a/b.md", None),
        ("docs/a/security.md", None),
        ("docs/security.md", "not an article: security"),
        ("docs/404.md", "not an article: 404"),
        ("docs/index.md", "not an article: home page"),
        ("docs/README.md", "not an article: home page"),
        ("docs/a/README.md", None),
        ("docs/c/README.md", "not an article: README"),
        ("docs/news/index.md", "not an article: blog"),
        ("docs/words.md", "not an article: list of tags"),
        ("docs/templates/", "in exclude_docs"),
        ("docs/old/", "in exclude_docs"),
        ("docs/a/x.tmp.md", "in exclude_docs"),
        ("README.md", "outside docs"),
        ("site/", "outside docs"),
    ],
)
def test_which_files_are_articles(tmp_path: Path, path: str, why: str | None) -> None:
    plugins = "plugins:\n  blog: {blog_dir: news}\n  tags: {tags_file: words.md}\n"
    asked = profile(tmp_path, f"exclude_docs: |\n  old/\n  *.tmp.md\n{plugins}", docs__c__index_md="# C\n")
    assert asked.path_skip_reason(path) == why


def test_descriptions_of_pages(tmp_path: Path) -> None:
    authors = "authors:\n  jo: {name: Jo Roe}\n  broken: 7\n"
    conf = (
        "nav:\n  - Guide: [{Short name: a.md}, https://other.example, b.md]\n  - {X: a.md}\ntheme: {language: pt_BR}\n"
    )
    asked = profile(tmp_path, f"draft_docs: wip*\n{conf}{BLOG.rstrip()} {{}}\n", docs__blog___authors_yml=authors)
    (tmp_path / "docs" / "blog" / ".authors.yml").write_text(authors)
    asked = MkDocs(SiteRoot(tmp_path), SiteSettings(), FieldSettings())
    assert describe(asked, "docs/a.md").fields["title"] == "Short name"
    assert asked.describe(Page("docs/a.md", {}), NOW, lambda: "Heading").fields["title"] == "Heading"
    assert describe(asked, "docs/b.md").fields["title"] == "B"
    assert describe(asked, "docs/b.md").fields["language"] == "pt-BR"
    assert describe(asked, "docs/wip-1.md").hidden == "draft"
    post = {"date": date(2020, 1, 1), "authors": ["jo", "other"]}
    assert describe(asked, "docs/blog/posts/x.md", **post).fields["authors"] == ["Jo Roe", "other"]
    assert describe(asked, "docs/blog/posts/x.md", **post, draft=True).hidden == "draft"
    assert asked.page_skip_reason(Page("docs/blog/posts/x.md", {})) == "not an article: no date"
    assert (
        asked.page_skip_reason(Page("docs/t.md", {}, "# Tags\n\n<!-- material/tags -->"))
        == "not an article: list of tags"
    )
    for shown in ("```\n<!-- material/tags -->\n```\n", "=== a\n\n    <!-- material/tags -->\n", "Put `[TAGS]` there."):
        assert asked.page_skip_reason(Page("docs/t.md", {}, f"# Setting up tags\n\n{shown}")) is None


def test_translations_share_a_path(tmp_path: Path) -> None:
    asked = profile(tmp_path, I18N)
    found = [describe(asked, path).fields for path in ("docs/a.md", "docs/a.de.md")]
    assert [(each["language"], each["translationKey"]) for each in found] == [("en", "a"), ("de", "a")]
    old = profile(tmp_path, "plugins:\n  - i18n: {default_language: en, languages: {en: English, fr: français}}\n")
    assert describe(old, "docs/a.fr.md").fields["webUrl"] == "https://x.example/b/fr/a/"
