"""Unfenced header lines: reading, and inserting, replacing and removing `Related:`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.header_lines import HEADERS

NEW = [{"title": "New"}]
LINE = 'Related: [{"title": "New"}]\n'


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = HEADERS.find_related(text.encode())
    return HEADERS.splice(field, HEADERS.write_block(entries, field.newline)).decode()


def test_fields_and_body_are_read():
    for text, fields, body in [
        ("Title: A: b\nDATE: 2020-01-01\n\nBody\n", {"title": "A: b", "date": "2020-01-01"}, "Body\n"),
        ("Title:   A \nTags: a,\n    b\n\tnot\n", {"title": "A", "tags": "a,\nb"}, "\tnot\n"),
        ("title: A\n   slug:x\n\n\nslug: y\n", {"title": "A", "slug": "x"}, "\nslug: y\n"),
        ("Title: A\n    long one\nAuthor: x\nauthor: y\n", {"title": "A long one", "author": "x\ny"}, ""),
        ("Title: A\n---\nslug: x\n", {"title": "A"}, "slug: x\n"),
        ("Title: A\nText: it is\nnot a field\n", {"title": "A", "text": "it is"}, "not a field\n"),
        ("Title: \u2028A\u2028slug: b", {"title": "A\u2028slug: b"}, ""),
        ("Title: A\nSummary:\n    a\n    b\n", {"title": "A", "summary": "a\nb"}, ""),
    ]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            data = (mark + text.replace("\n", newline)).encode()
            front = HEADERS.parse(data)
            assert HEADERS.claims(data)
            assert (front.fields, front.body) == (fields, body.replace("\n", newline))


def test_a_field_knows_its_line():
    front = HEADERS.parse(b"Title: A\n    b\nDate: x\nTags: y\n")
    assert [front.line(key) for key in ("title", "date", "tags", "none")] == [1, 3, 4, 1]


def test_prose_is_not_claimed():
    for text in [
        "",
        "\nTitle: A\n",
        "Note: this is text\n\nTitle: A\n",
        "Note: this is text\n",
        "Summary: this is text that\ngoes on\n",
        "http://title: x\n",
        "Title:A\n",
        "Title : A\n",
        "# Title: A\n",
        "Über: x\nTitle: A\n",
    ]:
        assert not HEADERS.claims(text.encode())


ABOVE = ["Title: A\n", "Title: A\nTags: a,\n    b\n", "Title: A\n   slug: b\n", "Title: A\nx:\n"]


def test_a_new_line_is_the_last_of_the_header():
    for above in ABOVE:
        for below in ["", "\nBody\n", "  \n\nBody", "Body\n", "---\nBody\n"]:
            assert put(above + below) == above + LINE + below


def test_what_was_put_in_is_found_and_taken_out_again():
    for text in [*(f"{above}\nBody" for above in ABOVE), *ABOVE, "Title: A", "Title: A\nTags:"]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            before = mark + text.replace("\n", newline)
            once = put(before)
            field = HEADERS.find_related(once.encode())
            assert field.value() == NEW
            assert field.block == HEADERS.write_block(NEW, field.newline)
            assert put(once) == once
            assert put(once, []) == before


def test_a_line_is_replaced_and_taken_out_where_it_stands():
    for block in ["related: a, b\n", "RELATED:\n    [\n    1]\n", "   Related:\n"]:
        for below in ["Date: x\n\nBody\n", "\nBody\n", ""]:
            text = f"Title: A\n{block}{below}"
            assert HEADERS.find_related(text.encode()).block == block.encode()
            assert put(text) == f"Title: A\n{LINE}{below}"
            assert put(text, []) == f"Title: A\n{below}"


def test_a_last_line_without_an_end_stays_so():
    assert put("Title: A\nRelated: x") == f"Title: A\n{LINE}".removesuffix("\n")
    assert put("Title: A\r\nRelated: x", []) == "Title: A"


def test_the_value_is_json_or_someones_text():
    for text, value in [
        ("", None),
        ("[]", []),
        ('[{"a": 1}]', [{"a": 1}]),
        ("[\n    1]", [1]),
        ("a, b", "a, b"),
        ("[NaN]", "[NaN]"),
        ("[" * 100_000, "[" * 100_000),
    ]:
        field = HEADERS.find_related(f"Title: A\nRelated: {text}\n".encode())
        assert field.value() == value, text
        assert field.is_empty() == (not value), text
        assert HEADERS.splice(field, field.block) == field.data, text


def test_what_would_end_a_line_is_escaped():
    block = HEADERS.write_block([{"title": "\n\r\x0b\x1c\x85\u2028\u2029\x7f\ud800é"}]).decode()
    assert block.splitlines() == [block.removesuffix("\n")]
    assert "é" in block


def test_what_cannot_be_read_is_refused():
    for text, message in [
        ("Text\n", "line 1: line 1 is not a header line"),
        ("Title: A\nRelated: x\nrelated: y\n", "line 3: the key related is repeated"),
        ("Title: A\n" + "a: b\n" * 100_001, "the front matter holds more than 100,000 values"),
        (f"Title: A\nRelated: {'[' * 60}{']' * 60}\n", "values are nested more than 50 deep"),
    ]:
        with pytest.raises(FrontMatterError) as caught:
            put(text)
        assert str(caught.value).startswith(message), text


def test_a_second_related_line_is_claimed_so_that_it_is_told():
    assert HEADERS.claims(b"Title: A\nRelated: x\nrelated: y\n")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    data = b"Title: A\n\n\xe9\n"
    assert HEADERS.claims(data)
    with pytest.raises(FrontMatterError, match="line 3: byte 0xe9 is not UTF-8"):
        HEADERS.parse(data)


@pytest.mark.parametrize("block", [b"Title: B\n", b"Related: x\nmore\n", b"text\n", b"Related: x\nTags: y\n", b"\n"])
def test_what_is_no_related_line_is_refused(block: bytes):
    with pytest.raises(FrontMatterError):
        HEADERS.splice(HEADERS.find_related(b"Title: A\n\nBody\n"), block)
