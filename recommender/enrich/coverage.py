"""Coverage statistics of a run: filled lists, scores, ages, churn, and how evenly articles are recommended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from recommender.enrich.listing import WRITTEN, Outcome, PlannedPage
from recommender.errors import RelatedError
from recommender.related.figures import ListFigures

TOP = 10


@dataclass
class Coverage(ListFigures):
    """The statistics of a run, updated page by page.

    Attributes:
        outcomes: Files by outcome.
        empty: Why lists are empty, by id of their article.
        items_before: Items in the previous lists.
        gained: Items that were added to the previous lists.
        lost: Items that were removed from them.
        stale: Files that changed since the collection was built.
        skipped: Pages hidden from readers, by reason.
        without_address: Articles that cannot be recommended because they have no address.
        kept: Paths of files whose block was written by someone else.
        problems: Errors of the run.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    empty: dict[str, str] = field(default_factory=dict)
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
        if listing.empty_because and page.article_id:
            self.empty[page.article_id] = listing.empty_because
        self.count_list(listing.items, listing.scores, listing.ages, listing.collapsed, listing.empty_because)
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
    def churn(self) -> float:
        """Share of the previous lists' items that were removed, in [0, 1]."""
        return self.lost / self.items_before if self.items_before else 0.0

    def summary(self) -> list[tuple[str, str]]:
        """Return the report as rows of a label and a text."""
        counts = {outcome: self.outcomes[outcome] for outcome in Outcome if self.outcomes[outcome]}
        because = "; ".join(f"{count:,} because {why}" for why, count in self.empty_because.most_common())
        empty = sum(self.empty_because.values())
        filled = _share(self.filled, self.filled + empty)
        recommended, hubs = _share(len(self.recommended), self.articles), len(self.hubs())
        rows = [
            ("files", f"{self.files:,}: " + ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())),
            ("filled", f"{filled} of the requested files, {self.items:,} items"),
            ("empty", f"{empty:,}{f': {because}' if because else ''}"),
            ("skipped", ", ".join(f"{count:,} {why}" for why, count in self.skipped.most_common())),
            ("no address", f"{self.without_address:,} articles, never recommended" if self.without_address else ""),
            ("recommended", f"{recommended} of {self.articles:,} articles at least once"),
            ("Gini", f"{self.gini:.3f} (0: all equally often)"),
            ("hubs", f"{hubs:,} in {self.hub_from:,} lists or more" if hubs else ""),
            ("most often", ", ".join(f"{each} ({count:,})" for each, count in self.most_shown(3))),
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
            "mostRecommended": self.most_shown(TOP),
            "collapsed": self.collapsed,
            "churn": {"before": self.items_before, "gained": self.gained, "lost": self.lost},
            "stale": self.stale,
            "passedOver": dict(self.skipped),
            "withoutAddress": self.without_address,
            "kept": self.kept,
        }


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})" if whole else "0"
