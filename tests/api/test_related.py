"""Related articles of stored articles over HTTP."""

from __future__ import annotations

import httpx2
import pytest
from support.answering import ACLU, REUTERS
from support.serving import Server, path_of, problem

from recommender.related.recommender import Recommender

ENTRY = ["title", "excerpt", "publishedDateTime", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "type", "provider", "quality"]
BESIDE = ["id", "score", "reasons", "duplicates"]


def ids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["related"]]


def test_the_example_article_has_reuters_first_as_a_site_writes_it(server: Server):
    answer = server.client.get(path_of(ACLU, "/related")).json()
    assert list(answer) == ["article", "related", "duplicates", "revision", "scorer"]
    assert answer["article"]["id"] == ACLU
    first = answer["related"][0]
    assert list(first) == ENTRY + BESIDE
    assert first["id"] == REUTERS
    assert {name: first[name] for name in ("publishedDateTime", "type", "provider", "quality")} == {
        "publishedDateTime": "2021-04-12T19:55:00Z",
        "type": "article",
        "provider": {"name": "Reuters", "domain": "reuters.com"},
        "quality": 67,
    }
    assert "residents’ biometric data" in first["excerpt"]
    assert 0 < first["score"] < 1
    assert first["reasons"]


def test_id_url_and_path_give_one_answer(server: Server, recommender: Recommender):
    wanted = recommender.related(ACLU).to_json()
    url = recommender.related(ACLU).article.web_url
    get = server.client.get
    for answer in (
        get(path_of(ACLU, "/related")),
        get("/v1/related", params={"id": ACLU}),
        get("/v1/related", params={"url": url}),
        get("/v1/related", params={"url": f"{url}?utm_source=x#top"}),
        get(path_of(url, "/related")),
    ):
        assert answer.json() == wanted


@pytest.mark.parametrize("options", [{}, {"id": ACLU, "url": "https://a.example"}])
def test_one_article_must_be_named(server: Server, options: dict[str, str]):
    problem(server.client.get("/v1/related", params=options), "invalid-option")


def test_slashes_of_an_id_are_encoded_in_the_path(server: Server):
    problem(server.client.get(f"/v1/articles/{ACLU}/related"), "no-such-page")


IDS = [
    "guides/related",
    "related",
    "batch",
    "...",
    "a/../b",
    "v1.2.html",
    "été 東京 🦆",
    "100%",
    "%2F",
    "%25",
    "is it? yes & no=#1",
    "a+b;c:d@e!$'()*,",
    'quote " and \\ back',
    "https://a.example/story?x=1",
    "x" * 512,
]


@pytest.fixture(scope="module")
def odd(writable: Server) -> Server:
    """Has an article for each odd id."""
    for article_id in IDS:
        put = writable.writer.put(raw_url(writable, article_id), json={"title": f"Odd {article_id[:40]}"})
        assert (put.status_code, put.json()["id"]) == (200, article_id)
    return writable


def raw_url(server: Server, article_id: str, end: str = "") -> str:
    # Clients resolve dot segments before they send them, encoded or not.
    return server.url + path_of(article_id, end).replace("/..", "/%2E%2E").replace("/.", "/%2E")


def test_any_id_is_found_by_path_and_by_query(odd: Server):
    for article_id in IDS:
        by_path = odd.client.get(raw_url(odd, article_id, "/related"))
        by_query = odd.related(article_id)
        assert by_path.json()["article"]["id"] == by_query.json()["article"]["id"] == article_id, article_id
        assert odd.client.get(raw_url(odd, article_id)).json()["id"] == article_id, article_id


def test_an_escape_that_is_no_text_is_refused(server: Server):
    for path in ["%ff", "%C3", "%ED%A0%80", "%", "%2", "%zz", "a%ff/related", "%zz/related"]:
        answer = server.raw(f"GET /v1/articles/{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 400 "), path
        assert b"urn:problem:related-articles:bad-request" in answer, path


