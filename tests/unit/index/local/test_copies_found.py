"""Copies among many articles, and the groups that they make."""

from __future__ import annotations

import numpy as np
import pytest
from support.stories import HARBOUR, columns_of, prose, told, vectors_at, words

from recommender.index.local.copies import (
    FAMILY,
    WINDOW,
    WINDOW_BETWEEN,
    are_copies,
    find_copies,
    find_copies_between,
    groups_of,
)

POST, WIRE = "post.example", "wire.example"
FAR, SAME, NEAR = 0.3, 0.85, 0.88
"""Of texts about different things, of texts that may be one text (as any two are that have it with a third), and of
texts about one thing."""


def prints(count, first=0):
    """One text in so many outlets, under titles that have nothing in common."""
    return [told(prose(1, number), HARBOUR, f"o{number}.example") for number in range(first, first + count)]


def columns_near(articles):
    return columns_of(articles, vectors_at(*[SAME] * (len(articles) - 1)))


# Pairs.


def test_no_article_has_no_copies():
    empty = columns_of([], np.empty((0, 2), dtype=np.float32))
    one = columns_of([told("Quay closed", HARBOUR)], vectors_at())
    for first, second in ((empty, empty), (empty, one), (one, empty)):
        assert find_copies_between(first, second).shape == (0, 2)
    assert find_copies(empty).shape == find_copies(one).shape == (0, 2)


def test_columns_are_built_with_their_pairs_of_copies():
    articles = [told("Quay", HARBOUR, POST), told("Stamps", prose(30), POST), told("Divers", HARBOUR, WIRE)]
    columns = columns_of(articles, vectors_at(FAR, SAME))
    assert columns.copy_pairs.tolist() == find_copies(columns).tolist() == [[0, 2]]
    assert columns.copy_pairs.dtype == np.int64


def test_a_text_that_many_outlets_print_is_one_group():
    articles = [told(f"Words of our own {prose(2, number)}", HARBOUR, f"o{number}.example") for number in range(60)]
    rows, labels = groups_of(columns_near(articles).copy_pairs)
    assert len(articles) > max(5 * WINDOW, FAMILY)
    assert rows.tolist() == list(range(60))
    assert set(labels.tolist()) == {0}


def test_a_text_that_few_outlets_print_is_compared_all_with_all():
    for count in [2, 12, FAMILY]:
        pairs = [[one, other] for one in range(count) for other in range(one + 1, count)]
        assert columns_near(prints(count)).copy_pairs.tolist() == pairs, count


def test_a_text_that_many_outlets_print_is_compared_with_those_that_follow():
    count = FAMILY + 1
    pairs = [[one, other] for one in range(count) for other in range(one + 1, min(count, one + 1 + WINDOW))]
    assert columns_near(prints(count)).copy_pairs.tolist() == pairs


def test_a_text_is_compared_with_many_prints_of_another_part():
    articles = prints(WINDOW_BETWEEN + 6)
    vectors = vectors_at(*[SAME] * len(articles))
    one, many = columns_of(prints(1, 100), vectors[:1]), columns_of(articles, vectors[1:])
    assert find_copies_between(one, many).tolist() == [[0, row] for row in range(WINDOW_BETWEEN)]
    assert find_copies_between(many, one).tolist() == [[row, 0] for row in range(len(articles))]


@pytest.mark.parametrize("issues", [10, FAMILY - 3])
def test_a_copy_that_stands_behind_other_issues_of_a_template_is_found(issues):
    first = told("Words of the first", HARBOUR, POST, id="a")
    template = [told(f"Harbour report {number}", HARBOUR, POST, id=f"b{number:02}") for number in range(issues)]
    last = [told("Words of the second", HARBOUR, WIRE, id="c"), told("Stamp sold", prose(30), WIRE, id="d")]
    assert issues > WINDOW
    assert [0, issues + 1] in columns_near([first, *template, *last]).copy_pairs.tolist()
    assert columns_near([first, *template]).copy_pairs.tolist() == []


def test_many_pairs_are_compared_as_each_alone():
    articles = [
        told("Northern quay closed for repairs", HARBOUR, POST),
        told("Divers mend the piles", words(HARBOUR, 0, 25), WIRE),
        told("Northern quay closed for repairs", prose(30), WIRE),
        told("The", prose(200, 3), None, None),
        told("Reminder: northern quay closed for repairs", HARBOUR, POST),
    ]
    columns = columns_of(articles, vectors_at(NEAR, 0.95, FAR, 0.8))
    pairs = np.array([(one, other) for one in range(5) for other in range(5) if one != other])
    together = are_copies(columns, pairs[:, 0], columns, pairs[:, 1]).tolist()
    alone = [bool(are_copies(columns, one[None], columns, other[None])[0]) for one, other in pairs]
    assert together == alone
    assert {True, False} == set(alone)


def test_what_the_real_model_finds_near_is_told_apart(real_encoder):
    articles = [
        told("Lindholm closes its northern quay", words(HARBOUR, 0, 22), POST),
        told("Lindholm closes its northern quay", words(HARBOUR, 15), WIRE),
        told("Lindholm reopens its northern quay", "The quay is open again after five weeks.", POST, "2024-06-11"),
        told("Stamp with a misprinted heron sold", "A collector in Torshavn paid a record price.", WIRE),
    ]
    vectors = real_encoder.encode([f"{article.title}. {article.excerpt}" for article in articles])
    assert columns_of(articles, vectors).copy_pairs.tolist() == [[0, 1]]


# Groups.


def test_pairs_connect_to_groups_named_after_their_lowest_row():
    for pairs, rows, labels in [
        ([], [], []),
        ([[3, 7]], [3, 7], [3, 3]),
        ([[7, 3], [3, 7], [7, 3]], [3, 7], [3, 3]),
        ([[1, 2], [5, 6], [6, 9]], [1, 2, 5, 6, 9], [1, 1, 5, 5, 5]),
        ([[8, 9], [7, 8], [1, 9], [2, 3]], [1, 2, 3, 7, 8, 9], [1, 2, 2, 1, 1, 1]),
    ]:
        found = groups_of(np.array(pairs, dtype=np.int64).reshape(-1, 2))
        assert [part.tolist() for part in found] == [rows, labels], pairs
        assert {part.dtype for part in found} == {np.dtype(np.int64)}, pairs


def test_a_long_chain_is_one_group():
    for seed in range(3):
        chain = np.random.default_rng(seed).permutation(500)
        _, labels = groups_of(np.stack([chain[:-1], chain[1:]], axis=1))
        assert set(labels.tolist()) == {0}, seed


def test_a_line_of_boilerplate_makes_no_copies_however_near_the_texts_are():
    first = told("Northern quay closed for repairs", "Read more", "post.example")
    assert (
        columns_of(
            [first, told("Heron stamp sells", "Read more", "wire.example")], vectors_at(0.95)
        ).copy_pairs.tolist()
        == []
    )
    title = "Letters to the editor of this week"
    again = told(title, "Read more", "post.example", "2025-05-06")
    assert columns_of([told(title, "Read more", "post.example"), again], vectors_at(0.72)).copy_pairs.tolist() == []
