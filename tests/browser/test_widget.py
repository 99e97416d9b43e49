from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, Route, expect
from support.browsing import ACLU, OTHER_SITE, REUTERS, Watched
from support.serving import Server

MAX_BYTES = 5000
ACLU_URL = "https://www.biometricupdate.com/202104/" + ACLU.removeprefix("_news/2021-04-16-")
PICTURES = "https://static.harborledger.example"
POLICY = "default-src 'none'; script-src {url}; connect-src {url}; img-src " + PICTURES


def visit(page: Page, server: Server, element: str, head: str = "") -> None:
    """A page of another site, with a strict policy, that has the widget."""
    html = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A story</title>{head}</head>
      <body><p>A story.</p>{element}<script src="{server.url}/widget.js" defer></script></body></html>"""
    policy = {"Content-Security-Policy": POLICY.format(url=server.url)}
    page.route(f"{OTHER_SITE}/**", lambda route: route.fulfill(body=html, content_type="text/html", headers=policy))
    page.route(f"{PICTURES}/**", lambda route: route.fulfill(body=b"", content_type="image/png"))
    page.goto(f"{OTHER_SITE}/story")


def test_it_is_small(server: Server) -> None:
    answer = server.client.get("/widget.js")
    assert len(answer.content) < MAX_BYTES
    assert answer.headers["content-type"].startswith("text/javascript")


def test_it_fills_the_page_that_shows_it(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/demo?id={quote(ACLU, safe='')}")
    expect(page.locator("#widget").get_by_role("heading")).to_have_text("Related articles")
    expect(page.locator("#widget").get_by_role("link")).to_have_count(5)
    expect(page.locator("#widget").get_by_role("link").first).to_contain_text(REUTERS)
    page.locator("#styled").scroll_into_view_if_needed()
    expect(page.locator("#styled").get_by_role("link")).to_have_count(3)
    expect(page.locator("#styled").get_by_role("heading")).to_have_text("Read next")


def test_the_page_that_shows_it_finds_an_article_by_itself(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/demo")
    expect(page.locator("#widget").get_by_role("link").first).to_be_visible()
    assert "id=" in page.url


def test_it_works_on_another_site_under_a_strict_policy(page: Page, server: Server) -> None:
    visit(page, server, f'<div data-related data-article="{ACLU}" data-limit="2" data-title="More"></div>')
    expect(page.get_by_role("region", name="More").get_by_role("listitem")).to_have_count(2)
    link = page.get_by_role("link", name=REUTERS)
    expect(link).to_have_attribute("href", "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL")
    assert page.get_by_role("list").evaluate("list => getComputedStyle(list).display") == "grid"


@pytest.mark.parametrize(
    ("element", "head"),
    [
        (f'<div data-related data-url="{ACLU_URL}"></div>', ""),
        ("<div data-related></div>", f'<link rel="canonical" href="{ACLU_URL}">'),
    ],
)
def test_an_article_is_known_by_its_address(page: Page, server: Server, element: str, head: str) -> None:
    visit(page, server, element, head)
    expect(page.get_by_role("link", name=REUTERS)).to_be_visible()


def test_pictures_are_lazy_and_have_their_size(page: Page, server: Server) -> None:
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        """A picture that never comes is not taken away."""
        waiting.append(route)

    visit(page, server, f'<div data-related data-article="{ACLU}"></div>')
    page.unroute(f"{PICTURES}/**")
    page.route(f"{PICTURES}/**", wait)
    page.reload()
    picture = page.locator("[data-related] img").first
    expect(picture).to_have_attribute("loading", "lazy")
    expect(picture).to_have_attribute("width", "800")
    expect(picture).to_have_attribute("height", "533")
    expect(picture).to_have_attribute("alt", "")


def test_a_picture_that_can_not_be_shown_is_taken_away(page: Page, server: Server) -> None:
    visit(page, server, f'<div data-related data-article="{ACLU}"></div>')
    expect(page.get_by_role("link")).to_have_count(5)
    expect(page.locator("[data-related] img")).to_have_count(0)


def test_it_is_styled_by_variables(page: Page, server: Server) -> None:
    visit(page, server, f'<div data-related data-article="{ACLU}"></div>')
    link = page.get_by_role("link", name=REUTERS)
    expect(link).to_be_visible()
    page.evaluate("document.querySelector('[data-related]').style.setProperty('--related-link-color', 'rgb(1, 2, 3)')")
    expect(link).to_have_css("color", "rgb(1, 2, 3)")


def test_it_asks_only_when_it_comes_near(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    filler = "<p>Text.</p>" * 300
    visit(page, server, f'{filler}<div data-related data-article="{ACLU}"></div>')
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/v1/" in url]
    page.locator("[data-related]").scroll_into_view_if_needed()
    expect(page.get_by_role("link", name=REUTERS)).to_be_visible()


@pytest.mark.parametrize("attribute", ['data-article="none"', 'data-article="none" data-limit="x"', ""])
def test_it_is_empty_and_silent_when_it_fails(watched: Watched, page: Page, server: Server, attribute: str) -> None:
    with page.expect_response("**/v1/related*"):
        visit(page, server, f"<div data-related {attribute}></div>")
    page.wait_for_load_state("networkidle")
    assert page.locator("[data-related]").evaluate("host => host.shadowRoot === null && host.childNodes.length === 0")
    assert watched.warnings == []


def test_it_shows_nothing_where_nothing_is_related(page: Page, server: Server) -> None:
    empty = {"article": {"title": "A"}, "related": [], "duplicates": [], "revision": 1, "scorer": "default"}
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/related*", lambda route: route.fulfill(json=empty, headers=headers))
    visit(page, server, '<div data-related data-article="a"></div><div data-related data-article="b" data-debug></div>')
    expect(page.get_by_text("Related articles: nothing is related enough")).to_be_visible()
    assert page.locator("[data-related]").first.evaluate("host => host.shadowRoot === null")


def test_it_tells_why_when_asked(watched: Watched, page: Page, server: Server) -> None:
    visit(page, server, '<div data-related data-article="none" data-debug></div>')
    expect(page.locator("[data-related]")).to_contain_text("Article not found")
    assert any("Article not found" in warning for warning in watched.warnings)


def test_markup_and_addresses_that_run_are_harmless(page: Page, server: Server) -> None:
    items = [
        {"title": "<img src=x onerror=alert(1)>", "webUrl": "https://a.example/", "provider": {"name": "<b>B</b>"}},
        {"title": "Runs", "webUrl": "javascript:alert(2)"},
        {"title": "Pictured", "webUrl": "https://b.example/", "images": [{"url": "javascript:alert(3)"}]},
    ]
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/related*", lambda route: route.fulfill(json={"related": items}, headers=headers))
    visit(page, server, '<div data-related data-article="a"></div>')
    links = page.get_by_role("link")
    expect(links).to_have_count(2)
    expect(links.first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("[data-related] img, [data-related] b")).to_have_count(0)


def test_the_pages_use_nothing_that_their_policy_forbids(root: Path) -> None:
    for path in (root / "service" / "static").glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert "http://" not in html.replace("xmlns='http://www.w3.org/2000/svg'", "").replace("http%3A", "")
