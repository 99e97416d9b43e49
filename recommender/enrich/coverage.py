"""Coverage statistics of a run: filled lists, scores, ages, churn, and how evenly articles are recommended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.enrich.listing import WRITTEN, Outcome, PlannedPage
from recommender.errors import RelatedError
from recommender.ranking.gini import gini

SCORE_EDGES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
AGE_EDGES = (-365.0, -30.0, -7.0, -1.0, 1.0, 7.0, 30.0, 365.0)
"""Days by which an item is older than its article."""
TOP = 10


@dataclass
class Coverage:
    """The statistics of a run, updated page by page.

    Attributes:
        articles: Articles in the collection.
        outcomes: Files by outcome.
        empty_because: Empty lists by reason.
        scores: Items by bin of `SCORE_EDGES`.
        ages: Items by bin of `AGE_EDGES`; items without an age are not counted.
        recommended: Number of lists that show an article, by id.
        collapsed: Duplicates collapsed into items.
        items: Items in all lists.
        items_before: Items in the previous lists.
        gained: Items that were added to the previous lists.
        lost: Items that were removed from them.
        stale: Files that changed since the collection was built.
        skipped: Pages hidden from readers, by reason.
        without_address: Articles that cannot be recommended because they have no address.
        kept: Paths of files whose block was written by someone else.
        problems: Errors of the run.
    """

    articles: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    empty_because: Counter[str] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    ages: Counter[int] = field(default_factory=Counter)
    recommended: Counter[str] = field(default_factory=Counter)
    collapsed: int = 0
    items: int = 0
    items_before: int = 0
    gained: int = 0
    lost: int = 0
    stale: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    without_address: int = 0
    kept: list[str] = field(default_factory=list)
    problems: list[RelatedError] = field(default_factory=list)

    def watch(self, pages: Iterable[PlannedPage]) -> Iterator[PlannedPage]:
        """Yield `pages` unchanged, and count each."""
        for page in pages:
            self.add(page)
            yield page

    def add(self, page: PlannedPage) -> None:
        """Count a page."""
        self.outcomes[page.outcome] += 1
        self.stale += page.is_stale
        if page.problem is not None:
            self.problems.append(page.problem)
        if page.outcome is Outcome.KEPT and page.block_hash:
            self.kept.append(page.path)
        listing = page.listing
        if listing is None or page.problem is not None:
            return
        if listing.empty_because:
            self.empty_because[listing.empty_because] += 1
        self.items += len(listing.items)
        self.collapsed += listing.collapsed
        self.recommended.update(listing.items)
        places = np.searchsorted(SCORE_EDGES, listing.scores, "right") - 1
        self.scores.update(np.clip(places, 0, len(SCORE_EDGES) - 2).tolist())
        known = [age for age in listing.ages if age is not None]
        self.ages.update(np.searchsorted(AGE_EDGES, known, "right").tolist())
        if page.before:
            self.items_before += len(page.before)
            self.gained += len(set(listing.items) - set(page.before))
            self.lost += len(set(page.before) - set(listing.items))

    @property
    def files(self) -> int:
        """Number of files examined."""
        return self.outcomes.total()

    @property
    def changed(self) -> int:
        """Number of files that are written, or would be."""
        return sum(self.outcomes[outcome] for outcome in WRITTEN)

    @property
    def filled(self) -> int:
        """Number of files that hold a list written by this program."""
        return self.changed - self.outcomes[Outcome.EMPTIED] + self.outcomes[Outcome.SAME]

    @property
    def shown_share(self) -> float:
        """Share of all articles that are recommended at least once, in [0, 1]."""
        return len(self.recommended) / self.articles if self.articles else 0.0

    @property
    def gini(self) -> float:
        """Gini coefficient of the recommendation counts, in [0, 1]; 0 if all are equal."""
        counts = np.fromiter(self.recommended.values(), dtype=np.int64, count=len(self.recommended))
        return gini(counts, max(self.articles, len(counts)))

    @property
    def churn(self) -> float:
        """Share of the previous lists' items that were removed, in [0, 1]."""
        return self.lost / self.items_before if self.items_before else 0.0

    def summary(self) -> list[tuple[str, str]]:
        """Return the report as rows of a label and a text."""
        counts = {outcome: self.outcomes[outcome] for outcome in Outcome if self.outcomes[outcome]}
        because = "; ".join(f"{count:,} because {why}" for why, count in self.empty_because.most_common())
        empty = sum(self.empty_because.values())
        filled = _share(self.filled, self.filled + empty)
        recommended = _share(len(self.recommended), self.articles)
        rows = [
            ("files", f"{self.files:,}: " + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())),
            ("filled", f"{filled} of the requested files, {self.items:,} items"),
            ("empty", f"{empty:,}{f': {because}' if because else ''}"),
            ("skipped", ", ".join(f"{count:,} {why}" for why, count in self.skipped.most_common())),
            ("no address", f"{self.without_address:,} articles, never recommended" if self.without_address else ""),
            ("recommended", f"{recommended} of {self.articles:,} articles at least once"),
            ("Gini", f"{self.gini:.3f} (0: all equally often)"),
            ("most often", ", ".join(f"{each} ({count:,})" for each, count in self.recommended.most_common(3))),
            ("duplicates", f"{self.collapsed:,} collapsed into the best one"),
            ("churn", f"{self.gained:,} items gained, {self.lost:,} lost of {self.items_before:,} ({self.churn:.1%})"),
        ]
        return [(what, found) for what, found in rows if found]

    def to_json(self) -> dict[str, Any]:
        """Return all counts as JSON values."""
        return {
            "files": self.files,
            "outcomes": {str(outcome): count for outcome, count in self.outcomes.items()},
            "emptyBecause": dict(self.empty_because),
            "items": self.items,
            "articles": self.articles,
            "recommendedShare": round(self.shown_share, 6),
            "gini": round(self.gini, 6),
            "mostRecommended": self.recommended.most_common(TOP),
            "collapsed": self.collapsed,
            "churn": {"before": self.items_before, "gained": self.gained, "lost": self.lost},
            "stale": self.stale,
            "passedOver": dict(self.skipped),
            "withoutAddress": self.without_address,
            "kept": self.kept,
        }


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if whole else "0"
