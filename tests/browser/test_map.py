from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.browsing import ACLU, REUTERS, explorer
from support.serving import Server, listening, wait_until

from recommender.collection import Collection
from recommender.overview.landscape import compute_landscape

_COLOURS = """canvas => {
  if (!canvas.width) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] >= 229) seen.add(data.slice(at, at + 3).join());
  return seen.size;
}"""


def picture(page: Page) -> str:
    return page.locator("canvas").evaluate("canvas => canvas.toDataURL()")


def drawn(page: Page) -> str:
    """The picture, once it is drawn."""
    wait_until(lambda: page.locator("canvas").evaluate(_COLOURS) > 0)
    return picture(page)


def changed(page: Page, before: str) -> str:
    wait_until(lambda: picture(page) != before)
    return picture(page)


def test_all_articles_are_drawn_in_the_colours_of_their_topics(page: Page, server: Server) -> None:
    page.goto(server.url)
    drawn(page)
    # Subjects come when the map has been computed.
    page.get_by_label("topic", exact=True).check()
    wait_until(lambda: page.locator("canvas").evaluate(_COLOURS) >= 10)
    legend = page.get_by_role("list", name="Topics on the map")
    expect(legend).to_contain_text("Semiconductors")
    counts = legend.locator("small").all_inner_texts()
    assert sum(map(int, counts)) == 82


def test_the_article_and_its_related_items_are_marked(page: Page, server: Server) -> None:
    page.goto(server.url)
    before = drawn(page)
    page.goto(explorer(server, id=ACLU, view="map"))
    assert drawn(page) != before
    page.get_by_text("The map in words").click()
    expect(page.locator("#map-words ol").get_by_role("listitem").first).to_contain_text(REUTERS)


def test_zoom_and_pan_change_the_picture(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, view="map"))
    whole = drawn(page)
    page.get_by_role("button", name="Zoom in").click()
    near = changed(page, whole)
    page.locator("canvas").hover(position={"x": 200, "y": 200})
    page.mouse.wheel(0, -300)
    nearer = changed(page, near)
    page.mouse.down()
    page.mouse.move(700, 700, steps=4)
    page.mouse.up()
    changed(page, nearer)
    page.get_by_role("button", name="Show all").click()
    page.mouse.move(5, 5)
    wait_until(lambda: picture(page) == whole)


def test_the_pointer_finds_an_article_and_chooses_it(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, view="map"))
    drawn(page)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    tip = page.locator("#tip")
    for x in range(40, int(box["width"]), 30):
        page.locator("canvas").hover(position={"x": x, "y": box["height"] / 2})
        if page.locator("canvas.over").count():
            break
    expect(tip).to_be_visible()
    title = tip.evaluate("tip => tip.firstChild.textContent")
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("heading", level=2)).to_have_text(title)


def test_a_topic_of_the_legend_stands_out(page: Page, server: Server) -> None:
    page.goto(server.url)
    before = drawn(page)
    cloud = page.get_by_role("list", name="Topics on the map").get_by_role("button", name="Cloud")
    cloud.click()
    expect(cloud).to_have_attribute("aria-pressed", "true")
    changed(page, before)


@pytest.fixture(scope="module")
def landscape(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("landscape") / "collection"))
    with closing(Collection.open(copy)) as opened:
        compute_landscape(opened)
    with listening(copy) as running:
        yield running


def test_subjects_are_named_and_told_in_words(page: Page, landscape: Server) -> None:
    page.goto(landscape.url)
    by_subject = drawn(page)
    legend = page.get_by_role("list", name="Topics on the map")
    expect(legend).to_contain_text("Clearview AI")
    assert sum(map(int, legend.locator("small").all_inner_texts())) == 82
    expect(page.get_by_text("This is a sketch")).to_be_hidden()
    page.get_by_label("year", exact=True).check()
    expect(legend).to_contain_text("2021")
    changed(page, by_subject)
    page.get_by_text("The map in words").click()
    subject = page.locator("#map-words ul li").filter(has_text="Clearview AI")
    subject.get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Clearview")


def test_a_map_that_is_not_computed_yet_is_a_sketch(page: Page, server: Server) -> None:
    page.route(
        "**/v1/map*", lambda route: route.fulfill(json={**route.fetch().json(), "isSketch": True, "clusters": []})
    )
    page.goto(server.url)
    drawn(page)
    expect(page.get_by_text("This is a sketch")).to_be_visible()
    expect(page.get_by_role("list", name="Topics on the map")).to_contain_text("Semiconductors")


def test_titles_stand_beside_the_articles_when_few_are_in_view(page: Page, landscape: Server) -> None:
    page.goto(landscape.url)
    drawn(page)
    with page.expect_response("**/v1/articles/*"):
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
