"""Diversity: maximal marginal relevance, with a cap per provider."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ShapeError


def rerank_mmr(
    vectors: NDArray[np.float32],
    relevance: NDArray[np.floating],
    top_k: int,
    diversity: float,
    *,
    first: NDArray[np.bool_] | None = None,
    owners: NDArray[np.integer] | None = None,
    max_per_owner: int = 0,
) -> NDArray[np.int64]:
    """Choose `top_k` candidates that are relevant and unlike each other.

    Greedy maximal marginal relevance (Carbonell & Goldstein 1998, "The use of MMR, diversity-based reranking", eq. 1)
    with lambda = 1 - diversity: the next is the one with the highest
    lambda * relevance - (1 - lambda) * (cosine with the nearest chosen candidate).

    Args:
        vectors: Unit rows, float32, shape (n, dimension); ignored if `diversity` is 0.
        relevance: One value per candidate, shape (n,); should lie in [0, 1] to be comparable with cosines.
        top_k: How many to choose; clamped to n.
        diversity: 0 is pure relevance, 1 is pure novelty.
        first: Candidates to choose before all others, shape (n,).
        owners: The owner of each candidate, shape (n,); 0 for none.
        max_per_owner: How many of one owner at most; 0 for any number.

    Returns:
        Places of the chosen, best first, int64, shape (at most top_k,); ties go to the lower place.

    Raises:
        ShapeError: If the numbers of candidates differ.
    """
    count = len(relevance)
    for name, values in (("vectors", vectors), ("first", first), ("owners", owners)):
        if values is not None and len(values) != count:
            raise ShapeError(f"{len(values)} {name} for {count} values of relevance", expected="the same number")
    nearest = np.full(count, -np.inf)
    free = np.ones(count, dtype=bool)
    chosen: list[int] = []
    others_wait = first is not None and not first.all()
    while len(chosen) < top_k:
        left = (free & first if others_wait else free).nonzero()[0]
        if not len(left):
            if not others_wait:
                break
            others_wait = False
            continue
        # The first choice has nothing to differ from.
        worth = (1 - diversity) * relevance - diversity * nearest if chosen and diversity else relevance
        best = int(left[np.argmax(worth[left])])
        chosen.append(best)
        free[best] = False
        if owners is not None and max_per_owner and owners[best]:
            same = owners == owners[best]
            if np.count_nonzero(same[chosen]) >= max_per_owner:
                free &= ~same
        if diversity and len(chosen) < top_k:
            # Not a matrix product: BLAS rounds a row depending on its place, and equal vectors must get equal cosines.
            np.maximum(nearest, np.einsum("ij,j->i", vectors, vectors[best]), out=nearest)
    return np.array(chosen, dtype=np.int64)
