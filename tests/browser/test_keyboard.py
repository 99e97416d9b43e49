from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.browsing import ACLU, REUTERS, explorer
from support.serving import Server


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.textContent")


def press_until(page: Page, name: str, key: str = "Tab") -> None:
    for _ in range(60):
        if focused(page) == name:
            return
        page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached")


def test_an_article_is_found_and_settings_are_moved_without_a_mouse(page: Page, server: Server) -> None:
    page.goto(server.url)
    press_until(page, "q")
    page.keyboard.insert_text("clearview")
    expect(page.get_by_role("option").first).to_contain_text("Clearview")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("ArrowDown")
    title = page.locator("[role=option][aria-selected=true] span").inner_text()
    page.keyboard.press("Enter")

    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text(title)
    expect(heading).to_be_focused()

    press_until(page, "set-limit")
    page.keyboard.press("ArrowRight")
    expect(page.locator("output[for=set-limit]")).to_have_text("6")
    expect(page).to_have_url(f"{page.url.split('&')[0]}&limit=6")


def test_escape_closes_the_suggestions_and_then_clears_the_field(page: Page, server: Server) -> None:
    page.goto(server.url)
    field = page.get_by_role("combobox")
    field.press_sequentially("clearview")
    expect(page.get_by_role("listbox")).to_be_visible()
    # Searches that wait for the next letter are dropped too: longer than they wait, nothing opens again.
    page.keyboard.type("s")
    page.keyboard.press("Escape")
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("clearviews")
    page.keyboard.press("Escape")
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    expect(field).to_have_value("")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_first_stop_skips_to_the_list(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_map_is_walked_with_arrows(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, view="map"))
    canvas = page.get_by_role("application")
    expect(canvas).to_have_attribute("aria-label", re.compile("^Map of 82 articles, with “ACLU .* 5 related"))
    press_until(page, "canvas")
    expect(page.locator("#map-said")).to_contain_text("ACLU suit")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#map-said")).not_to_contain_text("ACLU suit")
    reached = page.locator("#map-said").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(reached)


def test_what_has_the_focus_is_seen(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.get_by_role("link", name=REUTERS)).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle !== 'none' || document.activeElement.matches('body, .skip')")
