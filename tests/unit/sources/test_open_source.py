"""Which kind of source a path names."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.config import SourceSettings
from recommender.errors import SourceError
from recommender.sources import JsonLinesFile, MarkdownFile, MarkdownFolder, ReadArticle, Unreadable, open_source


def test_a_folder_is_a_folder_of_markdown_files(tmp_path: Path):
    source = open_source(tmp_path)
    assert isinstance(source, MarkdownFolder)
    assert (source.kind, source.location) == ("markdown_folder", tmp_path)


@pytest.mark.parametrize("name", ["a.md", "a.markdown", "A.MD"])
def test_a_markdown_file_is_a_source_of_one_article(tmp_path: Path, name: str):
    file = tmp_path / name
    file.write_text("---\ntitle: A\n---\n")
    source = open_source(file)
    assert isinstance(source, MarkdownFile)
    found = list(source.scan({}))
    assert [(type(each), each.path) for each in found] == [(ReadArticle, name)]
    assert found[0].article.id == name.rpartition(".")[0]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "A.JSONL"])
def test_a_file_of_json_lines_is_one(tmp_path: Path, name: str):
    (tmp_path / name).write_text("")
    source = open_source(tmp_path / name)
    assert isinstance(source, JsonLinesFile)
    assert source.kind == "json_lines"


def test_a_folder_named_like_a_file_is_a_folder(tmp_path: Path):
    (tmp_path / "a.jsonl").mkdir()
    assert isinstance(open_source(tmp_path / "a.jsonl"), MarkdownFolder)


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a", "a.md.bak"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).write_text("")
    with pytest.raises(
        SourceError, match="this kind of file is not known; expected a folder of Markdown files"
    ) as caught:
        open_source(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path):
    with pytest.raises(SourceError, match="there is no such file or folder") as caught:
        open_source(tmp_path / "none")
    assert (caught.value.where, caught.value.hint) == (str(tmp_path / "none"), "check the SOURCE path")


def test_the_settings_reach_the_source(tmp_path: Path):
    (tmp_path / "long.md").write_text(f"---\ntitle: {'long ' * 300}\n---\n")
    (tmp_path / "other.md").write_text("---\ntitle: Other\n---\n")
    settings = SourceSettings(exclude=("other*",), max_file_bytes=1024)
    folder = list(open_source(tmp_path, settings).scan({}))
    file = list(open_source(tmp_path / "long.md", settings).scan({}))
    assert [(type(each), each.path) for each in folder] == [(Unreadable, "long.md")]
    assert [(type(each), each.path) for each in file] == [(Unreadable, "long.md")]
