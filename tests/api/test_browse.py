"""Lists of articles, page by page, filtered, with counts."""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.answering import ACLU
from support.serving import Server, answering, path_of, problem

from recommender.build import build
from recommender.config import Settings
from recommender.related.recommender import Recommender

NUMBERS = itertools.count()


def page(server: Server, **options: object) -> dict[str, Any]:
    answer = server.client.get("/v1/articles", params=options)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pages(server: Server, **options: object) -> Iterator[dict[str, Any]]:
    found = page(server, **options)
    yield found
    while "next" in found:
        found = page(server, **options, cursor=found["next"])
        yield found


def listed(server: Server, **options: object) -> list[dict[str, Any]]:
    return [article for each in pages(server, **options) for article in each["articles"]]


@pytest.fixture(scope="module")
def stored(site_collection) -> Iterator[list[dict[str, Any]]]:
    """The records of all articles of the sample site."""
    opened = Recommender.open(site_collection)
    yield [each.article.to_record() for each in opened.collection.store.articles()]
    opened.close()


def test_pages_are_all_articles_once_the_newest_first(server: Server, stored: list[dict[str, Any]]):
    expected = sorted(stored, key=lambda article: article["id"])
    expected.sort(key=lambda article: article.get("publishedDateTime", ""), reverse=True)
    for limit in (1, 7, 100):
        found = listed(server, limit=limit, facets=0)
        assert [article["id"] for article in found] == [article["id"] for article in expected]
    assert page(server)["total"] == len(stored)
    first = found[0]
    assert first.keys() <= {
        "id", "title", "excerpt", "publishedDateTime", "webUrl", "type", "provider", "topics", "language"
    }  # fmt: skip
    assert first["topics"] == expected[0]["topics"]


def test_an_article_that_stays_is_on_one_page_while_others_are_written(writable: Server):
    before = [article["id"] for article in listed(writable, limit=100)]
    found = []
    for number, each in enumerate(pages(writable, limit=9, facets=0)):
        found += [article["id"] for article in each["articles"]]
        for date in ("2030-01-01", "2021-06-01", "2001-01-01", None):
            article = {"title": f"Written {next(NUMBERS)}", "publishedDateTime": date}
            writable.writer.put(path_of(f"browse/{number}/{date}"), json=article).raise_for_status()
    assert len(found) == len(set(found))
    assert [article_id for article_id in found if article_id in set(before)] == before


def test_the_article_that_a_page_ended_with_may_be_gone(writable: Server):
    for name, day in (("a", "03"), ("b", "02"), ("c", "01")):
        article = {"title": name, "publishedDateTime": f"2040-01-{day}"}
        writable.writer.put(path_of(f"gone/{name}"), json=article).raise_for_status()
    first = page(writable, limit=2)
    assert [article["id"] for article in first["articles"]] == ["gone/a", "gone/b"]
    writable.writer.delete(path_of("gone/b")).raise_for_status()
    assert page(writable, limit=1, cursor=first["next"])["articles"][0]["id"] == "gone/c"


FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({}, lambda article: True),
    ({"topic": "ai"}, lambda article: "AI" in article.get("topics", ())),
    ({"topic": ["AI", "Law"]}, lambda article: not {"AI", "Law"}.isdisjoint(article.get("topics", ()))),
    ({"provider": "Reuters"}, lambda article: article.get("provider", {}).get("name") == "Reuters"),
    ({"provider": "reuters.com"}, lambda article: article.get("provider", {}).get("domain") == "reuters.com"),
    (
        {"after": "2021-06-01", "before": "2021-07-01"},
        lambda article: article.get("publishedDateTime", "")[:7] == "2021-06",
    ),
    ({"where": "type=article"}, lambda article: article.get("type") == "article"),
    ({"exclude": ACLU}, lambda article: article["id"] != ACLU),
    ({"topic": "Nothing"}, lambda article: False),
    ({"after": "P1D"}, lambda article: False),
]


