"""The summary of an overview: its figures, and a verdict in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from recommender.related.figures import ListFigures

TOP = 10
_SAME_AGE_DAYS = 0.05
MAX_VALUES = 100
"""How many providers and languages are named."""

Summary = Mapping[str, Any]
"""The figures of one computation as JSON values, by name.

- `articles`, `items` (in all lists), `listItems` (the most that a list may have), `scorer`
- `filled` lists, and `emptyBecause`, the number of empty ones by reason
- `shown` (articles in at least one list), `orphans` (in none), `hubs` (in at least `hubFrom` lists), `gini`,
  `mostShown` (ids with the number of lists)
- `withCopies`, `withTranslations` (articles that have some), `collapsed` (copies that gave way in lists)
- `medianAgeDays`: by how many days items are older than their article; null if no date is known
- `scores`, `ages` (items by bin), `frequency` (articles by the number of lists that show them)
- `providers`, `languages`: the most common ones, with their articles
"""

_KEPT = ("articles", "items", "filled", "shown", "orphans", "hubs", "gini", "withCopies", "withTranslations")
HISTORY = (*_KEPT, "medianAgeDays")
"""The figures that are kept of earlier computations."""


def summarise(
    figures: ListFigures,
    *,
    list_items: int,
    scorer: str,
    copies: int,
    translations: int,
    providers: Counter[str],
    languages: Counter[str],
) -> dict[str, Any]:
    """Return the summary of lists; see `Summary`."""
    empty = sum(figures.empty_because.values())
    return {
        "articles": figures.articles,
        "items": figures.items,
        "listItems": list_items,
        "scorer": scorer,
        "filled": figures.articles - empty,
        "emptyBecause": dict(figures.empty_because.most_common()),
        "shown": len(figures.recommended),
        "orphans": figures.orphans,
        "hubs": len(figures.hubs()),
        "hubFrom": figures.hub_from,
        "gini": round(figures.gini, 6),
        "mostShown": figures.most_shown(TOP),
        "withCopies": copies,
        "withTranslations": translations,
        "collapsed": figures.collapsed,
        "medianAgeDays": figures.median_age,
        "scores": figures.score_bins(),
        "ages": figures.age_bins() if figures.ages else [],
        "frequency": figures.frequency_bins(),
        "providers": providers.most_common(MAX_VALUES),
        "languages": languages.most_common(MAX_VALUES),
    }


def verdict(summary: Summary) -> str:
    """Return in a sentence or two how the lists of a collection stand."""
    articles, filled = summary["articles"], summary["filled"]
    if not articles:
        return "The collection has no articles."
    empty, orphans, hubs = articles - filled, summary["orphans"], summary["hubs"]
    faults = []
    if orphans:
        faults.append(f"{orphans:,} {_are(orphans)} in no list")
    if hubs:
        faults.append(f"{hubs:,} {_are(hubs)} in {summary['hubFrom']:,} lists or more")
    if not filled:
        first = f"None of the {articles:,} articles has a list: {_main_reason(summary)}."
    elif empty:
        share = f"{filled:,} of {articles:,} articles ({filled / articles:.1%}) have a list"
        first = f"{share}; {empty:,} {'has' if empty == 1 else 'have'} none, {_main_reason(summary)}."
    else:
        first = f"Every one of the {articles:,} articles has a list."
    if not faults:
        return f"{first} Each is in a list of another." if filled else first
    return f"{first} {' and '.join(faults)}."


def _main_reason(summary: Summary) -> str:
    reasons: Mapping[str, int] = summary["emptyBecause"]
    most = max(reasons, key=lambda reason: reasons[reason])
    return f"{'because' if len(reasons) == 1 else 'mostly because'} {most}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def rows_of(summary: Summary) -> Iterable[tuple[str, str]]:
    """Yield the summary as rows of a label and a text."""
    articles, filled, reasons = summary["articles"], summary["filled"], summary["emptyBecause"]
    because = "; ".join(f"{count:,} because {why}" for why, count in reasons.items())
    empty = articles - filled
    age = summary["medianAgeDays"]
    most = ", ".join(f"{article_id} ({count:,})" for article_id, count in summary["mostShown"][:3])
    yield "articles", f"{articles:,}, ranked by {summary['scorer']}, up to {summary['listItems']} items a list"
    if not articles:
        return
    yield "filled", f"{share(filled, articles)}, {summary['items']:,} items"
    yield "empty", share(empty, articles) + (f": {because}" if because else "")
    yield "shown", f"{share(summary['shown'], articles)} at least once"
    yield "orphans", f"{share(summary['orphans'], articles)} in no list"
    yield "hubs", f"{summary['hubs']:,} in {summary['hubFrom']:,} lists or more"
    yield "most often", most or "none"
    yield "Gini", f"{summary['gini']:.3f} (0: all equally often)"
    yield "copies", f"{summary['withCopies']:,} articles have copies, {summary['withTranslations']:,} have translations"
    if age is not None:
        yield "age", age_in_words(age)


def age_in_words(days: float) -> str:
    """Return by how much items are older than their article, the median."""
    if abs(days) < _SAME_AGE_DAYS:
        return "half of the items are older than their article, half newer"
    return f"items are {abs(days):,.1f} days {'older' if days > 0 else 'newer'} than their article (median)"


def share(part: int, whole: int) -> str:
    """Return a number and its share, such as `3 (1.5%)`."""
    return f"{part:,} ({part / whole:.1%})" if whole else f"{part:,}"
