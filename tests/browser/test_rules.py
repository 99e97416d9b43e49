"""An editor pins, blocks and moves articles in the explorer, and the site's files follow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect
from support.browsing import ACLU, REUTERS, explorer
from support.commands import run_here
from support.serving import WRITE_KEY, Server, listening

BUTTONS = "Pin", "Block", "Move up", "Move down"


@pytest.fixture
def desk(chromium: str, site_collection: Path, tmp_path: Path) -> Iterator[Server]:
    copy = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    with listening(copy) as running:
        yield running


def begin(page: Page, desk: Server) -> None:
    page.goto(explorer(desk, id=ACLU))
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Editing needs a write key").fill(WRITE_KEY)
    page.get_by_role("button", name="Use it").click()
    page.get_by_label("Your name, for the log").fill("Ann")


def titles(page: Page) -> list[str]:
    return page.locator(".card h3").all_inner_texts()


def card(page: Page, title: str) -> Locator:
    return page.locator(".card", has_text=title)


def test_pin_block_and_undo_with_a_preview_and_the_site_s_file(page: Page, desk: Server, site: Path, tmp_path: Path):
    begin(page, desk)
    expect(page.locator(".tools")).to_have_count(5)
    before = titles(page)
    last = before[-1]

    card(page, last).get_by_role("button", name="Pin: ").click()
    expect(page.locator(".card h3").first).to_have_text(last)
    card(page, before[1]).get_by_role("button", name="Block: ").click()
    expect(card(page, before[1])).to_have_count(0)
    expect(page.get_by_text("Preview with 2 changes")).to_be_visible()
    assert desk.related(ACLU).json()["related"][0]["title"] == REUTERS  # readers see nothing of it yet

    page.get_by_role("button", name="Save").click()
    expect(page.locator("#desk").get_by_text("Saved: readers see this list now.")).to_be_visible()
    page.reload()
    expect(page.locator(".card h3").first).to_have_text(last)
    expect(page.locator(".pinned")).to_have_text("pinned by an editor")
    page.get_by_text("Who changed what").click()
    expect(page.locator(".log li").first).to_contain_text("Ann (key ")
    expect(page.locator(".log li").first).to_contain_text(f"pinned “{last}”")

    filled = Path(shutil.copytree(site, tmp_path / "site"))
    run_here("enrich", filled, "--collection", desk.collection, "--only", f"{ACLU.rpartition('/')[2]}*")
    written = (filled / f"{ACLU}.md").read_text(encoding="utf-8")
    assert written.index(last) < written.index(REUTERS)
    assert before[1] not in written.partition("related:")[2]

    page.get_by_role("button", name="Go back to before").click()
    expect(page.locator(".card h3")).to_have_text(before)


def test_cards_are_moved_with_the_keyboard_and_found_by_search(page: Page, desk: Server):
    begin(page, desk)
    expect(page.locator(".tools")).to_have_count(5)
    before = titles(page)
    page.locator(".card h3 a").nth(2).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".card h3").nth(1)).to_have_text(before[2])
    page.get_by_label("Pin another article").fill("smoked lentils")
    page.get_by_role("option", name="Smoked lentils").first.click()
    expect(card(page, "Smoked lentils")).to_have_count(1)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".card h3")).to_have_text(before)


def test_the_later_of_two_editors_is_told_and_loses_nothing(page: Page, desk: Server):
    begin(page, desk)
    expect(page.locator(".tools")).to_have_count(5)
    before = titles(page)
    card(page, before[2]).get_by_role("button", name="Pin: ").click()
    number = {"if-match": '"r0"'}
    items = desk.related(ACLU).json()["related"]
    path = f"/v1/articles/{ACLU.replace('/', '%2F')}/rules"
    other = desk.writer.patch(path, params={"editor": "Ben"}, json={"blocked": [items[4]["id"]]}, headers=number)
    assert other.status_code == 200

    page.get_by_role("button", name="Save").click()
    expect(page.locator("#desk").get_by_text("changed by Ben (key ")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#desk").get_by_text("Saved: readers see this list now.")).to_be_visible()
    assert desk.writer.get(path).json()["rules"] == {"blocked": [items[4]["id"]], "pinned": [items[2]["id"]]}
