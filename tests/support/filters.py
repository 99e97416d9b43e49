"""Filters made of options."""

from __future__ import annotations

import math
from typing import Any

from recommender.ranking.filters import FilterSpec
from recommender.related.options import Options


def spec_of(*, day: float = math.nan, **options: Any) -> FilterSpec:
    """The filter of some options, for an article that was published on `day`."""
    return Options.read(options).filter_spec(day)
