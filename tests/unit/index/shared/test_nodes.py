"""Nodes of one collection that share snapshots: one makes them, and the others need not read everything."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.encoders import CountingEncoder
from support.soundness import answers_of, make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import IndexSettings, Settings
from recommender.index.local import reader as reader_module
from recommender.index.local.snapshot import published
from recommender.related.recommender import Recommender


@pytest.fixture
def place(server_place, tmp_path):
    """A collection of thirty articles on a server, whose nodes share snapshots in a folder."""
    settings = Settings(index=IndexSettings(snapshots=str(tmp_path / "shared")))
    return make_collection(server_place, articles(30), settings=settings)


def articles(count, title="Rain"):
    return [Article(id=f"a{number:03}", title=f"{title} {number} over {number % 7} hills") for number in range(count)]


@pytest.fixture
def node(place, tmp_path, monkeypatch):
    """Opens the collection on a node, by its name."""

    @contextmanager
    def opened(name, *, compacts=False):
        monkeypatch.setenv("RELATED_CACHE", str(tmp_path / name))
        with closing(Recommender(Collection.open(place, compacts=compacts))) as recommender:
            yield recommender

    return opened


def write(recommender, count, title):
    return recommender.collection.write(articles(count, title), encoder=CountingEncoder())


def refuse(*_, **__):
    raise AssertionError("everything was read")


def shared_revisions(tmp_path: Path) -> list[int]:
    return sorted(int(folder.name.partition("-")[0]) for folder in tmp_path.glob("shared/*/*/*-*"))


def test_the_node_that_writes_publishes_its_snapshot(place, tmp_path):
    assert shared_revisions(tmp_path)[-1] == 1


def test_a_node_that_starts_with_nothing_is_ready_without_reading_everything(node, monkeypatch):
    with node("first") as first:
        first.collection.publish(compact=True)
        expected = answers_of(first)
        monkeypatch.setattr(reader_module, "read_segment", refuse)
        with node("second") as second:
            assert answers_of(second) == expected


def test_it_reads_what_was_written_since(node):
    with node("first") as first, node("second") as second:
        write(first, 3, "Snow")
        with second.collection.reading() as index:
            assert index.changes == 3
        assert answers_of(second) == answers_of(first)


def test_a_node_takes_a_later_snapshot_instead_of_making_one(node, monkeypatch):
    with node("first") as first, node("second") as second:
        assert answers_of(second)
        write(first, 20, "Snow")
        assert first.collection.publish(compact=True)
        monkeypatch.setattr(reader_module.IndexReader, "_publish", refuse)
        assert second.collection.publish(compact=True)
        assert published(second.collection.snapshots)[0] == 2
        with second.collection.reading() as index:
            assert (index.revision, index.changes) == (2, 0)


def test_while_another_node_makes_one_nobody_else_does(node, monkeypatch):
    with node("first") as first, node("second") as second:
        assert answers_of(second)
        write(first, 20, "Snow")
        with first.collection.store.sole("snapshots") as held:
            assert held
            monkeypatch.setattr(reader_module.IndexReader, "_publish", refuse)
            assert not second.collection.publish(compact=True)
        with second.collection.store.sole("snapshots") as held:
            assert held, "it is free again"


def test_a_damaged_shared_snapshot_is_refused_and_the_node_makes_its_own(node, tmp_path):
    with node("first") as first:
        expected = answers_of(first)
    for file in tmp_path.glob("shared/*/*/*/columns/vectors.npy"):
        file.write_bytes(file.read_bytes()[:-4] + b"torn")
    with node("third") as third:
        assert answers_of(third) == expected


def test_where_the_shared_place_is_away_the_node_makes_its_own(node, tmp_path):
    with node("first") as first:
        expected = answers_of(first)
    (tmp_path / "shared").rename(tmp_path / "away")
    (tmp_path / "shared").write_text("gone")
    with node("fourth") as fourth:
        assert answers_of(fourth) == expected
