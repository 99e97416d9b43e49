"""Gathers the columns of some rows into a pool, with the terms they share with the article asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.columns import Columns, Rows, Terms, flat_places, flat_runs
from recommender.index.local.dense import inner_products
from recommender.index.local.stored_vectors import floats
from recommender.ranking.ascending import locate
from recommender.ranking.pool import Hashes, Matches, Places, Pool, Profile, Ragged, TermVector

_BYTE = 256


def gather(columns: Columns, rows: Rows, ids: Sequence[str], copy_groups: Places, asked: Profile | None) -> Pool:
    """Return the pool of some rows.

    Args:
        columns: The columns that hold them.
        rows: The candidates, ascending, int64, shape (n,).
        ids: Their ids.
        copy_groups: Equal for copies of one another, int64, shape (n,).
        asked: The article asked about; no terms are matched without it.
    """
    vectors = columns.vectors
    return Pool(
        ids=ids,
        vectors_at=lambda places: floats(vectors[rows[places]]),
        facets_of=lambda: _ragged(columns.facets, columns.facet_indptr, rows),
        cosines=inner_products(vectors, asked.vector, rows) if asked else np.zeros(len(rows), dtype=np.float32),
        days=columns.days[rows],
        qualities=columns.qualities[rows],
        hubness=columns.hubness[rows],
        providers=columns.providers[rows],
        languages=columns.languages[rows],
        translations=columns.translations[rows],
        urls=columns.urls[rows],
        copy_groups=copy_groups,
        marks=_ragged(columns.marks, columns.mark_indptr, rows),
        topic_counts=columns.topic_counts[rows],
        title=_matches(columns, columns.title, rows, asked.title if asked else None),
        text=_matches(columns, columns.text, rows, asked.query if asked else None),
    )


def _ragged(values: Hashes, indptr: NDArray[np.int64], rows: Rows) -> Ragged:
    flat, owner = flat_places(indptr, rows)
    return Ragged(values[flat], owner)


def _matches(columns: Columns, terms: Terms, rows: Rows, query: TermVector | None) -> Matches:
    lengths, distinct = terms.lengths[rows], terms.indptr[rows + 1] - terms.indptr[rows]
    places, known = locate(columns.vocabulary, query.hashes) if query else (rows[:0], np.zeros(0, dtype=bool))
    if not known.any():
        return Matches(rows[:0], rows[:0], np.empty(0, dtype=np.float32), lengths, distinct)
    # A lookup table of the whole vocabulary needs no search per term. A byte a term keeps it within the processor's
    # cache; a query rarely has more terms than a byte can number.
    numbers = np.zeros(len(columns.vocabulary), dtype=np.uint8 if len(known) < _BYTE else np.uint32)
    numbers[places[known]] = known.nonzero()[0] + 1
    flat, ends = flat_runs(terms.indptr, rows)
    found = numbers[terms.ids[flat]]
    # Few terms are shared, so that looking for their owners takes less time than naming that of each term.
    shared = found.nonzero()[0]
    owner = ends.searchsorted(shared, side="right")
    counts = terms.counts[flat[shared]].astype(np.float32)
    return Matches(owner, found[shared].astype(np.int64) - 1, counts, lengths, distinct)
