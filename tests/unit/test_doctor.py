from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from support.copies import made_once

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.doctor import examine
from recommender.errors import CollectionError
from recommender.related.recommender import Recommender


@pytest.fixture
def folder(tmp_path: Path, counting_encoder) -> Path:
    def make(here: Path) -> None:
        source = here / "articles.jsonl"
        lines = [json.dumps({"id": f"a{n}", "title": f"Title {n}"}) for n in range(6)]
        source.write_text("\n".join(lines), encoding="utf-8")
        build([source], here / "c", settings=Settings(), encoder=counting_encoder)

    made_once("for the doctor", make, tmp_path)
    return tmp_path / "c"


@pytest.fixture
def examined(folder, counting_encoder):
    def run(*, repair: bool = False):
        return examine(folder, repair=repair, encoder=counting_encoder)

    return run


def damage(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / "articles.db", isolation_level=None)
    connection.execute(sql)
    connection.close()


def problems(findings) -> list[str]:
    return [finding.what for finding in findings if finding.status == "problem"]


def flip(file: Path, offset: int = -1) -> None:
    data = bytearray(file.read_bytes())
    data[offset] ^= 1
    file.write_bytes(data)


def test_everything_of_a_sound_collection_is_ok(examined):
    findings = examined()
    assert {finding.status for finding in findings} == {"ok"}
    assert [finding.check for finding in findings] == ["database", "snapshots", "model", "recall", "disk"]


def test_looking_changes_nothing(folder, examined):
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    examined()
    after = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert {file for file in before if before[file] != after.get(file)} == set()


def test_there_must_be_a_collection(tmp_path):
    with pytest.raises(CollectionError, match="no collection"):
        examine(tmp_path)


def test_a_collection_that_was_never_built_is_no_problem(tmp_path):
    Collection.create(tmp_path / "c").close()
    findings = examine(tmp_path / "c")
    assert not problems(findings)
    assert any("never built" in finding.what for finding in findings)


def test_a_flipped_byte_of_a_snapshot_is_found_and_repaired(folder, examined):
    file = folder / "snapshots" / "1" / "lexical" / "rows.npy"
    flip(file)
    assert any(file.name in what for what in problems(examined()))
    assert not problems(examined(repair=True))
    assert not problems(examined())


def test_a_damaged_manifest_is_found(folder, examined):
    (folder / "snapshots" / "1" / "manifest.json").write_text("{}")
    assert any("manifest.json" in what for what in problems(examined()))


def test_a_snapshot_that_is_newer_than_the_database_is_found(folder, examined):
    shutil.copytree(folder / "snapshots" / "1", folder / "snapshots" / "9")
    assert any("newer than the database" in what for what in problems(examined()))
    examined(repair=True)
    assert not (folder / "snapshots" / "9").exists()


def test_snapshots_from_before_a_database_was_restored_are_found_and_removed(folder, examined, counting_encoder):
    saved = (folder / "articles.db").read_bytes()
    collection = Collection.open(folder)
    for number in range(3):
        collection.write([Article(id="b", title=f"Another {number}")], encoder=counting_encoder)
    collection.publish(compact=True)
    collection.close()
    (folder / "articles.db").write_bytes(saved)
    assert problems(examined()) == ["snapshot 4 is newer than the database, which is at revision 1"]
    assert not problems(examined(repair=True))
    assert [path.name for path in (folder / "snapshots").glob("[0-9]*")] == ["1"]


def test_a_damaged_list_of_revisions_is_a_finding_and_not_the_end(folder, examined):
    damage(folder, "UPDATE sqlite_sequence SET seq = 7")
    findings = examined()
    assert any("the newest is 1, but 7" in what for what in problems(findings))
    assert findings[-1].check == "disk"
    assert not problems(examined(repair=True))


def test_a_snapshot_of_another_collection_is_found(folder, examined, tmp_path, counting_encoder):
    (tmp_path / "other.jsonl").write_text('{"id": "x", "title": "Another site"}', encoding="utf-8")
    build([tmp_path / "other.jsonl"], tmp_path / "other", settings=Settings(), encoder=counting_encoder)
    shutil.rmtree(folder / "snapshots" / "1")
    shutil.copytree(tmp_path / "other" / "snapshots" / "1", folder / "snapshots" / "1")
    assert any("not of this collection" in what for what in problems(examined()))


