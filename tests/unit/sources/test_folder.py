"""A site's folder: which files are articles, how they are read, and what is skipped and why."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from recommender.article import MAX_TEXT_CHARS, Article, LostValue
from recommender.config import Settings, SourceSettings
from recommender.errors import ConfigError, SourceError
from recommender.sources import FileState, Found, ReadArticle, SiteFile, SiteFolder, Skipped, Unchanged, Unreadable
from recommender.sources.json_lines import JsonLinesFile

FRONT = "---\ntitle: T\n---\n"
NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)


def write(folder: Path, *names: str, text: str = FRONT) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def scan(folder: Path, **settings: Any) -> list[Found]:
    sources = SourceSettings(**settings)
    return list(SiteFolder(folder, Settings(sources=sources), now=NOW).scan({}))


def paths(found: list[Found]) -> list[str]:
    """Return what was not skipped."""
    return [each.path for each in found if not isinstance(each, Skipped)]


def skipped(found: list[Found]) -> dict[str, str]:
    return {each.path: each.reason for each in found if isinstance(each, Skipped)}


def ids(found: list[Found]) -> list[str | None]:
    return [each.article.id if isinstance(each, ReadArticle) else None for each in found]


def read(folder: Path, text: str, name: str = "folder/name.md", **sections: Any) -> ReadArticle:
    """Read the only article of a site with one file."""
    write(folder, name, text=text)
    found = list(SiteFolder(folder, Settings.parse(sections), now=NOW).scan({}))
    assert [type(each) for each in found] == [ReadArticle]
    assert isinstance(found[0], ReadArticle)
    return found[0]


def article(folder: Path, text: str) -> Article:
    return read(folder, text).article


# What is read


def test_every_field_and_the_body_are_read(tmp_path: Path):
    text = """\
---
category: news
title: "ACLU suit"
excerpt: >-
  The deal
  allowed it.
publishedDateTime: 2021-04-16T20:54:00Z
webUrl: "https://site.example/a"
quality: 35
heat: -1
season: spring

provider:
  name: Biometric Companies
  domain: biometricupdate.com

topics:
  - Computer Vision
  - AI

images:
  - url: "https://site.example/a.jpg"
    width: 640
    height: 260
    isCached: true

secured: "4ZGfoqRB=="
---

