"""Hashes of texts, terms and field values."""

from __future__ import annotations

from recommender.text import facet, folded_hash, stable_hash, text_hash


def test_equal_texts_have_equal_hashes():
    assert text_hash("Straße") == text_hash("Straße")
    assert text_hash("Straße") != text_hash("Strasse")
    assert len(text_hash("")) == 16


def test_hashes_are_the_same_in_every_process_and_release():
    assert stable_hash("azure") == 11875110711595687940
    assert text_hash("azure").hex() == "f3a0ac3b15d061168034a1738b5c13fd"


def test_a_lone_surrogate_can_be_hashed():
    assert stable_hash("\ud800") != stable_hash("\ud801")
    assert text_hash("\ud800") != text_hash("\ud801")


def test_case_and_surrounding_white_space_of_a_value_are_ignored():
    assert facet("type", " Straße ") == facet("type", "STRASSE")


def test_a_value_hashes_differently_in_another_field():
    assert facet("a", "x") != facet("b", "x")


def test_a_folded_hash_ignores_case_and_surrounding_white_space():
    for name in ["Straße", " straße ", "STRASSE\n"]:
        assert folded_hash(name) == stable_hash("strasse"), name


def test_the_folded_hash_of_no_name_is_0():
    for name in [None, "", "  "]:
        assert folded_hash(name) == 0, name
