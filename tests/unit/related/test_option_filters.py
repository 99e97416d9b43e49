"""The filters of options, over columns and over pools."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from support.filters import spec_of
from support.pools import pool_of

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.ranking.filters import FilterSpec, NotNamed
from recommender.related.options import Options

DAY = 86_400.0


def columns_of(*records):
    builder = ColumnsBuilder(str.split)
    for number, record in enumerate(records):
        article = Article.read({"title": "x", "id": f"{number}", **record})
        builder.add(article.id, article, article.title, "")
    return builder.build(np.ones((len(records), 1), dtype=np.float32))


def kept_by(spec, columns):
    """Which rows pass; a pool of the same articles gives the same."""
    kept = spec.passing(columns)
    np.testing.assert_array_equal(spec.passing(pool_of(columns)), kept)
    return kept


def passing(options, *records, day=math.nan):
    """The places of the records that pass."""
    return np.flatnonzero(kept_by(spec_of(day=day, **options), columns_of(*records))).tolist()


def dated(*dates):
    return [{"publishedDateTime": date} if date else {} for date in dates]


def day_of(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / DAY


def having(field, value, *records):
    return passing({"where": {field: [value]}}, *records)


# No filter.


def test_without_a_part_everything_passes():
    assert passing({}, {}, {"publishedDateTime": "2021-04-16"}) == [0, 1]
    assert not Options().filter_spec(0.0)


FILTERS = [
    *({"after": "2021-01-01"}, {"before": "P1D"}, {"where": {"type": ["a"]}}, {"exclude": ["a"]}, {"topic": ["a"]}),
    *({"provider": ["a"]}, {"language": ["a"]}, {"with_url": True}, {"after": timedelta(0)}, {"where": ["type=a"]}),
]


def test_a_filter_with_a_part_is_one():
    for options in FILTERS:
        assert spec_of(day=0.0, **options), options
        assert Options.read(options).filter_spec(0.0), options


def test_options_that_filter_nothing_are_no_filter():
    for options in [
        *({}, {"where": {}}, {"where": {"type": []}}, {"exclude": []}, {"topic": ()}, {"after": None, "before": None}),
        *({"with_url": False}, {"top_k": 3, "min_score": 0.5, "diversity": 0.1, "explain": True}),
    ]:
        assert not spec_of(**options), options
        assert not Options.read(options).filter_spec(0.0), options


def test_no_article_gives_no_mask():
    kept = kept_by(spec_of(after="2021-01-01", where={"type": ["a"]}, exclude=["x"], with_url=True), columns_of())
    assert kept.shape == (0,)
    assert kept.dtype == bool


# Dates.


def test_after_is_this_moment_or_later():
    dates = dated("2021-04-15T23:59:59Z", "2021-04-16", "2021-04-16T00:00:01Z", "2021-04-17")
    assert passing({"after": "2021-04-16"}, *dates) == [1, 2, 3]


def test_before_is_earlier_than_this_moment():
    dates = dated("2021-04-15T23:59:59Z", "2021-04-16", "2021-04-16T00:00:01Z")
    assert passing({"before": "2021-04-16"}, *dates) == [0]


def test_a_moment_of_another_zone_is_the_same_moment():
    dates = dated("2021-04-16T11:59:59Z", "2021-04-16T12:00:00Z")
    assert passing({"after": "2021-04-16T14:00:00+02:00"}, *dates) == [1]


def test_an_article_without_a_date_passes_no_bound():
    for options in [{"after": "0001-01-01"}, {"before": "9999-12-31"}, {"after": "P36500D"}]:
        assert passing(options, *dated(None, "2021-04-16"), day=day_of("2021-04-20")) == [1], options


def test_both_bounds_leave_what_lies_between():
    dates = dated("2021-04-01", "2021-04-10", "2021-04-20")
    assert passing({"after": "2021-04-05", "before": "2021-04-20"}, *dates) == [1]


def test_a_bound_may_be_given_as_a_moment_or_an_age():
    dates = dated("2021-04-01", "2021-04-10")
    moment = datetime(2021, 4, 5, tzinfo=UTC)
    assert passing({"after": moment}, *dates) == [1]
    assert passing({"after": timedelta(days=5)}, *dates, day=day_of("2021-04-12")) == [1]


def test_an_age_counts_back_from_the_article_asked_about():
    dates = dated("2021-03-16", "2021-03-17", "2021-04-16", "2021-05-01")
    assert passing({"after": "P30D"}, *dates, day=day_of("2021-04-16")) == [1, 2, 3]
    assert passing({"before": "P30D"}, *dates, day=day_of("2021-04-16")) == [0]


def test_an_age_may_be_less_than_a_day():
    dates = dated("2021-04-16T11:00:00Z", "2021-04-16T13:00:00Z")
    assert passing({"after": "PT12H"}, *dates, day=day_of("2021-04-17")) == [1]


def test_an_article_exactly_as_old_as_the_age_passes_after_and_not_before():
    for age in [timedelta(hours=1), timedelta(hours=7), timedelta(days=3000)]:
        for number in range(200):
            moment = datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=2_700_003 * number)
            older = columns_of({"publishedDateTime": moment - age})
            day = moment.timestamp() / DAY
            assert kept_by(spec_of(after=age, day=day), older).all(), age
            assert not kept_by(spec_of(before=age, day=day), older).any(), age


def test_a_second_tells_moments_apart():
    day = day_of("2021-04-17T12:30:01")
    dates = dated("2021-04-16T12:30:00Z", "2021-04-16T12:30:02Z")
    assert passing({"after": "P1D"}, *dates, day=day) == [1]
    assert passing({"before": "P1D"}, *dates, day=day) == [0]


def test_an_age_needs_the_date_of_the_article_asked_about():
    for options in [{"after": "P30D"}, {"before": "PT12H"}, {"after": "2021-01-01", "before": "P1D"}]:
        with pytest.raises(ConfigError, match="the article asked about has none") as caught:
            spec_of(**options)
        assert (caught.value.where, caught.value.expected) == ("after, before", "a date such as 2024-01-31"), options


def test_a_date_needs_none_of_the_article_asked_about():
    assert passing({"after": "2021-01-01"}, *dated("2021-04-16"), day=math.nan) == [0]


def test_bounds_of_which_one_has_no_zone_are_compared_as_utc():
    options = {"after": datetime(2021, 4, 1), "before": datetime(2021, 4, 2, tzinfo=UTC)}
    assert passing(options, *dated("2021-04-01T12:00:00Z", "2021-04-03")) == [0]


# Fields.


def test_an_article_passes_that_has_one_of_the_values():
    records = [{"topics": ["AI", "Law"]}, {"topics": ["Food"]}, {"topics": ["Law"]}, {}]
    assert passing({"where": {"topics": ["ai", "police"]}}, *records) == [0]
    assert passing({"where": {"topics": ["ai", "law"]}}, *records) == [0, 2]


def test_every_field_must_be_met():
    records = [{"type": "news", "topics": ["AI"]}, {"type": "news"}, {"topics": ["AI"]}]
    assert passing({"where": {"type": ["news"], "topics": ["AI"]}}, *records) == [0]


def test_a_provider_goes_by_name_or_domain():
    for value in ["The Town Post", "the town post", "post.example", " POST.example "]:
        records = [{"provider": {"name": "The Town Post", "domain": "Post.Example"}}, {"provider": "Other"}, {}]
        assert having("provider", value, *records) == [0], value


def test_a_language_goes_without_its_region():
    for value in ["en", "EN", "en-US", "en_AU", " en "]:
        records = [{"language": "en-GB"}, {"language": "de"}, {"language": "EN"}, {}]
        assert having("language", value, *records) == [0, 2], value


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
        assert having(field, asked, {name: stored}, {name: "other"}, {}) == [0], stored
        assert having(field, "unheard", {name: stored}) == [], stored


def test_a_field_that_no_article_has_leaves_nothing():
    assert having("nowhere", "x", {"type": "x"}) == []


def test_part_of_a_value_is_not_the_value():
    assert having("type", "new", {"type": "news"}, {"type": "new"}) == [1]


def test_a_value_may_hold_an_equals_sign():
    assert passing({"where": ["type=a=b"]}, {"type": "a=b"}, {"type": "a"}) == [0]


@pytest.mark.parametrize(
    ("name", "field", "values"), [("topic", "topics", ["AI", "law"]), ("provider", "provider", ["a.example"])]
)
def test_topics_and_providers_have_options_of_their_own(name, field, values):
    records = [{"topics": ["ai"]}, {"topics": ["Law", "x"]}, {"provider": {"domain": "A.example"}}, {}]
    found = passing({name: values}, *records)
    assert found == passing({"where": {field: values}}, *records) != []


def test_languages_have_an_option_of_their_own_and_go_without_their_region():
    assert passing({"language": ["en-US", "DE"]}, {"language": "en-GB"}, {"language": "de"}, {"language": "fr"}) == [
        0,
        1,
    ]


def test_a_field_that_is_named_twice_may_have_either_value():
    records = [{"topics": ["AI"]}, {"topics": ["Law"]}, {"topics": ["Food"]}]
    assert passing({"topic": ["AI"], "where": ["topics=Law"]}, *records) == [0, 1]


# Ids and addresses.


def test_excluded_ids_do_not_pass():
    assert passing({"exclude": ["1", "3", "nowhere"]}, {}, {}, {}, {}) == [0, 2]


def test_half_a_surrogate_pair_is_no_text():
    with pytest.raises(ConfigError, match=r"^exclude is "):
        Options.read({"exclude": ["\ud83d"]})
    assert kept_by(FilterSpec((NotNamed(frozenset({"\ud83d"})),)), columns_of({}, {})).all()


def test_all_parts_hold_together():
    records = [
        {"publishedDateTime": "2021-04-16", "type": "news"},
        {"publishedDateTime": "2021-04-16", "type": "news"},
        {"publishedDateTime": "2020-04-16", "type": "news"},
        {"publishedDateTime": "2021-04-16", "type": "page"},
    ]
    options = {"after": "2021-01-01", "where": {"type": ["news"]}, "exclude": ["0"]}
    assert passing(options, *records) == [1]


def test_only_articles_with_an_address_pass_where_they_are_to_be_linked_to():
    records = [{"webUrl": "https://a.example/1"}, {}, {"webUrl": "https://a.example/2"}]
    assert passing({"with_url": True}, *records) == [0, 2]
    assert passing({"with_url": False}, *records) == [0, 1, 2]


# Several filters.


def spec_and(*options, day=math.nan):
    found = FilterSpec()
    for each in options:
        found &= spec_of(day=day, **each)
    return found


def test_all_of_several_filters_pass_what_each_passes():
    columns = columns_of(
        {"type": "news", "topics": ["AI"]},
        {"type": "news"},
        {"topics": ["AI"]},
        {"type": "news", "topics": ["AI"]},
    )
    filters = {"where": {"type": ["news"]}}, {"topic": ["AI"]}, {"exclude": ["3"]}
    assert np.flatnonzero(kept_by(spec_and(*filters), columns)).tolist() == [0]
    assert np.flatnonzero(kept_by(spec_and(*filters[:2]), columns)).tolist() == [0, 3]


def test_all_of_one_filter_are_that_filter():
    options = {"where": {"type": ["news"]}}
    assert spec_and(options, {}) == spec_and({}, options) == spec_of(**options)


def test_each_of_several_filters_is_given_the_date_of_the_article_asked_about():
    columns = columns_of(*dated("2021-04-10", "2021-04-14", "2021-04-20", None))
    both = {"after": "P4D"}, {"before": "2021-04-18"}
    assert np.flatnonzero(kept_by(spec_and(*both, day=day_of("2021-04-16")), columns)).tolist() == [1]
    with pytest.raises(ConfigError, match="the article asked about has none"):
        spec_and(*both)


def test_conditions_may_be_of_any_kind():
    class Odd:
        def keeps(self, articles):
            return np.arange(len(articles)) % 2 == 1

    odd = FilterSpec((Odd(),))
    assert np.flatnonzero(kept_by(odd & odd & spec_of(exclude=["1"]), columns_of({}, {}, {}, {}))).tolist() == [3]


def test_several_filters_give_a_mask_where_there_is_no_article():
    kept = kept_by(spec_and({"exclude": ["1"]}, {}), columns_of())
    assert (kept.shape, kept.dtype) == ((0,), bool)
