"""reStructuredText metadata: reading, and inserting, replacing and removing `:related:`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.rst_fields import RST

NEW = [{"title": "New"}]
LINE = ':related: [{"title": "New"}]\n'
TITLE = "Title\n=====\n"


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = RST.find_related(text.encode())
    return RST.splice(field, RST.write_block(entries, field.newline)).decode()


def test_fields_and_body_are_read():
    for text, fields, body in [
        (":Title: A\n:date: 2020-01-01\n\nBody\n", {"title": "A", "date": "2020-01-01"}, "Body\n"),
        (f"{TITLE}\n:tags: a,\n   b\n\n:x:\n\n   y\n\nBody\n", {"tags": "a,\nb", "x": "y", "title": "Title"}, "Body\n"),
        (f":orphan:\n\n{TITLE}\nBody\n", {"orphan": "", "title": "Title"}, "Body\n"),
        ("=====\n Two \n=====\n:a: b\n", {"a": "b", "title": "Two"}, ""),
        (
            ".. a comment\n   more\n\n.. _here:\n\nT\n=\n\n:a: b\n",
            {"a": "b", "title": "T"},
            ".. a comment\n   more\n\n.. _here:\n\n",
        ),
        (f"{TITLE}\nMore\n----\n\n:a: b\n", {"a": "b", "title": "Title", "subtitle": "More"}, ""),
        (f"{TITLE}\nMore\n----\n\nBody\n", {"title": "Title"}, "More\n----\n\nBody\n"),
        (f"{TITLE}\nBody\n\n:a: b\n", {"title": "Title"}, "Body\n\n:a: b\n"),
        (f".. image:: x\n\n{TITLE}\n:a: b\n", {"title": "Title"}, ".. image:: x\n\n:a: b\n"),
        ("Body\n", {}, "Body\n"),
        ("Body\n==\n", {}, "Body\n==\n"),
        ("", {}, ""),
        (":title: A\n\nTitle\n=====\n", {"title": "A"}, ""),
        (
            f".. post:: 2020-01-01\n   :tags: a,\n     b\n\n   quoted\n\n{TITLE}\nBody\n",
            {"date": "2020-01-01", "tags": "a,\nb", "title": "Title"},
            "   quoted\n\nBody\n",
        ),
        (f"{TITLE}\n.. post::\n   :author: x\n\nBody\n", {"post": "", "author": "x", "title": "Title"}, "Body\n"),
        (f":date: a\n\n{TITLE}\n.. post:: b\n", {"date": "a", "title": "Title"}, ""),
        (":a: 12:30\n:b:c: d\n", {"a": "12:30", "b:c": "d"}, ""),
    ]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            front = RST.parse((mark + text.replace("\n", newline)).encode())
            assert (front.fields, front.body) == (fields, body.replace("\n", newline))


def test_a_field_knows_its_line():
    front = RST.parse(f"\n{TITLE}\n:a: x\n   y\n:b: z\n\n.. post:: now\n   :c: d\n".encode())
    assert [front.line(key) for key in ("title", "a", "b", "date", "c", "none")] == [2, 5, 7, 9, 10, 1]


def test_text_with_fields_is_claimed():
    for text in [":date: x\n", f"{TITLE}\n:date: x\n", f"{TITLE}\nBody\n\n.. post::\n", ":related: x\n:related: y\n"]:
        assert RST.claims(text.encode()), text


def test_other_text_is_not_claimed():
    for text in ["", TITLE, "Text\n\n:date: x\n", "  .. post::\n", ".. postal:: x\n"]:
        assert not RST.claims(text.encode()), text


LISTS = [
    (":date: x\n", ""),
    (":date: x\n   y\n", "\nBody\n"),
    (":date: x\n\n:tags: y\n", "\nBody\n"),
    (f"{TITLE}\n:date: x\n", "Body\n"),
    (":orphan:\n:a:\n\n  b\n", f"\n{TITLE}\n:date: x\n"),
    (f".. a comment\n\n{TITLE}More\n----\n:date: x\n", "\n:: \n"),
]


def test_a_new_field_is_the_last_of_the_list():
    for above, below in LISTS:
        assert put(above + below) == above + LINE + below, above


ALONE = [
    "",
    "Body\n",
    f"{TITLE}\nBody",
    ".. post:: x\n   :tags: y\n\nBody\n",
    "\n\n.. a comment\n\nBody\n",
    ".. post::",
]


def test_a_file_without_a_list_takes_one_at_the_top():
    for text in ALONE:
        assert put(text) == f"{LINE}\n{text}", text


def test_what_was_put_in_is_found_and_taken_out_again():
    for text in [*(above + below for above, below in LISTS), *ALONE, ":date: x"]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            before = mark + text.replace("\n", newline)
            once = put(before)
            field = RST.find_related(once.encode())
            assert field.value() == NEW
            assert field.block == RST.write_block(NEW, field.newline)
            assert put(once) == once
            assert put(once, []) == before


def test_a_field_is_replaced_and_taken_out_where_it_stands():
    for block in [":related: a, b\n", ":Related:\n  - x\n\n  - y\n", ":related: []\n"]:
        for below in ["", ":date: x\n\nBody\n", "\nBody\n"]:
            text = f"{TITLE}\n{block}{below}"
            assert RST.find_related(text.encode()).block == block.encode(), block
            assert put(text) == f"{TITLE}\n{LINE}{below}", block
            assert put(text, []) == f"{TITLE}\n{below}", block


def test_the_value_is_json_or_someones_text():
    for text, value in [
        ("", None),
        ("[]", []),
        ('["a"]', ["a"]),
        ('["a \\" b"]', ['a " b']),
        ('["a \\\\" \\*b\\*"]', ['a " *b*']),
        ("a, b", "a, b"),
        (":doc:`a\\_b`", ":doc:`a\\_b`"),
    ]:
        field = RST.find_related(f":related: {text}\n\nBody\n".encode())
        assert field.value() == value, text
        assert field.is_empty() == (not value), text
        assert RST.splice(field, field.block) == field.data, text


def test_what_cannot_be_written_safely_is_refused():
    for text, message in [
        (":related: x\n:a: b\n:Related: y\n", "line 3: the key related is repeated"),
        ("" + ":a: b\n" * 100_001, "the front matter holds more than 100,000 values"),
        ("   quoted\n", "a related block here would change another field"),
    ]:
        with pytest.raises(FrontMatterError) as caught:
            put(text)
        assert str(caught.value).startswith(message), text


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(FrontMatterError, match="line 3: byte 0xe9 is not UTF-8"):
        RST.parse(b":date: A\n\n\xe9\n")


@pytest.mark.parametrize("block", [b":title: B\n", b":related: 1\n:slug: x\n", b"text\n", b".. related:: 1\n"])
def test_what_is_no_related_line_is_refused(block: bytes):
    with pytest.raises(FrontMatterError):
        RST.splice(RST.find_related(b":date: A\n\nBody\n"), block)
