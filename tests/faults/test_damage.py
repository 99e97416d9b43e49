"""Snapshots that are damaged or another's: they are made again; collections that are odd: they are answered for."""

from __future__ import annotations

import contextlib
import shutil
from random import Random

import pytest
from support.damage import ask_everything, flip, random_places
from support.encoders import OtherEncoder
from support.examples import THOROUGH
from support.model import Model, check_ranking
from support.site import SETTINGS, newest, some_records, write
from support.soundness import answers, answers_of_fresh, assert_sound, in_order, make_collection
from support.writing import random_record

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import CollectionError, ConfigError
from recommender.index.local import snapshot
from recommender.related.recommender import Recommender

FLIPS = 1000 if THOROUGH else 200


# What is derived.


@pytest.mark.timeout(1800)
def test_a_flipped_byte_anywhere_in_a_snapshot_is_made_good(site_to_damage):
    random = Random(2)
    folder = newest(site_to_damage.path)
    names = sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    assert len(names) > 20
    places = random_places(folder, random, FLIPS)
    assert {name for name, _ in places} == set(names)
    for name, place in places:
        # What was made again may have other sizes (Tantivy names its files at random).
        file = folder / name
        if not file.exists():
            file = random.choice(sorted(path for path in (folder / "lexical").iterdir() if path.stat().st_size))
        before = folder.stat().st_ino
        flip(file, place % file.stat().st_size, random)
        assert ask_everything(site_to_damage.path) == site_to_damage.compact, (name, place)
        assert folder.stat().st_ino != before, f"{name} was damaged at {place} and was not made again"
    assert_sound(site_to_damage.path)


def test_a_snapshot_cut_by_a_byte_is_made_good(site_to_damage):
    folder = newest(site_to_damage.path)
    for name in ("manifest.json", "columns/vectors.npy", "titles/meta.json", "samples/random_pairs.npy"):
        file = folder / name
        file.write_bytes(file.read_bytes()[:-1])
        assert ask_everything(site_to_damage.path) == site_to_damage.compact, name


def _without(*names):
    def damage(folder):
        for name in names:
            (folder / name).unlink()

    return damage


def _empty(name):
    return lambda folder: (folder / name).write_bytes(b"")


def _older_format(folder):
    manifest = snapshot.read_manifest(folder)
    made = snapshot.load_snapshot(folder, manifest.source, manifest.digest)
    assert made is not None
    values = {**vars(manifest), "format": snapshot.FORMAT - 1}
    with snapshot.building(folder.parent) as aside:
        snapshot.publish_snapshot(aside, snapshot.Manifest(**values), made.segment, made.samples)


def _file_instead(folder):
    shutil.rmtree(folder)
    folder.write_text("no folder")


@pytest.mark.parametrize(
    "damage",
    [
        shutil.rmtree,
        lambda folder: shutil.rmtree(folder.parent),
        _without("manifest.json"),
        _without("columns/days.npy"),
        _without("samples/neighbour_days.npy"),
        _without("titles/meta.json"),
        lambda folder: shutil.rmtree(folder / "lexical"),
        _empty("manifest.json"),
        _empty("columns/vectors.npy"),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "manifest.json").write_text('{"manifest": 3, "checksum": ""}'),
        lambda folder: [file.unlink() for file in folder.rglob("*") if file.is_file()],
        lambda folder: folder.rename(folder.parent / "7"),
        lambda folder: shutil.copytree(folder, folder.parent / "1000"),
        _older_format,
        _file_instead,
    ],
)
def test_a_snapshot_that_is_missing_or_torn_is_made_again(site_to_damage, damage):
    damage(newest(site_to_damage.path))
    assert ask_everything(site_to_damage.path) == site_to_damage.compact
    assert ask_everything(site_to_damage.path) == site_to_damage.compact
    assert_sound(site_to_damage.path)
    with contextlib.closing(Collection.open(site_to_damage.path)) as collection:
        collection.publish(compact=True)
    assert ask_everything(site_to_damage.path) == site_to_damage.compact


def test_a_snapshot_of_another_collection_is_not_taken_for_ones_own(site_to_damage, tmp_path):
    other = Model()
    other.apply(some_records(40, seed=5))
    make_collection(tmp_path / "other", other.articles(), settings=SETTINGS)
    folder = newest(site_to_damage.path)
    shutil.rmtree(folder)
    shutil.copytree(newest(tmp_path / "other"), folder)
    assert ask_everything(site_to_damage.path) == site_to_damage.compact


