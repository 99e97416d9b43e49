from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.browsing import ACLU, REUTERS, explorer
from support.serving import READ_KEY, Server, path_of

HOSTILE = {
    "title": "<script>alert(1)</script><img src=x onerror=alert(2)> Clearview AI sued",
    "excerpt": "<svg onload=alert(3)> Clearview AI <a href='javascript:alert(4)'>lawsuit</a>",
    "webUrl": "javascript:alert(5)",
    "publishedDateTime": "2021-04-15T12:00:00Z",
    "provider": {"name": "<b onmouseover=alert(6)>Bold</b>"},
    "topics": ["<i>AI</i>"],
}


@pytest.fixture(scope="module")
def hostile(closed_server: Server) -> Server:
    answer = closed_server.writer.put(path_of("hostile"), json=HOSTILE)
    assert answer.status_code == 200, answer.text
    return closed_server


def open_with_key(page: Page, url: str, key: str = READ_KEY) -> None:
    page.goto(url)
    page.get_by_label("Reading needs a key").fill(key)
    page.get_by_role("button", name="Use it").click()


def test_where_reading_needs_a_key_one_can_give_it(page: Page, closed_server: Server) -> None:
    page.goto(explorer(closed_server, id=ACLU))
    expect(page.get_by_role("alert")).to_contain_text("Key required")
    field = page.get_by_label("Reading needs a key")
    expect(field).to_be_focused()
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("unknown key")
    field.fill(READ_KEY)
    field.press("Enter")
    expect(page.locator(".card").first).to_contain_text(REUTERS)
    expect(field).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0
    assert READ_KEY not in page.url


def test_markup_in_an_article_is_text(page: Page, hostile: Server) -> None:
    open_with_key(page, explorer(hostile, id="hostile"))
    heading = page.locator("article h2")
    expect(heading).to_have_text(HOSTILE["title"])
    expect(heading.get_by_role("link")).to_have_count(0)
    expect(page.locator("article .provider")).to_have_text("<b onmouseover=alert(6)>Bold</b>")
    expect(page.locator("article script, article img, article svg, article b")).to_have_count(0)


def test_markup_in_a_related_article_is_text(page: Page, hostile: Server) -> None:
    open_with_key(page, explorer(hostile, id=ACLU, limit=20, min_score=0.5))
    card = page.locator(".card", has_text="onerror=alert(2)")
    expect(card.get_by_role("heading")).to_have_text(HOSTILE["title"])
    expect(card.get_by_role("link")).to_have_count(0)
    expect(card.locator("script, img, svg, b")).to_have_count(0)
    page.get_by_role("button", name="Keep to compare").click()
    expect(page.locator(".pair", has_text="onerror=alert(2)").first).to_be_visible()
    page.get_by_role("button", name="Map").click()
    expect(page.get_by_role("list", name="Topics on the map")).to_contain_text("AI")
    page.get_by_text("candidates and their outcomes").click()
    expect(page.get_by_role("row").filter(has_text="onerror=alert(2)")).to_have_count(1)


def test_markup_in_suggestions_is_text(page: Page, hostile: Server) -> None:
    open_with_key(page, explorer(hostile, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("combobox").fill("Clearview AI sued")
    expect(page.get_by_role("option").first).to_contain_text("<script>alert(1)</script>")


def test_settings_in_an_address_can_not_be_more_than_settings(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, title="<img src=x onerror=alert(1)>", a="cosine=<b>", view="<i>", limit="1e9"))
    expect(page.get_by_role("alert")).to_contain_text("limit")


def test_the_demo_of_a_closed_service_says_that_it_is_closed(page: Page, closed_server: Server) -> None:
    page.goto(f"{closed_server.url}/demo")
    expect(page.locator("#excerpt")).to_contain_text("Key required")
