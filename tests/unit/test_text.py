"""Text work: repair, cleaning, the texts that are embedded and searched, words, URL keys, hashes."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text import (
    Texts,
    article_texts,
    clean,
    clean_markdown,
    facet,
    find_words,
    folded_hash,
    has_surrogate,
    main_language,
    own_ids,
    plain_words,
    proper_names,
    repair,
    stable_hash,
    stop_words,
    text_hash,
    trec_id,
    url_key,
)


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("Illinois residentsâ€™ data", "Illinois residents’ data"),
        ("caf\u00c3\u00a9", "café"),
        ("a â€œquoteâ€\u009d b", "a “quote” b"),
    ],
)
def test_mojibake_is_undone(broken: str, mended: str):
    assert repair(broken) == mended


@pytest.mark.parametrize(
    "text", ["", "plain", "’curly‘ “quotes”", "ﬁne", "&amp; <b>", "日本語 🎉", "déjà vu", "a\u00a0b"]
)
def test_a_text_that_needs_no_repair_stays(text: str):
    assert repair(text) == text


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("", ""),
        ("  a \r\n\t b\u00a0c\u2028d ", "a b c d"),
        ("<p>One</p><p>two</p>", "One two"),
        ('a <a href="https://x?a=1&b=2">link</a> b', "a link b"),
        ("a<br/>b", "a b"),
        ("a <!-- a > comment\nover lines --> b", "a b"),
        ("AT&amp;T &lt;b&gt; &#8217; &eacute;", "AT&T <b> ’ é"),
        ("&amp;lt;", "&lt;"),
        ("1 < 2 > 0 & <3", "1 < 2 > 0 & <3"),
        ("residentsâ€™ <i>data</i>", "residents’ data"),
    ],
)
def test_tags_and_entities_and_white_space_are_cleaned(markup: str, plain: str):
    assert clean(markup) == plain


def test_half_of_a_surrogate_pair_becomes_the_sign_of_what_can_not_be_shown():
    assert clean("a \ud800 b") == "a \ufffd b"


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("", ""),
        ("# Head\n\nFirst *line*\nsecond **line**", "Head First line second line"),
        ("a [link](https://x.example/path) b", "a link b"),
        ("a ![picture](https://x.example/a.png) b", "a b"),
        ("before\n\n```python\nimport os\n```\n\nafter", "before after"),
        ("before\n\n    indented code\n\nafter", "before after"),
        ("call `open()` now", "call open() now"),
        ("<div class='x'>\nblock\n</div>\n\ninline <b>bold</b>", "block inline bold"),
        ("- one\n- two\n\n> quoted", "one two quoted"),
        ("| a | b |\n| - | - |\n| c | d |", "a b c d"),
        ("hard  \nbreak", "hard break"),
        ("residentsâ€™ data", "residents’ data"),
    ],
)
def test_markdown_becomes_its_readable_words(markdown: str, plain: str):
    assert clean_markdown(markdown, 1000) == plain


@pytest.mark.parametrize("limit", [1, 10, 37, 100])
def test_markdown_is_cut_at_the_limit(limit: int):
    text = clean_markdown("many words of a text " * 1000, limit)
    assert 0 < len(text) <= limit


@pytest.mark.parametrize("markdown", [">" * 5000, "[" * 5000, "*a " * 5000, "<" * 5000, "`" * 4999, "- " * 5000])
def test_odd_markdown_does_no_harm(markdown: str):
    assert len(clean_markdown(markdown, 2000)) <= 2000


def test_a_cut_falls_between_words():
    assert clean_markdown("alpha beta gamma", 8) == "alpha"


def test_a_single_long_word_is_cut_inside():
    assert clean_markdown("a" * 100, 10) == "a" * 10


SETTINGS = TextSettings()


def texts(settings: TextSettings = SETTINGS, **fields: object) -> Texts:
    return article_texts(Article.read({"title": "A title", **fields}), settings)


def test_the_text_is_title_then_excerpt_then_body():
    found = texts(title="The <b>title</b>", excerpt="An &amp; excerpt.", body="# The\n\nbody")
    assert found == Texts("The title", "An & excerpt. The body")


def test_an_article_with_a_title_alone_has_no_rest():
    assert texts() == Texts("A title", "")


def test_related_and_secured_and_unknown_keys_are_in_no_text():
    plain = texts(excerpt="Excerpt")
    full = texts(excerpt="Excerpt", related=[{"title": "answer"}], secured="blob", layout="post", topics=["AI"])
    assert full == plain


def test_a_long_excerpt_is_cut_at_its_limit():
    rest = texts(TextSettings(excerpt_chars=50), excerpt="word " * 1000).rest
    assert rest == "word " * 9 + "word"


def test_a_long_body_is_cut_at_its_limit():
    rest = texts(TextSettings(body_chars=50), body="word " * 1000).rest
    assert rest == "word " * 9 + "word"


def test_a_limit_of_nothing_leaves_the_text_out():
    assert texts(TextSettings(excerpt_chars=0), excerpt="Excerpt", body="Body").rest == "Body"
    assert texts(TextSettings(body_chars=0), excerpt="Excerpt", body="Body").rest == "Excerpt"


def test_a_long_title_is_cut():
    assert len(texts(title="word " * 1000).title) <= 1000


@pytest.mark.parametrize("end", ["", ".", "...", "…", " …"])
def test_an_excerpt_that_the_body_starts_with_is_used_once(end: str):
    assert texts(excerpt=f"The body starts{end}", body="The body starts so and goes on").rest == (
        "The body starts so and goes on"
    )


def test_an_excerpt_longer_than_the_bodys_lead_is_used_once():
    story = " ".join(f"word{number}" for number in range(200))
    rest = texts(TextSettings(body_chars=100), excerpt=story, body=story).rest
    assert rest == story


def test_an_excerpt_of_its_own_stays_before_the_body():
    assert texts(excerpt="A summary.", body="The body.").rest == "A summary. The body."


def test_a_picture_written_into_an_excerpt_is_no_text():
    picture = f"<img src='data:image/png;base64,{'iVBORw0KGgo' * 2000}'>"
    assert texts(excerpt=f"{picture} Real words").rest == "Real words"


@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml", "image/svg+xml;charset=utf-8", ""])
def test_a_picture_written_into_a_body_is_no_text(kind: str):
    picture = f"![face](data:{kind};base64,{'iVBORw0KGgo' * 2000})"
    assert texts(body=f"{picture}\n\nReal words").rest == "Real words"


@pytest.mark.parametrize(
    ("title", "rest", "whole"),
    [
        ("Title", "rest", "Title. rest"),
        ("Title?", "rest", "Title? rest"),
        ("Title…", "rest", "Title… rest"),
        ("題。", "rest", "題。 rest"),
        ("Title", "", "Title"),
    ],
)
def test_title_and_rest_become_one_text(title: str, rest: str, whole: str):
    assert Texts(title, rest).whole == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("The quick-witted fox", ["The", "quick-witted", "fox"]),
        ("AT&T's U.S. deal.", ["AT&T's", "U.S", "deal"]),
        ("don’t stop", ["don’t", "stop"]),
        ("snake_case -x- 3.14 (v2)", ["snake", "case", "x", "3.14", "v2"]),
        ("Müller 日本語 🎉", ["Müller", "日本語"]),
    ],
)
def test_the_words_of_a_text_in_order(text: str, expected: list[str]):
    assert [text[start:end] for start, end in find_words(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
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
    ],
)
def test_the_plain_words_of_a_text_have_no_case_and_no_punctuation(text: str, expected: list[str]):
    assert plain_words(text) == expected


def test_a_curly_apostrophe_makes_no_other_words():
    assert plain_words("The town’s “don’t”") == plain_words("the Town's \"don't\"") == ["the", "town", "s", "don", "t"]


@pytest.mark.parametrize("text", ["Café Müller", "CAFÉ", "ÅNGSTRÖM naïve", "ガラス", "비가", "Việt Nam"])
def test_letters_with_combining_marks_make_no_other_words(text: str):
    marked = normalize("NFD", text)
    assert marked != normalize("NFC", text)
    assert plain_words(marked) == plain_words(text) == plain_words(normalize("NFC", text))


def test_a_word_is_not_torn_at_its_combining_mark():
    assert plain_words("cafe\u0301s O\u0308L") == ["cafés", "öl"]


def test_equal_texts_have_equal_hashes():
    assert text_hash("Straße") == text_hash("Straße")
    assert text_hash("Straße") != text_hash("Strasse")
    assert len(text_hash("")) == 16


def test_hashes_are_the_same_in_every_process_and_release():
    assert stable_hash("azure") == 11875110711595687940
    assert text_hash("azure").hex() == "f3a0ac3b15d061168034a1738b5c13fd"


@pytest.mark.parametrize(("text", "half"), [("plain", False), ("é 🎉", False), ("\ud800", True), ("é \udfff", True)])
def test_half_of_a_surrogate_pair_is_found(text: str, half: bool):
    assert has_surrogate(text) is half


@pytest.mark.parametrize("language", ["english", "en", "en-GB", "en_US", " EN "])
def test_the_stop_words_of_a_language_by_any_of_its_names(language: str):
    assert {"the", "and", "of"} <= stop_words(language)


@pytest.mark.parametrize("language", ["klingon", "", "xx"])
def test_an_unknown_language_has_no_stop_words(language: str):
    assert stop_words(language) == frozenset()


def test_a_lone_surrogate_can_be_hashed():
    assert stable_hash("\ud800") != stable_hash("\ud801")
    assert text_hash("\ud800") != text_hash("\ud801")


def test_case_and_white_space_around_a_field_value_do_not_count():
    assert facet("type", " Straße ") == facet("type", "STRASSE")


def test_the_same_value_of_another_field_is_another():
    assert facet("a", "x") != facet("b", "x")


@pytest.mark.parametrize("name", ["Straße", " straße ", "STRASSE\n"])
def test_a_folded_hash_has_no_case_and_no_white_space_round_it(name: str):
    assert folded_hash(name) == stable_hash("strasse")


@pytest.mark.parametrize("name", [None, "", "  "])
def test_the_folded_hash_of_no_name_is_0(name: str | None):
    assert folded_hash(name) == 0


@pytest.mark.parametrize(
    ("language", "main"),
    [("en-GB", "en"), ("pt_BR", "pt"), ("de", "de"), ("zh-Hant-TW", "zh"), ("", None), (None, None)],
)
def test_the_main_language_has_no_region(language: str | None, main: str | None):
    assert main_language(language) == main


PLAIN = "site.example/a/b"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("https://site.example/a/b", PLAIN),
        ("http://site.example/a/b", PLAIN),
        ("HTTPS://WWW.Site.Example/a/b", PLAIN),
        ("  https://site.example/a/b/ \n", PLAIN),
        ("//site.example/a/b", PLAIN),
        ("https://site.example:443/a/b", PLAIN),
        ("http://site.example:80/a/b", PLAIN),
        ("https://user@site.example/a/b", PLAIN),
        ("https://site.example/a/b#part", PLAIN),
        ("https://site.example/a/b?utm_source=x&utm_campaign=y", PLAIN),
        ("https://site.example/a/b/?fbclid=1#part", PLAIN),
        ("https://site.example/a/b?GCLID=1&mc_cid=2&mc_eid=3&ref_src=4", PLAIN),
        ("https://site.example", "site.example"),
        ("https://site.example/", "site.example"),
        ("https://site.example:8080/a/b", "site.example:8080/a/b"),
        ("https://site.example/A/b", "site.example/A/b"),
        ("https://site.example/a/b?id=7", f"{PLAIN}?id=7"),
        ("https://site.example/a/b?id=7&utm_medium=x", f"{PLAIN}?id=7"),
        ("https://site.example/a/b?b=1&a=2", f"{PLAIN}?b=1&a=2"),
        ("https://site.example/a b", "site.example/a%20b"),
        ("https://site.example/a%20b", "site.example/a%20b"),
        ("https://site.example/über", "site.example/%C3%BCber"),
        ("https://site.example/%c3%bcber/", "site.example/%C3%BCber"),
        ("no address", "no address"),
        ("site.example/a/b", "site.example/a/b"),
        ("https://[::1", "https://[::1"),
        ("https://site.example:port/a", "https://site.example:port/a"),
    ],
)
def test_spellings_of_one_address_share_a_key(url: str | None, key: str | None):
    assert url_key(url) == key


@pytest.mark.parametrize(
    "query",
    [
        "q=b",
        "q=b+c",
        "empty=",
        "b=2&a=1",
        "q=b%20c",
        "flag",
        "q=%ff",
        "u=https://x/y",
        "a=1;b=2",
    ],
)
def test_a_tracking_parameter_does_not_change_the_key(query: str):
    tracked = [f"{query}&utm_source=x", f"utm_source=x&{query}"]
    plain = url_key(f"https://site.example/a?{query}")
    assert [url_key(f"https://site.example/a?{each}") for each in tracked] == [plain, plain]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Ministry of Justice sues Clearview AI", ["ministry", "justice", "clearview", "ai"]),
        ("iPhone 12 and 5G in the G20", ["12", "5g", "g20"]),
        ("U.S. court: Elbmark's chips in Zürich, ÅRE and Привет", ["elbmark", "zürich", "åre", "привет"]),
        ("New new NEW", ["new", "new"]),
        ("a B c 7", ["7"]),
        ("snake_Case under_score", ["case"]),
        ("東京 2021年", ["2021年"]),
        ("", []),
    ],
)
def test_proper_names_are_words_with_a_capital_or_a_digit(title: str, names: list[str]):
    assert proper_names(title) == names


@pytest.mark.parametrize("article_id", ["plain", "two words", "100%", "a%20b", "ü\u2028x"])
def test_an_id_is_among_those_that_its_name_in_a_trec_file_stands_for(article_id: str):
    assert article_id in own_ids(trec_id(article_id))
    assert own_ids(article_id)[0] == article_id
