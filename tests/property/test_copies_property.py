"""Copies: pairs against every pair compared, groups against a union-find, a grown view against one made at once."""

from __future__ import annotations

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st
from support.examples import examples
from support.growing import VECTORS, grown, segment_of, view_of
from support.stories import HARBOUR, words

from recommender.article import Article
from recommender.index.local.copies import FAMILY, WINDOW, are_copies, find_copies, find_copies_between, groups_of

# No more than are compared with one another, so that no pair is left out.
IDS = ["B", *(f"a{number}" for number in range(8)), "aa", "b", "é", "中", "😀"]
BRIDGE = (
    "The bridge at Saint Orval carries carts again after masons replaced two of its seven arches, and the village held "
    "a fair on the meadow to which the carpenters of three valleys had brought their longest ladders."
)
TITLES = [
    "Lindholm closes its northern quay",
    "Reminder: Lindholm closes its northern quay",
    "Lindholm closes its northern quay for 14 weeks",
    "Divers mend the old piles",
    "Lindholm harbour report, June",
    "Lindholm harbour report, July",
    "The",
]
TEXTS = [
    "",
    "Read on.",
    "All rights reserved; sign up to read more every day.",
    *(words(text, start, end) for text in (HARBOUR, BRIDGE) for start, end in ((0, 22), (15, 99))),
]
TEXTS += [HARBOUR, BRIDGE, f"{HARBOUR} {BRIDGE}"]

RECORD = st.fixed_dictionaries(
    {
        "title": st.sampled_from(TITLES),
        "excerpt": st.sampled_from(TEXTS),
        "vector": st.sampled_from([0, 0, 0, 1, 6, 7]),
        "provider": st.sampled_from(["post.example", "wire.example", "herald.example", None]),
        "publishedDateTime": st.sampled_from(["2024-05-06", "2024-05-08", "2024-06-01", None]),
    },
    optional={"webUrl": st.sampled_from(["https://post.example/1", "https://post.example/2"])},
)
BATCH = st.dictionaries(st.sampled_from(IDS), RECORD, max_size=len(IDS))
STEP = st.tuples(BATCH, st.sets(st.sampled_from(IDS), max_size=3), st.sampled_from([0, 1, 2, 10**9]))
PAIRS = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), max_size=30)


def columns_of(records):
    return segment_of(records).columns


def links(columns):
    """The keys of each row."""
    return [set(columns.link_keys[columns.link_rows == row].tolist()) for row in range(len(columns))]


def every_pair(columns, others):
    """All pairs of rows that share a key and are copies, each compared alone."""
    ours, theirs = links(columns), links(others)
    return [
        (one, other)
        for one in range(len(columns))
        for other in range(len(others))
        if ours[one] & theirs[other] and are_copies(columns, np.array([one]), others, np.array([other]))[0]
    ]


def united(pairs, names):
    """The groups of two or more that pairs connect, by a plain union-find."""
    group = {name: {name} for name in names}
    for one, other in pairs:
        if group[one] is not group[other]:
            group[one] |= group[other]
            for name in group[other]:
                group[name] = group[one]
    return {frozenset(members) for members in group.values() if len(members) > 1}


def named(pairs, columns, others):
    return [(columns.article_id(one), others.article_id(other)) for one, other in pairs.tolist()]


def view_groups(view, live):
    """The groups of two or more of a view's articles, by id."""
    found = {}
    for name in live:
        found.setdefault(int(view.gather(None, [name]).copy_groups[0]), set()).add(name)
    return {frozenset(members) for members in found.values() if len(members) > 1}


@given(BATCH)
@examples(80)
def test_copies_are_what_comparing_every_pair_finds(records):
    assert WINDOW < len(IDS) <= FAMILY
    columns = columns_of(records)
    found = [tuple(pair) for pair in find_copies(columns).tolist()]
    event(f"copies: {min(len(found), 3)}")
    assert found == [pair for pair in every_pair(columns, columns) if pair[0] < pair[1]]


@given(BATCH, BATCH)
@examples(50)
def test_copies_between_two_are_what_comparing_every_pair_finds(records, others):
    columns, other = columns_of(records), columns_of(others)
    found = [tuple(pair) for pair in find_copies_between(columns, other).tolist()]
    assert found == every_pair(columns, other)
    assert {pair[::-1] for pair in found} == {tuple(pair) for pair in find_copies_between(other, columns).tolist()}


@given(BATCH)
@examples(50)
def test_of_two_articles_each_is_a_copy_of_the_other_or_neither_is(records):
    columns = columns_of(records)
    one, other = (side.ravel() for side in np.indices((len(columns), len(columns))))
    agreed = are_copies(columns, one, columns, other).reshape(len(columns), len(columns))
    np.testing.assert_array_equal(agreed, agreed.T)


@given(BATCH, st.sets(st.sampled_from(IDS)))
@examples(60)
def test_a_collection_in_two_parts_has_the_groups_of_the_whole(records, apart):
    whole = columns_of(records)
    one, other = (columns_of({n: r for n, r in records.items() if (n in apart) is side}) for side in (False, True))
    pairs = named(find_copies(one), one, one) + named(find_copies(other), other, other)
    pairs += named(find_copies_between(one, other), one, other)
    assert united(pairs, records) == united(named(find_copies(whole), whole, whole), records)


@given(PAIRS)
def test_groups_are_those_of_a_union_find(pairs):
    rows, labels = groups_of(np.array(pairs, dtype=np.int64).reshape(-1, 2))
    assert rows.tolist() == sorted({row for pair in pairs for row in pair})
    for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
        group = next((group for group in united(pairs, rows.tolist()) if row in group), {row})
        assert label == min(group)


@given(first=BATCH, steps=st.lists(STEP, max_size=4))
@examples(80)
def test_a_view_of_changes_has_the_groups_of_one_made_at_once(first, steps):
    view, live = grown(first, steps)
    groups = view_groups(view, live)
    event(f"parts: {len(view._parts)}, groups: {len(groups)}")
    assert groups == view_groups(view_of(live), live)


@given(first=BATCH, steps=st.lists(STEP, max_size=3), draft=RECORD, name=st.sampled_from([None, *IDS]))
@examples(60)
def test_an_articles_copies_are_the_same_in_a_view_of_changes(first, steps, draft, name):
    view, live = grown(first, steps)
    whole = view_of(live)

    def of(made, profile):
        copies = made.copies(profile)
        assert list(copies) == sorted(set(copies))
        return set(copies)

    for stored in live:
        group = next((group for group in view_groups(view, live) if stored in group), {stored})
        assert of(view, view.profile(stored)) == of(whole, whole.profile(stored)) == group - {stored}
    fields = {key: value for key, value in draft.items() if value is not None}
    article = Article.read({**fields, **({"id": name} if name else {})})
    vector = VECTORS[draft["vector"]]
    assert of(view, view.profile(article, vector)) == of(whole, whole.profile(article, vector))
