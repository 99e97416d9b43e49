"""Pools of articles made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.index.local.columns import Columns
from recommender.index.local.gathering import gather
from recommender.ranking.pool import Pool, Profile


def pool_of(columns: Columns, rows: Sequence[int] | None = None, asked: Profile | None = None) -> Pool:
    """The articles of some rows, or all, as candidates; each is a copy group of its own."""
    chosen = np.arange(len(columns)) if rows is None else np.array(rows, dtype=np.int64)
    return gather(columns, chosen, [columns.article_id(row) for row in chosen.tolist()], chosen, asked)
