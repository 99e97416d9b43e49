"""A local index that grew change by change against one of the same articles, made at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.filters import spec_of
from support.growing import TERMS, VECTORS, Records, grown, view_of

from recommender.config import RankingSettings
from recommender.errors import NotFoundError
from recommender.index.local.local_index import LocalIndex
from recommender.index.local.numbering import Numbering
from recommender.ranking.features import pair_features
from recommender.ranking.filters import FilterSpec
from recommender.ranking.scorers import make_scorer
from recommender.ranking.selection import Candidates
from recommender.text import stable_hash

IDS = ["B", "a", "aa", "b", "c", "d", "e", "é", "中", "😀"]
WORDS = ["rain", "town", "steel", "council", "bridge", "harbour", "ship", "vote"]
SCORERS = [make_scorer(name, RankingSettings(), 10.0, 0.2) for name in ("default", "dense", "lexical")]

TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
RECORD = st.fixed_dictionaries(
    {"title": TEXT, "vector": st.integers(0, len(VECTORS) - 1)},
    optional={
        "excerpt": TEXT,
        "publishedDateTime": st.sampled_from(["2021-04-01", "2021-04-16T12:00:00Z", "2020-01-01"]),
        "topics": st.lists(st.sampled_from(["AI", "Law", "Food"]), max_size=2),
        "provider": st.sampled_from(["Post", {"name": "Post", "domain": "post.example"}]),
        "language": st.sampled_from(["en", "en-GB", "de"]),
        "quality": st.integers(0, 9),
        "webUrl": st.sampled_from(["https://a.example/1", "https://a.example/2"]),
    },
)
BATCH = st.dictionaries(st.sampled_from(IDS), RECORD, max_size=6)
STEP = st.tuples(BATCH, st.sets(st.sampled_from(IDS), max_size=4), st.sampled_from([0, 1, 2, 4, 10**9]))
"""What is written, what is deleted, and how readily parts are merged."""


def answer(view: LocalIndex, article_id: str, where: FilterSpec) -> dict[str, Any]:
    """What ranking makes of an article: features and scores by id, and the order."""
    profile = view.profile(article_id)
    found: dict[str, Any] = {}
    for engines in ({}, {"dense": False}, {"lexical": False}):
        proposed = view.propose(profile, len(IDS) + 1, where, **engines)
        pool = view.gather(profile, proposed)
        names = list(pool.ids)
        assert names == sorted(set(proposed))
        assert len(names) == len(proposed)
        assert where.passing(pool).all()
        features = pair_features(profile, pool)
        found[f"{engines}"] = {name: row.tobytes() for name, row in zip(names, features, strict=True)}
        groups = pool.copy_groups
        found[f"{engines} copies"] = (groups[:, None] == groups).tolist()
        for scorer in SCORERS:
            scores = scorer.score(features)
            order = Candidates.of(pool, scores, scores >= 0).order.tolist()
            found[f"{engines} {scorer.name}"] = [(names[place], float(scores[place])) for place in order]
    return found


def assert_equal_views(view: LocalIndex, live: Records) -> None:
    whole = view_of(live)
    assert len(view) == len(whole) == len(live)
    assert list(view.ids()) == sorted(live)
    terms = np.array([*map(stable_hash, TERMS(" ".join(WORDS))), stable_hash("unheard")], dtype=np.uint64)
    np.testing.assert_array_equal(view.rarity(terms), whole.rarity(terms))
    for article_id in IDS:
        if article_id not in live:
            assert article_id not in view
            assert article_id not in view.resolve(article_id)
            with pytest.raises(NotFoundError):
                view.profile(article_id)
            continue
        assert article_id in view
        assert view.profile(article_id).article_id == article_id
        assert list(view.copies(view.profile(article_id))) == list(whole.copies(whole.profile(article_id)))
        for where in (FilterSpec(), spec_of(language=["en"], exclude=["a"])):
            ours = answer(view, article_id, where)
            assert ours == answer(whole, article_id, where)
            assert article_id not in ours["{}"]
            assert set(ours["{}"]) <= set(live)
    for number in (1, 2):
        address = f"https://a.example/{number}"
        having = sorted(name for name, record in live.items() if record.get("webUrl") == address)
        assert list(view.resolve(address)) == list(whole.resolve(address)) == having


@given(first=BATCH, steps=st.lists(STEP, max_size=5))
@examples(60)
def test_a_view_of_changes_answers_as_one_made_at_once(first, steps):
    assert_equal_views(*grown(first, steps))


@given(first=BATCH, steps=st.lists(STEP, max_size=5))
@examples(60)
def test_parts_number_their_rows_without_gap_or_overlap(first, steps):
    view, live = grown(first, steps)
    numbering = Numbering(view._parts)
    rows = [numbering.row_of(name) for name in sorted(live)]
    assert len(set(rows)) == len(live)
    assert [numbering.article_id(row) for row in rows] == sorted(live)
    pool = view.gather(None, live)
    assert list(pool.ids) == sorted(live)
    np.testing.assert_array_equal(pool.vectors, VECTORS[[live[name]["vector"] for name in sorted(live)]])
    np.testing.assert_array_equal(view.days(pool.ids), pool.days)


@given(first=BATCH, steps=st.lists(STEP, max_size=6), count=st.integers(1, 8), ratio=st.integers(1, 8))
@examples(60)
def test_what_is_left_apart_is_larger_than_what_follows(first, steps, count, ratio):
    view, live = grown(first, steps)
    merged, ids = view.to_merge(count, ratio)
    assert ids == sorted(set(ids))
    assert set(ids) <= set(live)
    assert 0 <= merged < len(view._parts)
