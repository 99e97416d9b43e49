"""The kind of source that a path or an address names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.config import Settings
from recommender.errors import SourceError
from recommender.sources import JsonLinesFile, ReadArticle, SiteFile, SiteFolder, Unreadable, is_address, open_source
from recommender.sources.feeds import Feed
from recommender.sources.ghost import GhostExport
from recommender.sources.wxr import WxrFile


def test_a_folder_is_a_site(tmp_path: Path):
    source = open_source(tmp_path)
    assert type(source) is SiteFolder
    assert (source.kind, source.location) == ("folder", tmp_path)


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "A.MD", "a.mdx", "a.rst", "a.html", "a.txt"])
def test_an_article_file_is_a_source_of_one_article(tmp_path: Path, name: str):
    file = tmp_path / name
    file.write_text("---\ntitle: A\n---\n")
    source = open_source(file)
    assert isinstance(source, SiteFile)
    assert source.kind == "file"
    found = list(source.scan({}))
    assert [(type(each), each.path) for each in found] == [(ReadArticle, name)]
    assert found[0].article.id == name.rpartition(".")[0]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.jsonl", "", JsonLinesFile),
        ("A.NDJSON", "", JsonLinesFile),
        ("a.xml", '<rss xmlns:wp="http://wordpress.org/export/1.2/"></rss>', WxrFile),
        ("a.xml", '<rss version="2.0"></rss>', Feed),
        ("a.atom", "<feed></feed>", Feed),
        ("a.json", '{"version": "https://jsonfeed.org/version/1.1"}', Feed),
        ("a.json", ' {"db": []}', GhostExport),
    ],
)
def test_an_export_is_told_from_its_name_and_its_beginning(tmp_path: Path, name: str, text: str, kind: type):
    (tmp_path / name).write_text(text)
    assert type(open_source(tmp_path / name)) is kind


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path):
    (tmp_path / "a.jsonl").mkdir()
    assert isinstance(open_source(tmp_path / "a.jsonl"), SiteFolder)


@pytest.mark.parametrize(("name", "text"), [("a.json", "[1]"), ("a", ""), ("a.md.bak", ""), ("a.csv", "id,title\n")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError, match="unknown kind of file; expected a site's folder, ") as caught:
        open_source(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="there is no such file or folder") as caught:
        open_source(tmp_path / "none")
    assert (caught.value.where, caught.value.hint) == (str(tmp_path / "none"), "check the SOURCE path")


@pytest.mark.parametrize("text", ["https://x.example", "HTTP://x.example/blog"])
def test_an_address_is_told_from_a_path(text: str):
    assert is_address(text)
    assert not is_address(f"./{text}")


def test_the_settings_reach_the_source(tmp_path: Path):
    (tmp_path / "long.md").write_text(f"---\ntitle: {'long ' * 300}\n---\n")
    (tmp_path / "other.md").write_text("---\ntitle: Other\n---\n")
    settings = Settings.parse({"sources": {"exclude": ["other*"], "max_file_bytes": 1024}})
    folder = list(open_source(tmp_path, settings).scan({}))
    file = list(open_source(tmp_path / "long.md", settings).scan({}))
    assert [(type(each), each.path) for each in folder] == [(Unreadable, "long.md")]
    assert [(type(each), each.path) for each in file] == [(Unreadable, "long.md")]
