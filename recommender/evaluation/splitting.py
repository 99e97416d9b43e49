"""Train/test splits of judgements in which no pair of articles is on both sides."""

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
"""Stories are split up if one of them has more than this share of the queries."""
DATED_SHARE = 0.9
"""A split by time needs a date for this share of the queries."""
FOLDS = 5

RowGrades = Mapping[int, Mapping[int, int]]
"""By row of the query, the grade of each judged row."""


class By(StrEnum):
    """What decides the side of an article."""

    auto = "auto"
    time = "time"
    story = "story"
    article = "article"


LEARN, TEST, NEITHER = 0, 1, -1


@dataclass(frozen=True)
class Split:
    """The side of every article.

    Attributes:
        by: What decided it.
        sides: LEARN, TEST or NEITHER by row, int8, shape (n_rows,). An article on neither side may be a candidate on
            both, but is never a query.
        folds: Fold of every judged article, from 0 to FOLDS - 1, by row, int8, -1 for the others; stories are kept
            whole where `by` is story.
        test_from: Start of the test side in days since 1970, for a split by time.
    """

    by: By
    sides: NDArray[np.int8]
    folds: NDArray[np.int8]
    test_from: float | None = None

    def put(self, rows: NDArray[np.int64], days: NDArray[np.float64]) -> None:
        """Put further articles on the side of their date, in a split by time; otherwise do nothing.

        Args:
            rows: Rows of the articles, shape (n,).
            days: Their dates, NaN if unknown, shape (n,).
        """
        if self.test_from is not None:
            self.sides[rows] = np.where(np.isnan(days), NEITHER, np.where(days >= self.test_from, TEST, LEARN))

    @property
    def cut(self) -> str | None:
        """The first day of the test side."""
        return None if self.test_from is None else f"{datetime.fromtimestamp(self.test_from * 86_400, UTC):%Y-%m-%d}"


def split(
    judged: RowGrades, ids: Mapping[int, str], days: NDArray[np.float64], by: By, test_from: float | None = None
) -> Split:
    """Put every judged article on one side.

    By time, articles published before a moment are for learning and later ones for testing, as in production. By
    story, articles connected by relevant judgements stay together. By article, each one is drawn independently.

    Args:
        judged: The judgements.
        ids: Article id of every judged row; sides are drawn by hash of the id, so they are reproducible.
        days: Date of every row, NaN if unknown.
        by: What decides; `auto` is time if nearly all queries have a date, else story if stories are small, else
            article.
        test_from: Where to cut time; by default `TEST_SHARE` of the queries is after the cut.

    Raises:
        JudgementsError: If a split by time is asked for and no query has a date.
    """
    asked = days[np.array(sorted(judged), dtype=np.int64)]
    dated = asked[~np.isnan(asked)]
    stories = _stories(judged)
    if by is By.auto:
        sizes = Counter(stories[query] for query in judged)
        if test_from is not None or (
            len(dated) >= DATED_SHARE * len(judged) and len(np.unique(np.floor(dated))) > FOLDS
        ):
            by = By.time
        else:
            by = By.story if max(sizes.values()) <= MAX_STORY_SHARE * len(judged) else By.article
    sides = np.full(len(days), NEITHER, dtype=np.int8)
    folds = np.full(len(days), -1, dtype=np.int8)
    rows = np.array(sorted(stories), dtype=np.int64)
    names = [ids[stories[row] if by is By.story else row] for row in rows.tolist()]
    folds[rows] = [stable_hash(f"fold\0{name}") % FOLDS for name in names]
    if by is not By.time:
        draws = np.array([stable_hash(f"side\0{name}") % 1000 for name in names])
        sides[rows] = np.where(draws < 1000 * TEST_SHARE, TEST, LEARN)
        return Split(by, sides, folds)
    if not len(dated):
        raise JudgementsError("cannot split by time: no judged article has a date", hint="related tune --split story")
    if test_from is None:
        test_from = float(np.floor(np.quantile(dated, 1 - TEST_SHARE)))
    parted = Split(by, sides, folds, test_from)
    parted.put(rows, days[rows])
    return parted


def refuse_leaks(learned: NDArray[np.int64], tested: NDArray[np.int64]) -> None:
    """Check that no pair is both learned from and tested on, whichever of its articles is the query.

    Args:
        learned: Pairs of rows, shape (n, 2).
        tested: Pairs of rows, shape (n, 2).

    Raises:
        JudgementsError: If a pair is in both.
    """
    first, second = (np.unique(np.sort(pairs, axis=1), axis=0) for pairs in (learned, tested))
    both, counts = np.unique(np.concatenate([first, second]), axis=0, return_counts=True)
    leaked = both[counts > 1]
    if len(leaked):
        raise JudgementsError(
            f"{len(leaked):,} pairs of articles are on both sides of the split, for example rows {leaked[0].tolist()}",
            expected="no pair on both sides, because results on it are not valid",
        )


def _stories(judged: RowGrades) -> dict[int, int]:
    """Return for every judged row the lowest row that relevant judgements connect it to (union-find)."""
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
