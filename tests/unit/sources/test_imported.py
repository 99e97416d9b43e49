"""Helpers of the importers: titles, ids, states and addresses."""

from __future__ import annotations

import pytest

from recommender.article_errors import MAX_ID_CHARS
from recommender.sources.imported import absolute, first_words, parse_json, plain, plain_id, readable_slug, utc_ns


def test_a_line_of_html_becomes_text():
    for html, text in [
        ("Tom &amp; <b>Jerry</b>", "Tom & Jerry"),
        ("I <3 you, 1 < 2", "I <3 you, 1 < 2"),
        ("a<!-- hidden -->b\x00\n c", "ab c"),
        ("A&nbsp;&#8211;&nbsp;B", "A – B"),
        (None, ""),
        (7, ""),
    ]:
        assert plain(html) == text, html


def test_a_slug_becomes_a_title_if_it_says_something():
    for slug, title in [
        ("hello-world", "Hello world"),
        ("%C3%BCber_uns", "Über uns"),
        ("123-4", ""),
        ("", ""),
        ("2024-review", "2024 review"),
    ]:
        assert readable_slug(slug) == title, slug


def test_a_text_gives_its_first_words():
    assert first_words("Rain today") == "Rain today"
    assert first_words("one, " * 20) == "one, one, one, one, one, one, one, one, one, one …"
    assert len(first_words("x" * 500)) <= 122


def test_any_text_gives_an_id():
    assert plain_id(" https://x.example/a\n") == "https://x.example/a"
    one, other = (plain_id("x" * 600 + end) for end in "ab")
    assert len(one) == len(other) == MAX_ID_CHARS and one != other


def test_a_date_becomes_nanoseconds():
    for text, expected in [
        ("1970-01-01T00:00:01Z", 10**9),
        ("1970-01-02T01:00:00.5+01:00", 86_400 * 10**9 + 5 * 10**8),
        ("soon", 0),
        ("", 0),
        (None, 0),
        (3, 0),
    ]:
        assert utc_ns(text) == expected, text


def test_an_address_becomes_absolute():
    for url, address in [
        ("/a", "https://x.example/a"),
        ("http://y.example/b ", "http://y.example/b"),
        ("mailto:a@x.example", ""),
        ("//[bad", ""),
        ("", ""),
        (None, ""),
    ]:
        assert absolute("https://x.example/feed", url) == address, url


def test_json_has_whole_characters():
    assert parse_json(b'\xef\xbb\xbf["\\ud83c\\udf0a \\ud83d"]') == ["🌊 \ufffd"]
    for text in (b"{", b"[" * 100_000, b"\xff"):
        with pytest.raises(ValueError):
            parse_json(text)
