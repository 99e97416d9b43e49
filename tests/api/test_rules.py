"""Editors' rules over HTTP: set, obeyed, previewed, refused, logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from support.answering import ACLU, REUTERS
from support.serving import Server, listening, path_of, problem

RULES = path_of(ACLU, "/rules")


def change(client: httpx2.Client, patch: dict[str, Any], *, number: int | None = None, path: str = RULES) -> Any:
    """Change rules as an editor does who has just read them."""
    number = client.get(path).json()["number"] if number is None else number
    return client.patch(path, params={"editor": "Ann"}, json=patch, headers={"if-match": f'"r{number}"'})


def shown(client: httpx2.Client) -> list[str]:
    return [item["id"] for item in client.get(path_of(ACLU, "/related")).json()["related"]]


@pytest.fixture(scope="module")
def desk(module_copy: Callable[[], Path]) -> Iterator[Server]:
    """Serves a copy of the sample site that nobody else writes to."""
    with listening(module_copy()) as running:
        yield running


@pytest.fixture
def edited(desk: Server) -> Server:
    """The same without any rule."""
    for path in (RULES, "/v1/rules"):
        rules = desk.writer.get(path).json()["rules"]
        change(desk.writer, dict.fromkeys(rules), path=path).raise_for_status()
    return desk


def test_a_pin_a_block_and_an_order_are_obeyed_at_once(edited: Server):
    before = shown(edited.client)
    *_, last = before
    answer = change(edited.writer, {"pinned": [last], "blocked": [REUTERS]})
    assert answer.status_code == 200
    assert answer.json()["rules"] == {"pinned": [last], "blocked": [REUTERS]}
    after = shown(edited.client)
    assert after[0] == last
    assert REUTERS not in after
    assert change(edited.writer, {"pinned": None, "blocked": None}).status_code == 200
    assert shown(edited.client) == before


def test_rules_of_the_site_hold_for_every_article(edited: Server):
    assert change(edited.writer, {"blocked": [REUTERS]}, path="/v1/rules").status_code == 200
    assert REUTERS not in shown(edited.client)
    told = edited.writer.get("/v1/rules").json()
    assert told["rules"] == {"blocked": [REUTERS]}
    assert change(edited.writer, {"blocked": None}, path="/v1/rules").status_code == 200
    assert REUTERS in shown(edited.client)


def test_a_preview_shows_the_list_and_keeps_nothing(edited: Server):
    before = shown(edited.client)
    tried = edited.client.post(path_of(ACLU, "/related"), json={"rules": {"blocked": [before[0]]}})
    assert before[0] not in [item["id"] for item in tried.json()["related"]]
    assert shown(edited.client) == before


def test_an_etag_of_before_is_no_longer_the_current_one(edited: Server):
    etag = edited.client.get(path_of(ACLU, "/related")).headers["etag"]
    assert edited.client.get(path_of(ACLU, "/related"), headers={"if-none-match": etag}).status_code == 304
    change(edited.writer, {"blocked": [REUTERS]})
    assert edited.client.get(path_of(ACLU, "/related"), headers={"if-none-match": etag}).status_code == 200


def test_the_later_of_two_editors_is_told_who_was_faster(edited: Server):
    number = edited.writer.get(RULES).json()["number"]
    assert change(edited.writer, {"pinned": [REUTERS]}, number=number).status_code == 200
    refused = change(edited.writer, {"blocked": [REUTERS]}, number=number)
    assert "changed by Ann (key " in problem(refused, "rules-changed")["detail"]
    assert edited.writer.get(RULES).json()["rules"] == {"pinned": [REUTERS]}


def test_every_change_is_logged_with_who_and_when(edited: Server):
    change(edited.writer, {"pinned": [REUTERS]})
    newest = edited.writer.get("/v1/rules/changes", params={"article": ACLU, "limit": 1}).json()["changes"][0]
    assert newest["before"] == {}
    assert newest["after"] == {"pinned": [REUTERS]}
    assert newest["editor"].startswith("Ann (key ")
    assert newest["changedAt"].startswith("20")
    older = edited.writer.get("/v1/rules/changes", params={"before": newest["number"], "limit": 1}).json()["changes"]
    assert all(each["number"] < newest["number"] for each in older)


@pytest.mark.parametrize(
    ("patch", "detail"),
    [
        ({"pinned": ["nowhere"]}, "nowhere"),
        ({"pinned": [ACLU]}, "itself"),
        ({"pin": [REUTERS]}, "there is no rule pin"),
        ({"maxDaysOlder": "soon"}, "maxDaysOlder is 'soon'"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(edited: Server, patch: dict[str, Any], detail: str):
    refused = change(edited.writer, patch)
    assert detail in problem(refused, "invalid-rules")["detail"]
    assert edited.writer.get(RULES).json()["rules"] == {}


def test_changes_need_the_etag_of_what_was_seen(edited: Server):
    problem(edited.writer.patch(RULES, json={}), "no-precondition")
    problem(edited.writer.patch(RULES, json={}, headers={"if-match": "*"}), "bad-request")


@pytest.mark.parametrize("path", ["/v1/rules", "/v1/rules/changes", RULES])
def test_rules_are_no_readers_business(desk: Server, path: str):
    problem(desk.client.get(path), "unauthorized")


def test_rules_of_an_unknown_article_are_not_found(desk: Server):
    problem(desk.writer.get(path_of("nowhere", "/rules")), "not-found")
