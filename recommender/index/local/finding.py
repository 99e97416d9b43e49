"""Finds articles by title in the parts of an index, as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Rows
from recommender.index.local.part import Part
from recommender.index.local.titles import OPENS, TitleIndex, Typed
from recommender.ranking.filters import FilterSpec
from recommender.ranking.pool import Mask

Search = Callable[[TitleIndex, Typed, int], tuple[Rows, NDArray[np.float64]]]
_MORE = 4


def find_titles(parts: Sequence[Part], text: str, limit: int, where: FilterSpec) -> list[str]:
    """Return the ids of the articles whose titles are most like what was typed.

    Titles with all words come before those with typos; see `TitleIndex`.

    Args:
        parts: The parts of the index.
        text: What was typed; its last word may be unfinished.
        limit: How many at most.
        where: Which articles may be found.

    Returns:
        Ids, best first, ties by date, the newest first, then by id.
    """
    titles = [part.segment.titles for part in parts]

    def frequency(words: Sequence[str]) -> list[int]:
        return [sum(counts) for counts in zip(*(each.frequency(words) for each in titles), strict=True)]

    typed = Typed.of(text, frequency, sum(part.count for part in parts))
    if not typed.words or limit < 1:
        return []
    masks = [part.passing(where) for part in parts]
    found: list[str] = []
    for search in (TitleIndex.sharp, TitleIndex.near):
        hits: list[tuple[float, float, str]] = []
        for part, index, mask in zip(parts, titles, masks, strict=True):
            columns = part.segment.columns
            for row, score in _passing(search, index, typed, limit, mask):
                moment = -float(columns.milliseconds[row])
                hits.append((-score, np.inf if np.isnan(moment) else moment, columns.article_id(row)))
        known = set(found)
        found += [article_id for _, _, article_id in sorted(hits) if article_id not in known]
        if len(found) >= limit:
            break
        # What a title begins with is no typo.
        typed = replace(typed, may_be_wrong=not any(-score >= OPENS for score, _, _ in hits))
    return found[:limit]


def _passing(search: Search, index: TitleIndex, typed: Typed, limit: int, mask: Mask | None) -> list[tuple[int, float]]:
    """Return the best rows that pass and their scores; more are asked for until enough are left."""
    wanted = limit
    while True:
        rows, scores = search(index, typed, wanted)
        kept = np.ones(len(rows), dtype=bool) if mask is None else mask[rows]
        if np.count_nonzero(kept) >= limit or len(rows) < wanted:
            return list(zip(rows[kept].tolist(), scores[kept].tolist(), strict=True))
        wanted *= _MORE
