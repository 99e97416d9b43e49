"""Setting one field of a line of JSON changes no other byte."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InputError
from recommender.sources.json_field import canonical_json, set_json_field


def put(line: str, value: Any = ()) -> str:
    return set_json_field(line, "related", list(value), before="secured")


# Where the field goes.


def test_a_field_is_replaced_where_it_stands():
    assert put('{"a": 1, "related": [{"title": "x"}], "b": 2}\n', ["é"]) == '{"a": 1, "related": ["é"], "b": 2}\n'


def test_a_new_field_goes_before_what_is_secured():
    assert put('{"a": 1,  "secured": 2}') == '{"a": 1,  "related": [], "secured": 2}'


def test_a_new_field_may_be_the_first():
    assert put('{ "secured": 2 }') == '{ "related": [], "secured": 2 }'


def test_a_field_that_stands_behind_what_is_secured_stays_there():
    assert put('{"secured": 2, "related": null}') == '{"secured": 2, "related": []}'


def test_elsewhere_a_new_field_goes_to_the_end():
    assert put('{"a": {"secured": 1}, "b": "secured"  }\r\n') == (
        '{"a": {"secured": 1}, "b": "secured", "related": []  }\r\n'
    )


def test_an_empty_object_gets_its_first_field():
    for line in ["{}", "{ }", " {\t} \n"]:
        assert put(line) == line.replace("{", '{"related": []'), line


def test_a_byte_order_mark_stays_in_front():
    assert put('\ufeff{"a": 1}') == '\ufeff{"a": 1, "related": []}'


def test_a_field_that_stands_twice_is_refused():
    with pytest.raises(InputError, match="the field related is repeated; expected one"):
        put('{"related": [], "a": 1, "related": []}')


def test_a_key_may_be_spelled_with_escapes():
    assert put(r'{"rel\u0061ted": 1}') == r'{"rel\u0061ted": []}'
    with pytest.raises(InputError, match="repeated"):
        put(r'{"rel\u0061ted": 1, "related": 2}')


# What stays.


def test_every_other_byte_stays():
    for fields in [
        '"n": [1.10, 1e5, 1E+05, -0, -0.0, 12345678901234567890, 1e999, NaN]',
        r'"a": "\u00e9\/\"}\ud83d\ude00 é \\", "b\u0020": "\\\""',
        '"z" :1 ,\t"a":2',
        '"a": 1, "a": 2, "secure": 3',
        '"a": {"related": [1], "secured": {"related": 2}}, "b": [{"related": 3}, "related"]',
        '"a": "\u2028\x7f\x85", "related ": 1, "Related": 2',
        '"": true, "a": [], "b": {}, "c": null',
    ]:
        assert put(f"{{{fields}}}\n") == f'{{{fields}, "related": []}}\n', fields
        assert put(f'{{{fields},"related" : {{"x": "}}"}}\n,"x":1}}') == f'{{{fields},"related" : []\n,"x":1}}', fields
        assert put(f'{{{fields},"secured" : 1}}') == f'{{{fields},"related": [], "secured" : 1}}', fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["secured", "title", "related "]) | st.text().filter(lambda key: key != "related")
SPACES = st.text(" \t\r\n", max_size=2)


@st.composite
def members(draw: st.DrawFn, keys: st.SearchStrategy[str]) -> str:
    """A key and its value as somebody may have written them."""
    escaped = draw(st.booleans())
    key, value = (json.dumps(draw(what), ensure_ascii=escaped) for what in (keys, JSON))
    return f"{key}{draw(SPACES)}:{draw(SPACES)}{value}"


@given(st.lists(members(KEYS)), st.lists(members(KEYS)), members(st.just("related")), SPACES, JSON)
def test_a_fields_value_is_replaced_and_nothing_else(
    before: list[str], after: list[str], member: str, space: str, value: Any
):
    def line(this: str) -> str:
        return f"{{{space}{f'{space},{space}'.join([*before, this, *after])}{space}}}{space}"

    colon = re.compile(r'"related"\s*:\s*').match(member)
    assert colon is not None
    expected = line(f"{colon[0]}{json.dumps(value, ensure_ascii=False)}")
    assert set_json_field(line(member), "related", value, before="secured") == expected
    assert json.loads(expected) == {**json.loads(line(member)), "related": value}


@given(st.lists(members(KEYS)), SPACES, JSON)
def test_a_new_field_is_added_and_nothing_else(fields: list[str], space: str, value: Any):
    line = f"\ufeff{{{space}{f'{space},{space}'.join(fields)}{space}}}{space}"
    found = set_json_field(line, "related", value, before="secured")
    assert json.loads(found.removeprefix("\ufeff")) == {**json.loads(line.removeprefix("\ufeff")), "related": value}
    new = f'"related": {json.dumps(value, ensure_ascii=False)}'
    places = [place for place in range(len(found)) if found.startswith(new, place)]
    assert line in {
        f"{found[:place]}{found[place + len(new) :]}"
        if not fields
        else f"{found[:place]}{found[place + len(new) + 2 :]}"
        if found.startswith(", ", place + len(new))
        else f"{found[: place - 2]}{found[place + len(new) :]}"
        for place in places
    }


# The same value is the same bytes.


def test_order_spaces_and_escapes_do_not_count():
    one, other = r'[{"a": "\u00e9", "b": {"c": 1, "d": 2}}]', '[{"b":{"d":2,"c":1},"a":"é"}]'
    assert canonical_json(json.loads(one)) == canonical_json(json.loads(other))


def test_the_order_of_a_list_counts():
    assert canonical_json([1, 2]) != canonical_json([2, 1])