def test_a_path_has_one_spelling(server: Server):
    for path in ["/v1/%61rticles/%25ff", "/v1/%61rticles/a%252Fb/related", "/%761/related?id=a"]:
        problem(server.client.get(server.url + path), "no-such-page")


def test_an_article_that_is_not_there_is_a_problem(server: Server):
    for article_id in ["nowhere", "\x00", "http://[", "\ufffd", "x" * 2000]:
        problem(server.related(article_id), "not-found")
        problem(server.client.get(path_of(article_id, "/related")), "not-found")


def test_an_address_that_two_articles_share_names_neither(writable: Server):
    for name in ("shared-1", "shared-2"):
        put = writable.writer.put(path_of(name), json={"title": name, "webUrl": "https://a.example/shared"})
        assert put.status_code == 200
    told = problem(writable.client.get("/v1/related", params={"url": "https://a.example/shared"}), "shared-url")
    assert "shared-1" in str(told)
    assert "shared-2" in str(told)


def test_head_has_the_headers_of_get_and_no_body(server: Server):
    get, head = server.related(ACLU), server.client.head("/v1/related", params={"id": ACLU})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type", "cache-control"):
        assert head.headers[name] == get.headers[name]


# Options.


def test_a_limit_that_is_none_is_a_problem(server: Server):
    for limit in ["0", "-1", "1e9", "1000000000", "101", "abc", "", "1.5", "٣", "1 2"]:
        told = problem(server.related(ACLU, limit=limit), "invalid-option")
        assert told["detail"].startswith("limit"), limit


def test_limit_is_how_many_there_are_at_most(server: Server, recommender: Recommender):
    for limit in [1, 7, 100]:
        wanted = recommender.related(ACLU, top_k=limit, min_score=0)
        assert ids(server.related(ACLU, limit=limit, min_score=0)) == [item.article_id for item in wanted], limit


def test_an_option_that_there_is_not_is_a_problem(server: Server):
    for name in ["limits", "top_k", "Limit", "utm_source", ""]:
        problem(server.client.get("/v1/related", params={"id": ACLU, name: "1"}), "invalid-option")
        problem(server.client.get(path_of(ACLU, "/related"), params={name: "1"}), "invalid-option")
        problem(server.client.post("/v1/related", params={name: "1"}, json={"title": "A"}), "invalid-option")
        problem(server.client.get("/v1/status", params={name: "1"}), "invalid-option")


def test_dates_that_leave_no_day_are_a_problem(server: Server):
    for options in [
        {"after": "2021-05-01", "before": "2021-04-01"},
        {"after": "2021-05-01", "before": "2021-05-01"},
        {"after": "P1D", "before": "P3D"},
        {"after": "P3D", "before": "P3D"},
    ]:
        assert "leave no day" in problem(server.related(ACLU, **options), "invalid-option")["detail"], options


def test_a_bound_that_is_neither_date_nor_age_is_a_problem(server: Server):
    for text in ["soon", "2021-13-01", "P", "30D", "P99999999999D", "9999-12-31T23:59:59-14:00", "\x00"]:
        for name in ("after", "before"):
            assert problem(server.related(ACLU, **{name: text}), "invalid-option")["detail"].startswith(name), text


def test_filters_pass_what_the_library_passes(server: Server, recommender: Recommender):
    for options, named in [
        ({"after": "2021-04-01", "before": "2021-05-01"}, {"after": "2021-04-01", "before": "2021-05-01"}),
        ({"after": "P30D"}, {"after": "P30D"}),
        ({"after": "P30D", "before": "P1D"}, {"after": "P30D", "before": "P1D"}),
        ({"topic": ["AI", "Cloud"]}, {"where": {"topics": ["AI", "Cloud"]}}),
        ({"provider": "reuters.com"}, {"provider": ["reuters.com"]}),
        ({"provider": "reuters"}, {"provider": ["Reuters"]}),
        ({"language": ["de", "es"]}, {"where": {"language": ["de", "es"]}}),
        ({"exclude": [REUTERS, "nowhere"]}, {"exclude": [REUTERS]}),
        ({"topic": "no such topic"}, {"topic": ["no such topic"]}),
    ]:
        wanted = recommender.related(ACLU, top_k=100, min_score=0, **named)  # type: ignore[arg-type]
        found = ids(server.related(ACLU, limit=100, min_score=0, **options))
        assert found == [item.article_id for item in wanted], options


