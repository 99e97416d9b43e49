"""Search engines beside a collection in PostgreSQL: whatever proposes, the answers are those of the folder."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.answering import ACLU
from support.encoders import CountingEncoder
from support.places import PostgresPlace
from support.soundness import answers_of, make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.collection_folder import CACHE_VARIABLE
from recommender.config import IndexSettings, RankingSettings, Settings
from recommender.copying import copy_collection
from recommender.errors import ConfigError, EngineError
from recommender.index.engines import Applied, feeding, open_engine, remote
from recommender.index.engines.base import Entry, Terms
from recommender.related.recommender import Recommender

# Milvus takes seconds for each collection: `make test-cluster` runs everything on it, and the whole suite what shows
# that it can be written to, asked and opened again.
ENGINES = ["milvus", "qdrant"] if os.environ.get("RELATED_TEST_ALL") else ["qdrant"]
ON_BOTH = pytest.mark.parametrize("settings", ["milvus", "qdrant"], indirect=True)
APPLIED = Applied("c", "e", "t", 7, 11, 4.0, 100.0)


def url_of(kind: str, folder: Path) -> str:
    return {"milvus": str(folder / "milvus.db"), "qdrant": f"edge:{folder / 'qdrant'}"}[kind]


@pytest.fixture(params=ENGINES)
def settings(request, tmp_path) -> IndexSettings:
    pytest.importorskip({"milvus": "milvus_lite", "qdrant": "qdrant_edge"}[request.param])
    return IndexSettings(engine=request.param, engine_url=url_of(request.param, tmp_path))


@pytest.fixture
def engine(settings):
    with closing(open_engine(settings, "c" * 32)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(remote, "RETRY_AFTER_S", 0.0)


def entry(name: str, *numbers: int, vector=(1, 0, 0, 0)) -> Entry:
    return Entry(name, np.array(vector, np.float32), Terms(list(numbers), [1.0 + number / 10 for number in numbers]))


# What an engine is.


def test_nothing_is_known_of_an_engine_that_was_never_filled(engine):
    assert engine.applied() is None


@ON_BOTH
def test_the_nearest_and_the_best_matches_are_found_in_their_order(engine):
    engine.start(4)
    engine.write(
        [
            entry("a", 1, 2, vector=(1, 0, 0, 0)),
            entry("ä/b", 2, 3, vector=(0.8, 0.6, 0, 0)),
            entry("c?", 4, vector=(0, 0, 1, 0)),
            entry("no terms", vector=(0, 0, 0, 1)),
        ],
        (),
    )
    assert engine.nearest(np.array([1, 0, 0, 0], np.float32), 2) == ["a", "ä/b"]
    assert engine.matching(Terms([2, 3], [1.0, 1.0]), 10) == ["ä/b", "a"]
    assert engine.matching(Terms([99], [1.0]), 10) == []
    assert engine.matching(Terms([], []), 10) == []
    assert engine.count() == 4


@ON_BOTH
def test_writing_again_replaces_and_deleting_again_does_nothing(engine):
    engine.start(4)
    for _ in range(2):
        engine.write([entry("a", 1), entry("b", 2, vector=(0, 1, 0, 0))], ["nobody"])
    engine.write([entry("a", 5, vector=(0, 0, 1, 0))], ["b"])
    engine.write([], ["b"])
    assert engine.count() == 1
    assert engine.matching(Terms([1], [1.0]), 10) == []
    assert engine.matching(Terms([5], [1.0]), 10) == ["a"]
    assert engine.nearest(np.array([0, 0, 1, 0], np.float32), 1) == ["a"]


@ON_BOTH
def test_what_it_holds_is_remembered_and_is_no_article(engine, settings):
    engine.start(4)
    engine.write([entry("a", 1)], ())
    engine.mark(APPLIED)
    assert (engine.applied(), engine.count()) == (APPLIED, 1)
    assert engine.nearest(np.array([1, 0, 0, 0], np.float32), 5) == ["a"]
    engine.close()
    with closing(open_engine(settings, "c" * 32)) as again:
        assert (again.applied(), again.count()) == (APPLIED, 1)


def test_starting_over_forgets_everything(engine):
    engine.start(4)
    engine.write([entry("a", 1)], ())
    engine.mark(APPLIED)
    engine.start(8)
    assert (engine.applied(), engine.count()) == (None, 0)


def test_a_short_answer_is_an_error(engine, monkeypatch):
    engine.start(4)
    engine.write([entry(f"a{number}", vector=(1, number / 10, 0, 0)) for number in range(9)], ())
    search = engine._search
    monkeypatch.setattr(engine, "_search", lambda *arguments: search(*arguments)[:5])
    with pytest.raises(EngineError, match="returned 5 articles where it holds more"):
        engine.nearest(np.array([1, 0, 0, 0], np.float32), 7)


def test_without_an_address_there_is_no_engine():
    with pytest.raises(ConfigError, match=r"there is no index\.engine_url"):
        open_engine(IndexSettings(engine="milvus"), "c")


# Beside a collection.


FEW = RankingSettings(candidates=12)
"""So few candidates that engines propose them: of no more articles than are wanted all are compared."""


def lists(recommender: Recommender, **options):
    with recommender.collection.reading() as index:
        ids = list(index.ids())
    found = {}
    for article_id in ids:
        answer = recommender.related(article_id, **options)
        assert answer.notes == []
        found[article_id] = [(item.article_id, item.score, item.reasons) for item in answer]
    return found


@pytest.fixture(scope="module", params=ENGINES)
def sample(request, site_collection, postgres_server, tmp_path_factory):
    """The sample site in PostgreSQL with an engine beside it, which is filled."""
    pytest.importorskip({"milvus": "milvus_lite", "qdrant": "qdrant_edge"}[request.param])
    folder = tmp_path_factory.mktemp(request.param)
    place = PostgresPlace(postgres_server, f"sample_{request.param}")
    settings = IndexSettings(engine=request.param, engine_url=url_of(request.param, folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder / "cache"))
        copy_collection(site_collection, place.address.text)
        with closing(Collection.open(place.address.text)) as opened:
            chosen = opened.store.settings.model_copy(update={"index": settings})
            with opened.store.transaction():
                opened.store.record(chosen, opened.store.recorded_encoding())
            assert opened.feed() == 82
            assert opened.feed() == 0
        with closing(Recommender.open(place.address.text, weights=FEW)) as recommender:
            yield recommender
    place.drop()


@pytest.fixture(scope="module")
def in_folder(site_collection):
    """The same in its folder."""
    with closing(Recommender.open(site_collection, weights=FEW)) as recommender:
        yield recommender


def test_every_list_is_that_of_the_folder(sample, in_folder):
    assert lists(sample) == lists(in_folder)


@pytest.mark.parametrize(
    "options",
    [
        {"after": "2021-01-01", "before": "2021-06-01", "min_score": 0.0},
        {"provider": ["Reuters"], "min_score": 0.0},
        {"topic": ["privacy"], "min_score": 0.0},
    ],
)
def test_filters_find_the_same(sample, in_folder, options):
    assert lists(sample, **options) == lists(in_folder, **options)


def test_what_was_written_after_it_was_filled_is_found_at_once(sample):
    new = Article(id="new", title="Clearview AI faces a new suit over biometric data of faces")
    sample.collection.write([new])
    found = sample.related(ACLU, top_k=20, min_score=0.0)
    assert "new" in [item.article_id for item in found]
    assert sample.collection.feed() == 1
    assert [item.article_id for item in sample.related(ACLU, top_k=20, min_score=0.0)] == [
        item.article_id for item in found
    ]
    sample.collection.write(deletes=["new"])
    assert "new" not in [item.article_id for item in sample.related(ACLU, top_k=20, min_score=0.0)]
    assert sample.collection.feed() == 1


# Filling.


@pytest.fixture
def place(server_place, settings):
    """Thirty articles; the engine beside them is filled."""
    articles = [Article(id=f"a{number:03}", title=f"Rain {number} over {number % 7} hills") for number in range(30)]
    place = make_collection(server_place, articles, settings=Settings(index=settings))
    with closing(Collection.open(place)) as opened:
        opened.feed()
    return place


def write(opened: Collection, first: int, count: int) -> None:
    articles = [Article(id=f"a{number:03}", title=f"Snow {number}") for number in range(first, first + count)]
    opened.write(articles, encoder=CountingEncoder())


def held(opened: Collection) -> Applied:
    return opened.engine(opened.store.settings).applied()


def test_it_follows_the_log(place):
    with closing(Collection.open(place)) as opened:
        write(opened, 25, 10)
        opened.write(deletes=["a000", "a001"], encoder=CountingEncoder())
        assert opened.feed() == 12
        assert held(opened).revision == opened.store.revision().number
        assert opened.engine(opened.store.settings).count() == 33


def stopped_at(real, calls):
    """The same method, but for its last call, at which the process ends."""
    left = [calls]

    def stop(*arguments):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return real(*arguments)

    return stop


def test_filling_that_was_stopped_anywhere_goes_on(place, monkeypatch):
    monkeypatch.setattr(feeding, "BATCH", 7)
    with closing(Collection.open(place)) as opened:
        engine = opened.engine(opened.store.settings)
        for method in ("write", "mark"):
            for calls in (1, 3):
                engine.start(8)
                stop = stopped_at(getattr(engine, method), calls)
                with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
                    patch.setattr(engine, method, stop)
                    opened.feed()
                write(opened, 3 * calls, 5)
                opened.feed()
                assert engine.count() == opened.store.count()
                assert held(opened).up_to is None
    with closing(Recommender.open(place)) as recommender:
        recommender.collection.publish(compact=True)
        assert recommender.related("a003").notes == []


def test_an_engine_that_lost_articles_is_an_error_and_is_filled_anew(place):
    with closing(Collection.open(place)) as opened:
        opened.engine(opened.store.settings).write((), ["a003", "a004"])
        write(opened, 20, 2)
        with pytest.raises(EngineError, match="the engine holds 28 articles"):
            opened.feed()
        assert opened.feed() == 30
        assert opened.engine(opened.store.settings).count() == 30


def test_of_two_that_fill_it_one_works(place, server_place):
    with closing(Collection.open(place)) as first, closing(Collection.open(place)) as second:
        write(first, 20, 5)
        with first.store.sole("engine"):
            assert second.feed() == 0


def test_while_the_engine_is_away_everything_is_compared_and_the_answer_says_so(place, monkeypatch):
    with closing(Recommender.open(place, weights=FEW)) as recommender:
        expected = answers_of(recommender)
        engine = recommender.collection.engine(recommender.collection.store.settings)

        def away(*_):
            raise EngineError("the engine is away", where=engine.where)

        with monkeypatch.context() as patch:
            patch.setattr(engine, "_search", away)
            assert answers_of(recommender) == expected
            assert recommender.related("a003").notes == ["the engine is away: the local index answered instead"]
        assert recommender.related("a003").notes == []


def test_an_engine_behind_the_snapshot_is_not_asked(place):
    with closing(Recommender.open(place, weights=FEW)) as recommender:
        write(recommender.collection, 0, 20)
        recommender.collection.publish(compact=True)
        [note] = recommender.related("a003").notes
        assert note == "the engine is not filled up to revision 2 yet: the local index answered instead"
        recommender.collection.feed()
        assert recommender.related("a003").notes == []


def test_what_is_sealed_never_reaches_an_engine(server_place, settings, monkeypatch):
    sealed = Article.read({"id": "a", "title": "Rain", "secured": "blob-of-nobody"})
    place = make_collection(server_place, [sealed], settings=Settings(index=settings))
    told = []
    with closing(Collection.open(place)) as opened:
        engine = opened.engine(opened.store.settings)
        write_entries = engine.write
        monkeypatch.setattr(engine, "write", lambda *arguments: told.append(arguments) or write_entries(*arguments))
        opened.feed()
    assert told
    assert "blob-of-nobody" not in repr(told)


def test_threads_do_not_matter(place):
    # A node asks from its lanes, each with a connection of its own; Qdrant's core is of one process and one opening.
    with closing(Recommender.open(place)) as recommender:
        found = []
        thread = threading.Thread(target=lambda: found.append(recommender.related("a003").notes))
        thread.start()
        thread.join()
        assert found == [[]]


def test_a_collection_in_a_folder_needs_no_engine_whatever_the_settings_say(tmp_path):
    chosen = Settings(index=IndexSettings(engine="milvus", engine_url="http://127.0.0.1:1"))
    place = make_collection(tmp_path / "c", [Article(id=f"a{n}", title=f"Rain {n}") for n in range(9)], settings=chosen)
    with closing(Recommender.open(place)) as recommender:
        assert recommender.related("a1", min_score=0.0).notes == []
