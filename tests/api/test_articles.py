"""Articles written, read and deleted over HTTP."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing

import pytest
from support.answering import ACLU
from support.serving import Server, answering, path_of, problem

from recommender.build import build
from recommender.config import Settings

NUMBERS = itertools.count()
SEALED = "sealed-blob-5c1d"


@pytest.fixture
def name() -> str:
    """An id that no other test has."""
    return f"articles/{next(NUMBERS)}"


def put(server: Server, article_id: str, **fields: object):
    return server.writer.put(path_of(article_id), json={"title": f"Tram {article_id}", **fields})


def stored_secured(server: Server, article_id: str) -> str | None:
    with closing(sqlite3.connect(f"file:{server.collection}/articles.db?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT secured FROM articles WHERE article_id = ?", (article_id,))
        return rows.fetchone()[0]


def test_what_is_put_is_got_with_its_unknown_keys(writable: Server, name: str):
    fields = {
        "excerpt": "",
        "publishedDateTime": "2024-05-06T07:08:09Z",
        "provider": {"name": "Gazette", "vatNumber": 7},
        "custom": {"season": ["spring", None, 1.5, True]},
        "été": "🦆",
        "model_config": 1,
        "model_dump": "x",
        "__class__": "y",
        "self": "z",
    }
    written = put(writable, name, **fields)
    assert written.json() == {"id": name, "status": "written", "revision": written.json()["revision"]}
    assert writable.client.get(path_of(name)).json() == {"id": name, "title": f"Tram {name}", **fields}


def test_related_is_never_an_input(writable: Server, name: str):
    put(writable, name, related=[{"title": "Not ours"}])
    assert "related" not in writable.client.get(path_of(name)).json()


def test_an_article_is_in_the_answers_at_once_and_after_its_deletion_in_none(writable: Server, name: str):
    text = "Ferry captain of Lindholm paints nineteen lighthouses orange"
    put(writable, name, title=text)
    put(writable, f"{name}-b", title=f"{text} and one green")

    def shown() -> list[str]:
        return [item["id"] for item in writable.related(f"{name}-b").json()["related"]]

    assert shown() == [name]
    gone = writable.writer.delete(path_of(name))
    assert (gone.status_code, gone.content) == (204, b"")
    assert shown() == []
    problem(writable.related(name), "not-found")
    problem(writable.client.get(path_of(name)), "not-found")
    problem(writable.writer.delete(path_of(name)), "not-found")


def test_a_second_put_replaces_the_first(writable: Server, name: str):
    first, second = put(writable, name, excerpt="Old", topics=["News"]), put(writable, name, excerpt="New")
    assert second.json()["revision"] > first.json()["revision"]
    assert writable.client.get(path_of(name)).json() == {"id": name, "title": f"Tram {name}", "excerpt": "New"}


def test_an_unchanged_put_makes_no_revision(writable: Server, name: str):
    revision = put(writable, name, excerpt="Same", secured=SEALED).json()["revision"]
    for fields in ({"secured": SEALED}, {}, {"related": []}):
        again = put(writable, name, excerpt="Same", **fields).json()
        assert again == {"id": name, "status": "unchanged", "revision": revision}
    assert writable.client.get("/v1/status").json()["revision"] == revision


def test_secured_is_kept_and_never_served_or_logged(writable: Server, name: str):
    secret = {"for": "editors", "blob": SEALED}
    text = f"The mayor of Lindholm orders {next(NUMBERS)} trams"
    answers = [
        put(writable, name, title=text, secured=secret),
        put(writable, f"{name}-b", title=f"{text} again", secured=SEALED),
        writable.client.get(path_of(name)),
        writable.related(f"{name}-b", explain=True),
        writable.client.post("/v1/related", json={"title": text, "secured": SEALED}),
        writable.client.post("/v1/related", json={"title": 1, "secured": SEALED}),
        writable.client.post("/v1/related", json={"title": "a", "quality": "x", "secured": SEALED}),
        writable.writer.put(path_of(name), json={"id": "other", "title": "a", "secured": SEALED}),
        writable.client.get("/v1/search", params={"q": text}),
        writable.client.get("/v1/search", params={"q": SEALED}),
        writable.client.get("/v1/map", params={"include": name}),
        writable.client.get("/metrics"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [422] * 3 + [200] * 4
    assert not any(SEALED in answer.text for answer in answers if "/search" not in str(answer.url))
    assert answers[9].json()["results"] == []
    assert SEALED not in writable.log()
    assert SEALED in (stored_secured(writable, name) or "")


def test_a_put_without_secured_keeps_the_stored_one(writable: Server, name: str):
    put(writable, name, secured=f"{SEALED} ünï")
    before = stored_secured(writable, name)
    put(writable, name, excerpt="Changed")
    assert stored_secured(writable, name) == before
    put(writable, name, excerpt="Changed", secured="another")
    assert stored_secured(writable, name) != before


@pytest.mark.parametrize("given", ["other", 7, "", " "])
def test_the_bodys_id_is_the_paths(writable: Server, name: str, given: object):
    problem(writable.writer.put(path_of(name), json={"id": given, "title": "A"}), "invalid-article")
    problem(writable.client.get(path_of(name)), "not-found")


@pytest.mark.parametrize("given", [None, "same"])
def test_the_bodys_id_may_be_the_same_or_none(writable: Server, given: str | None):
    assert writable.writer.put(path_of("same"), json={"id": given, "title": "A"}).status_code == 200


def test_an_id_that_is_none_is_refused(writable: Server):
    for article_id in ["\x00", "a\nb", " ", "\u202eabc", "x" * 513, "\u2028"]:
        problem(writable.writer.put(path_of(article_id), json={"title": "A"}), "invalid-article")


def test_an_article_of_another_source_is_left_alone(writable: Server):
    before = writable.client.get(path_of(ACLU)).json()
    problem(writable.writer.put(path_of(ACLU), json={"title": "Taken over"}), "other-source")
    problem(writable.writer.delete(path_of(ACLU)), "other-source")
    assert writable.client.get(path_of(ACLU)).json() == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": ""}, "title"),
        ({"publishedDateTime": "soon"}, "publishedDateTime"),
        ({"quality": "high"}, "quality"),
        ({"images": [{"width": "wide"}]}, "width"),
        ({"topics": [["a"]]}, "topics"),
        ({"relatedRules": {"pined": ["a"]}}, "pined"),
        ({"title": "a" * 1_000_001}, "title"),
    ],
)
def test_a_wrong_field_is_named(writable: Server, name: str, fields: dict[str, object], named: str):
    assert named in problem(put(writable, name, **fields), "invalid-article")["detail"]


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e308, 10**4000])
def test_huge_numbers_do_no_harm(writable: Server, name: str, number: float):
    text = f"Huge number {next(NUMBERS)}"
    fields = {"quality": number, "heat": number, "images": [{"width": number}], "more": number}
    assert put(writable, name, title=text, **fields).status_code == 200
    put(writable, f"{name}-b", title=f"{text} b")
    assert writable.related(name).status_code == 200
    assert writable.related(f"{name}-b", min_score=0).json()["related"][0]["quality"] == number
    assert writable.client.get(path_of(name)).json()["more"] == number


def test_an_articles_rules_hold_for_it(writable: Server, name: str):
    put(writable, f"{name}-pinned")
    put(writable, name, relatedRules={"pinned": [f"{name}-pinned", "nowhere"], "blocked": [ACLU]})
    answer = writable.related(name).json()
    assert (answer["related"][0]["id"], answer["related"][0]["pinned"]) == (f"{name}-pinned", True)
    assert "nowhere" in answer["notes"][0]


def test_what_a_build_wrote_is_seen_by_the_next_read(site, site_copy, real_encoder, tmp_path):
    more = tmp_path / "more.jsonl"
    more.write_text('{"id": "more", "title": "A story from elsewhere"}\n', encoding="utf-8")
    with answering(site_copy) as running:
        problem(running.related("more"), "not-found")
        build([site, more], site_copy, settings=Settings(), encoder=real_encoder)
        assert running.related("more").status_code == 200
        problem(running.writer.delete(path_of("more")), "other-source")


def test_a_collection_that_is_made_anew_is_served_anew(site, site_copy, real_encoder, tmp_path):
    with answering(site_copy) as running:
        first = running.related(ACLU)
        build([site / "_news"], site_copy, settings=Settings(), encoder=real_encoder, recreate=True)
        problem(running.related(ACLU), "not-found")
        known = {"if-none-match": first.headers["etag"]}
        second = running.client.get("/v1/related", params={"id": ACLU.removeprefix("_news/")}, headers=known)
        assert second.status_code == 200
        assert second.headers["etag"].split(".")[0] != first.headers["etag"].split(".")[0]
