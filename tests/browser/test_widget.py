from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, Route, expect
from support.browsing import ACLU, OTHER_SITE, REUTERS, Watched
from support.serving import Server

MAX_BYTES = 6000
MOST_SHIFT = 0.05
SHIFTS = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
ACLU_URL = "https://www.biometricupdate.com/202104/" + ACLU.removeprefix("_news/2021-04-16-")
ROBOTS = "_news/2021-07-06-delivery-robots-get-the-pavements-of-lindmouth"
PICTURES = "https://static.harborledger.example"
POLICY = "default-src 'none'; script-src {url}; connect-src {url}; img-src " + PICTURES


def visit(
    page: Page,
    server: Server,
    element: str,
    head: str = "",
    *,
    lang: str = "en",
    site: str = OTHER_SITE,
    loading: str = "defer",
) -> None:
    """A page of another site, with a strict policy, that has the widget."""
    html = f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A story</title>{head}
      <script src="{server.url}/widget.js" {loading}></script></head><body><p>A story.</p>{element}</body></html>"""
    policy = {"Content-Security-Policy": POLICY.format(url=server.url)}
    page.route(f"{site}/**", lambda route: route.fulfill(body=html, content_type="text/html", headers=policy))
    page.route(f"{PICTURES}/**", lambda route: route.fulfill(body=b"", content_type="image/png"))
    page.goto(f"{site}/story")


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
    expect(page.locator("[data-related] section")).to_have_count(0)
    assert page.locator("[data-related]").evaluate("host => host.shadowRoot.childNodes.length === 0")
    assert watched.warnings == []


@pytest.mark.parametrize("before", [False, True], ids=["below", "above"])
def test_what_is_on_the_screen_does_not_move(page: Page, server: Server, before: bool) -> None:
    page.add_init_script(SHIFTS)
    page.route("**/v1/related*", lambda route: (page.wait_for_timeout(300), route.continue_()))
    text = "<p>Text of the story, long enough for a line of its own on any screen that is not too wide.</p>" * 8
    element = f'<div data-related data-article="{ACLU}"></div>'
    page.route(f"{PICTURES}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    # Above other text the script must run before that is painted, as the demo page says.
    visit(page, server, element + text if before else text + element, loading="" if before else "defer")
    expect(page.get_by_role("link", name=REUTERS)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") < MOST_SHIFT


def test_the_place_of_an_empty_list_is_given_back_out_of_sight(page: Page, server: Server) -> None:
    page.add_init_script(SHIFTS)
    text = "<p>Text.</p>" * 100
    visit(page, server, f'<div data-related data-article="none"></div>{text}', loading="")
    host = page.locator("[data-related]")
    expect(host.locator("section")).to_have_count(0)
    assert host.evaluate("host => host.offsetHeight") > 0
    assert page.evaluate("window.shift") < MOST_SHIFT
    page.get_by_text("Text.").last.scroll_into_view_if_needed()
    expect(host).to_have_css("height", "0px")


def test_elements_added_later_are_filled_and_filled_anew(page: Page, server: Server) -> None:
    visit(page, server, "")
    page.evaluate(
        "id => document.body.insertAdjacentHTML('beforeend', `<p><span data-related data-article='${id}'></span></p>`)",
        ACLU,
    )
    expect(page.get_by_role("link", name=REUTERS)).to_be_visible()
    page.evaluate(
        "id => Object.assign(document.querySelector('[data-related]').dataset, { article: id, images: 'off' })", ROBOTS
    )
    expect(page.get_by_role("link", name=REUTERS)).to_have_count(0)
    expect(page.get_by_role("link")).not_to_have_count(0)


def test_the_page_hears_what_is_shown_and_what_is_clicked(page: Page, server: Server) -> None:
    page.add_init_script(
        "window.told = []; for (const what of ['shown', 'clicked'])"
        " addEventListener(`related:${what}`, ({ detail }) => {"
        " document.documentElement.dataset.told = told.push([what, detail]); });"
    )
    visit(page, server, f'<div data-related data-article="{ACLU}"></div>')
    page.get_by_role("link", name=REUTERS).evaluate("link => link.removeAttribute('href')")
    page.get_by_text(REUTERS).click()
    expect(page.locator("html")).to_have_attribute("data-told", "2")
    (shown, items), (clicked, one) = page.evaluate("told")
    assert (shown, clicked) == ("shown", "clicked")
    assert items["items"][0]["title"] == one["item"]["title"] == REUTERS
    assert len(items["items"]) == 5
    assert one["position"] == 1


def test_a_list_that_was_replaced_before_it_was_seen_is_not_said_to_be_shown(page: Page, server: Server) -> None:
    page.add_init_script(
        "window.told = [];"
        " addEventListener('related:shown', ({ detail }) => told.push(detail.items.map((item) => item.title)));"
    )
    below = "<p>Text.</p>" * 30
    visit(page, server, f'{below}<div data-related data-images="off" data-article="{ACLU}"></div>')
    expect(page.get_by_role("link", name=REUTERS)).to_have_count(1)
    with page.expect_response("**/v1/related*"):
        page.evaluate("id => (document.querySelector('[data-related]').dataset.article = id)", ROBOTS)
    expect(page.get_by_role("link", name=REUTERS)).to_have_count(0)
    expect(page.get_by_role("link")).not_to_have_count(0)
    assert page.evaluate("told") == []
    page.locator("[data-related]").scroll_into_view_if_needed()
    expect(page.locator("[data-related]")).to_be_in_viewport()
    page.wait_for_timeout(300)
    [titles] = page.evaluate("told")
    assert REUTERS not in titles


def test_a_template_of_the_page_is_filled(page: Page, server: Server) -> None:
    template = (
        "<template><a class='teaser' data-link><img data-image>"
        "<strong data-text='title'></strong><em data-text='provider'></em><q data-text='excerpt'></q></a></template>"
    )
    page.route(f"{PICTURES}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    visit(page, server, f'<div data-related data-article="{ACLU}" data-limit="2">{template}</div>')
    teasers = page.locator("a.teaser")
    expect(teasers).to_have_count(2)
    expect(teasers.first.locator("strong")).to_have_text(REUTERS)
    expect(teasers.first.locator("em")).to_have_text("Reuters")
    expect(teasers.first.locator("q")).to_contain_text("multidistrict privacy litigation")
    expect(teasers.first).to_have_attribute(
        "href", "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL"
    )


def test_the_text_of_a_list_keeps_its_direction(page: Page, server: Server) -> None:
    item = {"title": "كلمة 2021 (API)", "webUrl": "https://a.example/", "publishedDateTime": "2021-04-12T00:00:00Z"}
    answer = {"related": [{**item, "provider": {"name": "صحيفة"}}]}
    page.route("**/v1/related*", lambda route: route.fulfill(json=answer, headers={"Access-Control-Allow-Origin": "*"}))
    visit(page, server, '<div data-related data-article="a"></div>', lang="ar")
    expect(page.locator("[data-related] bdi")).to_have_count(2)
    assert page.locator("[data-related] li b").evaluate("title => getComputedStyle(title).direction") == "rtl"


def test_themes_lay_the_list_out(page: Page, server: Server) -> None:
    visit(page, server, f'<div data-related data-theme="list" data-article="{ACLU}"></div>')
    expect(page.get_by_role("link")).to_have_count(5)
    left = page.locator("[data-related] li").evaluate_all("items => new Set(items.map((item) => item.offsetLeft)).size")
    assert left == 1


def test_a_site_that_the_service_does_not_know_is_told_so(watched: Watched, page: Page, server: Server) -> None:
    visit(page, server, f'<div data-related data-article="{ACLU}" data-debug></div>', site="http://other.example")
    expect(page.locator("[data-related]")).to_contain_text("is http://other.example in RELATED_CORS_ORIGINS of")


def test_it_shows_nothing_where_nothing_is_related(page: Page, server: Server) -> None:
    empty = {"article": {"title": "A"}, "related": [], "duplicates": [], "revision": 1, "scorer": "default"}
    headers = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/related*", lambda route: route.fulfill(json=empty, headers=headers))
    visit(page, server, '<div data-related data-article="a"></div><div data-related data-article="b" data-debug></div>')
    expect(page.get_by_text("Related articles: nothing is related enough")).to_be_visible()
    assert page.locator("[data-related]").first.evaluate("host => host.shadowRoot.childNodes.length === 0")


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
    expect(page.locator("[data-related] img, [data-related] b b, [data-related] bdi b")).to_have_count(0)


def test_the_pages_use_nothing_that_their_policy_forbids(root: Path) -> None:
    for path in (root / "service" / "static").glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert "http://" not in html.replace("xmlns='http://www.w3.org/2000/svg'", "").replace("http%3A", "")
