"""Languages and their stop words."""

from __future__ import annotations

import pytest

from recommender.text import main_language, stop_words


@pytest.mark.parametrize("language", ["english", "en", "en-GB", "en_US", " EN "])
def test_stop_words_are_found_by_any_name_of_a_language(language: str):
    assert {"the", "and", "of"} <= stop_words(language)


@pytest.mark.parametrize("language", ["klingon", "", "xx"])
def test_an_unknown_language_has_no_stop_words(language: str):
    assert stop_words(language) == frozenset()


@pytest.mark.parametrize(
    ("language", "main"),
    [("en-GB", "en"), ("pt_BR", "pt"), ("de", "de"), ("zh-Hant-TW", "zh"), ("", None), (None, None)],
)
def test_the_main_language_has_no_region(language: str | None, main: str | None):
    assert main_language(language) == main
