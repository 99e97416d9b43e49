"""Calm lists: what was shown before stays unless it must go or is beaten by a margin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answering import ACLU, Open, ids, stories, told_by

from recommender.config import RankingSettings, RuleSettings
from recommender.errors import ConfigError
from recommender.ranking.keep_previous import beats, keep_previous
from recommender.ranking.selection import Candidates, Fate, Limits, Selection, select
from recommender.related.recommender import Recommender


class Choosing(NamedTuple):
    """What a list is chosen from, and the list as it would be if there had been none before."""

    selection: Selection
    candidates: Candidates
    limits: Limits
    preferred: np.ndarray

    def hold(self, held: Sequence[int], margin: float = 0.1) -> list[int]:
        before = self.selection.fates.copy()
        kept = keep_previous(self.selection, self.candidates, self.limits, held, margin, self.preferred)
        # The fates go with the list, and those of the selection that was given stay.
        shown = {place for place, fate in enumerate(kept.fates.tolist()) if fate in {Fate.SHOWN, Fate.PINNED}}
        assert shown == set(kept.chosen)
        assert kept.stays is self.selection.stays
        np.testing.assert_array_equal(self.selection.fates, before)
        return list(kept.chosen)


def choosing(
    scores: Sequence[float],
    top_k: int = 3,
    *,
    min_score: float = -math.inf,
    diversity: float = 0.0,
    cap: int = 0,
    groups: Sequence[int] | None = None,
    qualities: Sequence[float] | None = None,
    owners: Sequence[int] | None = None,
    vectors: Sequence[Sequence[float]] = (),
    ruled_out: Sequence[int] = (),
    copies: Sequence[int] = (),
    foreign: Sequence[int] = (),
    pinned: Sequence[int] = (),
) -> Choosing:
    count, raw = len(scores), np.array(scores, dtype=np.float64)
    candidates = Candidates(
        scores=raw,
        reaching=raw >= min_score,
        groups=np.array(range(count) if groups is None else groups, dtype=np.int64),
        qualities=np.array([math.nan] * count if qualities is None else qualities, dtype=np.float32),
        days=np.full(count, math.nan),
        owners=np.array([0] * count if owners is None else owners, dtype=np.uint64),
        vectors_at=np.array(vectors or [[0.0]] * count, dtype=np.float32).__getitem__,
    )
    limits = Limits(top_k, min_score, diversity, cap)
    preferred = ~np.isin(np.arange(count), foreign)
    selection = select(
        candidates,
        limits,
        ruled_out=np.isin(np.arange(count), ruled_out),
        copies=np.isin(np.arange(count), copies),
        preferred=preferred,
        pinned=list(pinned),
    )
    return Choosing(selection, candidates, limits, preferred)


# What stays.


def test_nothing_changes_where_nothing_beats_by_the_margin():
    assert choosing([1.0, 1.05, 1.09, 1.0]).hold([0, 3]) == [2, 0, 3]
    assert choosing([1.0, 1.05, 1.09, 1.0], top_k=2).hold([3, 0]) == [3, 0]


def test_the_best_new_item_takes_the_place_of_the_weakest_old_one():
    assert choosing([0.5, 0.7, 0.9, 0.1]).hold([1, 3, 0]) == [2, 1, 0]


def test_each_new_item_must_beat_the_one_that_it_takes_the_place_of():
    # 1.2 beats 1.0, and 1.15 does not beat what is the weakest then.
    assert choosing([1.0, 1.1, 1.2, 1.15], top_k=2).hold([0, 1]) == [2, 1]


def test_what_beats_by_the_margin_itself_does_not_beat():
    assert choosing([1.0, 1.5], top_k=1).hold([0], margin=0.5) == [0]
    assert choosing([1.0, 1.5001], top_k=1).hold([0], margin=0.5) == [1]


def test_free_places_go_to_the_best_new_items():
    assert choosing([0.4, 0.5, 0.9, 0.41]).hold([0]) == [2, 1, 0]


def test_the_order_stays_where_the_items_are_the_same():
    assert choosing([0.9, 0.5, 0.1]).hold([2, 0, 1]) == [2, 0, 1]


def test_the_order_is_by_score_where_an_item_is_new():
    assert choosing([0.9, 0.5, 0.1, 5.0]).hold([2, 1, 0]) == [3, 0, 1]


def test_without_a_list_before_the_list_is_the_best():
    assert choosing([0.9, 0.5, 0.1, 5.0]).hold([]) == [3, 0, 1]


def test_a_shorter_list_keeps_its_best():
    assert choosing([0.9, 0.89, 0.1, 0.91], top_k=2).hold([2, 1, 0]) == [0, 1]


def test_of_a_diverse_list_that_is_made_shorter_those_stay_that_both_lists_have():
    # 1 is nearly as 0 is, so that 2 is in the new list; all three were in the one before.
    found = choosing([1.0, 0.99, 0.7], top_k=2, diversity=0.9, vectors=[[1, 0], [1, 0], [0, 1]])
    assert found.selection.chosen == [0, 2]
    assert found.hold([0, 1, 2]) == [0, 2]


# What goes.


def test_what_a_rule_leaves_out_goes():
    assert choosing([0.9, 0.5, 0.1], top_k=2, ruled_out=[0]).hold([0, 2]) == [1, 2]


def test_what_is_under_the_minimum_goes_and_nothing_has_to_come():
    assert choosing([0.9, 0.1], min_score=0.5).hold([0, 1]) == [0]


def test_a_copy_of_the_article_asked_about_goes():
    assert choosing([0.9, 0.5], copies=[0]).hold([0, 1]) == [1]


def test_the_better_one_of_two_copies_has_the_place_of_the_other():
    # It need not beat anything for it, though 0 scores higher.
    found = choosing([0.9, 0.8, 0.7, 0.5], top_k=2, groups=[0, 1, 2, 2], qualities=[1, 1, 1, 2])
    assert found.selection.fates[2] == Fate.COLLAPSED
    assert found.hold([0, 2], margin=1) == [0, 3]


def test_two_old_items_that_turn_out_to_be_copies_make_room():
    assert choosing([0.9, 0.8, 0.1], top_k=2, groups=[0, 0, 1]).hold([0, 1]) == [0, 2]


def test_what_is_over_the_cap_goes():
    assert choosing([0.9, 0.8, 0.1], top_k=2, cap=1, owners=[7, 7, 8]).hold([0, 1]) == [0, 2]


# Pins.


def test_what_is_pinned_comes_first():
    assert choosing([0.9, 0.8, 0.1], pinned=[2]).hold([0, 1]) == [2, 0, 1]


def test_what_is_pinned_takes_the_place_of_the_weakest():
    assert choosing([0.9, 0.8, 0.1], top_k=2, pinned=[2]).hold([0, 1]) == [2, 0]


def test_a_new_pin_makes_an_item_that_was_there_the_first():
    assert choosing([0.9, 0.8, 0.1], pinned=[1]).hold([0, 1, 2]) == [1, 0, 2]


def test_pins_that_fill_the_list_leave_room_for_nothing():
    assert choosing([0.9, 0.8, 0.1], top_k=2, pinned=[2, 1]).hold([0]) == [2, 1]


def test_a_copy_of_what_is_pinned_goes():
    assert choosing([0.9, 0.8, 0.1], groups=[0, 1, 0], pinned=[2]).hold([0, 1]) == [2, 1]


# The cap of a provider.


def test_a_new_item_competes_with_those_of_its_provider_where_that_has_no_room():
    # 2 is of the provider of 0; that it beats 1 makes no room for it.
    found = choosing([1.0, 0.9, 1.05], top_k=2, cap=1, owners=[7, 8, 7])
    assert found.selection.chosen == [2, 1]
    assert found.hold([0, 1], margin=0) == [2, 1]


def test_a_provider_never_has_more_than_the_cap():
    assert choosing([0.1, 0.2, 0.9, 0.8], top_k=3, cap=1, owners=[7, 8, 9, 9]).hold([0, 1]) == [2, 1, 0]


def test_what_is_pinned_does_not_count_in_the_cap():
    found = choosing([0.9, 0.8, 0.1], cap=1, owners=[7, 7, 8], pinned=[0])
    assert found.selection.chosen == [0, 1, 2]
    assert found.hold([1, 2]) == [0, 1, 2]


def test_what_has_no_provider_has_no_cap():
    assert choosing([0.9, 0.8, 0.1], cap=1).hold([2, 1]) == [0, 1, 2]


# What is preferred.


def test_what_is_preferred_takes_the_place_of_what_is_not_whatever_their_scores():
    assert choosing([0.9, 0.1], top_k=1, foreign=[0]).hold([0], margin=1) == [1]


def test_what_is_not_preferred_never_takes_the_place_of_what_is():
    assert choosing([0.1, 0.9], top_k=1, foreign=[1]).hold([0], margin=0) == [0]


# Scores without a scale.


def test_a_score_beats_another_by_more_than_a_share_of_it():
    for score, other, margin, expected in [
        (1.0, 1.0, 0.0, False),
        (1.1, 1.0, 0.0, True),
        (2.0, 1.0, 1.0, False),
        (2.1, 1.0, 1.0, True),
        (0.0, 0.0, 1.0, False),
        (0.1, 0.0, 1.0, True),
        (-0.1, 0.0, 0.0, False),
        (-0.95, -1.0, 0.1, False),
        (-0.5, -1.0, 0.1, True),
        (0.0, -1.0, 1.0, False),
        (-1.0, -0.5, 0.0, False),
    ]:
        assert beats(score, other, margin) is expected


def test_negative_scores_hold_as_others_do():
    assert choosing([-1.0, -0.95], top_k=1).hold([0]) == [0]
    assert choosing([-1.0, -0.5], top_k=1).hold([0]) == [1]


# Whatever the candidates are.


@st.composite
def choosings(draw: st.DrawFn) -> tuple[Choosing, list[int], float]:
    count = draw(st.integers(1, 12))

    def each(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=count, max_size=count))

    places = st.lists(st.integers(0, count - 1), unique=True, max_size=count)
    few = st.lists(st.integers(0, count - 1), unique=True, max_size=2)
    vectors = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(count, 4))
    found = choosing(
        each(st.one_of(st.integers(-3, 6).map(float), st.floats(-2, 2))),
        draw(st.integers(1, 6)),
        min_score=draw(st.sampled_from([-math.inf, 0.0, 1.0])),
        diversity=draw(st.sampled_from([0.0, 0.0, 0.3, 0.9])),
        cap=draw(st.integers(0, 2)),
        groups=each(st.integers(0, count)),
        owners=each(st.integers(0, 3)),
        vectors=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist(),
        ruled_out=draw(few),
        copies=draw(few),
        foreign=draw(few),
        pinned=draw(few),
    )
    return found, draw(places), draw(st.sampled_from([0.0, 0.05, 0.5, 1.0]))


@given(choosings())
def test_held_to_its_own_answer_a_list_stays_as_it_is(drawn: tuple[Choosing, list[int], float]):
    found, held, margin = drawn
    answer = found.hold(held, margin)
    assert found.hold(answer, margin) == answer


@given(choosings())
def test_a_held_list_is_one_that_may_be_shown(drawn: tuple[Choosing, list[int], float]):
    found, held, margin = drawn
    answer, fates, owners = found.hold(held, margin), found.selection.fates, found.candidates.owners
    assert len(answer) <= found.limits.top_k
    assert len(set(answer)) == len(answer)
    assert {Fate(fates[place]) for place in answer} <= {Fate.SHOWN, Fate.PINNED, Fate.GAVE_WAY, Fate.BEYOND}
    pins = [place for place in found.selection.chosen if fates[place] == Fate.PINNED]
    assert answer[: len(pins)] == pins
    cap, theirs = found.limits.max_per_provider, [int(owners[place]) for place in answer[len(pins) :]]
    assert not cap or all(theirs.count(owner) <= cap for owner in theirs if owner)


@given(choosings())
def test_a_held_list_is_never_shorter_than_a_new_one(drawn: tuple[Choosing, list[int], float]):
    found, held, margin = drawn
    if not found.limits.max_per_provider:
        assert len(found.hold(held, margin)) == len(found.selection.chosen)


@given(choosings())
def test_what_the_new_list_has_too_stays(drawn: tuple[Choosing, list[int], float]):
    found, held, margin = drawn
    assert set(held) & set(found.selection.chosen) <= set(found.hold(held, margin))


@given(choosings())
def test_without_a_list_before_nothing_is_held(drawn: tuple[Choosing, list[int], float]):
    found, _, margin = drawn
    assert found.hold([], margin) == found.selection.chosen


# Through the recommender.


def test_an_id_that_is_gone_is_dropped(small: Open):
    answer = small(*stories(3)).related("s0", previous=["nowhere", "s2"])
    assert answer.dropped == {"nowhere": "no longer in the collection"}
    assert sorted(ids(answer)) == ["s1", "s2"]


def test_what_a_request_excludes_is_not_held(small: Open):
    answer = small(*stories(3)).related("s0", previous=["s1"], exclude=["s1"])
    assert ids(answer) == ["s2"]
    assert answer.dropped == {"s1": "left out by the request's options"}


def test_the_explanation_is_of_the_list_that_was_held(small: Open):
    recommender = small(*stories(4), ranking={"min_score": 0})
    last = ids(recommender.related("s0"))[-1]
    answer = recommender.related("s0", top_k=1, previous=[last], margin=1.0, explain=True)
    assert answer.considered is not None
    assert ids(answer) == [last]
    assert [each.article_id for each in answer.considered if each.fate == "shown"] == [last]


def test_without_a_list_before_nothing_is_dropped(small: Open):
    assert small(*stories(3)).related("s0").dropped == {}


def test_what_is_dropped_says_why(small: Open):
    settings = {
        "rules": {"blocked": ["s1"]},
        "ranking": {"min_score": 0, "max_per_provider": 1},
    }
    recommender = small(*stories(3), told_by("a", "A"), told_by("b", "B"), **settings)
    answer = recommender.related("s0", previous=["s1", "a", "b"], top_k=5)
    assert answer.dropped["s1"].startswith("left out: ")
    assert sorted(answer.dropped.values())[0].startswith("collapsed into ")
    assert len(answer.dropped) == 2


def test_with_a_margin_of_nought_the_best_are_shown(recommender: Recommender):
    best = recommender.related(ACLU, top_k=8, min_score=0)
    answer = recommender.related(ACLU, top_k=3, min_score=0, previous=ids(best)[5:], margin=0)
    assert ids(answer) == ids(best)[:3]
    assert set(answer.dropped.values()) == {"not among the best 3"}


def test_with_a_margin_of_one_only_twice_the_score_beats(recommender: Recommender):
    best = recommender.related(ACLU, top_k=20, min_score=0)
    scores = {item.article_id: sum(item.parts.values()) for item in best}
    first = ids(best)[0]
    half = next(name for name in scores if 2 * scores[name] < scores[first])
    more = [name for name in scores if 2 * scores[name] > scores[first]][-1]
    assert ids(recommender.related(ACLU, top_k=1, min_score=0, previous=[half], margin=1)) == [first]
    assert ids(recommender.related(ACLU, top_k=1, min_score=0, previous=[more], margin=1)) == [more]
    assert ids(recommender.related(ACLU, top_k=1, min_score=0, previous=[more], margin=0)) == [first]


def test_a_held_item_may_be_under_the_minimum_by_less_than_the_margin(recommender: Recommender):
    best = recommender.related(ACLU, top_k=2, min_score=0)
    least = (best[0].score + best[1].score) / 2
    second = best[1].article_id
    assert ids(recommender.related(ACLU, min_score=least, previous=[second], margin=0)) == ids(best)[:1]
    kept = recommender.related(ACLU, min_score=least, previous=[second], margin=1)
    assert ids(kept) == ids(best)


@pytest.mark.parametrize(
    "weights",
    [{}, {"min_score": 0.5, "max_per_provider": 1}, {"diversity": 0.5}, {"diversity": 0.3, "max_per_provider": 2}],
)
def test_no_list_of_the_site_changes_when_it_is_held(site_collection: Path, weights: dict[str, float]):
    with closing(Recommender.open(site_collection, weights=RankingSettings(**weights))) as recommender:
        everything = [stored.article_id for stored in recommender.collection.store.articles()]
        for number, asked in enumerate(everything):
            start = [name for name in everything[number % 7 :: 11] if name != asked]
            for before in ([], start):
                first = recommender.related(asked, previous=before, margin=0.05, reasons=False)
                assert not {"shown", "pinned"} & set(first.dropped.values())
                again = recommender.related(asked, previous=ids(first), margin=0.05, reasons=False)
                assert (ids(again), again.dropped) == (ids(first), {})


def test_a_list_is_held_under_an_editors_rules(site_collection: Path):
    with_pin = RuleSettings(pinned={ACLU: ("_news/fisher-rib-hat-in-two-evenings",)})
    weights = RankingSettings(max_per_provider=1)
    with closing(Recommender.open(site_collection, rules=with_pin, weights=weights)) as opened:
        first = opened.related(ACLU, min_score=0)
        assert first[0].pinned
        assert ids(opened.related(ACLU, min_score=0, previous=ids(first), margin=0.05)) == ids(first)


@pytest.mark.parametrize("margin", [-0.1, 1.1, math.nan])
def test_a_margin_is_a_share(small: Open, margin: float):
    with pytest.raises(ConfigError, match="margin is"):
        small(*stories(2)).related("s0", margin=margin)
