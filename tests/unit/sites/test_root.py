"""A site's settings files, read as data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recommender.errors import SourceError
from recommender.sites.root import MAX_CONFIG_BYTES, SiteRoot


def write(folder: Path, name: str, text: str) -> SiteRoot:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    return SiteRoot(folder)


@pytest.mark.parametrize(
    ("name", "text", "table"),
    [
        ("c.yml", "title: A\nbase: /x\n", {"title": "A", "base": "/x"}),
        ("c.yml", "\ufefftitle: A\r\n", {"title": "A"}),
        ("c.yml", "a: !ENV [X, y]\nb: !!python/object/apply:os.getcwd []\nc: 1\n", {"a": None, "b": None, "c": 1}),
        ("c.yml", "- a\n", {}),
        ("c.yml", "", {}),
        ("c.toml", 'title = "A"\n[params]\nx = 1\n', {"title": "A", "params": {"x": 1}}),
        ("c.json", '{"title": "A"}', {"title": "A"}),
        ("deep/c.json", "[1]", {}),
    ],
)
def test_a_table_is_parsed_by_its_suffix(tmp_path: Path, name: str, text: str, table: dict[str, object]):
    assert write(tmp_path, name, text).table("none.yml", name) == table


def test_a_missing_table_is_empty(tmp_path: Path):
    root = SiteRoot(tmp_path)
    assert (root.table("c.yml"), root.text("c.yml"), root.find("c.yml"), root.has("c.yml")) == ({}, None, None, False)
    assert root.names("nowhere") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [("c.yml", "a: [\n"), ("c.toml", "a = \n"), ("c.json", "{"), ("c.yml", "x" * (MAX_CONFIG_BYTES + 1))],
)
def test_unreadable_settings_are_an_error_with_a_hint(tmp_path: Path, name: str, text: str):
    with pytest.raises(SourceError, match="the site's settings cannot be read") as caught:
        write(tmp_path, name, text).table(name)
    assert caught.value.where == str(tmp_path / name)
    assert 'generator = "markdown"' in (caught.value.hint or "")


def test_settings_that_are_not_utf_8_are_an_error(tmp_path: Path):
    (tmp_path / "c.yml").write_bytes(b"title: caf\xe9\n")
    with pytest.raises(SourceError, match="utf-8"):
        SiteRoot(tmp_path).text("c.yml")


def test_the_first_existing_file_counts(tmp_path: Path):
    write(tmp_path, "b.yml", "x: 1\n")
    (tmp_path / "a.yml").mkdir()
    root = write(tmp_path, "c.yml", "x: 2\n")
    assert root.find("a.yml", "b.yml", "c.yml") == "b.yml"
    assert root.table("a.yml", "b.yml", "c.yml") == {"x": 1}
    assert root.names() == ["a.yml", "b.yml", "c.yml"]


def test_the_head_of_a_file_is_read_without_blocking(tmp_path: Path):
    root = write(tmp_path, "a.md", "\ufeff---\ntitle: é\n")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "b.md").write_bytes(b"caf\xe9")
    assert root.head("a.md", 5) == "---\nt"
    assert root.head("b.md", 9) == "caf\ufffd"
    assert [root.head(name, 9) for name in ("pipe.md", "none.md", ".")] == ["", "", ""]


def test_the_fingerprint_covers_every_file_read(tmp_path: Path):
    root = write(tmp_path, "a.yml", "x: 1\n")
    prints = [root.fingerprint()]
    root.text("a.yml")
    prints.append(root.fingerprint())
    root.text("none.yml")
    prints += [root.fingerprint(), root.fingerprint(["more"]), write(tmp_path, "a.yml", "x: 2\n").fingerprint()]
    changed = SiteRoot(tmp_path)
    changed.text("a.yml")
    prints.append(changed.fingerprint())
    assert len(set(prints)) == 5
    assert prints[0] == prints[4]
