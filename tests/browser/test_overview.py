"""The overview page, as an editor uses it."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import BrowserContext, Page, expect
from support.browsing import ACLU, explorer
from support.encoders import CountingEncoder
from support.serving import READ_KEY, WRITE_KEY, Server, listening

from recommender.build import build
from recommender.config import Settings
from recommender.overview import Overview, Selection, compute
from recommender.related import published
from recommender.related.recommender import Recommender
from recommender.sources.published import Entry, RelatedOfSite
from service import overviews


@pytest.fixture
def copy(chromium: str, site_collection: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site_collection, tmp_path / "collection"))


@pytest.fixture(scope="module")
def computed(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a collection whose overview was computed; not to be written to."""
    collection = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("computed") / "collection"))
    compute_now(collection)
    with listening(collection) as running:
        yield running


@pytest.fixture
def computed_copy(computed: Server, tmp_path: Path) -> Path:
    return Path(shutil.copytree(computed.collection, tmp_path / "collection"))


def compute_now(collection: Path) -> None:
    with closing(Recommender.open(collection)) as recommender:
        compute(recommender).close()


def delete(collection: Path, *ids: str) -> None:
    with closing(Recommender.open(collection)) as recommender:
        store = recommender.collection.store
        [(source_id, _, _)] = store.sources()
        with store.transaction():
            store.write(source_id, deletes=ids)


def overview_of(collection: Path) -> Overview:
    with closing(Recommender.open(collection)) as recommender:
        found = Overview.open(collection, recommender.collection.store.uuid)
    assert found is not None
    return found


def test_the_first_visit_has_it_computed_and_shows_it(page: Page, copy: Path) -> None:
    with listening(copy) as server:
        page.goto(f"{server.url}/overview")
        expect(page.get_by_role("heading", level=2)).to_have_text(re.compile("for the first time|of 82 articles"))
        expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(r"^\d\d of 82 articles .* have a list"))
        expect(page.locator("tbody tr[data-id]")).to_have_count(50)
        expect(page.get_by_text("50 of 82 articles")).to_be_visible()
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("tbody tr[data-id]")).to_have_count(82)
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_a_figure_chooses_its_articles_and_a_row_opens_one(page: Page, computed: Server) -> None:
    with closing(overview_of(computed.collection)) as overview:
        orphans = {row.article_id: row for row in overview.each(Selection("orphans"))}
    page.goto(f"{computed.url}/overview")
    figure = page.get_by_role("button", name=re.compile("^In no list"))
    expect(figure).to_contain_text(str(len(orphans)))
    figure.click()
    expect(figure).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tbody tr[data-id]")).to_have_count(len(orphans))
    page.reload()
    expect(page.locator("tbody tr[data-id]")).to_have_count(len(orphans))
    expect(page.get_by_label("Show", exact=True)).to_have_value("orphans")
    row = page.locator("tbody tr[data-id]").first
    article_id = row.get_attribute("data-id") or ""
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(orphans[article_id].title)


def test_the_table_is_ordered_and_filtered_by_the_service(page: Page, computed: Server) -> None:
    page.goto(f"{computed.url}/overview")
    page.get_by_role("button", name="Days older").click()
    expect(page.get_by_role("columnheader", name="Days older")).to_have_attribute("aria-sort", "descending")
    with closing(overview_of(computed.collection)) as overview:
        first = overview.page(Selection(sort="age", order="desc"), 1).rows[0]
    expect(page.locator("tbody th a").first).to_have_text(first.title)
    page.get_by_role("button", name="Days older").click()
    expect(page.get_by_role("columnheader", name="Days older")).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Title, id or address").fill("CLEARVIEW")
    expect(page.locator("tbody tr[data-id]").first).to_contain_text("Clearview")
    page.get_by_label("Provider").select_option("Harbor Ledger")
    expect(page.locator("tr[data-id]", has_not_text="Harbor Ledger")).to_have_count(0)
    expect(page.locator("tr[data-id]").first).to_contain_text("Clearview")
    page.get_by_label("Title, id or address").fill("zzyzx")
    expect(page.get_by_text("No article is chosen by this.")).to_be_visible()


