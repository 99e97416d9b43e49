"""Word splitting."""

from __future__ import annotations

from unicodedata import normalize

from recommender.text import find_words, plain_words, proper_names


def test_the_words_of_a_text_in_order():
    for text, expected in [
        ("", []),
        ("The quick-witted fox", ["The", "quick-witted", "fox"]),
        ("AT&T's U.S. deal.", ["AT&T's", "U.S", "deal"]),
        ("don’t stop", ["don’t", "stop"]),
        ("snake_case -x- 3.14 (v2)", ["snake", "case", "x", "3.14", "v2"]),
        ("Müller 日本語 🎉", ["Müller", "日本語"]),
    ]:
        assert [text[start:end] for start, end in find_words(text)] == expected, text


def test_the_plain_words_of_a_text_have_no_case_and_no_punctuation():
    for text, expected in [
        ("", []),
        ("… -- !", []),
        ("The QUICK-witted fox.", ["the", "quick", "witted", "fox"]),
        ("snake_case (v2) 3.14", ["snake", "case", "v2", "3", "14"]),
        ("Straße CAFÉ Müller", ["strasse", "café", "müller"]),
        ("雨が降る", ["雨", "が", "降", "る"]),
        ("東京tower 2021年", ["東", "京", "tower", "2021", "年"]),
        ("ฝนตก", ["ฝ", "น", "ต", "ก"]),
        ("비가 온다", ["비가", "온다"]),
        ("ジョン・スミス", ["ジ", "ョ", "ン", "ス", "ミ", "ス"]),
        ("ラーメン・人々", ["ラ", "ー", "メ", "ン", "人", "々"]),
        ("฿100 บ", ["100", "บ"]),
        ("・ ฿ ๏ ゠", []),
    ]:
        assert plain_words(text) == expected, text


def test_a_curly_apostrophe_does_not_change_the_words():
    assert plain_words("The town’s “don’t”") == plain_words("the Town's \"don't\"") == ["the", "town", "s", "don", "t"]


def test_combining_marks_do_not_change_the_words():
    for text in ["Café Müller", "CAFÉ", "ÅNGSTRÖM naïve", "ガラス", "비가", "Việt Nam"]:
        marked = normalize("NFD", text)
        assert marked != normalize("NFC", text), text
        assert plain_words(marked) == plain_words(text) == plain_words(normalize("NFC", text)), text


def test_a_word_is_not_split_at_a_combining_mark():
    assert plain_words("cafe\u0301s O\u0308L") == ["cafés", "öl"]


def test_proper_names_are_words_with_a_capital_or_a_digit():
    for title, names in [
        ("Ministry of Justice sues Clearview AI", ["ministry", "justice", "clearview", "ai"]),
        ("iPhone 12 and 5G in the G20", ["12", "5g", "g20"]),
        ("U.S. court: Elbmark's chips in Zürich, ÅRE and Привет", ["elbmark", "zürich", "åre", "привет"]),
        ("New new NEW", ["new", "new"]),
        ("a B c 7", ["7"]),
        ("snake_Case under_score", ["case"]),
        ("東京 2021年", ["2021年"]),
        ("", []),
    ]:
        assert proper_names(title) == names, title
