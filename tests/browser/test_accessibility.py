"""No rule of axe-core is broken by any page, in light or dark."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
from playwright.sync_api import Page, expect
from support.axe import findings_in_both_themes
from support.browsing import ACLU, REUTERS, explorer
from support.serving import WRITE_KEY, Server, judging_here, listening, page_to_judge

from recommender.evaluation import Judgements
from recommender.evaluation.pooling import pool, sample_queries
from recommender.overview import compute
from recommender.related.recommender import Recommender


@pytest.fixture(scope="module")
def judging(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Has one article to judge, which somebody else has judged."""
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("judging") / "collection"))
    with contextlib.closing(Recommender.open(copy)) as recommender, recommender.collection.reading() as index:
        (query,) = sample_queries(index.ids(), 1)
        with Judgements(copy / "judgements.jsonl", "ben") as judgements:
            for place, article in enumerate(pool(recommender, query, 2)):
                judgements.grade(query, article, place % 3)
    with judging_here(copy, number=1, depth=2) as running:
        yield running


def check(page: Page, state: str = "") -> None:
    """Fail with all that is found in either theme."""
    # Axe takes seconds for a long table, whose rows are alike.
    page.evaluate(
        "document.querySelectorAll('tbody').forEach((each) => [...each.rows].slice(12).forEach((row) => row.remove()))"
    )
    found = findings_in_both_themes(page)
    assert not found, "\n".join([state, *found])


# The explorer.


def test_the_explorer_without_an_article(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.get_by_role("list", name="Topics on the map")).to_be_visible()
    check(page, "nothing done yet")
    page.keyboard.press("/")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page, "the newest articles suggested")
    page.get_by_role("combobox").fill("Clearview")
    expect(page.get_by_role("option", name="Clearview").first).to_be_visible()
    check(page, "articles found")
    page.reload()
    page.get_by_role("button", name="or paste a draft").click()
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()
    check(page, "a draft asked for")


def test_the_explorer_with_an_article(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    check(page, "its list")
    page.get_by_role("button", name="Map").click()
    expect(page.locator("#map")).to_be_visible()
    check(page, "the map")
    page.goto(explorer(server, id=ACLU))
    page.get_by_role("button", name="Keep to compare").click()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    check(page, "two lists compared and all details")


def test_the_list_of_all_articles(page: Page, server: Server) -> None:
    page.goto(explorer(server, view="browse", topic="AI", after="2021-01-01"))
    expect(page.locator(".entry").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        check(page, f"{width} pixels wide")


def test_the_explorer_of_an_article_that_is_not_there(page: Page, server: Server) -> None:
    page.goto(explorer(server, id="gone"))
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)


def test_the_explorer_while_a_list_is_edited(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Editing needs a write key").fill(WRITE_KEY)
    check(page)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".tools")).to_have_count(5)
    expect(page.locator("#list[aria-busy]")).to_have_count(0)
    page.get_by_role("button", name="Block: ").first.click()
    expect(page.get_by_text("Preview with 1 change")).to_be_visible()
    check(page)


def test_the_explorer_where_reading_needs_a_key(page: Page, closed_server: Server) -> None:
    page.goto(closed_server.url)
    expect(page.get_by_label("Reading needs a key")).to_be_visible()
    check(page)


def test_the_demo(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/demo?id={ACLU}")
    expect(page.get_by_text(REUTERS).first).to_be_visible()
    check(page)


# The overview.


@pytest.fixture(scope="module")
def overview(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Has an overview, and one of before that."""
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("overview") / "collection"))
    with contextlib.closing(Recommender.open(copy)) as recommender:
        compute(recommender).close()
        store = recommender.collection.store
        [(source_id, _, _)] = store.sources()
        with store.transaction():
            store.write(source_id, deletes=store.ids()[:5])
        compute(recommender).close()
    with listening(copy) as running:
        yield running


def test_the_overview(page: Page, overview: Server) -> None:
    page.goto(f"{overview.url}/overview")
    expect(page.locator("tr[data-id]").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    expect(page.get_by_text("5 articles deleted")).to_be_visible()
    check(page)
    page.set_viewport_size({"width": 390, "height": 800})
    check(page)


def test_the_overview_where_reading_needs_a_key(page: Page, closed_server: Server) -> None:
    page.goto(f"{closed_server.url}/overview")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)


def test_what_the_site_shows_and_how_the_list_changed(page: Page, overview: Server) -> None:
    page.goto(explorer(overview, id=ACLU))
    page.get_by_text("Published on the site, and what changed").click()
    expect(page.get_by_role("heading", name="How the list changed")).to_be_visible()
    check(page)


# Judging.


def test_the_page_to_judge_on(page: Page, judging: Server) -> None:
    page.goto(page_to_judge(judging))
    expect(page.locator(".item").first).to_be_visible()
    check(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    for place in range(page.locator(".item").count()):
        page.keyboard.press("012ds"[place % 5])
    expect(page.get_by_role("heading", name="How well judges agree")).to_be_visible()
    check(page)


def test_the_page_to_judge_on_without_its_key(page: Page, judging: Server) -> None:
    page.goto(f"{judging.url}/judge")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
