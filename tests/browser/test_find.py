from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.browsing import ACLU, explorer
from support.serving import Server

TITLE = "ACLU suit seeks the release of Clearview AI face biometrics data by ICE and CBP"
NEWEST = "Misprinted two-penny heron sells for a record sum"


def test_half_a_title_finds_it_with_provider_date_and_a_snippet(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").press_sequentially(TITLE[: len(TITLE) // 2])
    first = page.get_by_role("option").first
    expect(first).to_contain_text(TITLE)
    expect(first).to_contain_text("Biometric Companies · 16 April 2021")
    expect(first.locator("span mark")).to_have_text(["ACLU", "suit", "seeks", "the", "release", "of", "Clearview"])
    expect(first.locator(".snippet")).to_contain_text("what the ACLU calls")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(TITLE)


def test_a_typo_finds_it_all_the_same(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").press_sequentially("plaintifs seek")
    expect(page.get_by_role("option").first).to_contain_text("Plaintiffs seek preliminary injunction")
    expect(page.get_by_role("option").first.locator("span mark")).to_have_text(["Plaintiffs", "seek"])


def test_a_slash_focuses_the_field_which_shows_the_newest(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("/")
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(page.get_by_role("listbox", name="Newest articles").get_by_role("option").first).to_contain_text(NEWEST)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(NEWEST)


def test_a_slash_in_a_field_is_a_slash(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="or paste a draft").click()
    page.get_by_role("textbox", name="Title").press_sequentially("and/or")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("and/or")


def test_enter_in_an_empty_field_chooses_nothing(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").focus()
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_enter_at_once_waits_for_what_is_typed(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").focus()
    expect(page.get_by_role("option").first).to_contain_text(NEWEST)
    page.keyboard.insert_text("aclu clearview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(TITLE)
