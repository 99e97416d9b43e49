"""Repair, cleaning, and the texts that are embedded and searched."""

from __future__ import annotations

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text import Texts, article_texts, clean, clean_markdown, has_surrogate, repair


def test_mojibake_is_undone():
    for broken, mended in [
        ("Illinois residentsâ€™ data", "Illinois residents’ data"),
        ("caf\u00c3\u00a9", "café"),
        ("a â€œquoteâ€\u009d b", "a “quote” b"),
    ]:
        assert repair(broken) == mended, broken


def test_a_text_that_needs_no_repair_stays():
    for text in ["", "plain", "’curly‘ “quotes”", "ﬁne", "&amp; <b>", "日本語 🎉", "déjà vu", "a\u00a0b"]:
        assert repair(text) == text, text


def test_tags_and_entities_and_white_space_are_cleaned():
    for markup, plain in [
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
    ]:
        assert clean(markup) == plain, markup


def test_a_lone_surrogate_becomes_the_replacement_character():
    assert clean("a \ud800 b") == "a \ufffd b"


def test_markdown_becomes_prose():
    for markdown, plain in [
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
    ]:
        assert clean_markdown(markdown, 1000) == plain, markdown


def test_markdown_is_cut_at_the_limit():
    for limit in [1, 10, 37, 100]:
        text = clean_markdown("many words of a text " * 1000, limit)
        assert 0 < len(text) <= limit, limit


def test_unusual_markdown_is_handled():
    for markdown in [">" * 5000, "[" * 5000, "*a " * 5000, "<" * 5000, "`" * 4999, "- " * 5000]:
        assert len(clean_markdown(markdown, 2000)) <= 2000, markdown


def test_text_is_cut_between_words():
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


def test_related_secured_and_unknown_keys_are_not_in_the_text():
    plain = texts(excerpt="Excerpt")
    full = texts(excerpt="Excerpt", related=[{"title": "answer"}], secured="blob", layout="post", topics=["AI"])
    assert full == plain


def test_a_long_excerpt_is_cut_at_its_limit():
    rest = texts(TextSettings(excerpt_chars=50), excerpt="word " * 1000).rest
    assert rest == "word " * 9 + "word"


def test_a_long_body_is_cut_at_its_limit():
    rest = texts(TextSettings(body_chars=50), body="word " * 1000).rest
    assert rest == "word " * 9 + "word"


def test_a_limit_of_0_omits_the_text():
    assert texts(TextSettings(excerpt_chars=0), excerpt="Excerpt", body="Body").rest == "Body"
    assert texts(TextSettings(body_chars=0), excerpt="Excerpt", body="Body").rest == "Excerpt"


def test_a_long_title_is_cut():
    assert len(texts(title="word " * 1000).title) <= 1000


def test_an_excerpt_that_the_body_starts_with_is_used_once():
    for end in ["", ".", "...", "…", " …"]:
        assert texts(excerpt=f"The body starts{end}", body="The body starts so and goes on").rest == (
            "The body starts so and goes on"
        ), end


def test_an_excerpt_longer_than_the_bodys_lead_is_used_once():
    story = " ".join(f"word{number}" for number in range(200))
    rest = texts(TextSettings(body_chars=100), excerpt=story, body=story).rest
    assert rest == story


def test_a_distinct_excerpt_stays_before_the_body():
    assert texts(excerpt="A summary.", body="The body.").rest == "A summary. The body."


def test_an_image_embedded_in_an_excerpt_is_removed():
    picture = f"<img src='data:image/png;base64,{'iVBORw0KGgo' * 2000}'>"
    assert texts(excerpt=f"{picture} Real words").rest == "Real words"


def test_an_image_embedded_in_a_body_is_removed():
    for kind in ["image/png", "image/svg+xml", "image/svg+xml;charset=utf-8", ""]:
        picture = f"![face](data:{kind};base64,{'iVBORw0KGgo' * 2000})"
        assert texts(body=f"{picture}\n\nReal words").rest == "Real words", kind


def test_title_and_rest_become_one_text():
    for title, rest, whole in [
        ("Title", "rest", "Title. rest"),
        ("Title?", "rest", "Title? rest"),
        ("Title…", "rest", "Title… rest"),
        ("題。", "rest", "題。 rest"),
        ("Title", "", "Title"),
    ]:
        assert Texts(title, rest).whole == whole, whole


def test_a_lone_surrogate_is_found():
    for text, half in [("plain", False), ("é 🎉", False), ("\ud800", True), ("é \udfff", True)]:
        assert has_surrogate(text) is half, text
