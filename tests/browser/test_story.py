"""The story of an article as a timeline on its page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
from playwright.sync_api import Page, expect
from support.axe import findings_in_both_themes
from support.browsing import explorer
from support.serving import Server, listening

from recommender.collection import Collection
from recommender.overview.stories import compute_stories
from recommender.overview.stories.file import State, Story, keep_stories

ROBOTS = "_news/2021-07-06-delivery-robots-get-the-pavements-of-lindmouth"
GUIDE_DOG = "_news/2021-07-13-a-week-on-a-delivery-robot-meets-a-guide-dog"


@pytest.fixture(scope="module")
def stories(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a copy of the sample site whose stories are known."""
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("stories") / "collection"))
    with closing(Collection.open(copy)) as collection:
        compute_stories(collection)
    with listening(copy) as running:
        yield running


def test_a_story_is_a_list_in_the_order_of_time_that_leads_to_its_articles(page: Page, stories: Server) -> None:
    page.goto(explorer(stories, id=GUIDE_DOG))
    story = page.get_by_role("region", name="The story")
    rows = story.get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("6 Jul 2021")
    expect(rows.first).to_contain_text("earlier")
    expect(story.locator("[aria-current]")).to_contain_text("A week on, a Lindmouth delivery robot")
    rows.first.get_by_role("button").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Lindmouth")
    expect(rows.last).to_contain_text("update")


def test_where_an_article_stands_alone_there_is_no_timeline(page: Page, stories: Server) -> None:
    page.goto(explorer(stories, id=ROBOTS))
    expect(page.locator("#story")).to_be_visible()
    with page.expect_response("**/story"):
        page.get_by_role("combobox").fill("smoked lentils")
        page.get_by_role("option", name="lentils").first.click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("lentils")
    expect(page.locator("#story")).to_be_hidden()
    page.go_back()
    expect(page.locator("#story")).to_be_visible()


def test_a_long_story_opens_and_fits_a_phone(page: Page, site_collection: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    with closing(Collection.open(copy)) as collection:
        ids = collection.store.ids()[:30]
        keep_stories(copy, State.of(collection.store), [Story(ids, ["everything", "that is"], ids[0])], 0.1)
    page.set_viewport_size({"width": 390, "height": 844})
    with listening(copy) as server:
        page.goto(explorer(server, id=ids[12]))
        story = page.get_by_role("region", name="The story everything · that is")
        expect(story.get_by_role("listitem")).to_have_count(7)
        expect(story.get_by_role("listitem").first).to_contain_text("20")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        story.get_by_role("button", name="Show all 30").click()
        expect(story.get_by_role("listitem")).to_have_count(30)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert findings_in_both_themes(page) == []
        story.get_by_role("button", name="Show fewer").click()
        expect(story.get_by_role("listitem")).to_have_count(7)