def test_an_age_needs_a_date_to_count_back_from(writable: Server):
    writable.writer.put(path_of("no date"), json={"title": "Without a date"})
    assert (
        "the article asked about has none"
        in problem(writable.related("no date", after="P30D"), "invalid-option")["detail"]
    )


def test_diversity_and_the_cap_are_options(server: Server, recommender: Recommender):
    wanted = recommender.related(ACLU, top_k=8, min_score=0, diversity=0.5, max_per_provider=1)
    answer = server.related(ACLU, limit=8, min_score=0, diversity=0.5, max_per_provider=1)
    assert answer.json()["related"] == [item.to_json() for item in wanted]


def test_scorers_rank_as_in_the_library(server: Server, recommender: Recommender):
    for scorer in ["default", "dense", "lexical"]:
        answer = server.related(ACLU, scorer=scorer)
        assert answer.json() == recommender.related(ACLU, scorer=scorer).to_json(), scorer


def test_weights_hold_for_one_answer(server: Server):
    usual = server.related(ACLU, limit=20, min_score=0).json()["related"]
    dense = server.related(
        ACLU, limit=20, min_score=0, weights="cosine:1,text:0,title:0,topics:0,authors:0,closeness:0,hubs:0"
    )
    assert ids(dense) == ids(server.related(ACLU, limit=20, scorer="dense"))[: len(ids(dense))]
    assert dense.json()["related"] != usual
    assert server.related(ACLU, limit=20, min_score=0).json()["related"] == usual


def test_weights_are_written_as_programs_write_numbers(server: Server):
    for weights in ("time_scale_days:1000", "cosine:.5", "title:0.30000000000000004,text:1.", "time_scale_days:36500"):
        assert server.related(ACLU, weights=weights).status_code == 200, weights


def test_weights_that_are_none_are_a_problem(server: Server):
    for weights in [
        *(
            "nope:1",
            "cosine",
            "cosine:",
            "cosine:x",
            "cosine:1.2.3",
            "cosine:.",
            "cosine:-1",
            "cosine:nan",
            "cosine:1,",
        ),
        *("time_scale_days:0", "min_score:0", "cosine:" + "9" * 290, "cosine:1;text:1", "", "COSINE:1"),
    ]:
        problem(server.related(ACLU, weights=weights), "invalid-option")


def test_weights_of_nothing_are_still_an_answer(server: Server):
    assert server.related(ACLU, weights="cosine:0,text:0,title:0,closeness:0").status_code == 200


def test_explain_tells_what_became_of_every_candidate(server: Server, recommender: Recommender):
    answer = server.related(ACLU, limit=3, explain="true").json()
    assert answer == recommender.related(ACLU, top_k=3, explain=True).to_json()
    assert [one["fate"] for one in answer["considered"]][:3] == ["shown"] * 3
    assert "considered" not in server.related(ACLU, explain="false").json()


def test_a_value_out_of_range_is_a_problem(server: Server):
    for name, value in [
        *(("min_score", "1.1"), ("min_score", "nan"), ("diversity", "-1"), ("diversity", "inf"), ("scorer", "best")),
        *(("max_per_provider", "-1"), ("max_per_provider", "2.5"), ("explain", "perhaps"), ("after", "x" * 65)),
    ]:
        told = problem(server.related(ACLU, **{name: value}), "invalid-option")
        assert told["detail"].startswith(name), (name, value)


def test_too_many_values_are_a_problem(server: Server):
    assert problem(server.related(ACLU, topic=["t"] * 51), "invalid-option")["detail"].startswith("topic")
