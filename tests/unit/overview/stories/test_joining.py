from __future__ import annotations

import itertools
from collections import Counter

import numpy as np

from recommender.overview.stories.joining import join_stories
from recommender.overview.stories.ties import Ties


def joined(count: int, pairs: dict[tuple[int, int], float], copies: list[int] | None = None) -> list[int]:
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    ties = Ties(first, second, np.array(list(pairs.values()), dtype=np.float32))
    return join_stories(np.arange(count) if copies is None else np.array(copies), ties).tolist()


def group(members: range, strength: float = 0.6) -> dict[tuple[int, int], float]:
    return dict.fromkeys(itertools.combinations(members, 2), strength)


def test_tied_articles_are_a_story_named_by_its_first():
    assert joined(6, {(1, 3): 0.5, (3, 4): 0.5}) == [0, 1, 2, 1, 1, 5]


def test_a_chain_does_not_make_one_story_of_many():
    found = Counter(joined(80, {(place, place + 1): 0.5 for place in range(79)}))
    assert max(found.values()) < 20


def test_one_tie_does_not_join_two_large_stories():
    pairs = {**group(range(10)), **group(range(10, 20)), (9, 10): 0.9}
    assert joined(20, pairs) == [0] * 10 + [10] * 10


def test_copies_stay_together():
    assert joined(4, {(0, 1): 0.9}, copies=[0, 1, 1, 3]) == [0, 0, 0, 3]
    assert joined(3, {}, copies=[7, 3, 7]) == [0, 1, 0]


def test_what_ties_no_longer_connect_is_parted():
    # Node 2 holds the others together until it moves to the larger story.
    pairs = {(0, 2): 0.5, (1, 2): 0.5, **group(range(2, 12), 0.8)}
    labels = joined(12, pairs)
    assert labels[0] != labels[1] or labels[0] == labels[2]


def test_the_order_of_ties_does_not_matter():
    random = np.random.default_rng(3)
    pairs = {
        (int(a), int(b)): float(w)
        for a, b, w in zip(*random.integers(0, 50, (2, 200)), random.random(200), strict=True)
        if a < b
    }
    expected = joined(50, pairs)
    for _ in range(5):
        order = random.permutation(len(pairs))
        items = list(pairs.items())
        assert joined(50, dict(items[place] for place in order)) == expected


def test_nothing_makes_no_story():
    assert joined(0, {}) == []