The *text*.
"""
    found = article(tmp_path, text)
    assert found.to_record() == {
        "id": "folder/name",
        "title": "ACLU suit",
        "excerpt": "The deal allowed it.",
        "publishedDateTime": "2021-04-16T20:54:00Z",
        "webUrl": "https://site.example/a",
        "quality": 35,
        "heat": -1,
        "provider": {"name": "Biometric Companies", "domain": "biometricupdate.com"},
        "topics": ["Computer Vision", "AI", "news"],
        "images": [{"url": "https://site.example/a.jpg", "width": 640, "height": 260, "isCached": True}],
        "body": "\nThe *text*.\n",
        "season": "spring",
    }
    assert found.secured == "4ZGfoqRB=="


def test_the_sample_site_is_read_field_by_field_as_its_yaml_says(site: Path):
    found = [each for each in SiteFolder(site).scan({}) if isinstance(each, ReadArticle)]
    assert len(found) == sum(file.read_bytes().startswith(b"---") for file in site.glob("_*/**/*.md"))
    for each in found:
        _, front, body = (site / each.path).read_text(encoding="utf-8").split("---\n", 2)
        fields = yaml.load(front, yaml.CSafeLoader)
        fields.pop("related", None)
        if body.strip():
            fields["body"] = body
        plain = Article.read({"id": each.path.removesuffix(".md"), **fields})
        assert (each.article, each.lost) == (plain, ())
        assert each.article.to_record() == plain.to_record()


def test_an_id_in_the_front_matter_goes_before_the_path(tmp_path: Path):
    assert article(tmp_path, "---\nid: own\ntitle: A\n---\n").id == "own"


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_an_id_without_a_value_leaves_the_path(tmp_path: Path, nothing: str):
    assert article(tmp_path, f"---\nid: {nothing}\ntitle: A\n---\n").id == "folder/name"


def test_a_body_of_white_space_is_none(tmp_path: Path):
    assert article(tmp_path, "---\ntitle: A\n---\n \n\n").body is None


def test_of_a_very_long_body_as_much_is_read_as_a_text_may_hold(tmp_path: Path):
    found = read(tmp_path, f"---\ntitle: A\n---\n{'tide ' * 200_001}\n")
    assert len(found.article.body or "") == MAX_TEXT_CHARS
    assert [lost.shown for lost in found.lost] == ["1,000,006 characters long"]


def test_a_folder_around_sites_names_them(tmp_path: Path):
    write(tmp_path, "notes.md", "themes/demo/content/post/a.md")
    (tmp_path / "themes/demo/hugo.toml").write_text('baseURL = "https://x.example"\n')
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/config.toml").write_text("[")
    assert "sites in themes/demo" in SiteFolder(tmp_path).profile.evidence


def test_a_body_may_stand_in_the_front_matter(tmp_path: Path):
    assert article(tmp_path, "---\ntitle: A\nbody: Text\n---\n\n").body == "Text"


def test_of_two_bodies_the_one_below_the_front_matter_counts(tmp_path: Path):
    found = read(tmp_path, "---\ntitle: A\nbody: Other\n---\nText\n")
    assert found.article.body == "Text\n"
    assert [(lost.field, lost.expected) for lost in found.lost] == [
        ("body", "one text; the one below the front matter is used")
    ]


@pytest.mark.parametrize("shown", ["1.10", "No", "on", "0x10", "2024"])
def test_a_title_that_looks_like_a_number_is_the_text_it_shows(tmp_path: Path, shown: str):
    assert article(tmp_path, f"---\ntitle: {shown}\n---\n").title == shown


@pytest.mark.parametrize(
    ("name", "text", "title", "origin"),
    [
        ("a.md", "# The first heading\n\nText.\n", "The first heading", "heading"),
        ("a.md", "---\ndate: 2024-05-01\n---\nText.\n\nLater\n=====\n", "Later", "heading"),
        ("2024-05-01-the_old-mill.md", "Text.\n", "The old mill", "file name"),
        ("mills/old-mill/index.md", "Text.\n", "Old mill", "file name"),
        ("a.html", "<html><head><title>Of a page</title></head><p>Text.</html>", "Of a page", "title"),
    ],
)
def test_a_file_without_a_title_takes_its_first_heading_or_its_name(
    tmp_path: Path, name: str, text: str, title: str, origin: str
):
    write(tmp_path, name, text=text)
    (found,) = SiteFile(tmp_path / name).scan({}) if name.endswith("html") else scan(tmp_path)
    assert isinstance(found, ReadArticle)
    assert (found.article.title, found.origins["title"]) == (title, origin)


def test_a_bad_value_costs_that_value_and_is_handed_on(tmp_path: Path):
    text = (
        "---\ntitle: T\ndate: soon\ntags: [a, null, b]\nquality: high\nimages:\n  - width: wide\n    url: /a.jpg\n---\n"
    )
    found = read(tmp_path, text)
    assert found.article.to_record() == {
        "id": "folder/name",
        "title": "T",
        "topics": ["a", "b"],
        "images": [{"url": "/a.jpg"}],
    }
    assert sorted((lost.field, lost.shown) for lost in found.lost) == [
        ("date", '"soon"'),
        ("images.0.width", '"wide"'),
        ("quality", '"high"'),
        ("tags.1", "null"),
    ]


def test_where_each_field_came_from_is_handed_on(tmp_path: Path):
    text = "---\nheadline: T\nmeta:\n  created: 2024-01-02\ntags: a\ncategories: [b]\n---\n"
    found = read(
        tmp_path,
        text,
        fields={"title": "headline", "published": "meta.created"},
        site={"url": "https://x.example/{path}/", "language": "de"},
    )
    assert found.origins == {
        "title": "headline",
        "published": "meta.created",
        "topics": "tags, categories",
        "language": "settings",
        "url": "settings",
    }
    assert found.article.web_url == "https://x.example/folder/name/"
    assert found.article.language == "de"


def test_html_is_read_as_prose(tmp_path: Path):
    write(tmp_path, "a.html", text="---\ntitle: T\n---\n<p>One &amp; <b>two</b></p><script>three()</script>")
    (found,) = scan(tmp_path, include=("*.html",))
    assert isinstance(found, ReadArticle)
    assert (found.article.body or "").split() == ["One", "&", "two"]


# Which files are articles


def test_files_come_in_the_order_of_their_names_folder_by_folder(tmp_path: Path):
    write(tmp_path, "b.md", "a/z.md", "a/b/c.md", "c.markdown", "B.md", "a-b.md", "é.md")
    assert paths(scan(tmp_path)) == ["B.md", "a/b/c.md", "a/z.md", "a-b.md", "b.md", "c.markdown", "é.md"]


def test_an_id_is_the_path_below_the_source_without_its_suffix(tmp_path: Path):
    write(tmp_path, "_news/2021/a.b.md", "_news/v1.2/plain.markdown", "top.md")
    assert ids(scan(tmp_path)) == ["_news/2021/a.b", "_news/v1.2/plain", "top"]


def test_a_file_without_a_suffix_has_its_whole_path_as_id(tmp_path: Path):
    write(tmp_path, "notes", "v1.2/notes")
    assert ids(scan(tmp_path, include=("*",))) == ["notes", "v1.2/notes"]


def test_a_file_is_told_by_its_whole_path(tmp_path: Path):
    write(tmp_path, "a/b.md")
    found = scan(tmp_path)[0]
    assert isinstance(found, ReadArticle)
    assert (found.where, found.state) == (str(tmp_path / "a/b.md"), FileState.of((tmp_path / "a/b.md").stat()))


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path):
    write(tmp_path, ".git/a.md", ".related/b.md", ".hidden.md", ".md", "a/.b/c.md", "shown.md")
    assert [each.path for each in scan(tmp_path)] == ["shown.md"]


def test_a_hidden_folder_can_be_the_source_itself(tmp_path: Path):
    write(tmp_path, ".site/a.md")
    assert paths(scan(tmp_path / ".site")) == ["a.md"]


def test_what_is_passed_over_is_said_with_its_reason(tmp_path: Path):
    write(tmp_path, "a.md", "b.txt", "c.md.bak", "related.toml", "e", "node_modules/f/readme.md")
    write(tmp_path, "README.md", "LICENSE.md", "404.md", "Privacy-Policy.md", text="# Read me\n")
    write(tmp_path, "empty.md", text="---\n---\n\n")
    found = scan(tmp_path)
    assert paths(found) == ["a.md"]
    assert skipped(found) == {
        "b.txt": "kind .txt",
        "c.md.bak": "kind .bak",
        "related.toml": "kind .toml",
        "e": "kind without suffix",
        "node_modules/": "not an article: node_modules",
        "README.md": "not an article: README",
        "LICENSE.md": "not an article: LICENSE",
        "404.md": "not an article: 404",
        "Privacy-Policy.md": "not an article: Privacy-Policy",
        "empty.md": "empty",
    }


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("draft: true", "draft"),
        ("published: false", "draft"),
        ("status: draft", "draft"),
        ("status: pending", "draft"),
        ("date: 2024-05-07", "in the future"),
        ("private: true", "private"),
        ("password: sesame", "password"),
        ("robots: noindex, follow", "noindex"),
        ("unlisted: true", "unlisted"),
    ],
)
def test_what_readers_may_not_see_is_passed_over_unless_the_settings_show_it(tmp_path: Path, fields: str, reason: str):
    text = f"---\ntitle: T\n{fields}\n---\n"
    write(tmp_path, "a.md", text=text)
    assert scan(tmp_path) == [Skipped("a.md", reason)]
    assert read(tmp_path, text, "a.md", site={"drafts": "show"}).article.title == "T"


@pytest.mark.parametrize("fields", ["draft: false", "published: true", "published: 2024-05-01", "date: 2024-05-06"])
def test_what_readers_may_see_is_read(tmp_path: Path, fields: str):
    assert article(tmp_path, f"---\ntitle: T\n{fields}\n---\n").title == "T"


def test_a_folder_named_like_a_file_is_looked_into(tmp_path: Path):
    write(tmp_path, "a.md/b.md")
    assert paths(scan(tmp_path)) == ["a.md/b.md"]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (("*.txt",), ["c.txt"]),
        (("*.md", "*.TXT"), ["_news/a.md", "_views/a.md", "b.md", "c.txt"]),
        (("_news/*.md",), ["_news/a.md"]),
        (("a.md",), ["_news/a.md", "_views/a.md"]),
        ((), []),
    ],
)
def test_the_settings_say_which_files_are_articles(tmp_path: Path, include: tuple[str, ...], expected: list[str]):
    write(tmp_path, "_news/a.md", "_views/a.md", "b.md", "c.txt")
    assert paths(scan(tmp_path, include=include)) == expected


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ((), ["_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md", "about.md"]),
        (("About.md",), ["_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md"]),
        (("_drafts",), ["_news/a.md", "_news/b.md", "about.md"]),
        (("_drafts/",), ["_news/a.md", "_news/b.md", "about.md"]),
        (("_drafts/*",), ["_news/a.md", "_news/b.md", "about.md"]),
        (("_news/a.md", "_drafts/b"), ["_drafts/a.md", "_news/b.md", "about.md"]),
        (("a.*",), ["_drafts/b/c.md", "_news/b.md", "about.md"]),
        (("*",), []),
    ],
)
def test_the_settings_say_which_files_are_left_out(tmp_path: Path, exclude: tuple[str, ...], expected: list[str]):
    write(tmp_path, "about.md", "_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md")
    assert [each.path for each in scan(tmp_path, exclude=exclude)] == expected


def test_an_empty_folder_holds_nothing(tmp_path: Path):
    assert scan(tmp_path) == []


# Faults


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("---\ntitle: T\nprovider: @x\n---\n", "line 3: invalid YAML"),
        ("---\ntitle: T\ntitle: U\n---\n", "line 3: the key title is repeated"),
        ("---\ntitle: T\n", "the front matter is never closed"),
        ('---\ntitle: T\nheat: 3\nid: "a\\nb"\n---\n', "line 4: id holds a control character"),
    ],
)
def test_a_broken_file_is_listed_with_its_line_and_reading_goes_on(tmp_path: Path, text: str, fault: str):
    write(tmp_path, "a.md", "c.md")
    write(tmp_path, "b.md", text=text)
    found = scan(tmp_path)
    assert [type(each) for each in found] == [ReadArticle, Unreadable, ReadArticle]
    separator = ", " if fault.startswith("line") else ": "
    assert str(found[1].error).startswith(f"{tmp_path / 'b.md'}{separator}{fault}")  # type: ignore[union-attr]


def test_a_file_that_is_not_utf_8_is_listed(tmp_path: Path):
    (tmp_path / "a.md").write_bytes(b"---\ntitle: caf\xe9\n---\n")
    (found,) = scan(tmp_path)
    assert str(found.error) == (  # type: ignore[union-attr]
        f"{tmp_path / 'a.md'}, line 2: byte 0xe9 is not UTF-8; expected a file in UTF-8"
    )


def test_a_file_larger_than_the_limit_is_listed(tmp_path: Path):
    write(tmp_path, "exact.md", text=FRONT + "x" * (1024 - len(FRONT)))
    write(tmp_path, "over.md", text=FRONT + "x" * (1025 - len(FRONT)))
    found = scan(tmp_path, max_file_bytes=1024)
    assert [type(each) for each in found] == [ReadArticle, Unreadable]
    error = found[1].error  # type: ignore[union-attr]
    assert str(error) == f"{tmp_path / 'over.md'}: the file has 1,025 bytes; expected at most 1,024"
    assert error.hint == "raise sources.max_file_bytes if this is an article"


@pytest.mark.parametrize("name", ["a\nb.md", os.fsdecode(b"caf\xe9.md")])
def test_a_name_that_no_id_can_hold_is_listed(tmp_path: Path, name: str):
    try:
        write(tmp_path, name)
    except OSError:
        pytest.skip("this file system takes no such name")
    assert "id holds a control character" in str(scan(tmp_path)[0].error)  # type: ignore[union-attr]


def test_a_pipe_is_no_article(tmp_path: Path):
    os.mkfifo(tmp_path / "a.md")
    found: list[object] = []
    # Reading the pipe would wait for a writer for ever; that must fail here, not hang.
    reader = threading.Thread(target=lambda: found.extend(scan(tmp_path)), daemon=True)
    reader.start()
    reader.join(timeout=30)
    assert not reader.is_alive()
    assert [type(each) for each in found] == [Unreadable]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_listed(tmp_path: Path):
    write(tmp_path, "a.md", "b.md")
    (tmp_path / "a.md").chmod(0)
    found = scan(tmp_path)
    assert [type(each) for each in found] == [Unreadable, ReadArticle]
    assert "the file cannot be read: Permission denied" in str(found[0].error)  # type: ignore[union-attr]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_may_not_be_listed_is_an_error(tmp_path: Path):
    write(tmp_path, "a.md", "b/c.md")
    (tmp_path / "b").chmod(0)
    try:
        with pytest.raises(SourceError, match="the folder cannot be listed: Permission denied") as caught:
            scan(tmp_path)
    finally:
        (tmp_path / "b").chmod(0o700)
    assert caught.value.where == str(tmp_path / "b")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(SourceError, match="the folder cannot be listed: No such file or directory") as caught:
        scan(tmp_path / "none")
    assert caught.value.where == str(tmp_path / "none")


def test_a_folder_that_goes_away_while_it_is_read_is_an_error(tmp_path: Path):
    write(tmp_path, "a.md", "b/c.md")
    scanning = SiteFolder(tmp_path).scan({})
    next(scanning)
    (tmp_path / "b/c.md").unlink()
    (tmp_path / "b").rmdir()
    with pytest.raises(SourceError, match="the folder cannot be listed"):
        list(scanning)


def test_a_file_that_goes_away_while_its_folder_is_read_is_listed(tmp_path: Path):
    write(tmp_path, "a.md", "b.md")
    scanning = SiteFolder(tmp_path).scan({})
    next(scanning)
    (tmp_path / "b.md").unlink()
    assert [type(each) for each in scanning] == [Unreadable]


# What is known already


def test_a_file_in_its_known_state_is_not_read(tmp_path: Path):
    write(tmp_path, "a.md", "c.md", text="---\nbroken")
    write(tmp_path, "sub/b.md")
    known = {name: FileState.of((tmp_path / name).stat()) for name in ("a.md", "sub/b.md")}
    known["sub/b.md"] = known["sub/b.md"]._replace(inode=0)
    found = list(SiteFolder(tmp_path).scan(known))
    assert found[0] == Unchanged("a.md")
    assert [type(each) for each in found[1:]] == [Unreadable, ReadArticle]


def test_the_fingerprint_is_another_once_files_are_read_otherwise(tmp_path: Path):
    def fingerprint(**sections: Any) -> str:
        return SiteFolder(tmp_path, Settings.parse(sections)).fingerprint()

    prints = {
        fingerprint(),
        fingerprint(site={"language": "de"}),
        fingerprint(fields={"title": "headline"}),
        fingerprint(sources={"exclude": ["x"]}),
        fingerprint(site={"generator": "jekyll"}),
    }
    assert len(prints) == 5
    assert fingerprint() == fingerprint(rules={"blocked": ["a"]})


# One file


def test_one_file_is_read_whatever_its_name(tmp_path: Path):
    write(tmp_path, "README.md", "a.txt", ".hidden.md")
    for name, article_id in {"README.md": "README", "a.txt": "a", ".hidden.md": ".hidden"}.items():
        (found,) = SiteFile(tmp_path / name).scan({})
        assert isinstance(found, ReadArticle)
        assert (found.path, found.article.id) == (name, article_id)


def test_a_single_file_in_its_known_state_is_not_read(tmp_path: Path):
    write(tmp_path, "a.md", text="---\nbroken")
    known = {"a.md": FileState.of((tmp_path / "a.md").stat())}
    assert list(SiteFile(tmp_path / "a.md").scan(known)) == [Unchanged("a.md")]


def test_a_single_file_that_is_gone_is_listed(tmp_path: Path):
    found = list(SiteFile(tmp_path / "a.md").scan({}))
    assert str(found[0].error) == (  # type: ignore[union-attr]
        f"{tmp_path / 'a.md'}: the file cannot be read: No such file or directory"
    )


# Links


def test_a_link_to_a_file_is_read_under_its_own_name(tmp_path: Path):
    write(tmp_path, "outside/real.md")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/link.md").symlink_to(tmp_path / "outside/real.md")
    assert ids(scan(tmp_path / "site")) == ["link"]


def test_a_link_to_itself_is_listed(tmp_path: Path):
    (tmp_path / "a.md").symlink_to("a.md")
    write(tmp_path, "b.md")
    found = scan(tmp_path)
    assert [type(each) for each in found] == [Unreadable, ReadArticle]
    assert str(found[0].error).startswith(f"{tmp_path / 'a.md'}: the file cannot be read: ")  # type: ignore[union-attr]


def test_a_link_to_nothing_is_no_article(tmp_path: Path):
    (tmp_path / "a.md").symlink_to("none.md")
    write(tmp_path, "b.md")
    found = scan(tmp_path)
    assert found[0] == Skipped("a.md", "a broken link")
    assert isinstance(found[1], ReadArticle)


def test_a_link_to_a_folder_that_is_read_anyway_is_named_and_not_followed(tmp_path: Path):
    write(tmp_path, "site/a/b.md", "site/c/d.md", "other/e.md")
    for link, target in {"a/loop": "site", "a/loop.md": "site", "c/twin": "site/a", "out": "other"}.items():
        (tmp_path / "site" / link).symlink_to(tmp_path / target)
    found = scan(tmp_path / "site")
    assert paths(found) == ["a/b.md", "c/d.md"]
    assert skipped(found) == {
        "a/loop/": "a link to a folder that is read already",
        "a/loop.md/": "a link to a folder that is read already",
        "c/twin/": "a link to a folder that is read already",
        "out/": "a link that leads out of the site",
    }


def test_a_link_to_a_folder_that_is_not_read_otherwise_is_followed(tmp_path: Path):
    write(tmp_path, ".store/notes/a.md")
    (tmp_path / "notes").symlink_to(".store/notes")
    assert paths(scan(tmp_path)) == ["notes/a.md"]


# A site around the folder, or in it


def test_a_folder_in_a_site_is_read_as_the_site_says(tmp_path: Path):
    write(tmp_path, "_config.yml", text="url: https://x.example\npermalink: /:year/:title/\n")
    write(tmp_path, "_posts/2024-05-01-mill.md")
    source = SiteFolder(tmp_path / "_posts")
    (found,) = source.scan({})
    assert source.profile.generator == "jekyll"
    assert isinstance(found, ReadArticle)
    assert (found.path, found.article.id) == ("2024-05-01-mill.md", "2024-05-01-mill")
    assert found.article.web_url == "https://x.example/2024/mill/"


def test_around_a_site_only_its_own_folder_is_read(tmp_path: Path):
    write(tmp_path, "docs/_config.yml", text="url: https://x.example\n")
    write(tmp_path, "docs/_posts/2024-05-01-mill.md", "notes/a.md", "b.md")
    found = scan(tmp_path)
    assert paths(found) == ["docs/_posts/2024-05-01-mill.md"]
    assert skipped(found)["notes/"] == skipped(found)["b.md"] == "outside the site"


def test_a_generator_that_nobody_knows_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"site\.generator is 'jekyl'; expected one of everyday, "):
        SiteFolder(tmp_path, Settings.parse({"site": {"generator": "jekyl"}}))


def test_settings_of_the_site_that_cannot_be_read_are_an_error(tmp_path: Path):
    write(tmp_path, "hugo.toml", text="title = \n")
    with pytest.raises(SourceError, match="the site's settings cannot be read") as caught:
        SiteFolder(tmp_path)
    assert caught.value.where == str(tmp_path / "hugo.toml")


def test_json_lines_and_folders_lose_the_same_values(tmp_path: Path):
    """The values that are lost do not depend on how an article is stored."""
    (tmp_path / "a.jsonl").write_text('{"id": "folder/name", "title": "T", "quality": "high", "tags": [null]}\n')
    (lines,) = JsonLinesFile(tmp_path / "a.jsonl").scan({})
    file = read(tmp_path / "site", "---\ntitle: T\nquality: high\ntags: [null]\n---\n")
    assert isinstance(lines, ReadArticle)
    assert lines.article == file.article
    assert (
        set(lines.lost)
        == set(file.lost)
        == {
            LostValue("quality", '"high"', "a finite number"),
            LostValue("tags.0", "null", "a name"),
        }
    )
