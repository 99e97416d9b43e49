"""Checksums: what was stored years ago must give the same numbers, and what differs others."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.store.checksums import add_checksums, content_hash, row_checksum, sealed_hash

CHECKSUMS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.lists(st.one_of(st.text(), st.binary(), st.integers(), st.none()), max_size=4)


@pytest.mark.parametrize(
    ("values", "expected"), [((), -5426141060434712860), (("ä", b"\x00\x01", None, 7), -4176162838875219108)]
)
def test_a_row_has_the_checksum_that_released_collections_have(values, expected):
    assert row_checksum(*values) == expected


def test_a_content_has_the_hash_that_released_collections_have():
    assert content_hash("{}", b"k").hex() == "b431fe340292591837f335fec7f0a46e"


def test_a_sealed_blob_has_the_hash_that_released_collections_have():
    assert sealed_hash('"blob"').hex() == "a2af4c78dd7fed2239c978ecee79751a"


@given(VALUES)
def test_a_rows_checksum_fits_an_integer_of_sqlite(values):
    assert -(2**63) <= row_checksum(*values) < 2**63


@given(VALUES, VALUES)
def test_equal_checksums_mean_equal_rows(one, other):
    assert (row_checksum(*one) == row_checksum(*other)) == (one == other)


def test_the_type_of_a_value_counts():
    for one, other in list(
        itertools.combinations([(1,), ("1",), (b"1",), (None,), ("None",), (b"None",), ("",), ()], 2)
    ):
        assert row_checksum(*one) != row_checksum(*other)


def test_where_a_value_ends_counts():
    for other in [("a", "bc"), ("abc",), ("ab", "c", ""), ("c", "ab")]:
        assert row_checksum("ab", "c") != row_checksum(*other), other


def test_half_a_surrogate_pair_has_a_checksum():
    assert row_checksum("\ud83d") != row_checksum("\ud83e")


@pytest.mark.parametrize("other", [("{}", b"l"), ("{ }", b"k")])
def test_another_content_has_another_hash(other):
    assert content_hash("{}", b"k") != content_hash(*other)


def test_nothing_sealed_has_no_hash():
    assert sealed_hash(None) is None


def test_another_sealed_blob_has_another_hash():
    assert sealed_hash("") != sealed_hash('""')


@given(CHECKSUMS, st.lists(CHECKSUMS), st.randoms())
def test_a_sum_does_not_depend_on_the_order(total, checksums, random):
    shuffled = random.sample(checksums, len(checksums))
    assert add_checksums(total, checksums) == add_checksums(total, shuffled)


@given(CHECKSUMS, st.lists(CHECKSUMS))
def test_what_is_taken_out_again_was_never_there(total, checksums):
    assert add_checksums(add_checksums(total, checksums), removed=checksums) == total


@given(CHECKSUMS, st.lists(CHECKSUMS), st.lists(CHECKSUMS))
def test_a_sum_fits_an_integer_of_sqlite(total, added, removed):
    assert -(2**63) <= add_checksums(total, added, removed) < 2**63


@given(CHECKSUMS, CHECKSUMS)
def test_a_sum_tells_any_one_change(total, checksum):
    assert (add_checksums(total, [checksum]) == total) == (checksum == 0)
