"""A collection: the truth, and a view of its newest revision that can always be made again."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from support.views import answers

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, RankingSettings, Settings, TextSettings
from recommender.errors import (
    CollectionError,
    NotFoundError,
    SharedUrlError,
    VectorError,
)
from recommender.index.local import reader
from recommender.index.local.packing import Packer
from recommender.store import Encoding, Incoming, SQLiteStore, write_articles

ENCODING = Encoding(EncoderSettings(), "counting-encoder", 8, (0.0, 0.1))
TITLES = {"a": "Rain in town", "b": "Heavy rain", "c": "Council votes", "d": "A new bridge"}


@pytest.fixture
def site(tmp_path, counting_encoder):
    """A built collection of four articles that `site.write` changes through a connection of its own."""
    path = tmp_path / "collection"
    made = Collection.create(path)
    with made.store.transaction():
        made.store.record(Settings(), ENCODING)
        made.store.source_id("folder", "site")
    made.close()

    def write(*articles, deletes=()):
        db = SQLiteStore(path / "articles.db")
        batch = [Incoming(article, f"{article.id}.md", article.id) for article in articles]
        revision = write_articles(db, 1, batch, counting_encoder, Packer(TextSettings())).revision
        if deletes:
            with db.transaction():
                revision = db.write(1, deletes=deletes).revision
        db.close()
        return revision

    opened = []

    def open_again(**options):
        opened.append(Collection.open(path, **options))
        return opened[-1]

    write(*(Article(id=name, title=title) for name, title in TITLES.items()))
    yield SimpleNamespace(path=path, write=write, open=open_again, snapshots=path / "snapshots")
    for one in opened:
        one.close()


def ids(view):
    return list(view.ids())


def snapshots(site):
    return sorted(path.name for path in site.snapshots.iterdir() if not path.name.startswith("."))


# Opening.


def test_a_collection_is_created_in_a_new_folder(tmp_path):
    made = Collection.create(tmp_path / "x" / "y")
    assert (tmp_path / "x" / "y" / "articles.db").is_file()
    assert len(made.store.uuid) == 32
    assert made.store.encoding is None
    assert made.store.settings == Settings()
    made.close()


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_creating_opens_what_is_there(site, kind):
    again = Collection.create(kind(site.path))
    assert again.store.count() == 4
    again.close()


def test_a_folder_that_holds_something_else_is_refused_and_kept(tmp_path):
    (tmp_path / "photo.jpg").touch()
    (tmp_path / "letter.txt").touch()
    with pytest.raises(CollectionError) as caught:
        Collection.create(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the folder has other contents, such as letter.txt; "
        "expected an empty or new folder, or a collection"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt", "photo.jpg"]


def test_a_folder_with_snapshots_left_behind_is_not_something_else(tmp_path):
    (tmp_path / "snapshots").mkdir()
    Collection.create(tmp_path).close()


def test_a_file_in_place_of_the_folder_is_one_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CollectionError, match="the folder cannot be used: File exists"):
        Collection.create(tmp_path / "file")
    with pytest.raises(CollectionError, match="the folder cannot be used: Not a directory"):
        Collection.create(tmp_path / "file" / "below")


def test_opening_a_missing_collection_says_how_to_make_one(tmp_path):
    with pytest.raises(CollectionError, match="there is no collection here") as caught:
        Collection.open(tmp_path / "nowhere")
    assert caught.value.where == str(tmp_path / "nowhere")
    assert caught.value.hint == f"make one: related build SOURCE --collection {tmp_path / 'nowhere'}"
    assert not (tmp_path / "nowhere").exists()


def test_what_was_recorded_is_read_back(site):
    opened = site.open()
    settings = Settings(ranking=RankingSettings(min_score=0.5), text=TextSettings(language="german"))
    with opened.store.transaction():
        opened.store.record(settings, ENCODING)
    assert site.open().store.settings == settings
    assert site.open().store.encoding == ENCODING


# One article.


@pytest.fixture
def addressed(site):
    site.write(
        Article(id="e", title="E", web_url="https://www.post.example/e/?x=1"),
        Article(id="f", title="F", web_url="https://post.example/shared"),
        Article(id="g", title="G", web_url="http://post.example/shared/#top"),
        Article(id="https://post.example/e?x=1&own", title="H"),
        Article(id="local", title="L", web_url="/just/a/path"),
    )
    return site.open()


def test_an_article_is_named_by_its_id_or_its_address_in_any_spelling(addressed):
    for reference, expected in [
        ("e", "e"),
        ("https://www.post.example/e/?x=1", "e"),
        ("http://POST.example/e?x=1#top", "e"),
        ("  https://post.example/e?x=1&utm_source=mail  ", "e"),
        ("https://post.example:443/e?x=1", "e"),
        ("https://post.example/e?x=1&own", "https://post.example/e?x=1&own"),
        ("/just/a/path", "local"),
    ]:
        assert addressed.resolve(reference) == expected


def test_what_names_no_article_is_not_found(addressed):
    for reference in ["E", "", "  ", "https://post.example/e", "https://other.example/e?x=1", "[::"]:
        with pytest.raises(NotFoundError, match="there is no article") as caught:
            addressed.resolve(reference)
        assert caught.value.expected == "the id or the webUrl of a stored article"


def test_half_a_surrogate_pair_names_no_article(addressed):
    with pytest.raises(NotFoundError):
        addressed.resolve("\ud83d")


def test_an_address_that_several_articles_have_names_none_of_them(addressed):
    with pytest.raises(SharedUrlError) as caught:
        addressed.resolve("https://post.example/shared")
    assert str(caught.value) == (
        "the webUrl https://post.example/shared is shared by 2 articles: f, g; expected the id of one of them"
    )


# Publishing.


def test_publishing_makes_a_snapshot_once(site):
    opened = site.open()
    assert opened.publish() is True
    assert opened.publish() is False
    assert site.open().publish() is False
    assert snapshots(site) == ["1"]


def test_publishing_a_new_revision_takes_the_place_of_the_old_one(site):
    opened = site.open()
    opened.publish()
    site.write(deletes=["a"])
    assert opened.publish() is True  # one of three is more than 1 %
    assert snapshots(site) == ["2"]


def test_publishing_repairs_a_damaged_snapshot(site):
    site.open().publish()
    (site.snapshots / "1" / "columns" / "vectors.npy").write_bytes(b"")
    assert site.open().publish() is True
    assert site.open().publish() is False


def test_other_text_settings_want_another_snapshot(site):
    opened = site.open()
    opened.publish()
    with opened.store.transaction():
        opened.store.record(Settings(text=TextSettings(language="german")), ENCODING)
    assert opened.publish() is True


def test_other_ranking_settings_do_not(site):
    opened = site.open()
    opened.publish()
    with opened.store.transaction():
        opened.store.record(Settings(ranking=RankingSettings(min_score=0.5)), ENCODING)
    assert opened.publish() is False


def test_samples_are_worked_out_once(site, monkeypatch):
    with site.open().reading() as view:
        made = [view.samples().random_pairs.tolist(), view.samples().neighbour_days.tolist(), view.samples().articles]
        assert made[2] == 4
    monkeypatch.setattr("recommender.index.local.reader.sample_pairs", None)
    with site.open().reading() as view:
        kept = [view.samples().random_pairs.tolist(), view.samples().neighbour_days.tolist(), view.samples().articles]
    np.testing.assert_equal(kept, made)


def test_a_collection_that_was_never_built_has_nothing_to_search(tmp_path):
    made = Collection.create(tmp_path)
    with pytest.raises(CollectionError, match="the collection was never built") as caught:
        made.publish()
    assert caught.value.hint == f"build it: related build SOURCE --collection {tmp_path}"
    with pytest.raises(CollectionError, match="the collection was never built"), made.reading():
        pass
    made.close()


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM vectors", "UPDATE vectors SET vector = x'0000803f'", "UPDATE vectors SET encoder = 'another'"],
)
def test_a_vector_that_is_missing_is_one_error(site, damage):
    opened = site.open()
    opened.store._connection.execute(damage)
    with pytest.raises(CollectionError, match="an article's vector is missing or damaged") as caught:
        opened.publish()
    assert caught.value.hint == "related doctor --repair, or build again: both encode missing vectors"


def put_vectors(opened, vector):
    hashes = [stored.text_hash for stored in opened.store.articles()]
    opened.store.save_vectors(ENCODING.fingerprint, dict.fromkeys(hashes, vector))


def test_a_vector_that_holds_no_number_says_what_to_do(site):
    opened = site.open()
    put_vectors(opened, np.full(ENCODING.dimension, np.nan, np.float32))
    site.write(Article(id="new", title="New"))
    with pytest.raises(VectorError, match="has a value that is not finite") as caught:
        opened.publish()
    assert caught.value.hint == "the stored vectors are damaged: build with --recreate to encode everything again"


# Reading.


@pytest.mark.parametrize(
    "damage",
    [
        lambda snapshots: None,
        shutil.rmtree,
        lambda snapshots: shutil.rmtree(snapshots / "1"),
        lambda snapshots: (snapshots / "1" / "manifest.json").unlink(),
        lambda snapshots: (snapshots / "1" / "columns" / "days.npy").unlink(),
        lambda snapshots: (snapshots / "1" / "columns" / "vectors.npy").write_bytes(b"x"),
        lambda snapshots: (snapshots / "1" / "titles" / "meta.json").write_text("{}"),
    ],
    ids=["sound", "no snapshots", "no snapshot", "no manifest", "no column", "torn index", "foreign index"],
)
def test_answers_are_the_same_whatever_happened_to_the_snapshot(site, damage):
    expected = answers(site.open())
    damage(site.snapshots)
    assert answers(site.open()) == expected
    assert answers(site.open()) == expected


def test_a_view_is_of_the_newest_revision(site):
    opened = site.open()
    with opened.reading() as view:
        assert (view.revision, ids(view)) == (1, ["a", "b", "c", "d"])
    site.write(Article(id="e", title="Harbour"), deletes=["b"])
    with opened.reading() as view:
        assert (view.revision, ids(view)) == (3, ["a", "c", "d", "e"])


def test_the_view_stays_while_nothing_is_written(site):
    opened = site.open()
    with opened.reading() as first:
        pass
    with opened.reading() as second:
        assert second is first


def test_articles_fetched_while_reading_are_of_the_views_revision(site):
    opened = site.open()
    opened.publish()
    with opened.reading() as view:
        site.write(Article(id="a", title="Sunshine"), deletes=["b"])
        assert opened.store.get("a").article.title == "Rain in town"
        assert opened.store.get("b") is not None
        assert view.revision == opened.store.revision().number == 1
    with opened.reading() as view:
        assert opened.store.get("a").article.title == "Sunshine"
        assert ids(view) == ["a", "c", "d"]


def test_a_view_outlives_its_collection(site):
    opened = site.open()
    with opened.reading() as view:
        pass
    site.write(deletes=["a"])
    site.open().publish()
    opened.close()
    assert ids(view) == ["a", "b", "c", "d"]
    assert list(view.propose(view.profile("a"), 4)) == ["b", "c", "d"]


def test_a_collection_sees_its_own_writes(site, counting_encoder):
    opened = site.open()
    with opened.reading() as view:
        assert len(view) == 4
    write_articles(
        opened.store, 1, [Incoming(Article(id="e", title="E"), "e.md", "e")], counting_encoder, Packer(TextSettings())
    )
    with opened.reading() as view:
        assert len(view) == 5


@pytest.mark.parametrize(
    "settings",
    [Settings(ranking=RankingSettings(min_score=0.5)), Settings(text=TextSettings(language="german"))],
    ids=["ranking", "text"],
)
def test_settings_that_another_process_recorded_are_seen(site, settings):
    opened = site.open()
    with opened.reading():
        pass
    other = site.open()
    with other.store.transaction():
        other.store.record(settings, ENCODING)
    other.publish()
    with opened.reading() as view:
        assert view.settings == settings


def test_a_collection_that_another_process_made_anew_is_seen(site):
    opened = site.open()
    with opened.reading() as view:
        assert len(view) == 4
    other = Collection.create(site.path)
    other.store.start_over()
    with other.store.transaction():
        other.store.record(Settings(), ENCODING)
        other.store.source_id("folder", "site")
    other.close()
    site.write(Article(id="new", title="New"))
    with opened.reading() as view:
        assert ids(view) == ["new"]


def test_a_collection_without_articles_is_searched_without_an_error(site):
    site.write(deletes=list(TITLES))
    with site.open().reading() as view:
        assert len(view) == 0


def test_a_snapshot_that_can_not_be_read_back_is_one_error(site, monkeypatch):
    opened = site.open()
    monkeypatch.setattr(reader, "publish_snapshot", lambda *arguments: None)
    with pytest.raises(CollectionError, match="the new snapshot cannot be read back") as caught:
        opened.publish()
    assert caught.value.where == str(site.snapshots / "1")
    assert caught.value.hint == "check the disk"


def test_recorded_vectors_are_checked(site):
    opened = site.open()
    put_vectors(opened, np.zeros(ENCODING.dimension, np.float32))
    with pytest.raises(VectorError, match="vector 0 has length 0"):
        opened.publish()
