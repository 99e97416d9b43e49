"""The client against a real service; what only a troubled service does comes from a handler."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator

import httpx2
import pytest
from support.serving import WRITE_KEY, Server

from recommender import Article
from recommender import client as client_module
from recommender.client import Client, ProblemError
from recommender.errors import ConfigError, NotFoundError, RelatedError
from recommender.related.recommender import Recommender

ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"


@pytest.fixture
def reader(server: Server) -> Iterator[Client]:
    with Client(server.url, timeout_s=120) as client:
        yield client


@pytest.fixture
def writer(writable: Server) -> Iterator[Client]:
    with Client(writable.url, key=WRITE_KEY, timeout_s=120) as client:
        yield client


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited, each time."""
    slept: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", slept.append)
    return slept


def of_handler(handle: Callable[[httpx2.Request], httpx2.Response], **options: object) -> Client:
    return Client("http://service.example", transport=httpx2.MockTransport(handle), **options)  # type: ignore[arg-type]


def test_it_says_what_the_library_says(reader: Client, server: Server):
    with contextlib.closing(Recommender.open(server.collection)) as recommender:
        here = recommender.related(ACLU, top_k=3)
    there = reader.related(ACLU, limit=3)
    assert [item.article_id for item in there] == [item.article_id for item in here]
    assert [item.reasons for item in there] == [item.reasons for item in here]
    assert [item.score for item in there] == pytest.approx([item.score for item in here], abs=1e-6)
    assert there.revision == here.revision
    assert there[0].article.provider.name == "Reuters"


def test_an_explanation_comes_with_parts(reader: Client):
    answer = reader.related(ACLU, limit=2, explain=True)
    assert answer.considered is not None
    assert {item.article_id for item in answer} <= {each.article_id for each in answer.considered}
    assert "cosine" in answer[0].parts


def test_a_draft_is_asked_about(reader: Client):
    answer = reader.related(Article(title="Clearview AI sued over faces", excerpt="The ACLU goes to court."), limit=3)
    assert "Clearview" in answer[0].article.title


def test_an_article_is_found_by_words_and_read(reader: Client):
    found = reader.search("ACLU suit seeks Clearview")
    assert found[0].article_id == ACLU
    assert reader.get(ACLU).title == found[0].title


def test_a_search_has_texts_with_its_words_marked(reader: Client):
    found = reader.search("clearveiw", limit=3, provider="reuters.com")
    assert len(found) == 1
    assert found[0].article.provider.name == "Reuters"
    assert [piece.text for piece in found[0].marked_title if piece.matched] == ["Clearview"]
    assert "".join(piece.text for piece in found[0].snippet)


def test_articles_are_listed_page_by_page(reader: Client):
    page = reader.articles(topic="AI", limit=10, facets=2)
    assert (len(page), page.total, len(page.facets["year"])) == (10, 17, 2)
    rest = reader.articles(topic="AI", limit=10, cursor=page.cursor, facets=0)
    assert (len(rest), rest.cursor, rest.facets) == (7, None, {})
    assert all("AI" in article.topics for article in [*page, *rest])
    assert len({article.id for article in [*page, *rest]}) == 17


def test_what_is_not_there_is_not_found(reader: Client):
    with pytest.raises(NotFoundError, match="no article nowhere/a"):
        reader.get("nowhere/a")


def test_a_problem_is_an_error_with_its_kind(reader: Client):
    with pytest.raises(ProblemError) as raised:
        reader.related(ACLU, limit=0)
    assert (raised.value.status, raised.value.kind) == (422, "invalid-option")
    assert raised.value.request_id


def test_an_article_is_written_read_and_deleted(writer: Client):
    article = Article(id="client/one? 100%", title="One", secured="sealed")
    first, again = writer.put(article), writer.put(article)
    assert (first.status, again.status) == ("written", "unchanged")
    assert writer.get(article.id or "").secured is None
    writer.delete(article.id or "")
    with pytest.raises(NotFoundError):
        writer.get(article.id or "")


def test_an_article_without_an_id_can_not_be_put(writer: Client):
    with pytest.raises(ConfigError, match="no id"):
        writer.put(Article(title="None"))


def test_many_are_written_in_their_order(writer: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "BATCH", 7)
    articles = [Article(id=f"client/many/{number}", title=f"Number {number}") for number in range(20)]
    results = list(writer.write(iter(articles)))
    assert [result.article_id for result in results] == [article.id for article in articles]
    assert {result.status for result in results} == {"written"}


def test_one_that_fails_does_not_stop_the_others(writer: Client):
    articles = [
        Article(id="client/a", title="A"),
        Article(id=ACLU, title="Of another source"),
        Article(id="client/b", title="B"),
    ]
    results = list(writer.write(articles))
    assert [result.status for result in results] == ["written", "failed", "written"]
    assert results[1].error is not None
    assert results[1].error.kind == "other-source"


def test_without_a_key_nothing_is_written(server: Server):
    with Client(server.url) as client, pytest.raises(ProblemError, match="key"):
        list(client.write([Article(id="a", title="A")]))


@pytest.mark.parametrize("status", [429, 503])
def test_it_comes_back_when_it_is_told_to(waits: list[float], status: int):
    answers = [httpx2.Response(status, headers={"Retry-After": "7"}), httpx2.Response(200, json={"ready": True})]
    with of_handler(lambda request: answers.pop(0)) as client:
        assert client.status() == {"ready": True}
    assert 7 <= waits[0] <= 9


def test_it_does_not_come_back_for_ever(waits: list[float]):
    with of_handler(lambda request: httpx2.Response(503), retries=3) as client, pytest.raises(ProblemError):
        client.status()
    assert len(waits) == 3
    assert waits == sorted(waits)


def test_a_connection_that_is_lost_is_made_again(waits: list[float]):
    tries: list[int] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        tries.append(1)
        if len(tries) == 1:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200, json={})

    with of_handler(handle) as client:
        client.status()
    assert len(tries) == 2


def test_a_service_that_is_not_there_is_one_error(waits: list[float]):
    def handle(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with of_handler(handle, retries=1) as client, pytest.raises(RelatedError, match="cannot be reached: refused"):
        client.status()


def test_only_what_it_was_too_busy_for_is_sent_again(waits: list[float]):
    sent: list[list[str]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        ids = [json.loads(line)["id"] for line in request.content.splitlines()]
        sent.append(ids)
        lines = []
        for number, article_id in enumerate(ids, start=1):
            busy = len(sent) == 1 and article_id == "b"
            problem = {"type": "urn:problem:related-articles:busy", "title": "Busy", "status": 503}
            done = {"status": "written", "revision": len(sent)}
            lines.append(json.dumps({"line": number, "id": article_id, **({"problem": problem} if busy else done)}))
        return httpx2.Response(200, content="\n".join(lines))

    with of_handler(handle) as client:
        results = list(client.write([Article(id=name, title=name) for name in "abc"]))
    assert sent == [["a", "b", "c"], ["b"]]
    assert [(result.article_id, result.revision) for result in results] == [("a", 1), ("b", 2), ("c", 1)]


def test_an_answer_that_is_no_problem_document_is_an_error_too():
    with (
        of_handler(lambda request: httpx2.Response(502, content=b"<html>")) as client,
        pytest.raises(ProblemError) as raised,
    ):
        client.status()
    assert raised.value.status == 502
