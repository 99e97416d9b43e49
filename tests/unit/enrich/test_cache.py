"""The cache of file contents from the last run."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Listing
from recommender.enrich.record import FOLDER
from recommender.sources import FileState

STATE = FileState(7, 123_456_789, 123_456_789, 5)
LISTING = Listing("key", ("x", "y"), (0.9, 0.8), (1.5, None), 2)
SEEN = Seen(STATE, "an id", "hash", False, "toml", LISTING)
VERSION = b'{"cache": 2}'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path


def file_of(site: Path) -> Path:
    return site / FOLDER / "cache.jsonl"


def saved(site: Path, path: str = "a.md", seen: Seen = SEEN) -> None:
    cache = Cache(site)
    cache.put(path, seen)
    cache.save()


def test_what_a_file_held_is_known_in_the_next_run(site: Path):
    saved(site)
    assert Cache(site).find("a.md", STATE) == SEEN


def test_a_file_without_a_list_is_known_too(site: Path):
    saved(site, seen=SEEN._replace(listing=None))
    assert Cache(site).find("a.md", STATE) == SEEN._replace(listing=None)


@pytest.mark.parametrize("name", FileState._fields)
def test_a_file_that_changed_is_not_known(site: Path, name: str):
    saved(site)
    assert Cache(site).find("a.md", STATE._replace(**{name: 8})) is None


def test_another_file_is_not_known(site: Path):
    saved(site)
    assert Cache(site).find("b.md", STATE) is None


@pytest.mark.parametrize("path", ['a"\t.md', "ü.md", "half\udcff.md", "line\nend.md"])
def test_any_file_name_is_kept(site: Path, path: str):
    saved(site, path)
    assert Cache(site).find(path, STATE) == SEEN


def test_files_that_are_gone_are_forgotten(site: Path):
    saved(site)
    cache = Cache(site)
    cache.forget_all_but(set())
    cache.save()
    assert Cache(site).find("a.md", STATE) is None


def test_without_a_folder_nothing_is_kept_and_nothing_fails(tmp_path: Path):
    saved(tmp_path)
    assert Cache(tmp_path).find("a.md", STATE) is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_nothing_changed(site: Path):
    saved(site)
    before = file_of(site).stat()
    saved(site)
    assert file_of(site).stat() == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        b"nonsense",
        VERSION,
        VERSION + b'\nnonsense\n"\t\n\xff"\t[]\n\\"\t[]\n',
        b"\0" * 99,
    ],
)
def test_a_damaged_cache_is_as_none(site: Path, data: bytes):
    file_of(site).write_bytes(data)
    assert Cache(site).find("a.md", STATE) is None
    saved(site)
    assert Cache(site).find("a.md", STATE) == SEEN


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "7",
        "null",
        "[1, 2, 3, 4, 5, 6]",
        "[[1], 2, 3, 4, 5, 6]",
        '[[7,123456789,123456789,5],"","",true,"yaml",[1]]',
        '[[7,123456789,123456789,5],"","",true,"nonsense",null]',
        '[[7,123456789,123456789,5],"","",true,["yaml"],null]',
    ],
)
def test_a_damaged_line_is_as_none(site: Path, line: str):
    file_of(site).write_bytes(VERSION + f'\n"a.md"\t{line}\n'.encode())
    assert Cache(site).find("a.md", STATE) is None


def test_a_whole_line_is_known(site: Path):
    file_of(site).write_bytes(VERSION + b'\n"a.md"\t[[7,123456789,123456789,5],"an id","",true,"yaml",null]\n')
    assert Cache(site).find("a.md", STATE) == Seen(STATE, "an id", "", True, "yaml", None)


def test_a_cache_that_is_cut_off_is_as_far_as_it_goes(site: Path):
    cache = Cache(site)
    for name in ("a.md", "b.md"):
        cache.put(name, SEEN)
    cache.save()
    data = file_of(site).read_bytes()
    for length in range(len(data)):
        file_of(site).write_bytes(data[:length])
        found = [Cache(site).find(name, STATE) for name in ("a.md", "b.md")]
        assert set(found) <= {None, SEEN}


def test_the_cache_of_another_version_is_as_none(site: Path):
    saved(site)
    version, rest = file_of(site).read_bytes().split(b"\n", 1)
    other = json.dumps({"cache": json.loads(version)["cache"] + 1}).encode()
    file_of(site).write_bytes(other + b"\n" + rest)
    assert Cache(site).find("a.md", STATE) is None


def test_a_file_that_changed_just_now_is_not_noted_where_times_are_coarse(site: Path):
    now = time.time_ns() // 10**9 * 10**9
    coarse = FileState(7, now, now, 5)
    cache = Cache(site)
    cache.put("a.md", SEEN._replace(state=coarse))
    assert cache.find("a.md", coarse) is None
    fine = coarse._replace(mtime_ns=now + 1)
    cache.put("a.md", SEEN._replace(state=fine))
    assert cache.find("a.md", fine) is not None


def test_what_was_known_of_a_file_is_forgotten_when_it_cannot_be_noted(site: Path):
    saved(site)
    now = time.time_ns() // 10**9 * 10**9
    saved(site, seen=SEEN._replace(state=FileState(7, now, now, 5)))
    assert b"a.md" not in file_of(site).read_bytes()
