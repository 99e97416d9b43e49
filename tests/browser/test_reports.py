"""Reports are opened from the disk: they break no rule of axe-core, fit every width and explain their figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
from playwright.sync_api import Page, expect
from support.axe import findings_in_both_themes
from support.commands import Related
from support.reports import tuned

from recommender.evaluation.tuning_report import render_tuning

NAMES = ["coverage", "evaluation", "tuning"]


@pytest.fixture(scope="module")
def reports(
    chromium: str, related: Related, root: Path, site_collection: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a report of each kind."""
    folder = tmp_path_factory.mktemp("reports")
    site = Path(shutil.copytree(root / "data" / "site", folder / "site"))
    qrels = root / "data" / "qrels" / "site.qrels"
    for scorer in ("default", "dense"):
        run = related("run", "--collection", site_collection, "--scorer", scorer, "--workers", 1)
        (folder / f"{scorer}.trec").write_text(run.stdout, encoding="utf-8")
    runs = (folder / "default.trec", folder / "dense.trec")
    for made in (
        related("enrich", site, "--collection", site_collection, "--dry-run", "--report", folder / "coverage.html"),
        related("evaluate", qrels, *runs, "--collection", site_collection, "--html", folder / "evaluation.html"),
    ):
        assert made.returncode == 0, made.stderr
    (folder / "tuning.html").write_text(render_tuning(tuned()), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_report_breaks_no_rule(page: Page, reports: Path, name: str) -> None:
    page.goto((reports / f"{name}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    # Axe takes seconds for a long table, whose rows are alike.
    page.evaluate(
        "document.querySelectorAll('tbody').forEach((each) => [...each.rows].slice(12).forEach((row) => row.remove()))"
    )
    assert findings_in_both_themes(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_report_fits_and_explains_its_figures(page: Page, reports: Path, name: str) -> None:
    page.goto((reports / f"{name}.html").as_uri())
    for width in (320, 390, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    term = page.locator("a.term").first
    meaning = page.locator(str(term.get_attribute("href")))
    expect(meaning).to_be_hidden()
    term.press("Enter")
    expect(meaning).to_be_visible()
