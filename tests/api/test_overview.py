"""The overview over HTTP: computed in the background for whoever asks, and never waited for."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.serving import READ_KEY, Local, answering, path_of, problem, wait_until

from recommender.overview import Overview, Selection, compute
from recommender.related.recommender import Recommender
from service import overviews
from service.overviews import Overviews


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a computation would have begun; none begins."""
    times: list[int] = []
    monkeypatch.setattr(Overviews, "begin", lambda _: times.append(1))
    return times


def computed(collection: Path) -> Overview:
    with closing(Recommender.open(collection)) as recommender:
        return compute(recommender)


@pytest.fixture
def known(site_copy: Path, begun: list[int]) -> Iterator[tuple[Local, Overview]]:
    """A service over a collection whose overview was computed, and that."""
    with answering(site_copy) as local, closing(computed(site_copy)) as overview:
        yield local, overview


def state(local: Local) -> dict[str, Any]:
    told: dict[str, Any] = local.client.get("/v1/overview").json()["state"]
    return told


def test_whoever_asks_first_has_it_computed_and_does_not_wait(site_copy: Path):
    with answering(site_copy) as local:
        first = local.client.get("/v1/overview").json()
        assert first["state"]["status"] == "none"
        assert first["state"]["running"]["stage"] == "starting"
        assert problem(local.client.get("/v1/overview/articles"), "no-overview")["status"] == 404
        wait_until(lambda: state(local)["status"] == "current")
        told = local.client.get("/v1/overview").json()
    assert told["summary"]["articles"] == 82
    assert told["verdict"].endswith(".")
    assert (told["state"]["revision"], told["state"]["collectionRevision"]) == (1, 1)
    assert [each["revision"] for each in told["history"]] == [1]
    assert all(each["title"] for each in told["summary"]["mostShown"])


def test_an_older_one_is_named_by_its_revision_and_made_anew_when_its_rest_is_over(
    known: tuple[Local, Overview], begun: list[int], monkeypatch: pytest.MonkeyPatch
):
    local, _ = known
    assert state(local)["status"] == "current"
    with closing(Recommender.open(local.collection)) as recommender:
        store = recommender.collection.store
        [(source_id, _, _)] = store.sources()
        with store.transaction():
            store.write(source_id, deletes=[store.ids()[0]])
    told = state(local)
    assert (told["status"], told["revision"], told["collectionRevision"]) == ("outdated", 1, 2)
    assert begun == []  # it was computed a moment ago
    monkeypatch.setattr(overviews, "REST_TIMES", 0)
    time.sleep(max(0.0, 1.0 - time.time() % 1))  # the moment of a computation is kept in whole seconds
    assert local.client.get("/v1/overview/articles").json()["revision"] == 1
    assert begun


def test_compute_now_needs_the_write_key_and_does_nothing_where_all_is_known(
    known: tuple[Local, Overview], begun: list[int]
):
    local, _ = known
    problem(local.client.post("/v1/overview"), "unauthorized")
    read = local.client.post("/v1/overview", headers={"authorization": f"Bearer {READ_KEY}"})
    problem(read, "forbidden")
    answer = local.writer.post("/v1/overview")
    assert (answer.status_code, answer.json()["state"]["status"]) == (202, "current")
    assert begun == []
    with closing(Recommender.open(local.collection)) as recommender, recommender.collection.store.transaction():
        recommender.collection.store.set_meta("scorer", "")
        settings = recommender.collection.store.settings
        enrich = settings.enrich.model_copy(update={"items": 3})
        other = settings.model_copy(update={"enrich": enrich})
        recommender.collection.store.record(other, recommender.collection.store.recorded_encoding())
    assert local.writer.post("/v1/overview").json()["state"]["status"] == "outdated"
    assert begun


