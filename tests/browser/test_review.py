"""An editor reviews planned lists: what is accepted is written, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
from playwright.sync_api import Locator, Page, expect
from support.axe import findings_in_both_themes
from support.serving import WRITE_KEY, Server, listening

from recommender.cli.review import plan_review
from recommender.config import Settings
from recommender.enrich import EnrichOptions

FIRST, SECOND, THIRD = "stranger-copies", "los-angeles-police", "aclu-suit"


class Review(NamedTuple):
    server: Server
    site: Path
    collection: Path

    def file(self, name: str) -> Path:
        return next((self.site / "_news").glob(f"*{name}*.md"))

    def planned(self) -> list[str]:
        session = plan_review(self.site, str(self.collection), Settings(), EnrichOptions(), 1)
        return [change.path for change in session.changes]


@pytest.fixture
def review(chromium: str, site: Path, site_collection: Path, tmp_path: Path) -> Iterator[Review]:
    collection = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    filled = Path(shutil.copytree(site, tmp_path / "site"))
    session = plan_review(filled, str(collection), Settings(), EnrichOptions(), 1)
    file = tmp_path / "review.json"
    file.write_text(session.model_dump_json(), encoding="utf-8")
    with listening(collection, review=file, read_open=False) as server:
        yield Review(server, filled, collection)


def change(page: Page, name: str) -> Locator:
    more = page.get_by_role("button", name="Show more")
    expect(page.locator(".change").first).to_be_visible()
    while not page.locator(f"[data-path*='{name}']").count() and more.is_visible():
        before = page.locator(".change").count()
        more.click()
        expect(page.locator(".change")).not_to_have_count(before)
    return page.locator(f"[data-path*='{name}']")


def test_accepted_lists_are_written_and_rejected_ones_stay_as_they_are(page: Page, review: Review):
    before = {path: path.read_bytes() for path in review.site.rglob("*.md")}
    page.goto(f"{review.server.url}/review#key={WRITE_KEY}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review: site")

    change(page, THIRD).get_by_role("button", name="Why?").click()
    expect(change(page, THIRD).locator(".why").first).to_contain_text("Clearview AI")
    change(page, THIRD).get_by_role("button", name="Accept").click()
    expect(page.locator("#said")).to_have_text("Accepted")
    change(page, FIRST).get_by_role("button", name="Accept").click()
    expect(page.get_by_text("2 accepted")).to_be_visible()
    change(page, SECOND).get_by_role("button", name="Reject").click()
    expect(page.get_by_text("1 rejected")).to_be_visible()
    assert findings_in_both_themes(page) == []

    # What somebody writes into a file meanwhile stays.
    changed = review.file(FIRST)
    changed.write_bytes(before[changed] + b"\nOne more paragraph.\n")
    page.reload()
    page.get_by_role("button", name="Write 2 files").click()
    expect(page.get_by_text("2 files were written.")).to_be_visible()

    written = {path for path, data in before.items() if path.read_bytes() != data}
    assert written == {review.file(FIRST), review.file(THIRD)}
    assert changed.read_bytes().endswith(b"\nOne more paragraph.\n")
    assert b"Plaintiffs seek preliminary injunction" in review.file(THIRD).read_bytes()
    # The rejected one is not proposed again, nor are those that were written.
    planned = review.planned()
    assert not [path for path in planned for name in (FIRST, SECOND, THIRD) if name in path]


def test_with_its_key_all_of_a_kind_are_accepted_at_once(page: Page, review: Review):
    page.goto(f"{review.server.url}/review")
    expect(page.get_by_label("Reviewing needs a key")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{review.server.url}/review#key={WRITE_KEY}")
    page.get_by_role("button", name="Accept all").click()
    expect(page.get_by_text("Everything is decided.")).to_be_visible()
    page.get_by_role("button", name="Write ").click()
    expect(page.get_by_text("files were written.")).to_be_visible()
    assert review.planned() == []
