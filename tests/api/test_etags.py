"""An unchanged answer costs a 304, and no other answer ever does."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from support.answering import ACLU, REUTERS
from support.serving import Local, Server, answering, path_of

NUMBERS = itertools.count()


def searches(server: Server) -> float:
    """How many answers were searched for."""
    found = re.search(r'^related_stage_seconds_count\{stage="search"\} (.+)$', server.client.get("/metrics").text, re.M)
    return float(found[1]) if found else 0.0


def test_a_known_answer_is_not_searched_again(server: Server):
    first = server.related(ACLU)
    before = searches(server)
    again = server.client.get(first.request.url, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert searches(server) == before


def test_a_list_of_known_answers_is_looked_through(server: Server):
    for known in ["{}", '"x", {}', '{},"y"', 'W/"z" , {}, "a"']:
        etag = server.related(ACLU).headers["etag"]
        answer = server.client.get("/v1/related", params={"id": ACLU}, headers={"if-none-match": known.format(etag)})
        assert answer.status_code == 304, known


def test_a_tag_is_compared_weakly(server: Server):
    etag = server.related(ACLU).headers["etag"].removeprefix("W/")
    answer = server.client.get("/v1/related", params={"id": ACLU}, headers={"if-none-match": etag})
    assert answer.status_code == 304


def test_another_tag_is_answered_in_full(server: Server):
    for known in ["", '""', 'W/"other"', "W/", "nonsense"]:
        answer = server.client.get("/v1/related", params={"id": ACLU}, headers={"if-none-match": known})
        assert answer.status_code == 200, known


def test_a_head_request_is_told_of_a_known_answer(server: Server):
    first = server.related(ACLU)
    answer = server.client.head(first.request.url, headers={"if-none-match": first.headers["etag"]})
    assert answer.status_code == 304


OPTIONS = [
    {},
    {"limit": 6},
    {"scorer": "dense"},
    {"scorer": "lexical"},
    {"min_score": 0},
    {"after": "2021-01-01"},
    {"before": "2022-01-01"},
    {"after": "P30D"},
    {"topic": "AI"},
    {"provider": "AI"},
    {"language": "AI"},
    {"exclude": "AI"},
    {"exclude": ["AI", "AB"]},
    {"diversity": 0},
    {"max_per_provider": 0},
    {"weights": "cosine:1"},
    {"explain": True},
]


def test_every_option_and_every_article_has_a_tag_of_its_own(server: Server):
    tags = [server.related(article, **options).headers["etag"] for article in (ACLU, REUTERS) for options in OPTIONS]
    assert len(set(tags)) == len(tags)


def test_a_tag_names_collection_revision_settings_scorer_and_options(server: Server):
    answer = server.related(ACLU, scorer="dense")
    shape = r'W/"[0-9a-f-]+\.(\d+)\.[0-9a-f]+-dense\.[0-9a-f]+"'
    assert re.fullmatch(shape, answer.headers["etag"])[1] == str(answer.json()["revision"])


def test_a_write_changes_the_tag_and_an_unchanged_one_does_not(writable: Server):
    first = writable.related(ACLU)
    known = {"if-none-match": first.headers["etag"]}
    article = {"title": f"A harbour tram {next(NUMBERS)}"}
    writable.writer.put(path_of("tagged"), json=article).raise_for_status()
    second = writable.client.get(first.request.url, headers=known)
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]
    writable.writer.put(path_of("tagged"), json=article).raise_for_status()
    assert writable.client.get(first.request.url, headers={"if-none-match": second.headers["etag"]}).status_code == 304


def test_problems_have_no_tag_and_are_not_kept(server: Server):
    answer = server.related("nowhere")
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_caches_ask_each_time(server: Server):
    headers = server.related(ACLU).headers
    assert (headers["cache-control"], headers["vary"]) == ("public, no-cache", "Authorization, Accept-Encoding")


@pytest.fixture(scope="module")
def kept(site_collection) -> Iterator[Local]:
    """Lets caches keep answers, and readers need a key."""
    with answering(site_collection, cache_seconds=60, read_open=False) as running:
        yield running


def test_how_long_caches_may_answer_is_a_setting(kept: Local):
    headers = kept.writer.get("/v1/related", params={"id": ACLU}).headers
    assert headers["cache-control"] == "private, max-age=60"


def test_settings_are_part_of_the_tag(related, site, site_copy, tmp_path):
    config = tmp_path / "related.toml"
    config.write_text("[ranking]\ntitle = 0.9\n", encoding="utf-8")
    with answering(site_copy) as running:
        first = running.related(ACLU)
        done = related("build", site, "--collection", site_copy, "--config", config)
        assert done.returncode == 0, done.stderr
        second = running.client.get(first.request.url, headers={"if-none-match": first.headers["etag"]})
        assert second.status_code == 200
        assert second.headers["etag"] != first.headers["etag"]
        assert second.json()["related"] != first.json()["related"]


@pytest.mark.parametrize(
    "path",
    ["/v1/map", "/v1/status", "/v1/search?q=aclu", "/v1/articles?limit=1", "/v1/overview", path_of(ACLU)]
    + [f"{path_of(ACLU)}/{part}" for part in ("related", "published", "story")],
)
def test_every_read_has_a_tag_and_is_not_sent_again(server: Server, path: str):
    first = server.client.get(path)
    assert first.headers["etag"]
    for known in (first.headers["etag"], "*"):
        again = server.client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_rules_have_a_tag_that_reads_compare(writable: Server):
    path = f"{path_of(ACLU)}/rules"
    first = writable.writer.get(path)
    assert writable.writer.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert writable.client.get(path, headers={"if-none-match": "*"}).status_code == 401


def test_a_star_is_no_answer_where_there_is_none(server: Server):
    assert server.client.get(path_of("nowhere"), headers={"if-none-match": "*"}).status_code == 404
