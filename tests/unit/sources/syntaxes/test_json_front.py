"""JSON front matter: reading, and inserting, replacing and removing the related member."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.json_front import JSON

NEW = [{"title": "New"}]
LINE = '"related": [{"title": "New"}]'
COMPACT = '"related":[{"title":"New"}]'
LINES = '"related": [\n  {\n    "title": "New"\n  }\n]'


def put(text: str, entries: Sequence[dict[str, Any]] = NEW) -> str:
    field = JSON.find_related(text.encode())
    return JSON.splice(field, JSON.write_block(entries, field.newline)).decode()


def lines(unit: str) -> str:
    return LINES.replace("  ", unit).replace("\n", f"\n{unit}")


PLACES = [
    ('{"title": "A"@}', f", {LINE}"),
    ('{ "title": "A"@ }', f", {LINE}"),
    ('{"title":"A","x":1@}', f",{COMPACT}"),
    ('{"title": "A"@, "secured": 1}', f", {LINE}"),
    ('{@"secured": 1}', f"{LINE}, "),
    ('{@"secured":1}', f"{COMPACT},"),
    ("{@}", LINE),
    ("{@ }", LINE),
    ("{@\n}", f"\n  {lines('  ')}"),
    ('{\n  "title": "A"@\n}', f",\n  {lines('  ')}"),
    ('{\n\t"title": "A"@\n}', f",\n\t{lines(chr(9))}"),
    ('{\n    "title": "A"@,\n    "secured": {"related": 1}\n}', f",\n    {lines('    ')}"),
    ('{\n  @"secured": [1,\n2]\n}', f"{lines('  ')},\n  "),
    ('{\n"title": "A"@}', f",\n{lines('')}"),
    ('\n {"title": "A}\\""\n  , "x": "}"@}', f", {LINE}"),
]
"""Where a new member goes, and what is written there."""


def test_a_new_member_is_written_as_the_file_writes_its_own():
    for text, written in PLACES:
        for body in ["", "\n", "\nBody {}\n"]:
            assert put(text.replace("@", "") + body) == text.replace("@", written) + body


def test_what_was_put_in_is_found_and_taken_out_again():
    for text in [place for place, _ in PLACES]:
        for mark, newline in product(["", "\ufeff"], ["\n", "\r\n"]):
            before = mark + (text.replace("@", "") + "\nBody").replace("\n", newline)
            once = put(before)
            field = JSON.find_related(once.encode())
            assert field.value() == NEW
            assert field.block == JSON.write_block(NEW, newline)
            assert put(once) == once
            assert put(once, []) == before
            assert json.loads(once.removeprefix("\ufeff").removesuffix("Body"))["related"] == NEW


def test_a_member_is_replaced_and_taken_out_where_it_stands():
    for before, after, without in [
        ('{"related": 1, "x": 2}', f'{{{LINE}, "x": 2}}', '{"x": 2}'),
        ('{"x": 2 , "related" : [ ] , "y": 3}', f'{{"x": 2 , {LINE} , "y": 3}}', '{"x": 2 , "y": 3}'),
        ('{\n "x": 2,\n "related": null\n}', f'{{\n "x": 2,\n {lines(" ")}\n}}', '{\n "x": 2\n}'),
        ('{"related":"x"}', f"{{{COMPACT}}}", "{}"),
    ]:
        assert put(before) == after, before
        assert put(before, []) == without, before


def test_a_member_in_another_form_is_shown_as_it_stands():
    field = JSON.find_related(b'{"related":  [{"title": "New"}]}')
    assert field.block == b'"related":  [{"title": "New"}]'
    assert JSON.splice(field, field.block) == field.data


def test_a_member_with_the_only_line_end_of_a_file_is_replaced():
    once = put('{ "related": [1,\r\n2]}')
    assert once == f"{{ {LINE}}}"
    assert put(once) == once


def test_a_placeholder_is_empty():
    for value in ["null", "[]", "{}", '""']:
        assert JSON.find_related(f'{{"related": {value}}}'.encode()).is_empty()


def test_what_someone_wrote_is_not_empty():
    for value in ["0", "false", "[0]", '"x"']:
        assert not JSON.find_related(f'{{"related": {value}}}'.encode()).is_empty()


def test_fields_are_read_with_their_lines():
    front = JSON.parse(b'{\n"title": "A",\n"related": [1],\n"date": "2020-01-01", "x": {"related": 2}}\n\nBody\n')
    assert front.fields == {"title": "A", "date": "2020-01-01", "x": {"related": 2}}
    assert front.related == [1]
    assert front.body == "\nBody\n"
    assert [front.line(key) for key in ("title", "date", "x", "none")] == [2, 4, 4, 1]


def test_no_line_end_is_written_but_by_escape():
    block = JSON.write_block([{"title": "\n\x85\u2028\x7f\ud800é"}]).decode()
    assert block == '"related": [{"title": "\\n\\u0085\\u2028\\u007f\\ud800é"}]\n'
    assert JSON.write_block([]) == b""


def test_text_that_is_no_object_is_not_claimed_and_refused():
    for text in [
        "",
        "Text",
        "{",
        "{{ page.title }}\n",
        "{% raw %}\n",
        "{1: 2}\n",
        '{"a": 1} is JSON\n',
        '{"a": NaN}',
        '{"a": 1,}',
        '{"a" 1}',
        '{"a": 1 "b": 2}',
        '{"a": "b\nc"}',
        "[1]",
        '{"a": ' + "9" * 5000 + "}",
    ]:
        assert not JSON.claims(text.encode())
        with pytest.raises(FrontMatterError, match="line 1: "):
            JSON.parse(text.encode())


def test_what_cannot_be_read_is_refused_with_its_line():
    for text, message in [
        ('{\n"a": 1,\n"a": 2}', "line 3: the key a is repeated"),
        ('{\n"related": 1,\n"related": 2}', "line 3: the key related is repeated"),
        ('{\n"a": tru}', "line 2: invalid JSON: Expecting value"),
        (f'{{"a": {"[" * 60}{"]" * 60}}}', "values are nested more than 50 deep"),
        (f'{{"a": {"[" * 100_000}', "line 1: values are nested more than 50 deep"),
        (f'{{"a": [{"1," * 100_000}1]}}', "the front matter holds more than 100,000 values"),
    ]:
        with pytest.raises(FrontMatterError) as caught:
            JSON.find_related(text.encode())
        assert str(caught.value).startswith(message), text


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    data = b'{"title": "A"}\n\xe9\n'
    assert JSON.claims(data)
    with pytest.raises(FrontMatterError, match="line 2: byte 0xe9 is not UTF-8"):
        JSON.parse(data)


def test_what_is_no_related_member_is_refused():
    for block in [b"title: x\n", b'"title": 1\n', b'"related": 1, "title": 2\n', b'"related": [\n']:
        with pytest.raises(FrontMatterError):
            JSON.splice(JSON.find_related(b'{"title": "A"}'), block)
