"""The queue of texts that wait for vectors: each is made once, whoever is killed meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing

import numpy as np
import pytest
from support.encoders import CountingEncoder
from support.places import PostgresPlace
from support.truth import upsert, write

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.errors import CollectionError, EncoderError
from recommender.store.queued import QueuedEncoder, encode_queued, queue_of
from recommender.text import text_hash

ENCODER = CountingEncoder()
TEXTS = {text_hash(f"text {number}"): f"text {number}" for number in range(10)}
NAME = ENCODER.fingerprint


@pytest.fixture
def place(postgres_server):
    made = PostgresPlace(postgres_server, "queued")
    yield made
    made.drop()


@pytest.fixture
def db(place):
    with closing(place.open(create=True)) as opened:
        yield opened


@pytest.fixture
def other(db, place):
    with closing(place.open()) as opened:
        yield opened


def test_texts_wait_until_they_are_encoded(db):
    db.queue.put(NAME, TEXTS)
    assert db.queue.left(NAME) == 10
    assert encode_queued(db, ENCODER, batch=3, until_empty=True) == 10
    assert db.queue.left(NAME) == 0
    found = db.load_vectors(NAME, list(TEXTS))
    for key, text in TEXTS.items():
        np.testing.assert_array_equal(found[key], ENCODER.encode([text])[0])


def test_a_text_that_waits_or_has_its_vector_is_not_added_again(db):
    db.queue.put(NAME, TEXTS)
    db.queue.put(NAME, TEXTS)
    assert db.queue.left(NAME) == 10
    encode_queued(db, ENCODER, batch=100, until_empty=True)
    db.queue.put(NAME, TEXTS)
    assert db.queue.left(NAME) == 0


def test_encoders_have_queues_of_their_own(db):
    db.queue.put("another", TEXTS)
    assert encode_queued(db, ENCODER, batch=100, until_empty=True) == 0
    assert (db.queue.left("another"), db.queue.left(NAME)) == (10, 0)


def test_of_some_texts_it_is_told_how_many_wait(db):
    db.queue.put(NAME, TEXTS)
    assert db.queue.left(NAME, [*list(TEXTS)[:4], b"nothing"]) == 4


def test_two_processes_never_take_the_same_text(db, other):
    db.queue.put(NAME, TEXTS)
    with db.queue.claim(NAME, 6) as mine, other.queue.claim(NAME, 6) as theirs:
        assert (len(mine.texts), len(theirs.texts)) == (6, 4)
        assert {**mine.texts, **theirs.texts} == TEXTS


def test_what_a_process_that_ended_was_at_is_taken_by_another(db, other):
    db.queue.put(NAME, TEXTS)
    with pytest.raises(ZeroDivisionError), other.queue.claim(NAME, 10) as claim:
        claim.keep({key: ENCODER.encode([text])[0] for key, text in claim.texts.items()})
        raise ZeroDivisionError
    assert db.load_vectors(NAME, list(TEXTS)) == {}
    assert encode_queued(db, ENCODER, batch=100, until_empty=True) == 10


def test_a_claim_does_not_keep_others_from_writing(db, other):
    db.queue.put(NAME, TEXTS)
    with db.queue.claim(NAME, 10):
        assert write(other, upsert("a")).revision == 1


def test_making_vectors_makes_no_revision(db):
    before = db.state(), db.revision()
    db.queue.put(NAME, TEXTS)
    encode_queued(db, ENCODER, batch=100, until_empty=True)
    assert db.revision() == before[1]


def test_who_waits_is_woken_by_new_texts(db, other):
    heard = threading.Event()

    def listen():
        db.queue.wait(0.01)
        db.queue.wait(20)
        heard.set()

    thread = threading.Thread(target=listen)
    thread.start()
    while not heard.wait(0.2):
        other.queue.put(NAME, TEXTS)
    thread.join()


def test_the_vectors_of_a_queued_encoder_are_those_of_the_others(db, other):
    done = threading.Event()

    def work():
        while not done.is_set():
            encode_queued(other, ENCODER, batch=4, until_empty=True)

    thread = threading.Thread(target=work)
    thread.start()
    texts = [*TEXTS.values(), "text 3", "text 3"]
    found = QueuedEncoder(CountingEncoder(), db).encode(texts)
    done.set()
    thread.join()
    np.testing.assert_array_equal(found, ENCODER.encode(texts))
    assert QueuedEncoder(ENCODER, db).encode([]).shape == (0, ENCODER.dimension)


def test_a_folder_has_no_queue(tmp_path):
    build([], tmp_path / "c", settings=Settings(), encoder=CountingEncoder())
    with (
        closing(Collection.open(tmp_path / "c")) as opened,
        pytest.raises(CollectionError, match="has no queue of texts"),
    ):
        queue_of(opened.store)


class Never(CountingEncoder):
    """The encoder of a machine that must not encode once it was said which one it is."""

    def encode(self, texts, role="passage", progress=None):
        if "Rain 3" in texts:
            raise EncoderError("this machine was not to encode")
        return super().encode(texts, role, progress)


def test_a_build_can_let_others_encode(server_place, tmp_path):
    source = tmp_path / "articles.jsonl"
    source.write_text("\n".join(f'{{"id": "a{number}", "title": "Rain {number}"}}' for number in range(20)))
    build([], server_place, settings=Settings(), encoder=CountingEncoder())
    done = threading.Event()

    def work():
        with closing(Collection.open(server_place)) as opened:
            while not done.is_set():
                encode_queued(opened.store, CountingEncoder(), batch=7, until_empty=True)

    thread = threading.Thread(target=work)
    thread.start()
    report = build([source], server_place, settings=Settings(), encoder=Never(), queued=True)
    done.set()
    thread.join()
    assert (report.written, report.articles) == (20, 20)