def test_a_missing_snapshot_is_a_note(folder, examined):
    shutil.rmtree(folder / "snapshots")
    findings = examined()
    assert not problems(findings)
    assert any(finding.check == "snapshots" and finding.status == "note" for finding in findings)


def test_a_damaged_vector_is_found_and_encoded_again(folder, examined, counting_encoder):
    damage(folder, "UPDATE vectors SET vector = zeroblob(32) WHERE rowid = 2")
    assert any("rows of vectors" in what for what in problems(examined()))
    findings = examined(repair=True)
    assert not problems(findings)
    assert any("encoded 1 texts again" in finding.what for finding in findings)
    assert not problems(examined())


@pytest.mark.parametrize(
    "sql", ["DELETE FROM packed", "UPDATE packed SET form = 'older'", "UPDATE packed SET texts = ''"]
)
def test_articles_that_are_not_packed_are_packed_again(folder, examined, sql):
    damage(folder, sql)
    assert "packed 6 articles again" in [finding.what for finding in examined(repair=True)]
    assert not [finding for finding in examined(repair=True) if finding.status == "repaired"]


def test_a_damaged_article_is_left_out_by_name_and_the_others_still_answer(folder, examined):
    damage(folder, "UPDATE articles SET record = replace(record, 'Title 3', 'Title 9') WHERE article_id = 'a3'")
    assert any("a3" in what for what in problems(examined()))
    findings = examined(repair=True)
    assert not problems(findings)
    assert any(finding.what == "left out: a3" for finding in findings)
    recommender = Recommender.open(folder)
    assert sorted(recommender.rank(scorer="dense")) == ["a0", "a1", "a2", "a4", "a5"]
    recommender.close()


def test_a_reader_that_is_open_sees_the_repair(folder, examined):
    recommender = Recommender.open(folder)
    assert "a3" in recommender.rank(scorer="dense")
    damage(folder, "UPDATE articles SET record = replace(record, 'Title 3', 'Title 9') WHERE article_id = 'a3'")
    examined(repair=True)
    assert "a3" not in recommender.rank(scorer="dense")
    recommender.close()


def test_damaged_settings_are_for_a_build_to_mend(folder, examined, counting_encoder):
    damage(folder, "UPDATE meta SET value = value || ' ' WHERE key = 'settings'")
    findings = examined(repair=True)
    assert any("settings" in what for what in problems(findings))
    build([folder.parent / "articles.jsonl"], folder, settings=Settings(), encoder=counting_encoder)
    assert not problems(examined())


def test_vectors_of_another_encoder_are_found(folder, counting_encoder):
    class Other(type(counting_encoder)):
        def encode(self, texts, role="passage", progress=None):
            return np.roll(super().encode(texts), 1, axis=1)

    found = problems(examine(folder, encoder=Other()))
    assert any("not what the model gives" in what for what in found)


def test_changes_since_the_snapshot_are_told(folder, examined, counting_encoder):
    collection = Collection.open(folder)
    collection.write([Article(id="b", title="Another")], encoder=counting_encoder)
    collection.close()
    findings = examined()
    assert not problems(findings)
    assert any("1 changes since the snapshot" in finding.what for finding in findings)


def test_a_model_that_is_gone_is_a_problem_with_a_hint(tmp_path, root):
    from recommender.config import EncoderSettings
    from recommender.store.encoding import Encoding

    collection = Collection.create(tmp_path / "c")
    with collection.store.transaction():
        encoding = Encoding(EncoderSettings(model=str(tmp_path / "gone")), "f" * 16, 8, (0.0,))
        collection.store.record(Settings(), encoding)
    collection.close()
    findings = examine(tmp_path / "c")
    assert [finding.check for finding in findings if finding.status == "problem"] == ["model"]


def test_a_model_that_was_replaced_is_a_problem(tmp_path):
    from recommender.config import EncoderSettings
    from recommender.store.encoding import Encoding

    collection = Collection.create(tmp_path / "c")
    with collection.store.transaction():
        collection.store.record(Settings(), Encoding(EncoderSettings(), "f" * 16, 384, (0.0,)))
    collection.close()
    assert any("was built with" in what for what in problems(examine(tmp_path / "c")))


def test_too_little_room_for_the_next_snapshot_is_a_problem(examined, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 99, 1))
    assert any("0.0 MB free" in what for what in problems(examined()))
