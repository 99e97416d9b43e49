"""The story of an article over HTTP, and that stories are computed while the service runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.serving import PROBLEM, Local, answering, path_of, wait_until

from recommender.collection import Collection
from recommender.collection_folder import STORIES_NAME
from recommender.overview.stories import compute_stories
from service import stories

ROBOTS = "_news/2021-07-06-delivery-robots-get-the-pavements-of-lindmouth"
GUIDE_DOG = "_news/2021-07-13-a-week-on-a-delivery-robot-meets-a-guide-dog"
CIRRANE = "_news/2021-06-01-cirrane-cloud-to-open-region-in-zaragoza"
LENTILS = "_news/2020-10-04-smoked-lentils-with-sour-cherries"


@pytest.fixture
def running(site_copy: Path) -> Iterator[Local]:
    """Serves a copy of the sample site whose stories are known."""
    with closing(Collection.open(site_copy)) as collection:
        compute_stories(collection)
    with answering(site_copy) as local:
        yield local


def ask(local: Local, article_id: str, known: str = "", **options: Any) -> httpx2.Response:
    return local.client.get(f"{path_of(article_id)}/story", params=options, headers={"if-none-match": known})


def test_a_story_is_told_in_the_order_of_time(running: Local):
    answer = ask(running, GUIDE_DOG)
    told = answer.json()
    assert [(each["role"], each["id"]) for each in told["articles"]] == [("earlier", ROBOTS), ("this", GUIDE_DOG)]
    assert told["articles"][0]["publishedDateTime"] < told["articles"][1]["publishedDateTime"]
    assert set(told["articles"][0]) == {"role", "id", "title", "publishedDateTime", "webUrl", "provider"}
    assert (told["story"], told["count"], told["computedRevision"]) == (ROBOTS, 2, told["revision"])
    assert "robot" in " ".join(told["label"]).casefold()
    assert "notes" not in told


def test_an_article_alone_is_told_alone(running: Local):
    told = ask(running, LENTILS).json()
    assert (told["story"], told["label"], told["count"]) == (None, [], 1)
    assert [(each["role"], each["id"]) for each in told["articles"]] == [("this", LENTILS)]


def test_a_limit_cuts_the_story_and_says_so(running: Local):
    told = ask(running, CIRRANE, limit=2).json()
    assert [each["role"] for each in told["articles"]] == ["this", "copy"]
    assert (told["count"], told["before"], told["after"]) == (3, 0, 1)
    assert told["notes"] == ["0 earlier and 1 later articles were left out"]


def test_an_unchanged_story_costs_a_304_until_the_stories_are_computed_anew(running: Local):
    first = ask(running, ROBOTS)
    assert ask(running, ROBOTS, first.headers["etag"]).status_code == 304
    assert ask(running, ROBOTS, first.headers["etag"], limit=2).status_code == 200
    (running.collection / STORIES_NAME).unlink()
    without = ask(running, ROBOTS, first.headers["etag"])
    assert without.status_code == 200
    assert (without.json()["computedRevision"], without.json()["count"]) == (None, 1)
    with closing(Collection.open(running.collection)) as collection:
        compute_stories(collection)
    assert ask(running, ROBOTS, without.headers["etag"]).json()["count"] == 2


@pytest.mark.parametrize(
    ("article_id", "options", "kind"),
    [("x", {}, "not-found"), (ROBOTS, {"limit": 501}, "invalid-option"), (ROBOTS, {"depth": 2}, "invalid-option")],
)
def test_what_cannot_be_told_is_a_problem(running: Local, article_id: str, options: dict[str, int], kind: str):
    answer = ask(running, article_id, **options)
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["type"].endswith(kind)


def test_stories_are_computed_while_the_service_runs_and_again_after_a_write(
    site_copy: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stories, "LOOK_EVERY_S", 0.2)
    monkeypatch.setattr(stories, "LEAST_REST_S", 0.0)
    monkeypatch.setattr(stories, "REST_TIMES", 0)
    with answering(site_copy) as local:
        wait_until(lambda: ask(local, ROBOTS).json()["computedRevision"] is not None)
        assert ask(local, ROBOTS).json()["count"] == 2
        local.writer.put(path_of("x"), json={"title": "Quokka"}).raise_for_status()
        wait_until(lambda: "notes" not in ask(local, ROBOTS).json())
