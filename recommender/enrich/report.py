"""The coverage report as one self-contained HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.collection import Collection
from recommender.enrich.coverage import TOP, Coverage
from recommender.files import replacing
from recommender.pages import render_page

SHOWN = 100
"""How many articles of a kind are named."""


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
        kinds=_kinds(coverage, collection),
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
    return [
        {"title": "What became of the files", "unit": "files", "rows": outcomes},
        {"title": "Why lists are empty", "unit": "files", "rows": coverage.empty_because.most_common()},
        {
            "title": "Scores of the items",
            "unit": "items",
            "rows": coverage.score_bins(),
            "note": "0.999: one random pair in a thousand is as related; a learned scorer's are probabilities.",
        },
        {"title": "How much older or newer items are", "unit": "items", "rows": coverage.age_bins()},
        {"title": "How often an article is recommended", "unit": "articles", "rows": coverage.frequency_bins()},
    ]


def _kinds(coverage: Coverage, collection: Collection) -> list[dict[str, Any]]:
    """Return the articles that an editor looks for, as the overview names them: without a list, in none, in many."""
    store = collection.store
    most = [(article_id, f"{count:,}") for article_id, count in coverage.hubs() or coverage.most_shown(TOP)]
    never = [] if not coverage.items else [each for each in store.ids() if each not in coverage.recommended]
    named: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("Without a list", "because", sorted(coverage.empty.items())),
        ("Never recommended", "", [(article_id, "") for article_id in never]),
        ("Recommended most often", "lists", most),
    ]
    shown = {article_id for _, _, rows in named for article_id, _ in rows[:SHOWN]}
    titles = {stored.article_id: stored.article.title for stored in store.articles(sorted(shown))}
    return [
        {
            "title": title,
            "column": column,
            "rows": [(titles.get(article_id, article_id), article_id, text) for article_id, text in rows[:SHOWN]],
            "more": max(0, len(rows) - SHOWN),
        }
        for title, column, rows in named
        if rows
    ]


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
