"""The coverage report as one self-contained HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.collection import Collection
from recommender.enrich.coverage import TOP, Coverage
from recommender.enrich.verdict import verdict_of_coverage
from recommender.files import replacing
from recommender.pages import Term, render_page

SHOWN = 100
"""How many articles of a kind are named."""

_FILLED = Term(
    "Files filled", "How many of the files that this run was asked to fill have a list that this program wrote."
)
_CHANGED = Term("Changed in this run", "Files whose list was written or emptied, or would be in a dry run.")
_RECOMMENDED = Term("Recommended at least once", "How many of the collection's articles are in one of these lists.")
_GINI = Term(
    "Gini",
    "How unequally articles are recommended: 0 if all are equally often, near 1 if a few fill all lists. News sites "
    "lie in between; a figure that rises from run to run means that fewer and fewer articles are shown.",
)
_COPIES = Term("Copies collapsed", "Articles that tell the same story as one in the list, which was preferred to them.")
_CHURN = Term(
    "Churn",
    "How many of the items that lists had before this run are no longer in them. It is high after settings, the "
    "scorer or many articles changed, and low from day to day.",
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
        verdict=verdict_of_coverage(coverage),
        site=site.resolve().name,
        at=datetime.now(UTC),
        revision=collection.store.revision().number,
        cards=_cards(coverage),
        figures=_figures(coverage),
        kinds=_kinds(coverage, collection),
    )


def _cards(coverage: Coverage) -> list[tuple[Term, str, str]]:
    asked = coverage.filled + sum(coverage.empty_because.values())
    return [
        (_FILLED, _percent(coverage.filled, asked), f"{coverage.filled:,} of {asked:,} that were asked for"),
        (_CHANGED, f"{coverage.changed:,}", f"of {coverage.files:,} files"),
        (
            _RECOMMENDED,
            _percent(len(coverage.recommended), coverage.articles),
            f"{len(coverage.recommended):,} of {coverage.articles:,} articles",
        ),
        (_GINI, f"{coverage.gini:.3f}", "0: all articles are recommended equally often"),
        (_COPIES, f"{coverage.collapsed:,}", "gave way to the best telling of the same story"),
        (
            _CHURN,
            _percent(coverage.lost, coverage.items_before),
            f"{coverage.lost:,} items lost, {coverage.gained:,} gained of {coverage.items_before:,} before"
            if coverage.items_before
            else "there were no lists before",
        ),
    ]


def _figures(coverage: Coverage) -> list[dict[str, Any]]:
    outcomes = [(str(outcome), count) for outcome, count in coverage.outcomes.most_common()]
    return [
        {"title": "What became of the files", "label": "Outcome", "unit": "files", "rows": outcomes},
        {
            "title": "Why lists are empty",
            "label": "Reason",
            "unit": "files",
            "rows": coverage.empty_because.most_common(),
        },
        {
            "title": "Scores of the items",
            "label": "Score",
            "unit": "items",
            "rows": coverage.score_bins(),
            "note": "At 0.999 one random pair in a thousand is as related; a learned scorer's are probabilities.",
        },
        {"title": "How much older or newer items are", "label": "Age", "unit": "items", "rows": coverage.age_bins()},
        {
            "title": "How often an article is recommended",
            "label": "Lists",
            "unit": "articles",
            "rows": coverage.frequency_bins(),
        },
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
    articles = {stored.article_id: stored.article for stored in store.articles(sorted(shown))}

    def row(article_id: str, text: str) -> tuple[str, str | None, str, str]:
        found = articles.get(article_id)
        return (found.title, found.web_url, article_id, text) if found else (article_id, None, article_id, text)

    return [
        {
            "title": title,
            "column": column,
            "rows": [row(article_id, text) for article_id, text in rows[:SHOWN]],
            "more": max(0, len(rows) - SHOWN),
        }
        for title, column, rows in named
        if rows
    ]


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
