"""The coverage report as one self-contained HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from recommender.collection import Collection
from recommender.enrich.coverage import SCORE_EDGES, TOP, Coverage
from recommender.files import replacing
from recommender.pages import render_page

SCORE_LABELS = (
    f"under {SCORE_EDGES[1]}",
    *(f"{low} to {high}" for low, high in pairwise(SCORE_EDGES[1:-1])),
    f"{SCORE_EDGES[-2]} and more",
)
AGE_LABELS = (
    "newer by over a year",
    "newer by a month to a year",
    "newer by a week to a month",
    "newer by a day to a week",
    "within a day",
    "older by a day to a week",
    "older by a week to a month",
    "older by a month to a year",
    "older by over a year",
)


def write_report(file: Path, coverage: Coverage, collection: Collection, site: Path) -> None:
    """Write the report of a run to `file`; `-` is the standard output.

    Raises:
        WriteError: If the file cannot be written.
    """
    page = render_report(coverage, collection, site).encode("utf-8", "replace")
    with replacing(file) as stream:
        stream.write(page)


def render_report(coverage: Coverage, collection: Collection, site: Path) -> str:
    """Return the report as HTML; all text is escaped."""
    return render_page(
        "coverage",
        coverage=coverage,
        site=site.resolve().name,
        at=datetime.now(UTC),
        revision=collection.store.revision().number,
        cards=_cards(coverage),
        figures=_figures(coverage),
        top=list(_top(coverage, collection)),
    )


def _cards(coverage: Coverage) -> list[tuple[str, str, str]]:
    asked = coverage.filled + sum(coverage.empty_because.values())
    return [
        ("Files filled", _percent(coverage.filled, asked), f"{coverage.filled:,} of {asked:,} that were asked for"),
        ("Changed in this run", f"{coverage.changed:,}", f"of {coverage.files:,} files"),
        (
            "Recommended at least once",
            _percent(len(coverage.recommended), coverage.articles),
            f"{len(coverage.recommended):,} of {coverage.articles:,} articles",
        ),
        ("Gini", f"{coverage.gini:.3f}", "0: all articles are recommended equally often"),
        ("Copies collapsed", f"{coverage.collapsed:,}", "gave way to the best telling of the same story"),
        (
            "Churn",
            _percent(coverage.lost, coverage.items_before),
            f"{coverage.lost:,} items lost, {coverage.gained:,} gained of {coverage.items_before:,} before",
        ),
    ]


def _figures(coverage: Coverage) -> list[dict[str, Any]]:
    outcomes = [(str(outcome), count) for outcome, count in coverage.outcomes.most_common()]
    scores = [(label, coverage.scores[place]) for place, label in enumerate(SCORE_LABELS)]
    ages = [(label, coverage.ages[place]) for place, label in enumerate(AGE_LABELS)]
    often: dict[str, int] = {"never": coverage.articles - len(coverage.recommended)}
    for low, high in ((1, 1), (2, 3), (4, 7), (8, 15), (16, 10**9)):
        label = str(low) if low == high else f"{low} and more" if high == 10**9 else f"{low} to {high}"
        often[label] = sum(low <= count <= high for count in coverage.recommended.values())
    return [
        {"title": "What became of the files", "unit": "files", "rows": outcomes},
        {"title": "Why lists are empty", "unit": "files", "rows": coverage.empty_because.most_common()},
        {
            "title": "Scores of the items",
            "unit": "items",
            "rows": scores,
            "note": "0.999: one random pair in a thousand is as related; a learned scorer's are probabilities.",
        },
        {"title": "How much older or newer items are", "unit": "items", "rows": ages},
        {"title": "How often an article is recommended", "unit": "articles", "rows": list(often.items())},
    ]


def _top(coverage: Coverage, collection: Collection) -> Any:
    for article_id, count in coverage.recommended.most_common(TOP):
        stored = collection.store.get(article_id)
        yield stored.article.title if stored else article_id, article_id, count


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
