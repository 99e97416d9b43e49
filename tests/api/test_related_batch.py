"""Related articles of several stored articles in one request."""

from __future__ import annotations

import pytest
from support.answering import ACLU, REUTERS
from support.serving import Server, path_of, problem

from service.schemas import MOST_IN_BATCH


def test_a_batch_has_the_answer_of_each_article_in_order(server: Server):
    found = server.client.post("/v1/related/batch?limit=3", json={"articles": [REUTERS, ACLU, REUTERS]})
    assert found.status_code == 200
    alone = [server.client.get(path_of(each, "/related?limit=3")).json() for each in (REUTERS, ACLU, REUTERS)]
    assert found.json() == {"answers": alone, "revision": alone[0]["revision"]}
    assert found.headers["cache-control"] == "no-store"


def test_an_article_without_an_answer_does_not_affect_the_others(server: Server):
    answers = server.client.post("/v1/related/batch", json={"articles": ["nowhere", ACLU]}).json()["answers"]
    assert answers[0]["problem"]["type"].endswith(":not-found")
    assert answers[0]["problem"]["status"] == 404
    assert REUTERS in [item["id"] for item in answers[1]["related"]]


def test_a_batch_of_none_has_no_answers(server: Server):
    assert server.client.post("/v1/related/batch", json={"articles": []}).json()["answers"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"articles": ["a"] * (MOST_IN_BATCH + 1)}, "invalid-option"),
        ({"articles": ["a" * 3000]}, "invalid-option"),
        ({"articles": "a"}, "invalid-option"),
        ({"articles": [1]}, "invalid-option"),
        ({}, "invalid-option"),
        ({"articles": [], "more": 1}, "invalid-option"),
        ([], "invalid-article"),
    ],
)
def test_what_is_no_batch_is_refused(server: Server, body: object, kind: str):
    problem(server.client.post("/v1/related/batch", json=body), kind)


def test_options_are_those_of_one_article(server: Server):
    found = server.client.post("/v1/related/batch?limit=1000000", json={"articles": [ACLU]})
    problem(found, "invalid-option")
