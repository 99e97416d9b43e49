"""The pages in other languages, from right to left, in forced colours, and while they wait."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, Route, expect
from support.browsing import ACLU, REUTERS, Watched, explorer
from support.serving import Server, listening

from recommender.cli.judge import session
from recommender.cli.review import plan_review
from recommender.config import Settings
from recommender.enrich import EnrichOptions
from recommender.overview import compute
from recommender.related.recommender import Recommender

# All words in sight and all names for screen readers that stand in no brackets, but for dates; brackets may be nested.
_OUTSIDE_BRACKETS = """() => {
  const found = [];
  let depth = 0;
  const look = (text) => {
    let rest = "";
    for (const sign of text) {
      if (sign === "⟧") depth -= 1;
      else if (sign === "⟦") depth += 1;
      else if (!depth) rest += sign;
    }
    const words = rest.replace(/\\d+ \\p{L}+ \\d{4}/gu, "").replace(/^[^\\p{L}]+|[^\\p{L}]+$/gu, "");
    if (words) found.push(words);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: parent, data } = walk.currentNode;
    if (parent.checkVisibility() && !parent.closest("kbd, time, pre, noscript, .languages a, .letter")) look(data);
  }
  for (const name of ["aria-label", "placeholder", "title"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) look(node.getAttribute(name));
  }
  look(document.title);
  return found;
}"""
_KEEP_ANSWERS = """{
  const ask = window.fetch;
  window.answers = [];
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    window.answers.push(await answer.clone().text());
    return answer;
  };
}"""
_OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


class Desk(NamedTuple):
    """A server with an overview, a review and articles to judge.

    Attributes:
        server: The server.
        key: May write, judge and review.
    """

    server: Server
    key: str

    def pages(self) -> dict[str, str]:
        """Return an address of each page, with a selector of what shows that it is there."""
        url = self.server.url
        return {
            url: "#legend li",
            explorer(self.server, id=ACLU): ".card",
            explorer(self.server, id=ACLU, a="title=2", limit=3): ".pair",
            explorer(self.server, id=ACLU, edit=""): ".card .tools",
            explorer(self.server, id=ACLU, min_score=0.9999): ".nothing",
            explorer(self.server, view="browse", topic="AI"): ".entry h3",
            f"{url}/overview": "tr[data-id]",
            f"{url}/review": ".change h2",
            f"{url}/judge": ".item h3",
        }

    def open(self, page: Page) -> Iterator[str]:
        """Open each page with the key and all its details; yield its address."""
        page.add_init_script(f"sessionStorage.setItem('related-key', {json.dumps(self.key)})")
        for address, there in self.pages().items():
            page.goto(address)
            expect(page.locator(there).first).to_be_visible()
            page.evaluate(_OPEN_ALL)
            expect(page.locator("[aria-busy=true]")).to_have_count(0)
            yield address


@pytest.fixture(scope="module")
def desk(chromium: str, site: Path, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    copy = Path(shutil.copytree(site_collection, folder / "collection"))
    with closing(Recommender.open(copy)) as recommender:
        compute(recommender).close()
        store = recommender.collection.store
        [(source_id, _, _)] = store.sources()
        with store.transaction():
            store.write(source_id, deletes=store.ids()[-2:])
        compute(recommender).close()
    plan = plan_review(Path(shutil.copytree(site, folder / "site")), str(copy), Settings(), EnrichOptions(), 1)
    review = folder / "review.json"
    review.write_text(plan.model_dump_json(), encoding="utf-8")
    with (
        session(str(copy), None, [], 2, 2, folder / "judgements.jsonl") as (settings, key),
        listening(**{**settings, "review": review}) as server,
    ):
        yield Desk(server, key)


@pytest.fixture
def german(browser: Browser) -> Iterator[Page]:
    """A page for somebody who reads German."""
    context = browser.new_context(viewport={"width": 320, "height": 800}, reduced_motion="reduce", locale="de-AT")
    context.set_default_timeout(15_000)
    watching = Watched(context.new_page())
    yield watching.page
    context.close()
    assert watching.faults == []


def strings(data: Any) -> Iterator[str]:
    """Yield all texts in an answer, and all names."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for each in data:
            yield from strings(each)
    elif isinstance(data, dict):
        yield from data
        yield from strings(list(data.values()))


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_all_that_pages_say_comes_from_the_texts(page: Page, desk: Desk) -> None:
    english = json.loads((files("service") / "texts" / "en.json").read_text("utf-8"))
    marked = {key: text if key == "language.direction" else f"⟦{text}⟧" for key, text in english.items()}
    script = f"export default {json.dumps(marked)}"
    page.route("**/static/texts_en.*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.add_init_script(_KEEP_ANSWERS)
    for address in desk.open(page):
        # The answers are read last, so that what is shown is among them.
        shown, answers = page.evaluate(_OUTSIDE_BRACKETS), page.evaluate("answers")
        known = "\n".join(["related.toml", *strings([json.loads(answer) for answer in answers])])
        assert [text for text in shown if text not in known] == [], address


def test_the_language_is_the_reader_s_and_can_be_chosen(german: Page, server: Server) -> None:
    loaded: list[str] = []
    german.on("response", lambda answer: loaded.append(answer.url))
    german.goto(explorer(server, id=ACLU))
    expect(german.locator(".card").first).to_contain_text("12. April 2021")
    expect(german.locator(".card .score").first).to_contain_text("0,99")
    expect(german.get_by_text("Verwandt mit", exact=True)).to_be_visible()
    expect(german.locator("html")).to_have_attribute("lang", "de")
    assert {url.split("texts_")[1][:2] for url in loaded if "texts_" in url} == {"de"}

    german.get_by_role("link", name="Español").click()
    expect(german.get_by_text("Relacionados con")).to_be_visible()
    expect(german.locator(".card").first).to_contain_text("12 de abril de 2021")
    german.goto(f"{server.url}/overview")
    expect(german).to_have_title("Resumen – artículos relacionados")

    german.goto(explorer(server, id=ACLU, lang="en"))
    expect(german.locator(".card").first).to_contain_text(REUTERS)
    expect(german.get_by_text("Related to", exact=True)).to_be_visible()
    expect(german).to_have_url(explorer(server, id=ACLU))
    german.goto(explorer(server, lang="tlh"))
    expect(german.get_by_role("link", name="English")).to_have_attribute("aria-current", "true")


def test_german_fits_a_small_phone_in_either_direction(german: Page, desk: Desk) -> None:
    for address in desk.open(german):
        assert width_of(german) == 320, address
        german.evaluate("document.documentElement.dir = 'rtl'")
        assert width_of(german) == 320, address


def test_bars_and_what_is_chosen_are_seen_in_forced_colours(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card").first).to_be_visible()
    styles = "(node, name) => getComputedStyle(node)[name]"
    bar, track = (
        page.locator(f".parts {each}").first.evaluate(styles, "backgroundColor") for each in (".bar", ".track")
    )
    assert bar != track
    chosen, other = (
        page.get_by_role("button", name=name).evaluate(styles, "borderBottomColor") for name in ("List", "Map")
    )
    assert chosen != other


@pytest.mark.parametrize("works", [True, False])
def test_the_place_of_a_list_is_held_until_it_comes_or_fails(page: Page, server: Server, works: bool) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/status", hold)
    page.goto(explorer(server, id=ACLU))
    expect(page.locator("#list .bones")).to_be_visible()
    expect(page.locator("main")).to_have_attribute("aria-busy", "true")
    # What stands there without an article is not shown for a moment first.
    expect(page.locator(".intro")).to_be_hidden()
    expect(page.locator("#map")).to_be_hidden()
    held[0].continue_() if works else held[0].abort()
    expect(page.locator(".card[data-id]" if works else "[role=alert]").first).to_be_visible()
    expect(page.locator(".bones")).to_have_count(0)
    expect(page.locator("main")).not_to_have_attribute("aria-busy", re.compile(""))
