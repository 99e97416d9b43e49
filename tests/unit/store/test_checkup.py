from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.copies import made_once

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.errors import DamagedError
from recommender.sources import FileState
from recommender.store.checkup import DAMAGED_NAME, check_truth, refuse_unreadable, repair_truth


@pytest.fixture
def folder(tmp_path: Path, counting_encoder) -> Path:
    def make(here: Path) -> None:
        source = here / "articles.jsonl"
        lines = [json.dumps({"id": f"a{n}", "title": f"Title {n}", "secured": "sealed"}) for n in range(6)]
        source.write_text("\n".join(lines), encoding="utf-8")
        build([source], here / "c", settings=Settings(), encoder=counting_encoder)

    made_once("for checkups", make, tmp_path)
    return tmp_path / "c"


@pytest.fixture
def collection(folder: Path) -> Iterator[Collection]:
    opened = Collection.open(folder)
    yield opened
    opened.close()


def damage(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / "articles.db", isolation_level=None)
    connection.execute(sql)
    connection.close()


def check(collection: Collection):
    with collection.store.reading():
        return check_truth(collection.store, "counting-encoder")


def test_a_fresh_collection_is_sound(collection):
    truth = check(collection)
    assert truth.sound
    assert (truth.articles, truth.vectors, truth.orphans) == (6, 6, 0)


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("UPDATE articles SET record = replace(record, 'Title 3', 'Title 9') WHERE article_id = 'a3'", "articles"),
        ("UPDATE articles SET secured = '\"tampered\"' WHERE article_id = 'a3'", "articles"),
        ("UPDATE articles SET url_key = 'elsewhere.example/x' WHERE article_id = 'a3'", "articles"),
        ("UPDATE articles SET checksum = checksum + 1 WHERE article_id = 'a3'", "articles"),
        ("UPDATE vectors SET vector = zeroblob(32) WHERE rowid = 2", "vectors"),
        ("UPDATE meta SET value = value || ' ' WHERE key = 'settings'", "meta"),
        ("UPDATE sources SET location = 'elsewhere'", "sources"),
        ("UPDATE files SET size_bytes = size_bytes + 1", "files"),
        ("UPDATE revisions SET digest = digest + 1", "revisions"),
        ("UPDATE revisions SET committed_at = 'never'", "revisions"),
        ("UPDATE sqlite_sequence SET seq = 7", "revisions"),
    ],
)
def test_a_changed_value_is_found(folder, collection, sql, table):
    with collection.store.transaction():
        collection.store.set_file_states(1, {"articles.jsonl": FileState(1, 2, 3, 4)})
    damage(folder, sql)
    truth = check(collection)
    assert truth.damaged[table]
    assert not truth.sound


def test_a_changed_line_of_the_log_is_found(folder, collection, counting_encoder):
    collection.write([Article(id="b1", title="Another")], encoder=counting_encoder)
    damage(folder, "UPDATE changes SET article_id = 'b2' WHERE article_id = 'b1'")
    assert check(collection).damaged["changes"] == ["2"]


def test_a_lost_revision_is_found(folder, collection, counting_encoder):
    for number in range(3):
        collection.write([Article(id="b1", title=f"Another {number}")], encoder=counting_encoder)
    damage(folder, "DELETE FROM revisions WHERE revision = 3")
    assert "a revision is missing" in check(collection).damaged["revisions"]


def test_a_lost_article_is_found(folder, collection):
    damage(folder, "DELETE FROM articles WHERE article_id = 'a3'")
    truth = check(collection)
    assert "6 articles, 5 are stored" in truth.miscounted


def test_an_article_without_a_vector_is_named(folder, collection):
    damage(folder, "DELETE FROM vectors WHERE text_hash = (SELECT text_hash FROM articles WHERE article_id = 'a4')")
    assert check(collection).vectorless == ["a4"]


def test_a_vector_without_an_article_is_counted_and_nothing_is_wrong(folder, collection):
    collection.store.save_vectors("counting-encoder", {b"0" * 16: collection_vector(collection)})
    truth = check(collection)
    assert (truth.orphans, truth.sound) == (1, True)


def collection_vector(collection: Collection):
    stored = next(collection.store.articles(["a1"]))
    return collection.store.load_vectors("counting-encoder", [stored.text_hash])[stored.text_hash]


def test_a_damaged_article_is_set_aside_and_the_rest_is_a_new_revision(folder, collection):
    damage(folder, "UPDATE articles SET record = replace(record, 'Title 3', 'Title 9') WHERE article_id = 'a3'")
    done = repair_truth(collection.store, check(collection), collection.path)
    assert check(collection).sound
    assert collection.store.revision().number == 2
    assert [article.article_id for article in collection.store.articles()] == ["a0", "a1", "a2", "a4", "a5"]
    left = json.loads((folder / DAMAGED_NAME).read_text(encoding="utf-8"))
    assert (left["id"], "Title 9" in left["record"], left["secured"]) == ("a3", True, '"sealed"')
    assert any(DAMAGED_NAME in what for what in done)


def test_a_repair_makes_the_next_build_read_every_file_again(folder, collection, counting_encoder):
    damage(folder, "UPDATE articles SET record = replace(record, 'Title 3', 'Title 9') WHERE article_id = 'a3'")
    repair_truth(collection.store, check(collection), collection.path)
    report = build([folder.parent / "articles.jsonl"], folder, settings=Settings(), encoder=counting_encoder)
    assert (report.articles, report.written) == (6, 1)
    assert check(collection).sound


def test_a_damaged_log_begins_anew(folder, collection, counting_encoder):
    collection.write([Article(id="b1", title="Another")], encoder=counting_encoder)
    damage(folder, "UPDATE changes SET article_id = 'b2' WHERE article_id = 'b1'")
    repair_truth(collection.store, check(collection), collection.path)
    assert check(collection).sound
    assert collection.store.changed_since(2) is None
    assert collection.store.changed_since(3) == {}


def test_damaged_vectors_and_those_without_an_article_are_dropped(folder, collection):
    collection.store.save_vectors("counting-encoder", {b"0" * 16: collection_vector(collection)})
    damage(folder, "UPDATE vectors SET vector = zeroblob(32) WHERE rowid = 2")
    repair_truth(collection.store, check(collection), collection.path)
    truth = check(collection)
    assert (truth.vectors, truth.orphans, len(truth.vectorless)) == (5, 0, 1)


def test_damage_beyond_the_indexes_is_not_repaired(collection):
    truth = check(collection)
    truth.structure = ["row 3 missing from index articles_by_url"]
    refuse_unreadable(truth)
    truth.structure = ["Tree 4 page 7: btreeInitPage() returns error code 11"]
    with pytest.raises(DamagedError, match="structure"):
        refuse_unreadable(truth)
