"""Nikola's metadata lines: reading, and inserting, replacing and removing `.. related:`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.comment_lines import COMMENTS

NEW = [{"title": "New"}]
LINE = '.. related: [{"title": "New"}]\n'


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = COMMENTS.find_related(text.encode())
    return COMMENTS.splice(field, COMMENTS.write_block(entries, field.newline)).decode()


def test_fields_and_body_are_read():
    for text, fields, body in [
        (".. title: A: b\n.. slug: a\n\nBody\n", {"title": "A: b", "slug": "a"}, "Body\n"),
        ("\n.. title: A\n.. tags:\n.. Date:  x \n", {"title": "A", "tags": "", "date": "x"}, ""),
        (".. title: A\nBody\n", {"title": "A"}, "Body\n"),
        (".. title: A\n.. image:: x.png\n", {"title": "A"}, ".. image:: x.png\n"),
        (".. title: A\n.. a remark\n.. slug: a\n  b\n\n", {"title": "A", "slug": "a"}, ""),
        ("<!--\n.. title: A\n.. slug: a\n-->\n\nBody\n", {"title": "A", "slug": "a"}, "\nBody\n"),
        (
            "<!-- \n   .. title: A\na remark\n   .. slug: a\n\n.. date: x\n --> \nBody\n",
            {"title": "A", "slug": "a"},
            "Body\n",
        ),
    ]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            data = (mark + text.replace("\n", newline)).encode()
            front = COMMENTS.parse(data)
            assert COMMENTS.claims(data)
            assert (front.fields, front.body) == (fields, body.replace("\n", newline))


def test_a_field_knows_its_line():
    front = COMMENTS.parse(b"<!--\n.. title: A\n\n-->\n")
    assert [front.line(key) for key in ("title", "none")] == [2, 1]


def test_other_comments_are_not_claimed():
    for text in [
        "",
        "Text\n",
        ".. author: x\n\nTitle\n=====\n",
        ".. note:: title: x\n",
        ".. title:: x\n",
        ".. author: x\n\n.. title: A\n",
        "<!-- .. title: A -->\n",
        "<!--\nA remark\n.. title: A\n-->\n",
        "..title: A\n",
    ]:
        assert not COMMENTS.claims(text.encode())


PLACES = [
    (".. title: A\n", ""),
    (".. title: A\n.. slug: a\n", "\nBody\n"),
    (".. title: A\n   more\n", "\nBody\n"),
    (".. title: A\n", ".. a remark\n\nBody\n"),
    ("\n\n.. title: A\n", "Body"),
    ("<!--\n.. title: A\n", "-->\nBody\n"),
    ("<!--\n.. title: A\n", "\nmore\n-->\n"),
    ("<!--\n  .. title: A\n  .. slug: a\n", "-->"),
]


def test_a_new_line_is_the_last_of_them():
    for above, below in PLACES:
        assert put(above + below) == above + LINE + below, (above, below)


def test_what_was_put_in_is_found_and_taken_out_again():
    for text in [*(above + below for above, below in PLACES), ".. title: A", "", "\n\n", "  "]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            before = mark + text.replace("\n", newline)
            once = put(before)
            field = COMMENTS.find_related(once.encode())
            assert field.value() == NEW
            assert field.block == COMMENTS.write_block(NEW, field.newline)
            assert put(once) == once
            assert put(once, []) == before


def test_a_line_is_replaced_and_taken_out_where_it_stands():
    for block in [".. related: a, b\n", "  .. Related: [1]\n", ".. related:\n"]:
        text = f".. title: A\n{block}.. slug: a\n\nBody\n"
        assert COMMENTS.find_related(text.encode()).block == block.encode(), block
        assert put(text) == f".. title: A\n{LINE}.. slug: a\n\nBody\n", block
        assert put(text, []) == ".. title: A\n.. slug: a\n\nBody\n", block


def test_the_value_is_json_or_someones_text():
    for text, value in [("", None), ("[]", []), ("[1]", [1]), ("a, b", "a, b")]:
        field = COMMENTS.find_related(f".. title: A\n.. related: {text}\n".encode())
        assert field.value() == value, text
        assert field.is_empty() == (not value), text


def test_no_text_ends_the_comment_or_its_line():
    for title in ["-->", "--!>", "<!--", "--- -- -", "\\--", "\u2028\x85\n\r"]:
        once = put("<!--\n.. title: A\n-->\nBody\n", [{"title": title}])
        assert once.count("--") == 2
        assert len(once.splitlines()) == 5
        assert COMMENTS.parse(once.encode()).related == [{"title": title}]


def test_what_cannot_be_read_is_refused():
    for text, message in [
        ("Text\n", "line 1: no field begins the file"),
        (".. image:: x\n", "line 1: no field begins the file"),
        ("\n<!--\n.. title: A\n", "line 2: the comment is never closed"),
        (
            "<!--\n.. title: A\n.. slug: a -->\nBody\n-->\n",
            "line 3: text stands before -->",
        ),
        (".. title: A\n.. related: x\n.. Related: y\n", "line 3: the key related is repeated"),
        (".. title: A\n" + ".. a: b\n" * 100_001, "the front matter holds more than 100,000 values"),
    ]:
        with pytest.raises(FrontMatterError) as caught:
            put(text)
        assert str(caught.value).startswith(message), text


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    data = b".. title: A\n\n\xe9\n"
    assert COMMENTS.claims(data)
    with pytest.raises(FrontMatterError, match="line 3: byte 0xe9 is not UTF-8"):
        COMMENTS.parse(data)


@pytest.mark.parametrize("block", [b".. title: B\n", b".. related: 1\n.. slug: x\n", b"text\n", b".. related: -->\n"])
def test_what_is_no_related_line_is_refused(block: bytes):
    with pytest.raises(FrontMatterError):
        COMMENTS.splice(COMMENTS.find_related(b"<!--\n.. title: A\n-->\nBody\n"), block)
