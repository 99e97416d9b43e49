"""Figures about the lists of many articles: what is empty, never shown or shown everywhere, and in which bins."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.gini import gini

HUB_TIMES = 3
"""A hub is in at least so many times as many lists as an article is on average."""
LEAST_HUB = 3
"""An article in fewer lists is no hub, however few articles are shown at all."""
AGE_EDGES = (-365.0, -30.0, -7.0, -1.0, 1.0, 7.0, 30.0, 365.0)
"""Days by which an item is older than its article."""
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

_NEAR_ONE = 0.9
"""From this median on, bins become finer towards 1, where percentiles lie; probabilities lie lower."""
_FINEST = 5
_BINS = 8
_NARROWEST = 0.005

Rows = list[tuple[str, int]]
"""Bins or counts as a label and a number."""


@dataclass
class ListFigures:
    """The figures of lists, updated list by list.

    Attributes:
        articles: Articles in the collection.
        empty_because: Empty lists by reason.
        recommended: Number of lists that show an article, by id.
        items: Items in all lists.
        collapsed: Duplicates collapsed into items.
        scores: The score of every item.
        ages: By how many days every item is older than its article; items without a date are left out.
    """

    articles: int = 0
    empty_because: Counter[str] = field(default_factory=Counter)
    recommended: Counter[str] = field(default_factory=Counter)
    items: int = 0
    collapsed: int = 0
    scores: array[float] = field(default_factory=lambda: array("d"))
    ages: array[float] = field(default_factory=lambda: array("d"))

    def count_list(
        self,
        items: Sequence[str],
        scores: Sequence[float],
        ages: Iterable[float | None],
        collapsed: int,
        empty_because: str | None,
    ) -> None:
        """Count a list."""
        if empty_because:
            self.empty_because[empty_because] += 1
        self.items += len(items)
        self.collapsed += collapsed
        self.recommended.update(items)
        self.scores.extend(scores)
        self.ages.extend(age for age in ages if age is not None)

    @property
    def shown_share(self) -> float:
        """Share of all articles that are recommended at least once, in [0, 1]."""
        return len(self.recommended) / self.articles if self.articles else 0.0

    @property
    def orphans(self) -> int:
        """Number of articles that no list shows."""
        return max(0, self.articles - len(self.recommended))

    @property
    def gini(self) -> float:
        """Gini coefficient of the recommendation counts, in [0, 1]; 0 if all are equal."""
        counts = np.fromiter(self.recommended.values(), dtype=np.int64, count=len(self.recommended))
        return gini(counts, max(self.articles, len(counts)))

    @property
    def hub_from(self) -> int:
        """The number of lists from which on an article is a hub."""
        average = self.items / self.articles if self.articles else 0.0
        return max(LEAST_HUB, math.ceil(HUB_TIMES * average))

    def hubs(self) -> Rows:
        """Return the hubs with the number of lists that show them, the most shown first, ties by id."""
        least = self.hub_from
        found = [(article_id, count) for article_id, count in self.recommended.items() if count >= least]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def most_shown(self, number: int) -> Rows:
        """Return the most shown articles with the number of lists, ties by id."""
        return sorted(self.recommended.items(), key=lambda each: (-each[1], each[0]))[:number]

    @property
    def median_age(self) -> float | None:
        """The median number of days by which items are older than their article; None if no date is known."""
        return round(float(np.median(self.ages)), 3) if self.ages else None

    def score_bins(self) -> Rows:
        """Return how many items have a score in each bin of the range that is in use."""
        if not self.scores:
            return []
        scores = np.array(self.scores)
        edges = score_edges(scores)
        places = np.clip(np.searchsorted(edges, scores, "right") - 1, 0, len(edges) - 2)
        counts = np.bincount(places, minlength=len(edges) - 1).tolist()
        names = [f"{edge:.10g}" for edge in edges]
        return [(f"{names[place]} to {names[place + 1]}", count) for place, count in enumerate(counts)]

    def age_bins(self) -> Rows:
        """Return how many items are older or newer than their article, and by how much."""
        places = np.searchsorted(AGE_EDGES, np.array(self.ages), "right")
        return list(zip(AGE_LABELS, np.bincount(places, minlength=len(AGE_LABELS)).tolist(), strict=True))

    def frequency_bins(self) -> Rows:
        """Return how many articles are in how many lists."""
        often = {"never": self.orphans}
        for low, high in ((1, 1), (2, 3), (4, 7), (8, 15), (16, None)):
            label = str(low) if low == high else f"{low} and more" if high is None else f"{low} to {high}"
            often[label] = sum(low <= count <= (high or count) for count in self.recommended.values())
        return list(often.items())


def score_edges(scores: NDArray[np.float64]) -> list[float]:
    """Return the edges of bins for scores, ascending: round numbers from just under the lowest to over the highest.

    Args:
        scores: Scores in [0, 1], shape (n,), n > 0.
    """
    low, high = float(scores.min()), float(scores.max())
    if np.median(scores) >= _NEAR_ONE:
        steps = [1.0, *(base * 10.0**-place for place in range(1, _FINEST + 1) for base in (5, 2, 1)), 0.0]
        edges = [round(1 - step, _FINEST) for step in steps]
        first = max(place for place, edge in enumerate(edges) if edge <= low)
        last = min((place for place, edge in enumerate(edges) if edge > high), default=len(edges) - 1)
        return edges[first : last + 1] if last > first else [edges[first - 1], edges[first]]
    rough = max((high - low) / _BINS, _NARROWEST)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(base * power for base in (1, 2, 5, 10) if base * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9) + 1
    if high <= 1 < last * step:
        first, last = min(first, last - 2), last - 1
    return [round(place * step, 10) for place in range(first, last + 1)]
