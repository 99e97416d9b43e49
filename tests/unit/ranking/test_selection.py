"""From scored candidates to a list, stage by stage, and what became of each candidate."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from recommender.ranking.selection import LEAST_POOL, Candidates, Fate, Limits, Selection, select

SHOWN, PINNED, BEYOND, GAVE_WAY, CAPPED = Fate.SHOWN, Fate.PINNED, Fate.BEYOND, Fate.GAVE_WAY, Fate.CAPPED
RULED_OUT, COPY, UNDER, COLLAPSED = Fate.RULED_OUT, Fate.COPY_OF_ASKED, Fate.UNDER_MINIMUM, Fate.COLLAPSED


def choose(
    scores: Sequence[float],
    top_k: int = 10,
    *,
    min_score: float = 0.0,
    calibrated: Sequence[float] | None = None,
    diversity: float = 0.0,
    cap: int = 0,
    groups: Sequence[int] | None = None,
    qualities: Sequence[float] | None = None,
    days: Sequence[float] | None = None,
    owners: Sequence[int] | None = None,
    vectors: Sequence[Sequence[float]] | None = None,
    ruled_out: Sequence[int] = (),
    copies: Sequence[int] = (),
    preferred: Sequence[int] | None = None,
    pinned: Sequence[int] = (),
) -> Selection:
    """Select among candidates of which nothing is known but what is said; the minimum is for the scores themselves."""
    count = len(scores)
    raw = np.array(scores, dtype=np.float64)

    def mask(places: Sequence[int]) -> np.ndarray:
        found = np.zeros(count, dtype=bool)
        found[list(places)] = True
        return found

    selection = select(
        Candidates(
            scores=raw,
            reaching=(raw if calibrated is None else np.array(calibrated)) >= min_score,
            groups=np.array(range(count) if groups is None else groups, dtype=np.int64),
            qualities=np.array([math.nan] * count if qualities is None else qualities, dtype=np.float32),
            days=np.array([math.nan] * count if days is None else days, dtype=np.float64),
            owners=np.array([0] * count if owners is None else owners, dtype=np.uint64),
            vectors_at=np.array([[math.nan]] * count if vectors is None else vectors, dtype=np.float32).__getitem__,
        ),
        Limits(top_k, min_score, diversity, cap),
        ruled_out=mask(ruled_out),
        copies=mask(copies),
        preferred=mask(range(count) if preferred is None else preferred),
        pinned=list(pinned),
    )
    assert selection.fates.shape == selection.stays.shape == (count,)
    return selection


# The list.


def test_the_best_come_first():
    selection = choose([0.2, 0.9, 0.5])
    assert selection.chosen == [1, 2, 0]
    assert selection.fates.tolist() == [SHOWN] * 3


def test_of_equal_scores_the_lower_id_comes_first():
    assert choose([0.5, 0.5, 0.9, 0.5]).chosen == [2, 0, 1, 3]
    assert choose([0.5, 0.5, 0.9, 0.5], top_k=2).chosen == [2, 0]


def test_no_more_than_are_wanted_are_shown():
    selection = choose([0.2, 0.9, 0.5], top_k=2)
    assert selection.chosen == [1, 2]
    assert selection.fates.tolist() == [BEYOND, SHOWN, SHOWN]


def test_all_are_shown_where_more_are_wanted_than_there_are():
    assert choose([0.2, 0.9], top_k=1000).chosen == [1, 0]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_without_candidates_the_list_is_empty(diversity: float):
    selection = choose([], diversity=diversity, cap=1, vectors=np.empty((0, 3)).tolist())
    assert (selection.chosen, selection.fates.tolist(), selection.stays.tolist()) == ([], [], [])


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_the_list_is_empty_where_nothing_is_left(diversity: float):
    selection = choose([0.5, 0.6], min_score=0.9, diversity=diversity, cap=1, vectors=[[1, 0], [0, 1]])
    assert selection.chosen == []
    assert selection.fates.tolist() == [UNDER, UNDER]


def test_places_are_plain_numbers():
    assert {type(place) for place in choose([0.2, 0.9, 0.5], pinned=[0]).chosen} == {int}


# The minimum, rules and copies of the article asked about.


def test_what_is_under_the_minimum_is_not_shown_and_what_has_it_is():
    selection = choose([0.7, 0.5, 0.49], min_score=0.5)
    assert selection.chosen == [0, 1]
    assert selection.fates.tolist() == [SHOWN, SHOWN, UNDER]


def test_the_minimum_is_for_what_scores_mean_and_the_order_is_that_of_the_scores():
    selection = choose([3.0, 2.0, 1.0], calibrated=[0.99, 0.99, 0.5], min_score=0.9)
    assert selection.chosen == [0, 1]
    assert selection.fates.tolist() == [SHOWN, SHOWN, UNDER]


def test_what_a_rule_leaves_out_is_not_shown():
    selection = choose([0.9, 0.8], ruled_out=[0])
    assert (selection.chosen, selection.fates.tolist()) == ([1], [RULED_OUT, SHOWN])


def test_copies_of_the_article_asked_about_are_not_shown():
    selection = choose([0.9, 0.8], copies=[0])
    assert (selection.chosen, selection.fates.tolist()) == ([1], [COPY, SHOWN])


def test_a_rule_is_told_of_before_a_copy_and_a_copy_before_the_minimum():
    selection = choose([0.1] * 4, min_score=0.5, ruled_out=[0, 1], copies=[0, 2])
    assert selection.fates.tolist() == [RULED_OUT, RULED_OUT, COPY, UNDER]


def test_what_is_not_shown_itself_takes_no_copy_along():
    for gone in [{"ruled_out": [0]}, {"copies": [0]}, {"min_score": 0.5}]:
        # The first would be the one that stays of its group.
        selection = choose([0.4, 0.9], groups=[1, 1], qualities=[9, 1], **gone)  # type: ignore[arg-type]
        assert selection.chosen == [1], gone
        assert selection.stays.tolist() == [0, 1], gone


# Copies among candidates.


def test_of_copies_the_best_then_the_newest_stays():
    for known in [
        {"qualities": [1, 9, 5], "days": [3, 1, 2]},
        {"qualities": [5, 5, 5], "days": [1, 3, 2]},
        {"days": [1, 3, 2]},
    ]:
        selection = choose([0.9, 0.3, 0.5], groups=[7, 7, 7], **known)
        assert selection.chosen == [1], known
        assert selection.fates.tolist() == [COLLAPSED, SHOWN, COLLAPSED], known
        assert selection.stays.tolist() == [1, 1, 1], known


def test_of_copies_that_are_as_good_and_as_new_the_first_by_id_stays():
    for known in [{}, {"qualities": [5, 5, 5]}, {"qualities": [5, 5, 5], "days": [1, 1, 1]}]:
        selection = choose([0.3, 0.9, 0.5], groups=[7, 7, 7], **known)
        assert selection.chosen == [0], known
        assert selection.fates.tolist() == [SHOWN, COLLAPSED, COLLAPSED], known
        assert selection.stays.tolist() == [0, 0, 0], known


def test_the_copy_that_stays_stands_where_its_own_score_puts_it():
    assert choose([0.9, 0.3, 0.5], groups=[7, 7, 8], qualities=[1, 2, 3]).chosen == [2, 1]


def test_what_was_not_collapsed_stays_itself():
    assert choose([0.9, 0.8, 0.7], groups=[7, 8, 7]).stays.tolist() == [0, 1, 0]


def test_a_copy_makes_room_for_the_next():
    selection = choose([0.9, 0.8, 0.7], top_k=2, groups=[7, 7, 8])
    assert selection.chosen == [0, 2]


# Pins.


def test_pinned_ones_come_first_in_the_order_of_the_editor():
    selection = choose([0.9, 0.1, 0.8, 0.2], pinned=[3, 1])
    assert selection.chosen == [3, 1, 0, 2]
    assert selection.fates.tolist() == [SHOWN, PINNED, SHOWN, PINNED]


def test_a_pinned_one_takes_the_place_of_the_last():
    selection = choose([0.9, 0.1, 0.8], top_k=2, pinned=[1])
    assert selection.chosen == [1, 0]
    assert selection.fates.tolist() == [SHOWN, PINNED, BEYOND]


def test_no_more_pinned_ones_than_are_wanted_are_shown():
    selection = choose([0.9, 0.1, 0.8], top_k=2, pinned=[1, 2, 0])
    assert selection.chosen == [1, 2]


def test_what_pins_leave_no_room_for_is_beyond():
    assert choose([0.9, 0.1], top_k=1, pinned=[1]).fates.tolist() == [BEYOND, PINNED]


def test_a_pinned_one_needs_no_minimum():
    selection = choose([0.9, 0.1], min_score=0.5, pinned=[1])
    assert (selection.chosen, selection.fates.tolist()) == ([1, 0], [SHOWN, PINNED])


def test_pinned_ones_are_not_capped():
    selection = choose([0.9, 0.8, 0.7], cap=1, owners=[7, 7, 8], pinned=[1, 0])
    assert selection.chosen == [1, 0, 2]


def test_a_pinned_copy_of_the_article_asked_about_is_shown():
    selection = choose([0.9, 0.8], copies=[1], pinned=[1])
    assert (selection.chosen, selection.fates.tolist()) == ([1, 0], [SHOWN, PINNED])


def test_a_pinned_one_that_a_rule_leaves_out_is_not_shown():
    selection = choose([0.9, 0.8], ruled_out=[1], pinned=[1])
    assert (selection.chosen, selection.fates.tolist()) == ([0], [SHOWN, RULED_OUT])


def test_copies_of_a_pinned_one_give_way_to_it_however_good_they_are():
    selection = choose([0.9, 0.1, 0.8], groups=[7, 7, 8], qualities=[100, 1, 1], pinned=[1])
    assert selection.chosen == [1, 2]
    assert selection.fates.tolist() == [COLLAPSED, PINNED, SHOWN]
    assert selection.stays.tolist() == [1, 1, 2]


def test_two_pinned_copies_are_both_shown():
    selection = choose([0.9, 0.8, 0.7], groups=[7, 7, 7], pinned=[1, 0])
    assert selection.chosen == [1, 0]
    assert selection.fates.tolist() == [PINNED, PINNED, COLLAPSED]


# Those that come first.


def test_the_preferred_come_before_the_others_whatever_their_score():
    selection = choose([0.9, 0.5, 0.8, 0.6], preferred=[1, 3])
    assert selection.chosen == [3, 1, 0, 2]


def test_the_preferred_need_the_minimum_like_all_others():
    assert choose([0.9, 0.4], min_score=0.5, preferred=[1]).chosen == [0]


def test_what_comes_after_the_preferred_was_not_passed_over():
    selection = choose([0.9, 0.5], top_k=1, preferred=[1])
    assert (selection.chosen, selection.fates.tolist()) == ([1], [BEYOND, SHOWN])


def test_pinned_ones_come_before_the_preferred():
    assert choose([0.9, 0.5, 0.8], preferred=[1], pinned=[2]).chosen == [2, 1, 0]


# The cap.


def test_of_one_provider_no_more_than_the_cap_are_shown():
    selection = choose([0.9, 0.8, 0.7, 0.6], cap=2, owners=[7, 7, 7, 8])
    assert selection.chosen == [0, 1, 3]
    assert selection.fates.tolist() == [SHOWN, SHOWN, CAPPED, SHOWN]


def test_what_the_cap_frees_goes_to_the_next():
    selection = choose([0.9, 0.8, 0.7, 0.6], top_k=2, cap=1, owners=[7, 7, 8, 9])
    assert selection.chosen == [0, 2]
    assert selection.fates.tolist() == [SHOWN, CAPPED, SHOWN, BEYOND]


def test_those_without_a_provider_are_not_capped():
    assert choose([0.9, 0.8, 0.7], cap=1, owners=[0, 0, 0]).chosen == [0, 1, 2]


def test_without_a_cap_one_provider_may_have_all():
    assert choose([0.9, 0.8, 0.7], cap=0, owners=[7, 7, 7]).chosen == [0, 1, 2]


def test_a_copy_that_gave_way_does_not_count_for_the_cap():
    selection = choose([0.9, 0.8, 0.7], cap=1, owners=[7, 8, 7], groups=[1, 1, 2], qualities=[1, 9, 1])
    assert selection.chosen == [1, 2]


# Diversity.

TWINS_AND_A_STRANGER = [[1, 0, 0], [0.96, 0.28, 0], [0, 0, 1]]


def test_a_diverse_list_passes_over_what_is_like_a_shown_one():
    selection = choose([1, 0.9, 0.5], top_k=2, diversity=0.5, vectors=TWINS_AND_A_STRANGER)
    assert selection.chosen == [0, 2]
    assert selection.fates.tolist() == [SHOWN, GAVE_WAY, SHOWN]


def test_relevance_counts_by_its_share_of_the_best():
    # Ten times the scores are the same list.
    for scale in (0.1, 1, 10):
        scores = [scale * score for score in (1, 0.9, 0.5)]
        assert choose(scores, top_k=2, diversity=0.5, vectors=TWINS_AND_A_STRANGER).chosen == [0, 2]


def test_scores_below_nought_are_diversified_too():
    scores = [-0.1, -0.11, -0.15]
    assert choose(scores, top_k=2, min_score=-9, diversity=0.9, vectors=TWINS_AND_A_STRANGER).chosen == [0, 2]


def test_what_stands_after_the_last_one_shown_did_not_give_way():
    vectors = [*TWINS_AND_A_STRANGER, [0, 1, 0]]
    selection = choose([1, 0.9, 0.5, 0.1], top_k=2, diversity=0.5, vectors=vectors)
    assert selection.fates.tolist() == [SHOWN, GAVE_WAY, SHOWN, BEYOND]


def test_a_diverse_list_is_chosen_from_the_best():
    # All are alike but one of no relevance, which is the first that is not looked at.
    scores = [1 - 0.001 * place for place in range(LEAST_POOL)] + [0.01]
    vectors = [[1, 0]] * LEAST_POOL + [[0, 1]]
    selection = choose(scores, top_k=2, diversity=1.0, vectors=vectors)
    assert LEAST_POOL not in selection.chosen
    assert selection.fates[LEAST_POOL] == BEYOND


def test_the_preferred_come_first_in_a_diverse_list_too():
    selection = choose([1, 0.9, 0.5], top_k=2, diversity=0.5, vectors=TWINS_AND_A_STRANGER, preferred=[1])
    assert selection.chosen == [1, 2]


def test_a_diverse_list_is_chosen_from_the_preferred_however_many_others_are_better():
    scores = [1 - 0.001 * place for place in range(LEAST_POOL)] + [0.01]
    vectors = [[1, 0]] * LEAST_POOL + [[0, 1]]
    selection = choose(scores, top_k=2, diversity=0.5, vectors=vectors, preferred=[LEAST_POOL])
    assert selection.chosen == [LEAST_POOL, 0]


def test_what_has_no_provider_is_passed_over_for_diversity_and_never_for_the_cap():
    selection = choose([1, 0.9, 0.5], top_k=2, diversity=0.5, cap=1, owners=[0, 0, 0], vectors=TWINS_AND_A_STRANGER)
    assert selection.fates.tolist() == [SHOWN, GAVE_WAY, SHOWN]


def test_what_the_cap_left_out_of_a_diverse_list_is_capped():
    selection = choose([1, 0.9, 0.5], diversity=0.5, cap=1, owners=[7, 8, 7], vectors=TWINS_AND_A_STRANGER)
    assert selection.chosen == [0, 1]
    assert selection.fates.tolist() == [SHOWN, SHOWN, CAPPED]


def test_a_cap_leaves_a_diverse_list_as_long_as_a_plain_one():
    # One provider has all of the best, so many as a diverse list is chosen from.
    scores = [1 - 0.001 * place for place in range(LEAST_POOL)] + [0.5, 0.4]
    owners, vectors = [7] * LEAST_POOL + [8, 9], np.eye(LEAST_POOL + 2).tolist()
    for diversity in (0.0, 0.1):
        selection = choose(scores, top_k=3, cap=1, owners=owners, diversity=diversity, vectors=vectors)
        assert selection.chosen == [0, LEAST_POOL, LEAST_POOL + 1]


# All stages together.


def test_every_candidate_has_the_fate_of_the_first_stage_that_stopped_it():
    fates = {
        "ruled out": RULED_OUT,
        "copy": COPY,
        "under": UNDER,
        "collapsed": COLLAPSED,
        "capped": CAPPED,
        "beyond": BEYOND,
        "shown": SHOWN,
        "other": SHOWN,
        "pinned": PINNED,
    }
    names = list(fates)
    scores = {"under": 0.1, "beyond": 0.6, "pinned": 0.05, "other": 0.7, "shown": 0.8}
    selection = choose(
        [scores.get(name, 0.75) for name in names],
        top_k=3,
        min_score=0.5,
        cap=1,
        groups=[4 if name in {"collapsed", "shown"} else 10 + place for place, name in enumerate(names)],
        qualities=[9.0 if name == "shown" else 1.0 for name in names],
        owners=[7 if name in {"shown", "capped", "pinned"} else 0 for name in names],
        ruled_out=[names.index("ruled out")],
        copies=[names.index("copy")],
        pinned=[names.index("pinned")],
    )
    assert dict(zip(names, selection.fates.tolist(), strict=True)) == fates
    assert [names[place] for place in selection.chosen] == ["pinned", "shown", "other"]
