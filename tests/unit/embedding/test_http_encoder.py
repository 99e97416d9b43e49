"""An embedding server as an encoder, asked over a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from support.encoders import CountingEncoder

from recommender.config import EncoderSettings
from recommender.embedding import agree, fingerprint_of, http_encoder, make_encoder
from recommender.embedding.http_encoder import BATCH, HttpEncoder
from recommender.errors import EncoderError, EncoderMismatchError


class Embedder:
    """A server that embeds by counting words; `answers` are given instead, one a request, as long as there are some."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.noise = 0.0
        self.model = CountingEncoder()
        embedder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                embedder.requests.append({**asked, "path": self.path})
                embedder.keys.append(self.headers["authorization"])
                status, body, headers = embedder.answers.pop(0) if embedder.answers else embedder.answer(asked)
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def answer(self, asked: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
        vectors = 3 * (self.model.encode(asked["input"]) + self.noise)
        data = [{"index": number, "embedding": vector.tolist()} for number, vector in enumerate(vectors)]
        # The order is not promised.
        return 200, json.dumps({"data": data[::-1]}).encode(), {}


@pytest.fixture
def server(monkeypatch) -> Iterator[Embedder]:
    monkeypatch.setattr(http_encoder, "LONGEST_PAUSE_S", 0.01)
    embedder = Embedder()
    thread = threading.Thread(target=embedder.server.serve_forever, args=(0.01,))
    thread.start()
    yield embedder
    embedder.server.shutdown()
    thread.join()
    embedder.server.server_close()


def settings_of(server: Embedder, **more: Any) -> EncoderSettings:
    return EncoderSettings(backend="http", model="news-embedder", url=server.url, **more)


def test_vectors_are_those_of_the_server_as_units_in_the_order_of_the_texts(server):
    texts = [f"text {number}" for number in range(BATCH + 5)]
    done = []
    vectors = make_encoder(settings_of(server)).encode(texts, progress=lambda *what: done.append(what))
    np.testing.assert_allclose(vectors, server.model.encode(texts), atol=1e-6)
    assert vectors.dtype == np.float32
    assert done == [("encoding", BATCH, BATCH + 5), ("encoding", BATCH + 5, BATCH + 5)]
    assert {each["path"] for each in server.requests} == {"/v1/embeddings"}
    assert {each["model"] for each in server.requests} == {"news-embedder"}
    assert server.keys == [None] * 3


def test_no_text_is_no_vector(server):
    encoder = make_encoder(settings_of(server))
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_prompts_go_before_the_texts(server):
    encoder = HttpEncoder(settings_of(server, query_prompt="query: ", passage_prompt="passage: "))
    encoder.encode(["a"], "query")
    encoder.encode(["b"])
    assert [each["input"] for each in server.requests[1:]] == [["query: a"], ["passage: b"]]


def test_the_key_comes_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("RELATED_ENCODER_KEY", "secret")
    HttpEncoder(settings_of(server)).encode(["a"])
    assert set(server.keys) == {"Bearer secret"}


@pytest.mark.parametrize("status", [429, 500, 503, 408])
def test_a_server_that_is_busy_is_asked_again(server, status):
    encoder = HttpEncoder(settings_of(server))
    _ = encoder.fingerprint
    server.answers = [(status, b"busy", {"retry-after": "1"}), (status, b"busy", {})]
    assert len(encoder.encode(["a"])) == 1
    assert len(server.requests) == 4


def test_a_server_that_stays_busy_is_an_error(server):
    server.answers = [(503, b"busy", {})] * http_encoder.TRIES
    with pytest.raises(EncoderError, match="the embedding server fails: it answers 503") as caught:
        _ = HttpEncoder(settings_of(server)).fingerprint
    assert caught.value.where == server.url


def test_a_refusal_is_not_asked_again(server):
    server.answers = [(404, b"no such model", {})]
    with pytest.raises(EncoderError, match="it answers 404: no such model"):
        _ = HttpEncoder(settings_of(server)).fingerprint
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setattr(http_encoder, "LONGEST_PAUSE_S", 0.001)
    with pytest.raises(EncoderError, match="it cannot be reached"):
        fingerprint_of(EncoderSettings(backend="http", url="http://127.0.0.1:1/v1"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b"[]",
        b'{"data": [{"index": 0}]}',
        b'{"data": [{"index": 0, "embedding": [1, 2]}]}',
        b'{"data": [{"index": 0, "embedding": "x"}]}',
        json.dumps({"data": [{"index": n, "embedding": [0.0, 0.0]} for n in range(3)]}).encode(),
        json.dumps({"data": [{"index": n, "embedding": [float("nan"), 1.0]} for n in range(3)]}).encode(),
    ],
)
def test_an_answer_that_holds_no_vectors_is_an_error(server, body):
    server.answers = [(200, body, {})]
    with pytest.raises(EncoderError, match="the embedding server answers"):
        _ = HttpEncoder(settings_of(server)).fingerprint


def test_the_fingerprint_is_the_same_for_a_server_that_is_not_exact(server):
    first = fingerprint_of(settings_of(server))
    assert first == fingerprint_of(settings_of(server))
    server.noise = 2e-3
    assert agree(first, fingerprint_of(settings_of(server)))
    encoder = make_encoder(settings_of(server), first)
    encoder.encode(["a"])
    assert encoder.fingerprint == first


def test_another_model_is_refused_before_a_text_is_encoded(server):
    first = fingerprint_of(settings_of(server))
    server.noise = 0.5
    with pytest.raises(EncoderMismatchError, match="is not the one that made the vectors"):
        make_encoder(settings_of(server), first).encode(["a"])
    assert len(server.requests) == 2


def test_another_name_or_prompt_is_another_encoder(server):
    first = fingerprint_of(settings_of(server))
    assert not agree(first, fingerprint_of(settings_of(server, passage_prompt="p: ")))
    assert not agree(first, fingerprint_of(settings_of(server).model_copy(update={"model": "other"})))
    assert not agree("5519989dfa2f600c", "5519989dfa2f600d")


@pytest.mark.parametrize(
    ("more", "what"), [({"url": None}, "there is no encoder.url"), ({"device": "cpu"}, "encoder.device does not apply")]
)
def test_settings_that_make_no_sense_are_refused(server, more, what):
    with pytest.raises(EncoderError, match=what):
        make_encoder(settings_of(server).model_copy(update=more))
