from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.axe import findings
from support.browsing import REUTERS
from support.serving import WRITE_KEY, Server

NARROW = {"width": 320, "height": 800}


def test_a_route_is_read_tried_and_copied_in_three_languages(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/docs#relatedOfArticle")
    route = page.locator("#relatedOfArticle")
    route.get_by_label("limit", exact=True).fill("2")
    route.get_by_label("exclude").fill("one\ntwo, with a comma")
    example = route.locator(".sample code")
    expect(example).to_contain_text("limit=2")
    expect(example).to_contain_text("exclude=one&exclude=two%2C+with+a+comma")
    route.get_by_role("button", name="Send").click()
    expect(route.locator(".answer")).to_contain_text(REUTERS)
    expect(route.get_by_text("200 OK")).to_be_visible()

    for language, command in [("curl", ["sh", "-c"]), ("Python", [sys.executable, "-c"])]:
        page.get_by_label(language, exact=True).check()
        told = example.inner_text().replace("httpx", "httpx2")
        done = subprocess.run([*command, told], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["related"][0]["title"] == REUTERS
    page.get_by_label("JavaScript", exact=True).check()
    assert (
        page.evaluate(f"async () => {{ {example.inner_text().split('console.log')[0]} return answer.status }}") == 200
    )


def test_a_body_is_sent_with_the_key_that_is_not_shown(page: Page, closed_server: Server) -> None:
    page.goto(f"{closed_server.url}/docs#writeArticle")
    route = page.locator("#writeArticle")
    route.get_by_label("article_id").fill("guides/ferry")
    route.get_by_role("button", name="Send").click()
    expect(route.locator(".send [role=status]")).to_contain_text("401")
    page.get_by_label("Key for trying it here").fill(WRITE_KEY)
    route.get_by_role("button", name="Send").click()
    expect(route.locator(".answer")).to_contain_text('"id": "guides/ferry"')
    expect(route.locator(".sample code")).to_contain_text("Bearer YOUR-KEY")
    assert WRITE_KEY not in route.locator(".sample code").inner_text()
    page.locator("#deleteArticle > summary").click()
    route = page.locator("#deleteArticle")
    route.get_by_label("article_id").fill("guides/ferry")
    route.get_by_role("button", name="Send").click()
    expect(route.locator(".send [role=status]")).to_contain_text("204")


def test_every_route_is_there_and_fits_a_phone(page: Page, server: Server) -> None:
    page.set_viewport_size(NARROW)
    page.goto(f"{server.url}/docs")
    document = server.client.get("/openapi.json").json()
    expect(page.locator(".route")).to_have_count(sum(len(each) for each in document["paths"].values()))
    page.locator("#relatedOfDraft > summary").click()
    page.locator("#listArticles > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert findings(page) == []
    page.emulate_media(color_scheme="dark")
    assert findings(page) == []
