"""Coverage: how well a site's articles are served, and by which; summed up page by page."""

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
"""Days that an item is older than the article, from much newer to much older."""
TOP = 10


@dataclass
class Coverage:
    """What a run found.

    Attributes:
        articles: How many the collection has.
        outcomes: How many files had each outcome.
        empty_because: Why lists are empty, and how many.
        scores: How many items have a score in each bin of `SCORE_EDGES`.
        ages: How many items have an age in each bin that `AGE_EDGES` parts; those without one are not counted.
        recommended: How often each article is recommended, by id.
        collapsed: How many copies gave way to items.
        items: How many items there are.
        items_before: How many there were in the lists that were there before.
        gained: How many items these lists gained.
        lost: How many they lost.
        stale: How many files say something else than the collection knows.
        skipped: Why pages were passed over that readers may not see, and how many.
        without_address: How many articles no list shows, because nothing can link to them.
        kept: Paths of the files whose block someone else wrote.
        problems: What could not be done.
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
        """Hand `pages` on, and add each."""
        for page in pages:
            self.add(page)
            yield page

    def add(self, page: PlannedPage) -> None:
        """Count one more page."""
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
        """How many files were looked at."""
        return self.outcomes.total()

    @property
    def changed(self) -> int:
        """How many files are written, or would be."""
        return sum(self.outcomes[outcome] for outcome in WRITTEN)

    @property
    def filled(self) -> int:
        """How many files hold a list that was written here."""
        return self.changed - self.outcomes[Outcome.EMPTIED] + self.outcomes[Outcome.SAME]

    @property
    def shown_share(self) -> float:
        """Share of all articles that are recommended at least once, in [0, 1]."""
        return len(self.recommended) / self.articles if self.articles else 0.0

    @property
    def gini(self) -> float:
        """How unequally articles are recommended; see `gini`."""
        counts = np.fromiter(self.recommended.values(), dtype=np.int64, count=len(self.recommended))
        return gini(counts, max(self.articles, len(counts)))

    @property
    def churn(self) -> float:
        """Share of the items of the lists before that are not there any more, in [0, 1]."""
        return self.lost / self.items_before if self.items_before else 0.0

    def summary(self) -> list[tuple[str, str]]:
        """The report in a few lines: what, and how much of it."""
        counts = {outcome: self.outcomes[outcome] for outcome in Outcome if self.outcomes[outcome]}
        because = "; ".join(f"{count:,} because {why}" for why, count in self.empty_because.most_common())
        empty = sum(self.empty_because.values())
        rows = [
            ("files", f"{self.files:,}: " + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())),
            (
                "filled",
                f"{_share(self.filled, self.filled + empty)} of the files that were asked for, {self.items:,} items",
            ),
            ("empty", f"{empty:,}{f': {because}' if because else ''}"),
            ("passed over", ", ".join(f"{count:,} {why}" for why, count in self.skipped.most_common())),
            ("no address", f"{self.without_address:,} articles, shown nowhere" if self.without_address else ""),
            (
                "recommended",
                f"{_share(len(self.recommended), self.articles)} of {self.articles:,} articles at least once",
            ),
            ("Gini", f"{self.gini:.3f} (0: all equally often)"),
            ("most often", _top(self.recommended)),
            ("copies", f"{self.collapsed:,} gave way to the best one"),
            ("churn", f"{self.gained:,} items gained, {self.lost:,} lost of {self.items_before:,} ({self.churn:.1%})"),
        ]
        return [(what, found) for what, found in rows if found]

    def to_json(self) -> dict[str, Any]:
        """Everything that was counted, as JSON values."""
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


def _top(recommended: Counter[str]) -> str:
    return ", ".join(f"{article_id} ({count:,})" for article_id, count in recommended.most_common(3))
