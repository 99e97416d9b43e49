"""Cleaning never fails, keeps its limits, and leaves nothing to clean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.text import clean, clean_markdown
from recommender.text.markup import heading_of, prose_of_html, prose_of_rst
from recommender.text.stripping import strip_code

PIECES = [
    *["{{", "}}", "{%", "%}", "{#", "#}", "{{<", ">}}", "{/*", "*/}", "{", "}", "{: .a}", "{#id}", "[", "]", "(", ")"],
    *[
        "<",
        ">",
        "</",
        "<a b='c'>",
        "<Tabs x={",
        "/>",
        "</Tabs>",
        "<script>",
        "</script>",
        "<pre>",
        "</pre>",
        "<!--",
        "-->",
    ],
    *[
        "`",
        "```",
        "~~~",
        "$",
        "$$",
        "\\",
        "\\[",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "# ",
        "- ",
        "> ",
        "1. ",
        ":::note",
        "!!! note",
    ],
    *[
        "import a from 'b'",
        "export const a = {",
        '[a b="c"]',
        "[/a]",
        "[^1]:",
        "https://a.example/b",
        "&lt;",
        "&#123;",
        "::",
    ],
    *[".. note::", "..", "|", "_", "*", "=====", "word", "Wörter", "言葉", "\0", "\ud800", "\u2028", ";base64,"],
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


@given(TEXTS)
def test_markdown_of_any_kind_is_read_within_its_limit(text: str):
    for limit in (1, 20, 1000):
        found = clean_markdown(text, limit)
        assert len(found) <= limit
        assert found == " ".join(found.split())


@given(TEXTS)
def test_cleaning_takes_away_and_comes_to_an_end(text: str):
    once = clean(text)
    assert once == " ".join(once.split())
    # What stood around a tag may make a new one, and an entity may hide an entity.
    last = once
    for _ in range(20):
        last, before = clean(last), last
        assert len(last) <= len(before)
        if last == before:
            break
    else:
        pytest.fail(f"{last!r} is still cleaned")


@given(TEXTS)
def test_a_stripped_text_is_never_longer_than_it_was_by_more_than_marks(text: str):
    stripped = strip_code(text)
    assert stripped.whole
    assert len(stripped.text) <= 3 * len(text) + 8


@given(st.lists(st.sampled_from(["tall", "trees", "stand", "here"]), min_size=1, max_size=20).map(" ".join), TEXTS)
def test_prose_before_anything_odd_stays(prose: str, text: str):
    assert clean_markdown(f"{prose}\n\n{text}", 5000).startswith(prose)


@given(TEXTS)
def test_markup_of_any_kind_becomes_paragraphs(text: str):
    for read in (prose_of_html, prose_of_rst):
        for paragraph in read(text).split("\n\n"):
            assert paragraph == " ".join(paragraph.split())
        assert heading_of(read(text)) is None


@given(TEXTS)
def test_a_heading_is_words_or_nothing(text: str):
    heading = heading_of(text)
    assert heading is None or heading == clean(heading)