def test_a_restored_database_is_not_searched_with_the_snapshots_of_what_came_after(site_to_damage):
    older = site_to_damage.path / "articles.db"
    saved = older.read_bytes()
    ahead = site_to_damage.model.copy()
    random = Random(3)
    for _ in range(3):
        write(site_to_damage.path, ahead, [random_record(random, f"a{number:02}") for number in (1, 2, 50)])
    with contextlib.closing(Collection.open(site_to_damage.path)) as collection:
        collection.publish(compact=True)
    for name in ("articles.db-wal", "articles.db-shm"):
        (site_to_damage.path / name).unlink(missing_ok=True)
    older.write_bytes(saved)
    # Restored, the snapshot is newer than the truth.
    assert ask_everything(site_to_damage.path) == site_to_damage.compact


def test_a_restored_database_that_was_written_further_is_not_mistaken_for_what_it_was(site_to_damage, tmp_path):
    saved = (site_to_damage.path / "articles.db").read_bytes()
    lost, random = site_to_damage.model.copy(), Random(3)
    for _ in range(3):
        write(site_to_damage.path, lost, [random_record(random, f"a{number:02}") for number in (1, 2, 50)])
    with contextlib.closing(Collection.open(site_to_damage.path)) as collection:
        collection.publish(compact=True)
        reached = collection.store.revision().number
    for name in ("articles.db-wal", "articles.db-shm"):
        (site_to_damage.path / name).unlink(missing_ok=True)
    (site_to_damage.path / "articles.db").write_bytes(saved)
    for turn in range(4):
        write(
            site_to_damage.path,
            site_to_damage.model,
            [random_record(random, f"a{number:02}") for number in (4, 5, 60 + turn)],
        )
        for asked, best in answers(site_to_damage.path)["dense"].items():
            check_ranking(site_to_damage.model.cosines(asked), list(best.items()), 100)
        with contextlib.closing(Collection.open(site_to_damage.path)) as collection:
            number = collection.store.revision().number
        if number == reached:
            assert newest(site_to_damage.path).name == str(reached)
    with contextlib.closing(Collection.open(site_to_damage.path)) as collection:
        assert collection.store.revision().number > reached
        collection.publish(compact=True)
    fresh = answers_of_fresh(site_to_damage.model, tmp_path / "fresh", SETTINGS)
    assert in_order(answers(site_to_damage.path)) == in_order(fresh)
    assert_sound(site_to_damage.path)


# Not damaged, but odd.


def test_vectors_of_another_encoder_are_not_used(site_to_damage, tmp_path):
    with contextlib.closing(Collection.open(site_to_damage.path)) as collection, pytest.raises(CollectionError):
        collection.write([Article(id="new", title="By another encoder")], encoder=OtherEncoder())
        collection.publish(compact=True)
    assert ask_everything(site_to_damage.path) == site_to_damage.compact


def test_an_empty_collection_answers_with_nothing(tmp_path):
    path = make_collection(tmp_path / "collection")
    assert answers(path) == {"default": {}, "dense": {}, "related": {}, "listed": {"all": {}}, "titles": {}}
    with contextlib.closing(Recommender.open(path)) as recommender:
        for top_k in (0, 1001):
            with pytest.raises(ConfigError):
                recommender.rank(top_k=top_k)
    shutil.rmtree(path / "snapshots")
    assert answers(path)["default"] == {}
    assert_sound(path)


def test_what_was_never_written_to_is_published_once(tmp_path):
    path = make_collection(tmp_path / "collection")
    with contextlib.closing(Collection.open(path)) as collection:
        assert (path / "snapshots" / "0").is_dir()
        assert not collection.publish(compact=True)


def test_one_article_is_related_to_nothing(tmp_path):
    path = make_collection(tmp_path / "collection", [Article(id="one", title="The only one")])
    ranked = {name: {"one": {}} for name in ("default", "dense", "related")}
    listed = {"listed": {"all": {"one": 0.0}}, "titles": {"one": {"one": 1.0}}}
    assert answers(path, 1000) == {**ranked, **listed}
    assert_sound(path)


def test_more_than_there_are_gives_all_of_them(site_to_damage):
    for asked, best in answers(site_to_damage.path, 1000)["dense"].items():
        check_ranking(site_to_damage.model.cosines(asked), list(best.items()), 1000)
        assert len(best) == 39
