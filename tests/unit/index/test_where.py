"""Which articles a search may answer with."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import product

import numpy as np
import pytest

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.where import All, Where

DAY = 86_400.0


def columns_of(*records):
    builder = ColumnsBuilder(str.split)
    for number, record in enumerate(records):
        article = Article.read({"title": "x", "id": f"{number}", **record})
        builder.add(article.id, article, article.title, "")
    return builder.build(np.ones((len(records), 1), dtype=np.float32))


def passing(where, *records, day=math.nan):
    """The places of the records that pass."""
    return np.flatnonzero(where.mask(columns_of(*records), day)).tolist()


def dated(*dates):
    return [{"publishedDateTime": date} if date else {} for date in dates]


def day_of(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / DAY


def having(field, value, *records):
    return passing(Where.parse(fields={field: [value]}), *records)


# No filter.


def test_without_a_part_everything_passes():
    assert passing(Where(), {}, {"publishedDateTime": "2021-04-16"}) == [0, 1]
    assert not Where()


@pytest.mark.parametrize(
    "where", [{"after": "2021-01-01"}, {"before": "P1D"}, {"fields": {"type": ["a"]}}, {"exclude": ["a"]}]
)
def test_a_filter_with_a_part_is_one(where):
    assert Where.parse(**where)


def test_a_filter_read_from_nothing_is_none():
    for where in [{}, {"fields": {}}, {"fields": {"type": []}}, {"exclude": []}]:
        assert not Where.parse(**where)


def test_no_article_gives_no_mask():
    mask = Where.parse(after="2021-01-01", fields={"type": ["a"]}, exclude=["x"]).mask(columns_of(), math.nan)
    assert mask.shape == (0,)
    assert mask.dtype == bool


# Dates.


def test_after_is_this_moment_or_later():
    dates = dated("2021-04-15T23:59:59Z", "2021-04-16", "2021-04-16T00:00:01Z", "2021-04-17")
    assert passing(Where.parse(after="2021-04-16"), *dates) == [1, 2, 3]


def test_before_is_earlier_than_this_moment():
    dates = dated("2021-04-15T23:59:59Z", "2021-04-16", "2021-04-16T00:00:01Z")
    assert passing(Where.parse(before="2021-04-16"), *dates) == [0]


def test_a_moment_of_another_zone_is_the_same_moment():
    dates = dated("2021-04-16T11:59:59Z", "2021-04-16T12:00:00Z")
    assert passing(Where.parse(after="2021-04-16T14:00:00+02:00"), *dates) == [1]


@pytest.mark.parametrize("where", [{"after": "0001-01-01"}, {"before": "9999-12-31"}, {"after": "P36500D"}])
def test_an_article_without_a_date_passes_no_bound(where):
    assert passing(Where.parse(**where), *dated(None, "2021-04-16"), day=day_of("2021-04-20")) == [1]


def test_both_bounds_leave_what_lies_between():
    dates = dated("2021-04-01", "2021-04-10", "2021-04-20")
    assert passing(Where.parse(after="2021-04-05", before="2021-04-20"), *dates) == [1]


def test_a_bound_may_be_given_as_a_moment_or_an_age():
    dates = dated("2021-04-01", "2021-04-10")
    moment = datetime(2021, 4, 5, tzinfo=UTC)
    assert passing(Where(after=moment), *dates) == [1]
    assert passing(Where(after=timedelta(days=5)), *dates, day=day_of("2021-04-12")) == [1]


def test_an_age_counts_back_from_the_article_asked_about():
    dates = dated("2021-03-16", "2021-03-17", "2021-04-16", "2021-05-01")
    assert passing(Where.parse(after="P30D"), *dates, day=day_of("2021-04-16")) == [1, 2, 3]
    assert passing(Where.parse(before="P30D"), *dates, day=day_of("2021-04-16")) == [0]


def test_an_age_may_be_less_than_a_day():
    dates = dated("2021-04-16T11:00:00Z", "2021-04-16T13:00:00Z")
    assert passing(Where.parse(after="PT12H"), *dates, day=day_of("2021-04-17")) == [1]


def test_an_article_exactly_as_old_as_the_age_passes_after_and_not_before():
    for age in [timedelta(hours=1), timedelta(hours=7), timedelta(days=3000)]:
        for number in range(200):
            moment = datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=2_700_003 * number)
            older = columns_of({"publishedDateTime": moment - age})
            day = moment.timestamp() / DAY
            assert Where(after=age).mask(older, day).all()
            assert not Where(before=age).mask(older, day).any()


def test_a_second_tells_moments_apart():
    day = day_of("2021-04-17T12:30:01")
    dates = dated("2021-04-16T12:30:00Z", "2021-04-16T12:30:02Z")
    assert passing(Where.parse(after="P1D"), *dates, day=day) == [1]
    assert passing(Where.parse(before="P1D"), *dates, day=day) == [0]


@pytest.mark.parametrize("where", [{"after": "P30D"}, {"before": "PT12H"}, {"after": "2021-01-01", "before": "P1D"}])
def test_an_age_needs_the_date_of_the_article_asked_about(where):
    with pytest.raises(ConfigError, match="the article asked about has no date") as caught:
        Where.parse(**where).mask(columns_of({}), math.nan)
    assert caught.value.expected == "a date such as 2024-01-31"


def test_a_date_needs_none_of_the_article_asked_about():
    assert passing(Where.parse(after="2021-01-01"), *dated("2021-04-16"), day=math.nan) == [0]


# Fields.


def test_an_article_passes_that_has_one_of_the_values():
    records = [{"topics": ["AI", "Law"]}, {"topics": ["Food"]}, {"topics": ["Law"]}, {}]
    assert passing(Where.parse(fields={"topics": ["ai", "police"]}), *records) == [0]
    assert passing(Where.parse(fields={"topics": ["ai", "law"]}), *records) == [0, 2]


def test_every_field_must_be_met():
    records = [{"type": "news", "topics": ["AI"]}, {"type": "news"}, {"topics": ["AI"]}]
    assert passing(Where.parse(fields={"type": ["news"], "topics": ["AI"]}), *records) == [0]


def test_a_provider_goes_by_name_or_domain():
    for value in ["The Town Post", "the town post", "post.example", " POST.example "]:
        records = [{"provider": {"name": "The Town Post", "domain": "Post.Example"}}, {"provider": "Other"}, {}]
        assert having("provider", value, *records) == [0]


def test_a_language_goes_without_its_region():
    for value in ["en", "EN", "en-US", "en_AU", " en "]:
        assert having("language", value, {"language": "en-GB"}, {"language": "de"}, {"language": "EN"}, {}) == [0, 2]


def test_any_field_of_the_front_matter_can_be_asked_for():
    for field, stored, asked in [
        ("type", "News", " news "),
        ("custom.season", {"season": "Winter"}, "winter"),
        ("custom.a.b", {"a": {"b": ["x", "y"]}}, "Y"),
        ("custom", ["Red", "Green"], "green"),
        ("custom", True, "true"),
        ("custom", False, "False"),
        ("custom", 3, "3"),
        ("custom", 0.5, "0.5"),
        ("custom.city", [{"city": "Oslo"}, {"city": "Bergen"}], "bergen"),
    ]:
        name = field.split(".")[0]
        assert having(field, asked, {name: stored}, {name: "other"}, {}) == [0]
        assert having(field, "unheard", {name: stored}) == []


def test_a_field_that_no_article_has_leaves_nothing():
    assert having("nowhere", "x", {"type": "x"}) == []


def test_part_of_a_value_is_not_the_value():
    assert having("type", "new", {"type": "news"}, {"type": "new"}) == [1]


# Ids.


def test_excluded_ids_do_not_pass():
    assert passing(Where.parse(exclude=["1", "3", "nowhere", "\ud83d"]), {}, {}, {}, {}) == [0, 2]


def test_all_parts_hold_together():
    records = [
        {"publishedDateTime": "2021-04-16", "type": "news"},
        {"publishedDateTime": "2021-04-16", "type": "news"},
        {"publishedDateTime": "2020-04-16", "type": "news"},
        {"publishedDateTime": "2021-04-16", "type": "page"},
    ]
    where = Where.parse(after="2021-01-01", fields={"type": ["news"]}, exclude=["0"])
    assert passing(where, *records) == [1]


# Several filters.


def test_all_of_several_filters_pass_what_each_passes():
    records = [
        {"type": "news", "topics": ["AI"]},
        {"type": "news"},
        {"topics": ["AI"]},
        {"type": "news", "topics": ["AI"]},
    ]
    filters = Where.parse(fields={"type": ["news"]}), Where.parse(fields={"topics": ["AI"]}), Where.parse(exclude=["3"])
    assert passing(All(filters), *records) == [0]
    assert passing(All(filters[:2]), *records) == [0, 3]


def test_all_of_one_filter_are_that_filter():
    records = [{"type": "news"}, {"type": "page"}]
    where = Where.parse(fields={"type": ["news"]})
    assert passing(All((where,)), *records) == passing(where, *records) == [0]


def test_each_of_several_filters_is_given_the_date_of_the_article_asked_about():
    dates = dated("2021-04-10", "2021-04-14", "2021-04-20", None)
    both = All((Where.parse(after="P4D"), Where.parse(before="2021-04-18")))
    assert passing(both, *dates, day=day_of("2021-04-16")) == [1]
    with pytest.raises(ConfigError, match="the article asked about has no date"):
        passing(both, *dates)


def test_filters_may_be_of_any_kind():
    class Odd:
        def mask(self, columns, day):
            return np.arange(len(columns)) % 2 == 1

    assert passing(All((Odd(), All((Odd(), Where.parse(exclude=["1"]))))), {}, {}, {}, {}) == [3]


def test_several_filters_give_a_mask_where_there_is_no_article():
    mask = All((Where.parse(exclude=["1"]), Where())).mask(columns_of(), math.nan)
    assert (mask.shape, mask.dtype) == ((0,), bool)


# Read from texts.


def test_a_filter_is_read_from_texts():
    where = Where.parse(
        after="2021-04-16T12:00:00Z", before="P30DT12H", fields={"type": ["a", "b"], "custom": ["c"]}, exclude=["x"]
    )
    assert where == Where(
        after=datetime(2021, 4, 16, 12, tzinfo=UTC),
        before=timedelta(days=30, hours=12),
        fields=(("custom", ("c",)), ("type", ("a", "b"))),
        exclude=frozenset({"x"}),
    )


def test_the_order_of_fields_and_ids_does_not_matter():
    assert Where.parse(fields={"a": ["1"], "b": ["2"]}, exclude=["x", "y"]) == Where.parse(
        fields={"b": ["2"], "a": ["1"]}, exclude=["y", "x", "y"]
    )


def test_a_bound_that_is_neither_date_nor_age_is_refused():
    for name, text in product(
        ["after", "before"],
        ["", " ", "yesterday", "30", "30 days", "P", "PT", "P30", "P30X", "2021-02-30", "2021-13-01", "P9999999999D"],
    ):
        with pytest.raises(ConfigError) as caught:
            Where.parse(**{name: text})
        assert str(caught.value) == (
            f"{name} is {text!r}; expected a date such as 2024-01-31, or an age such as P30D (30 days) or PT12H"
        )


def test_a_filter_can_be_a_key():
    assert len({Where.parse(exclude=["a"]), Where.parse(exclude=["a"]), Where()}) == 2