def test_pages_and_csv_have_the_rows_of_the_overview(known: tuple[Local, Overview]):
    local, overview = known
    selection = Selection(sort="shown", order="desc")
    expected = [row.to_json() for row in overview.each(selection)]
    found, cursor = [], None
    while not found or cursor:
        options = {"sort": "shown", "order": "desc", "limit": 30, **({"cursor": cursor} if cursor else {})}
        page = local.client.get("/v1/overview/articles", params=options).json()
        assert page["total"] == 82
        found += page["articles"]
        cursor = page.get("cursor")
    assert found == expected
    for options, headers in [({"format": "csv"}, {}), ({}, {"accept": "text/csv"})]:
        answer = local.client.get(
            "/v1/overview/articles",
            params={"sort": "shown", "order": "desc", "only": "orphans", **options},
            headers=headers,
        )
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="overview.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["id"] for row in rows] == [row["id"] for row in expected if row["shown"] == 0]


def test_what_is_known_already_is_not_sent_again(known: tuple[Local, Overview]):
    local, overview = known
    first = next(overview.ids())
    for path in ("", "/articles", "/articles?format=csv", "/changes?since=1", path_of(first).removeprefix("/v1")):
        answer = local.client.get(f"/v1/overview{path}")
        assert answer.status_code == 200
        etag = answer.headers["etag"]
        again = local.client.get(f"/v1/overview{path}", headers={"if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
    # A later computation of the same revision is another answer.
    page = local.client.get("/v1/overview/articles")
    (local.collection / "overview.sqlite").unlink()
    computed(local.collection).close()
    again = local.client.get("/v1/overview/articles", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 200


def test_one_article_has_its_lists_of_before(known: tuple[Local, Overview]):
    local, overview = known
    row = next(row for row in overview.each(Selection()) if row.items)
    told = local.client.get(f"/v1/overview{path_of(row.article_id).removeprefix('/v1')}").json()
    assert [item["id"] for item in told["related"]] == [article_id for article_id, _ in row.related]
    assert all(item["title"] for item in told["related"])
    assert (told["earlier"], told["revision"]) == ([], 1)
    problem(local.client.get("/v1/overview/articles/none"), "not-found")


def test_changes_are_told_a_page_at_a_time(known: tuple[Local, Overview], begun: list[int]):
    local, overview = known
    most = next(iter(overview.each(Selection(sort="shown", order="desc"))))
    with closing(Recommender.open(local.collection)) as recommender:
        store = recommender.collection.store
        [(source_id, _, _)] = store.sources()
        with store.transaction():
            store.write(source_id, deletes=[most.article_id])
        with closing(compute(recommender)) as newer:
            expected = [each.to_json() for each in newer.changed_lists(newer.before(1))]
    assert len(expected) > 1
    found, cursor = [], None
    while not found or cursor:
        told = local.client.get(
            "/v1/overview/changes", params={"since": 1, "limit": 1, **({"cursor": cursor} if cursor else {})}
        ).json()
        assert told["deleted"] == {"count": 1, "ids": [most.article_id]}
        assert (told["revision"], told["differentLists"], told["comparedWith"]["revision"]) == (2, len(expected), 1)
        found += told["lists"]
        cursor = told.get("cursor")
    assert found == expected
    problem(local.client.get("/v1/overview/changes?since=3"), "invalid-option")


def test_an_option_that_makes_no_sense_is_refused(known: tuple[Local, Overview]):
    local, _ = known
    for query in ("only=nothing", "sort=x", "order=up", "limit=0", "limit=501", "cursor=x", "format=xml", "unknown=1"):
        problem(local.client.get(f"/v1/overview/articles?{query}"), "invalid-option")


def test_a_computation_that_fails_is_told_and_not_begun_again_at_once(site_copy: Path, begun: list[int]):
    (site_copy / ".overview").write_text('["making lists", 7, 82, 9e9, 1.5]'.ljust(256))
    with answering(site_copy) as local:
        told = state(local)
    assert told["hasFailed"]
    assert begun == []


def test_where_nothing_can_be_written_it_is_not_tried_again_at_once(
    site_collection: Path, read_only_copy: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
):
    tried: list[int] = []
    begin = Overviews.begin
    monkeypatch.setattr(Overviews, "begin", lambda self: tried.append(1) or begin(self))
    with answering(read_only_copy(site_collection)) as local:
        wait_until(lambda: state(local)["hasFailed"])
        assert state(local)["status"] == "none"
    assert tried == [1]
