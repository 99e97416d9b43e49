"""Columns of articles whose vectors turn evenly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recommender.article import Article
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder


def make_columns(count: int, dates: Sequence[str | None] = ()) -> Columns:
    """`count` articles with unit vectors that differ, dated where `dates` says so."""
    builder = ColumnsBuilder(str.split)
    for number in range(count):
        date = dates[number] if number < len(dates) else None
        title = f"story {number}"
        builder.add(f"{number:05}", Article.read({"title": title, "publishedDateTime": date}), title, "")
    angles = np.linspace(0, math.pi / 2, count)
    return builder.build(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
