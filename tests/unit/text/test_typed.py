"""Words as they are typed: folded, in pairs where there are no spaces."""

from __future__ import annotations

import pytest

from recommender.text.typed import MAX_OPENING, fold, opening, query_words, title_words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zürich", "zurich"),
        ("Ｚürich", "zurich"),
        ("Łódź, Ærø", "lodz, aero"),
        ("STRASSE straße", "strasse strasse"),
        ("Άγιος", "αγιοσ"),
        ("Ёлка", "елка"),
        ("ガレージ", "ガレージ"),
        ("ｶﾞﾚｰｼﾞ", "ガレージ"),
        ("한국어", "한국어"),
        ("re\u0301sume\u0301", "resume"),
    ],
)
def test_case_accents_and_widths_are_folded(text: str, folded: str):
    assert fold(text) == folded


def test_words_are_letters_and_digits():
    assert title_words("C++ & .NET: what's new in 2.1_b?") == ["c", "net", "what", "s", "new", "in", "2", "1", "b"]


def test_letters_without_spaces_are_pairs_and_the_last_begins_something_too():
    assert title_words("AWSの入門 2") == ["aws", "の入", "入門", "門", "2"]
    assert query_words("AWSの入門 2") == ["aws", "の入", "入門", "2"]
    assert query_words("門") == title_words("門") == ["門"]


def test_an_opening_has_single_spaces_and_an_end():
    assert opening("  The “new” –  C++ ") == "the new c"
    assert opening("入門 AWS") == "入門 aws"
    assert len(opening("word " * 500)) == MAX_OPENING


def test_what_has_no_word_has_none():
    assert title_words(" – ! ") == query_words("") == []
    assert opening("!") == ""
