"""The filter of options over columns and over a pool against a plain look at each article."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.pools import pool_of

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.related.options import Options

START = datetime(2021, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 400).map(lambda hours: START + timedelta(hours=6 * hours))
VALUES = ["AI", "ai ", " Law", "law", "Straße", "STRASSE", "true", "3", "0.5", ""]
LEAVES = st.sampled_from([*VALUES, True, False, 3, 0.5, None])
RECORDS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "publishedDateTime": MOMENTS,
            "topics": st.lists(st.sampled_from(VALUES), max_size=3),
            "type": st.sampled_from(VALUES),
            "language": st.sampled_from(["en", "EN-gb", "de_AT", "de", "zh-Hant-TW"]),
            "provider": st.fixed_dictionaries(
                {}, optional={"name": st.sampled_from(["Post", "post.example"]), "domain": st.just("Post.Example")}
            ),
            "custom": st.one_of(LEAVES, st.lists(LEAVES, max_size=2), st.fixed_dictionaries({"season": LEAVES})),
        },
    ),
    max_size=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(["topics", "type", "language", "provider", "provider.name", "custom", "custom.season", "nowhere"]),
    st.lists(st.sampled_from([*VALUES, "en", "de-CH", "post", "POST.example"]), max_size=3),
    max_size=3,
)
# In days, so that sums of floats are exact.
BOUNDS = st.one_of(st.none(), MOMENTS, st.integers(-40, 100).map(lambda days: timedelta(days=days)))


def folded(value: Any) -> str:
    return str(value).strip().casefold()


def values_of(record: dict[str, Any], field: str) -> set[str]:
    """What a record has in a field, by hand."""
    name, _, inner = field.partition(".")
    value = record.get(name)
    if field == "provider":
        return {folded(one) for one in (value or {}).values()}
    if field == "language":
        return {folded(value).replace("_", "-").split("-")[0]} if value else set()
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    items = value if isinstance(value, list) else [value]
    return {folded(one) for one in items if one is not None and not isinstance(one, dict)}


def passes(record: dict[str, Any], article_id: str, options: dict[str, Any], asked: datetime) -> bool:
    moment = record.get("publishedDateTime")

    def border(bound: Any) -> datetime:
        return bound if isinstance(bound, datetime) else asked - bound

    if options["after"] is not None and (moment is None or moment < border(options["after"])):
        return False
    if options["before"] is not None and (moment is None or moment >= border(options["before"])):
        return False
    for field, values in options["where"].items():
        if not values:
            continue
        wanted = {folded(value) for value in values}
        if field == "language":
            wanted = {value.replace("_", "-").split("-")[0] for value in wanted}
        if not wanted & values_of(record, field):
            return False
    return article_id not in options["exclude"]


def columns_of(records: list[dict[str, Any]]) -> Columns:
    builder = ColumnsBuilder(str.split)
    for number, record in enumerate(records):
        article = Article.read({"title": "x", "id": f"{number:02}", **record})
        builder.add(f"{number:02}", article, article.title, "")
    return builder.build(np.ones((len(records), 1), dtype=np.float32))


@given(
    records=RECORDS,
    after=BOUNDS,
    before=BOUNDS,
    fields=FIELDS,
    exclude=st.sets(st.integers(0, 15).map(lambda number: f"{number:02}")),
    asked=MOMENTS,
)
@examples(200)
def test_a_mask_says_of_each_article_what_a_plain_look_says(records, after, before, fields, exclude, asked):
    options = {"after": after, "before": before, "where": fields, "exclude": exclude}
    if type(after) is type(before) and after is not None:
        # A larger age lies further back.
        empty = after >= before if isinstance(after, datetime) else after <= before
        if empty:
            with pytest.raises(ConfigError, match="leave no day"):
                Options.read(options)
            return
    spec = Options.read(options).filter_spec(asked.timestamp() / 86_400)
    columns = columns_of(records)
    expected = [passes(record, f"{number:02}", options, asked) for number, record in enumerate(records)]
    assert spec.passing(columns).tolist() == expected
    assert spec.passing(pool_of(columns)).tolist() == expected
    rows = list(range(0, len(records), 2))
    assert spec.passing(pool_of(columns, rows)).tolist() == expected[::2]


@given(records=RECORDS, fields=FIELDS)
@examples(60)
def test_a_filter_without_ages_is_the_same_whoever_asks(records, fields):
    options, columns = Options.read({"after": "2021-02-01", "where": fields}), columns_of(records)
    unknown, known = options.filter_spec(math.nan), options.filter_spec(18_000.0)
    assert unknown == known
    assert unknown.passing(columns).tolist() == known.passing(columns).tolist()