@pytest.mark.parametrize(("options", "keeps"), FILTERS, ids=[str(options) for options, _ in FILTERS])
def test_filters_and_facets_are_those_of_all_articles(
    server: Server, stored: list[dict[str, Any]], options: dict[str, Any], keeps: Any
):
    expected = [article for article in stored if keeps(article)]
    found = page(server, limit=100, facets=50, **options)
    assert {article["id"] for article in found["articles"]} == {article["id"] for article in expected}
    assert found["total"] == len(expected)

    def counted(values: Any) -> dict[str, int]:
        return dict(Counter(value for article in expected for value in values(article) if value))

    facets = {name: {each["value"]: each["count"] for each in values} for name, values in found["facets"].items()}
    topics = counted(lambda article: article.get("topics", ()))
    commonest = sorted(topics.values(), reverse=True)[:50]
    assert [each["count"] for each in found["facets"]["topic"]] == commonest
    assert facets == {
        "topic": {name: topics[name] for name in facets["topic"]},
        "provider": counted(lambda article: [article.get("provider", {}).get("domain")]),
        "language": counted(lambda article: [article.get("language")]),
        "year": counted(lambda article: [article.get("publishedDateTime", "")[:4]]),
    }
    for values in found["facets"].values():
        assert all(each["name"] for each in values)


def test_a_value_of_a_facet_filters_to_its_count(server: Server):
    found = page(server, facets=50)
    for name in ("topic", "provider", "language"):
        for each in found["facets"][name]:
            assert page(server, facets=0, **{name: each["value"]})["total"] == each["count"], each
    assert [len(values) for values in page(server, facets=2)["facets"].values()][:2] == [2, 2]
    assert "facets" not in page(server, facets=0)


def test_a_provider_with_and_without_a_domain_is_counted_as_a_filter_finds_it(writable: Server):
    for number, provider in enumerate(("Zephyr", {"name": "Zephyr", "domain": "zephyr.example"})):
        article = {"title": f"Zephyr {number}", "provider": provider, "topics": ["Zephyr only"]}
        writable.writer.put(path_of(f"zephyr/{number}"), json=article).raise_for_status()
    found = page(writable, topic="zephyr only")["facets"]
    assert found["provider"] == [
        {"value": "Zephyr", "name": "Zephyr", "count": 2},
        {"value": "zephyr.example", "name": "Zephyr", "count": 1},
    ]
    assert found["topic"] == [{"value": "Zephyr only", "name": "Zephyr only", "count": 2}]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "options",
    [
        {"limit": 0},
        {"limit": 101},
        {"facets": 51},
        {"top_k": 5},
        {"after": "soon"},
        {"where": "type"},
        *({"cursor": each} for each in ("", "x", "%%%", "é", encoded("[]"), encoded("[1, 2]"), encoded('{"a": 1}'))),
        {"cursor": encoded('["x", "a"]')},
        {"cursor": encoded(f'[{"9" * 400}, "a"]')},
        {"cursor": encoded("[" * 2000)},
    ],
)
def test_a_list_that_is_none_is_a_problem(server: Server, options: dict[str, object]):
    problem(server.client.get("/v1/articles", params=options), "invalid-option")


def test_an_unchanged_list_costs_a_304_until_something_is_written(writable: Server):
    first = writable.client.get("/v1/articles", params={"topic": "AI"})
    known = {"if-none-match": first.headers["etag"]}
    assert writable.client.get(first.request.url, headers=known).status_code == 304
    assert first.headers["cache-control"] == "public, no-cache"
    assert writable.client.get("/v1/articles", headers=known).status_code == 200
    article = {"title": f"Tag {next(NUMBERS)}", "topics": ["AI"]}
    writable.writer.put(path_of("browse/etag"), json=article).raise_for_status()
    second = writable.client.get(first.request.url, headers=known)
    assert second.json()["total"] == first.json()["total"] + 1


def test_an_age_is_of_now_and_not_kept(server: Server):
    answer = server.client.get("/v1/articles", params={"after": "P30D"})
    assert answer.headers["cache-control"] == "no-store"


def test_secured_is_not_listed_nor_counted(tmp_path: Path, real_encoder: Any):
    source = tmp_path / "one.jsonl"
    source.write_text('{"id": "a", "title": "A", "secured": "sealed-blob", "related": [{"title": "B"}]}\n')
    build([source], tmp_path / "c", settings=Settings(), encoder=real_encoder)
    with answering(tmp_path / "c") as running:
        answer = running.client.get("/v1/articles")
        assert answer.json()["articles"] == [{"id": "a", "title": "A"}]
        assert answer.json()["facets"] == {"topic": [], "provider": [], "language": [], "year": []}
        assert "sealed" not in answer.text
