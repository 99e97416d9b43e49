"""Languages told from the text alone, and what happens where that is not possible."""

from __future__ import annotations

import pytest

from recommender.ranking.languages import LEAST_LETTERS, LanguageDetector, detect_language

ENGLISH = "The harbour council will vote on the new tram line next Monday, and nobody knows how it will end."
GERMAN = "Der Stadtrat stimmt am Montag über die neue Straßenbahn ab, und niemand weiß, wie es ausgeht."


def test_a_sentence_tells_its_language():
    for text, language in [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Le conseil municipal votera lundi sur la nouvelle ligne, et personne ne sait comment cela finira.", "fr"),
        ("El consejo votará el lunes sobre la nueva línea de tranvía y nadie sabe cómo terminará.", "es"),
        ("日本の鉄道会社は来週の月曜日に新しい路線について投票します。誰も結果を知りません。", "ja"),
    ]:
        assert detect_language(text) == language, text


def test_a_text_of_few_letters_tells_none():
    for text in ["", "   ", "Short text", "2021-04-16 20:54 (+2.5 %) " * 10, "iPhone 15 Pro Max Ultra 256 GB"]:
        assert detect_language(text) is None, text


@pytest.mark.parametrize("text", ["Kilimanjaro Zanzibar Uluru Quito Lima", "Zylar Quent Fribble Mork Tandu Vexil"])
def test_names_alone_tell_none(text: str):
    assert detect_language(text) is None


def test_a_text_in_several_languages_tells_none():
    assert detect_language("The tram der Straßenbahn le tramway") is None


def test_letters_that_are_no_language_tell_none():
    assert detect_language("a1b2c3d4 " * 40) is None


def test_letters_are_counted_and_not_characters():
    text = "鉄道会社は来週の月曜日に投票します結果を知り"[:LEAST_LETTERS]
    assert detect_language(text) == "ja"
    assert detect_language(text[:-1] + "、。！ 12" * 20) is None


def test_the_beginning_of_a_long_text_tells():
    assert detect_language(ENGLISH * 12 + GERMAN * 1000) == "en"


def test_the_same_text_always_tells_the_same():
    assert {detect_language(GERMAN) for _ in range(5)} == {"de"}


def test_a_detector_remembers_what_it_found_and_no_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.ranking.languages.MAX_REMEMBERED", 2)
    detector = LanguageDetector()
    assert [detector.detect(text) for text in (ENGLISH, GERMAN, ENGLISH)] == ["en", "de", "en"]
    monkeypatch.setattr("recommender.ranking.languages.detect_language", lambda text: "asked again")
    assert [detector.detect(text) for text in (GERMAN, ENGLISH, "new", GERMAN)] == [
        "de",
        "en",
        "asked again",
        "asked again",
    ]
    assert len(detector._known) == 2
    assert all(len(key) == 16 for key in detector._known)