def test_the_chosen_articles_are_downloaded(page: Page, computed: Server) -> None:
    page.goto(f"{computed.url}/overview?only=empty")
    expect(page.locator("tbody tr[data-id]").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    assert {row["id"] for row in rows} == {
        row.get_attribute("data-id") for row in page.locator("tbody tr[data-id]").all()
    }
    assert {row["emptyBecause"] for row in rows} == {"nothing is related enough"}


def test_an_editor_computes_now_and_sees_what_changed(
    page: Page, computed_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = computed_copy
    # However slow the machine is, nothing is computed by itself.
    monkeypatch.setattr(overviews, "REST_TIMES", 1_000_000)
    with closing(overview_of(copy)) as overview:
        most = next(iter(overview.each(Selection(sort="shown", order="desc"))))
    delete(copy, most.article_id)
    with listening(copy) as server:
        page.goto(f"{server.url}/overview")
        expect(page.get_by_text("Articles have changed since.")).to_be_visible()
        page.get_by_role("button", name="Compute now").click()
        field = page.get_by_label("Computing needs a key that may write")
        field.fill("wrong")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("unknown key")
        field.fill(READ_KEY)
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("this is a read key")
        field.fill(WRITE_KEY)
        field.press("Enter")
        expect(page.locator("#verdict")).to_contain_text("of 81 articles")
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(
            page.get_by_role("img", name=re.compile(r"^Articles: 82 on .*\d:\d\d, 81 on .*; lowest"))
        ).to_be_visible()

        page.get_by_text("What changed").click()
        with closing(overview_of(copy)) as overview:
            lists = overview.changed_lists(overview.before(1))
        expect(
            page.get_by_text(re.compile(rf"^{len(lists)} lists differ from those of \d+ \w+ \d{{4}}, \d\d:\d\d\.$"))
        ).to_be_visible()
        expect(page.get_by_text("1 article deleted")).to_be_visible()
        lost = next(each for each in lists if most.article_id in {item.article_id for item in each.left})
        entry = page.locator(".changed li", has_text=lost.article.title or "")
        expect(entry.locator(".left").first).to_contain_text(f"{most.article_id} (deleted)")


def test_a_collection_without_articles_says_so(page: Page, tmp_path: Path, counting_encoder: CountingEncoder) -> None:
    build([], tmp_path / "empty", settings=Settings(), encoder=counting_encoder)
    with listening(tmp_path / "empty") as server:
        page.goto(f"{server.url}/overview")
        expect(page.get_by_role("heading", level=2)).to_have_text("The collection has no articles.")
        expect(page.get_by_text("Articles come from related build")).to_be_visible()
        expect(page.get_by_role("table")).to_have_count(0)


def test_where_reading_needs_a_key_one_can_give_it(page: Page, computed_copy: Path) -> None:
    with listening(computed_copy, read_open=False) as server:
        page.goto(f"{server.url}/overview")
        expect(page.get_by_role("alert")).to_contain_text("Key required")
        field = page.get_by_label("Reading needs a key")
        expect(field).to_be_focused()
        field.fill(READ_KEY)
        field.press("Enter")
        expect(page.locator("tbody tr[data-id]").first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_without_a_network_it_says_so_and_comes_back(page: Page, context: BrowserContext, computed: Server) -> None:
    page.goto(f"{computed.url}/overview")
    expect(page.locator("tbody tr[data-id]").first).to_be_visible()
    context.set_offline(True)
    page.get_by_label("Show", exact=True).select_option("copies")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached")
    context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_every_width_is_wide_enough(page: Page, computed: Server) -> None:
    page.goto(f"{computed.url}/overview")
    expect(page.locator("tbody tr[data-id]").first).to_be_visible()
    page.get_by_text("Scores, ages, and how often").click()
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_the_site_shows_is_beside_what_is_proposed(
    page: Page, computed: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    related = [item["id"] for item in computed.related(ACLU).json()["related"]]
    shown = [*(Entry((each,), None) for each in related[1:3]), Entry(("https://other.example/x",), "<b>Elsewhere</b>")]
    monkeypatch.setattr(published, "related_of_site", lambda *_: RelatedOfSite(shown))
    page.goto(explorer(computed, id=ACLU))
    page.get_by_text("Published on the site, and what changed").click()
    site = page.get_by_role("region", name="Published")
    expect(site.get_by_role("listitem")).to_have_count(3)
    expect(site.get_by_role("link", name="<b>Elsewhere</b>")).to_be_visible()
    expect(site.get_by_text("not in the proposed list")).to_have_count(1)
    proposed = page.get_by_role("region", name="Proposed")
    expect(proposed.get_by_text("not in the published list")).to_have_count(len(related) - 2)
    expect(
        page.get_by_text(re.compile(r"^The list has been as it is since \d+ \w+ \d{4}, \d\d:\d\d\.$"))
    ).to_be_visible()
