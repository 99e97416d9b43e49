"""Languages and their stop words."""

from __future__ import annotations

from recommender.text import main_language, stop_words


def test_stop_words_are_found_by_any_name_of_a_language():
    for language in ["english", "en", "en-GB", "en_US", " EN "]:
        assert {"the", "and", "of"} <= stop_words(language), language


def test_an_unknown_language_has_no_stop_words():
    for language in ["klingon", "", "xx"]:
        assert stop_words(language) == frozenset(), language


def test_the_main_language_has_no_region():
    for language, main in [
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("de", "de"),
        ("zh-Hant-TW", "zh"),
        ("", None),
        (None, None),
    ]:
        assert main_language(language) == main, language
