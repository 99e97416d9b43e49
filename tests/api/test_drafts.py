"""Related articles of an article that is not stored."""

from __future__ import annotations

import pytest
from support.answering import ACLU, REUTERS
from support.serving import Server, path_of, problem

from recommender.article import Article
from recommender.related.recommender import Recommender
from recommender.store import QuickEncoder
from recommender.text import article_texts

DRAFT = {
    "title": "Judge asked to stop Clearview AI from collecting face biometrics",
    "excerpt": "Plaintiffs want an injunction.",
    "publishedDateTime": "2021-04-20",
}


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, {}),
        ({"limit": 12, "min_score": 0}, {"top_k": 12, "min_score": 0}),
        ({"scorer": "lexical"}, {"scorer": "lexical"}),
        ({"explain": True, "diversity": 0.5, "max_per_provider": 1}, None),
    ],
)
def test_a_draft_takes_the_same_options(server: Server, recommender: Recommender, options, arguments):
    if arguments is None:
        arguments = {"explain": True, "diversity": 0.5, "max_per_provider": 1}
    draft = Article.read(DRAFT)
    with recommender.collection.reading() as index:
        encoder = QuickEncoder(index.encoding)  # as the service does: torch rounds in other places
        [vector] = encoder.encode([article_texts(draft, index.settings.text).whole])
    wanted = recommender.related(draft, vector=vector, **arguments).to_json()
    assert server.client.post("/v1/related", params=options, json=DRAFT).json() == wanted


def test_exclude_leaves_out_what_the_draft_will_replace(server: Server):
    stored = server.client.get(path_of(ACLU)).json()
    del stored["id"]
    answer = server.client.post("/v1/related", params={"exclude": [ACLU, REUTERS], "limit": 50}, json=stored).json()
    assert answer["related"]
    assert not {ACLU, REUTERS} & {item["id"] for item in answer["related"]}


def test_an_age_counts_back_from_the_drafts_date(server: Server):
    answer = server.client.post("/v1/related", params={"after": "P9D", "before": "P7D", "min_score": 0}, json=DRAFT)
    days = {item["publishedDateTime"][:10] for item in answer.json()["related"]}
    assert days <= {"2021-04-11", "2021-04-12", "2021-04-13"}
    assert days


def test_a_draft_is_not_kept_by_anybody(server: Server):
    revision = server.client.get("/v1/status").json()["revision"]
    answer = server.client.post("/v1/related", json={**DRAFT, "id": "draft-1", "secured": "sealed-draft"})
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert "sealed-draft" not in answer.text
    problem(server.client.get(path_of("draft-1")), "not-found")
    assert server.client.get("/v1/status").json()["revision"] == revision


def test_contradicting_options_are_found_before_the_text_is_encoded(server: Server):
    answer = server.client.post("/v1/related", params={"after": "P1D", "before": "P2D"}, json=DRAFT)
    problem(answer, "invalid-option")


def test_a_draft_without_a_title_is_none(server: Server):
    for draft in [{}, {"title": ""}, {"title": " \n"}, {"title": None}, {"title": ["a"]}]:
        assert "title" in problem(server.client.post("/v1/related", json=draft), "invalid-article")["detail"]


def test_a_wrong_field_is_named(server: Server):
    answer = server.client.post("/v1/related", json={**DRAFT, "publishedDateTime": "soon"})
    assert "publishedDateTime" in problem(answer, "invalid-article")["detail"]
