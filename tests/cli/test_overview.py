"""`related overview`: how the lists of all articles stand, and what changed."""

from __future__ import annotations

import csv
import io
import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from recommender.collection import Collection


@pytest.fixture
def copy(site_collection: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site_collection, tmp_path / "collection"))


def test_it_prints_how_the_lists_stand_and_keeps_the_figures(related, copy: Path):
    done = related("overview", "--collection", copy, "--workers", "1")
    assert done.returncode == 0
    assert "82 articles" in done.stdout.splitlines()[0]
    labels = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    assert labels[:6] == ["articles", "filled", "empty", "shown", "orphans", "hubs"]
    assert done.stderr.startswith("revision 1, computed at ")
    again = related("overview", "--collection", copy, "--format", "json")
    assert json.loads(again.stdout)["articles"] == 82
    assert again.stderr == done.stderr  # the same computation


def test_it_writes_a_line_for_each_article(related, copy: Path, tmp_path: Path):
    done = related("overview", "--collection", copy, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 82
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    file = tmp_path / "articles.csv"
    assert related("overview", "--collection", copy, "--csv", file).stdout.splitlines()[1].startswith("articles")
    assert list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))) == rows


def test_it_says_what_changed(related, copy: Path):
    related("overview", "--collection", copy)
    with closing(Collection.open(copy)) as collection:
        gone = collection.store.ids()[0]
        [(source_id, _, _)] = collection.store.sources()
        with collection.store.transaction():
            collection.store.write(source_id, deletes=[gone])
    done = related("overview", "--collection", copy, "--since", "1")
    assert done.stdout.splitlines()[0] == f"deleted  {gone}"
    assert "articles: 0 added, 0 changed, 1 deleted; " in done.stderr
    told = json.loads(related("overview", "--collection", copy, "--since", "1", "--format", "json").stdout)
    assert (told["deleted"], told["comparedWith"]["revision"]) == ([gone], 1)
    assert len(told["lists"]) == told["differentLists"] == done.stdout.count("\nlist     ")


def test_a_revision_that_is_not_there_yet_is_an_error(related, copy: Path):
    done = related("overview", "--collection", copy, "--since", "9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: since is 9; expected a revision from 0 to 1" in done.stderr


def test_without_a_collection_it_says_how_to_make_one(related, tmp_path: Path):
    done = related("overview", "--collection", tmp_path / "none")
    assert done.returncode == 1
    assert "related build" in done.stderr
    assert list(tmp_path.iterdir()) == []
