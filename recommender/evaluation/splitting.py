"""Splits of judgements into a part to learn from and a part to test on, with no pair of articles on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from recommender.errors import JudgementsError
from recommender.text import stable_hash

TEST_SHARE = 0.3
MAX_STORY_SHARE = 0.1
"""If one story has more of the queries than this, stories are too large to be kept whole."""
DATED_SHARE = 0.9
"""A split by time needs a date for this share of the queries."""
FOLDS = 5

Judged = Mapping[int, Mapping[int, int]]
"""By the row of each query, the grade of each judged row."""


class By(StrEnum):
    """What decides the side of an article."""

    auto = "auto"
    time = "time"
    story = "story"
    article = "article"


LEARN, TEST, NEITHER = 0, 1, -1


@dataclass(frozen=True)
class Split:
    """Which side every article is on.

    Attributes:
        by: What decided it.
        sides: LEARN, TEST or NEITHER by row, int8, shape (n_rows,); an article that is on neither may stand on both
            sides of a pair, but is never asked about.
        folds: A part from 0 to FOLDS - 1 of every judged article, by row, int8, -1 for the others; whole stories where
            `by` is story.
        test_from: The first moment of the test side, in days since 1970, where it is split by time.
    """

    by: By
    sides: NDArray[np.int8]
    folds: NDArray[np.int8]
    test_from: float | None = None

    def put(self, rows: NDArray[np.int64], days: NDArray[np.float64]) -> None:
        """Put further articles on the side of their date, where time decides.

        Args:
            rows: Which, shape (n,).
            days: Theirs, NaN where unknown, shape (n,).
        """
        if self.test_from is not None:
            self.sides[rows] = np.where(np.isnan(days), NEITHER, np.where(days >= self.test_from, TEST, LEARN))

    @property
    def cut(self) -> str | None:
        """The first day of the test side."""
        return None if self.test_from is None else f"{datetime.fromtimestamp(self.test_from * 86_400, UTC):%Y-%m-%d}"


def split(
    judged: Judged, ids: Mapping[int, str], days: NDArray[np.float64], by: By, test_from: float | None = None
) -> Split:
    """Put every judged article on one side.

    By time, what was published before a moment is learned from and the rest tested on, as it will be in use. By story,
    what is joined by relevant judgements stays together. By article, each one is drawn by itself.

    Args:
        judged: The judgements.
        ids: Of every judged row; sides are drawn by their hashes, so they are the same next time.
        days: Of every row, NaN where unknown.
        by: What decides; `auto` is time where nearly all queries have a date, else story where stories are small, else
            article.
        test_from: Where time is cut; if left out so that `TEST_SHARE` of the queries is after it.

    Raises:
        JudgementsError: If no query has a date and time is to decide.
    """
    queries = np.array(sorted(judged), dtype=np.int64)
    asked = days[queries]
    dated = asked[~np.isnan(asked)]
    stories = _stories(judged)
    sizes = Counter(stories[query] for query in judged)
    if by is By.auto:
        if test_from is not None or (
            len(dated) >= DATED_SHARE * len(queries) and len(np.unique(np.floor(dated))) > FOLDS
        ):
            by = By.time
        else:
            by = By.story if max(sizes.values()) <= MAX_STORY_SHARE * len(queries) else By.article
    sides = np.full(len(days), NEITHER, dtype=np.int8)
    folds = np.full(len(days), -1, dtype=np.int8)
    rows = np.array(sorted(stories), dtype=np.int64)
    named = {row: ids[stories[row] if by is By.story else row] for row in rows.tolist()}
    draws = np.array([stable_hash(f"side\0{named[row]}") % 1000 for row in rows.tolist()])
    folds[rows] = [stable_hash(f"fold\0{named[row]}") % FOLDS for row in rows.tolist()]
    if by is not By.time:
        sides[rows] = np.where(draws < 1000 * TEST_SHARE, TEST, LEARN)
        return Split(by, sides, folds)
    if not len(dated):
        raise JudgementsError(
            "no judged article has a date, so time cannot split them", hint="related tune --split story"
        )
    if test_from is None:
        test_from = float(np.floor(np.quantile(dated, 1 - TEST_SHARE)))
    parted = Split(by, sides, folds, test_from)
    parted.put(rows, days[rows])
    return parted


def refuse_leaks(learned: NDArray[np.int64], tested: NDArray[np.int64]) -> None:
    """Refuse to test on a pair that was learned from, whichever of the two articles is asked about.

    Args:
        learned: Pairs of rows, shape (n, 2).
        tested: Likewise.

    Raises:
        JudgementsError: If a pair stands in both.
    """
    first, second = (np.unique(np.sort(pairs, axis=1), axis=0) for pairs in (learned, tested))
    both, counts = np.unique(np.concatenate([first, second]), axis=0, return_counts=True)
    leaked = both[counts > 1]
    if len(leaked):
        raise JudgementsError(
            f"{len(leaked):,} pairs of articles are on both sides of the split, rows {leaked[0].tolist()} among them",
            expected="none, or what is tested was learned by heart",
        )


def _stories(judged: Judged) -> dict[int, int]:
    """For every judged row the lowest row that relevant judgements join it to."""
    leader: dict[int, int] = {}

    def find(row: int) -> int:
        leader.setdefault(row, row)
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    for query, grades in judged.items():
        find(query)
        for row, grade in grades.items():
            first, second = sorted((find(query), find(row)))
            if grade > 0:
                leader[second] = first
    return {row: find(row) for row in list(leader)}
