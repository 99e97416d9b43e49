"""Related entries as hypothesis makes them, and two YAML readers that are not the project's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import strategies as st
from ruamel.yaml import YAML

from recommender.article import format_date

TRAPS = [
    *"0123456789+-_.,:eExXoObB ~<>=#!?&*|%@`'\"\\/[]{}",
    *"\t\n\r\0\x1b\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\uffff",
    *[
        "null",
        "true",
        "No",
        "y",
        ".inf",
        ".NaN",
        "0x",
        "0o",
        "0b",
        "---",
        "...",
        ": ",
        " #",
        "2021-04-16",
        "T12:30:45Z",
    ],
]

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.lists(st.sampled_from(TRAPS), min_size=1, max_size=6).map("".join),
    st.from_regex(r"[-+]?[0-9_.:]{1,6}([eE][-+]?[0-9]{1,2})?", fullmatch=True),
)
numbers = st.one_of(st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False))
dates = st.datetimes(timezones=st.just(UTC)).map(format_date)


@st.composite
def some_of(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """At least one of the fields, in their order."""
    kept = draw(st.sets(st.sampled_from(list(fields)), min_size=1))
    return {key: draw(values) for key, values in fields.items() if key in kept}


entry = some_of(
    title=texts,
    excerpt=texts,
    publishedDateTime=dates,
    webUrl=texts,
    type=texts,
    provider=some_of(name=texts, domain=texts),
    quality=numbers,
    images=st.lists(some_of(url=texts, width=numbers, isCached=st.booleans()), min_size=1, max_size=2),
)
entries = st.lists(entry, min_size=1, max_size=3)


def read_yaml_11(text: str) -> Any:
    """As YAML 1.1 has it, with dates as texts again."""
    return _with_dates_as_texts(yaml.load(text, yaml.SafeLoader))


def read_yaml_12(text: str) -> Any:
    """As YAML 1.2 has it, with dates as texts again."""
    return _with_dates_as_texts(YAML(typ="safe", pure=True).load(text))


def _with_dates_as_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_dates_as_texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_dates_as_texts(each) for each in value]
    if isinstance(value, datetime):
        return format_date(value if value.tzinfo else value.replace(tzinfo=UTC))
    return value
