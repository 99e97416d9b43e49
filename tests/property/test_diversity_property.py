"""MMR against pyversity's and against a plain one in float64, and what holds of every list."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from pyversity import Strategy, diversify
from support.examples import examples

from recommender.ranking.diversity import rerank_mmr

MARGIN = 1e-4
"""Two candidates nearer to each other in worth than this are a tie in float32."""


@st.composite
def candidates(draw: st.DrawFn, *, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors, and relevance in [0, 1]; `signed` ones have cosines below nought too."""
    count, dimension = draw(st.integers(0, 25)), draw(st.integers(1, 8))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = chance.normal(size=(count, dimension))
    vectors = vectors if signed else np.abs(vectors)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), chance.uniform(size=count).astype(np.float32)


def plain_mmr(vectors: np.ndarray, relevance: np.ndarray, top_k: int, diversity: float) -> tuple[list[int], float]:
    """Greedy MMR as its equation has it, and the least margin by which one was chosen before another."""
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    chosen: list[int] = []
    margin = np.inf
    for _ in range(min(top_k, len(relevance))):
        worth = {
            place: (1 - diversity) * float(relevance[place]) - diversity * max(cosines[place, one] for one in chosen)
            if chosen
            else float(relevance[place])
            for place in range(len(relevance))
            if place not in chosen
        }
        best, *others = sorted(worth, key=lambda place: -worth[place])
        margin = min(margin, worth[best] - worth[others[0]] if others else np.inf)
        chosen.append(best)
    return chosen, margin


DIVERSITY = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))


@given(some=candidates(signed=False), top_k=st.integers(0, 30), diversity=DIVERSITY)
@examples(150)
def test_a_list_is_pyversitys(some, top_k, diversity):
    # pyversity takes a cosine below nought for nought, so that the two agree where there is none.
    vectors, relevance = some
    assume(plain_mmr(vectors, relevance, top_k, diversity)[1] > MARGIN)
    expected = diversify(vectors, relevance, top_k, strategy=Strategy.MMR, diversity=diversity)
    assert rerank_mmr(vectors, relevance, top_k, diversity).tolist() == expected.indices.tolist()


@given(some=candidates(signed=True), top_k=st.integers(0, 30), diversity=DIVERSITY)
@examples(150)
def test_a_list_is_what_the_equation_says(some, top_k, diversity):
    vectors, relevance = some
    expected, margin = plain_mmr(vectors, relevance, top_k, diversity)
    assume(margin > MARGIN)
    assert rerank_mmr(vectors, relevance, top_k, diversity).tolist() == expected


@given(
    some=candidates(signed=True),
    top_k=st.integers(0, 40),
    diversity=DIVERSITY,
    cap=st.integers(0, 4),
    seed=st.integers(0, 2**32 - 1),
)
@examples(150)
def test_a_list_has_nothing_twice_and_of_no_owner_more_than_the_cap(some, top_k, diversity, cap, seed):
    vectors, relevance = some
    chance = np.random.default_rng(seed)
    owners, first = chance.integers(0, 4, len(relevance)), chance.random(len(relevance)) < 0.3
    chosen = rerank_mmr(vectors, relevance, top_k, diversity, first=first, owners=owners, max_per_owner=cap).tolist()
    counts = np.bincount(owners[chosen], minlength=4)
    assert len(set(chosen)) == len(chosen)
    assert not cap or (counts[1:] <= cap).all()
    # It is as long as the cap lets it be.
    there = np.bincount(owners, minlength=4)
    possible = there.sum() if not cap else there[0] + np.minimum(there[1:], cap).sum()
    assert len(chosen) == min(top_k, possible)


@given(some=candidates(signed=True), top_k=st.integers(0, 40), diversity=DIVERSITY, seed=st.integers(0, 2**32 - 1))
@examples(100)
def test_no_other_comes_before_one_of_the_first(some, top_k, diversity, seed):
    vectors, relevance = some
    first = np.random.default_rng(seed).random(len(relevance)) < 0.5
    is_first = first[rerank_mmr(vectors, relevance, top_k, diversity, first=first)]
    assert is_first.tolist() == sorted(is_first.tolist(), reverse=True)
    assert is_first.sum() == min(top_k, first.sum())


@given(some=candidates(signed=True), top_k=st.integers(0, 40), diversity=DIVERSITY)
@examples(100)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(some, top_k, diversity):
    vectors, relevance = some
    whole = rerank_mmr(vectors, relevance, len(relevance) + 5, diversity)
    assert sorted(whole.tolist()) == list(range(len(relevance)))
    assert rerank_mmr(vectors, relevance, top_k, diversity).tolist() == whole[:top_k].tolist()


@given(relevance=st.lists(st.integers(-3, 3), max_size=30), top_k=st.integers(0, 40))
@examples(100)
def test_without_diversity_a_list_is_ordered_by_relevance_then_place(relevance, top_k):
    found = rerank_mmr(np.empty((len(relevance), 0), np.float32), np.array(relevance, dtype=float), top_k, 0.0)
    assert found.tolist() == sorted(range(len(relevance)), key=lambda place: -relevance[place])[:top_k]
