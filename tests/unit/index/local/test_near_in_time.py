"""What is nearest in time, against sorting all of it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.filters import spec_of
from support.growing import VECTORS, Records, grown, segment_of, view_of

from recommender.article import Article
from recommender.index.local.local_index import LocalIndex
from recommender.index.local.segment import Segment
from recommender.ranking.filters import FilterSpec

DAYS = st.one_of(st.integers(-4, 4).map(float), st.floats(-1e5, 1e5), st.just(math.nan))
ALL = FilterSpec()
FEW_DAYS = st.one_of(st.none(), st.integers(1, 28))


@lru_cache
def columns_of(count: int) -> Any:
    return segment_of({f"{number:03}": {"title": "Rain", "vector": 0} for number in range(count)}).columns


def segment_at(days: list[float]) -> Segment:
    """Articles of these days, NaN where there is no date."""
    return Segment(replace(columns_of(len(days)), days=np.array(days, dtype=np.float64)))


def nearest(days: list[float], day: float, top_k: int, passing: list[bool]) -> list[int]:
    """The rows of the nearest days, in plain Python."""
    rows = [row for row, other in enumerate(days) if passing[row] and not math.isnan(abs(other - day))]
    return sorted(rows, key=lambda row: (abs(days[row] - day), row))[:top_k]


@examples(200)
@given(st.lists(DAYS, min_size=1, max_size=60), DAYS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_those_nearest_in_time_are_found_as_by_sorting_all(days: list[float], day: float, top_k: int, chance: Any):
    segment = segment_at(days)
    share = chance.choice([0, 0.1, 0.5, 1])
    passing = [chance.random() < share for _ in days]
    for mask, passes in ((None, [True] * len(days)), (np.array(passing), passing)):
        rows, apart = segment.near_in_time(day, top_k, mask)
        assert rows.tolist() == nearest(days, day, top_k, passes)
        assert apart.tolist() == [abs(days[row] - day) for row in rows.tolist()]


def test_of_many_that_are_as_near_the_first_rows_are_taken():
    rows, apart = segment_at([5.0] * 20 + [3.0] * 20 + [4.0]).near_in_time(4.0, 4, None)
    assert rows.tolist() == [40, 0, 1, 2]
    assert apart.tolist() == [0, 1, 1, 1]


def test_nothing_is_near_what_has_no_date():
    rows, apart = segment_at([1.0, 2.0]).near_in_time(math.nan, 5, None)
    assert (rows.tolist(), apart.tolist()) == ([], [])


def test_what_has_no_date_is_near_nothing():
    rows, _ = segment_at([math.nan, 2.0, math.nan]).near_in_time(1.0, 5, None)
    assert rows.tolist() == [1]


# Views.


def record(day: int | None, number: int) -> dict[str, Any]:
    dated = {} if day is None else {"publishedDateTime": f"2021-05-{day:02}"}
    return {"title": f"Rain number {number}", "vector": number % len(VECTORS), "topics": [f"t{number % 2}"], **dated}


def near_alone(view: LocalIndex, article_id: str, count: int, where: FilterSpec = ALL) -> list[str]:
    """What is proposed for being near in time alone."""
    profile = view.profile(article_id)
    return sorted(view.propose(profile, 1, where, dense=False, lexical=False, near_in_time=count))


@examples(25)
@given(st.lists(FEW_DAYS, min_size=6, max_size=24), st.integers(1, 8), st.data())
def test_several_parts_propose_what_one_proposes(days: list[int | None], count: int, data: st.DataObject):
    records: Records = {f"{number:02}": record(day, number) for number, day in enumerate(days)}
    names = list(records)
    later = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=6, unique=True))
    # What is written later stood elsewhere in time before, if at all.
    first = {name: record(9, 0) if name in later[::2] else each for name, each in records.items()}
    first = {name: each for name, each in first.items() if name not in later[1::2]} | {"z": record(5, 1)}
    middle = len(later) // 2
    batches = [({name: records[name] for name in part}, ["z"], 0) for part in (later[:middle], later[middle:]) if part]
    several, live = grown(first, batches)
    assert live == records
    assert len(several._parts) > 1
    whole = view_of(records)
    for name in names[::3]:
        for where in (ALL, spec_of(topic=["t1"])):
            assert near_alone(several, name, count, where) == near_alone(whole, name, count, where)


@pytest.fixture
def view() -> LocalIndex:
    return view_of({f"{number:02}": record(number + 1, number) for number in range(20)})


def test_so_many_are_proposed_besides_the_article_itself(view: LocalIndex):
    assert near_alone(view, "10", 4) == ["08", "09", "11", "12"]


def test_those_nearest_in_time_come_besides_what_the_engines_propose(view: LocalIndex):
    profile = view.profile("10")
    engines, with_near = (view.propose(profile, 1, near_in_time=count) for count in (0, 4))
    assert sorted(with_near) == sorted({*engines, "08", "09", "11", "12"})


def test_an_article_that_is_not_stored_has_neighbours_in_time(view: LocalIndex):
    draft = Article.read({"title": "Rain", "publishedDateTime": "2021-05-03T06:00:00Z"})
    profile = view.profile(draft, VECTORS[0])
    found = view.propose(profile, 1, dense=False, lexical=False, near_in_time=1)
    assert sorted(found) == ["02", "03"]


def test_an_article_without_a_date_has_none():
    view = view_of({"a": record(None, 0), "b": record(2, 1), "c": record(3, 2)})
    assert near_alone(view, "a", 5) == []
