"""Options: read from texts, defaults, values out of range, contradictions, weights."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from support.filters import spec_of

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.related.options import MAX_TOP_K, WEIGHTS, Options

# Read from texts.


def test_options_are_read_from_texts():
    found = Options.read(
        {
            "after": "2021-04-16T12:00:00Z",
            "before": "P30DT12H",
            "where": {"type": ["a", "b"], "custom": ["c"]},
            "exclude": ["x"],
        }
    )
    assert found.after == datetime(2021, 4, 16, 12, tzinfo=UTC)
    assert found.before == timedelta(days=30, hours=12)
    assert found.where == ("type=a", "type=b", "custom=c")
    assert found.exclude == ("x",)


def test_every_option_has_a_default():
    found = Options()
    assert (found.top_k, found.min_score, found.diversity, found.max_per_provider) == (5, None, None, None)
    assert (found.after, found.before, found.scorer, found.weights) == (None, None, None, None)
    assert (found.topic, found.provider, found.language, found.where, found.exclude) == ((), (), (), (), ())
    assert (found.with_url, found.explain) == (False, False)


def test_the_order_of_fields_and_ids_does_not_matter():
    one = {"where": {"a": ["1"], "b": ["2"]}, "exclude": ["x", "y"]}
    other = {"where": {"b": ["2"], "a": ["1"]}, "exclude": ["y", "x", "y"]}
    assert spec_of(**one) == spec_of(**other)


def test_a_bound_that_is_neither_date_nor_age_is_refused():
    for text, name in product(
        ["", " ", "yesterday", "30", "30 days", "P", "PT", "P30", "P30X", "2021-02-30", "2021-13-01", "P9999999999D"],
        ["after", "before"],
    ):
        with pytest.raises(ConfigError) as caught:
            Options.read({name: text})
        assert str(caught.value) == (
            f"{name} is {text!r}; expected a date such as 2024-01-31, or an age such as P30D (30 days) or PT12H"
        ), (name, text)


def test_a_filter_can_be_a_key():
    assert len({spec_of(exclude=["a"]), spec_of(exclude=["a"]), spec_of()}) == 2
    assert len({Options.read({"exclude": ["a"]}), Options.read({"exclude": ["a"]}), Options()}) == 2


# Values out of range.


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(
            ("top_k", value, f"a whole number from 1 to {MAX_TOP_K}")
            for value in (0, -1, MAX_TOP_K + 1, 2.5, "x", None)
        ),
        *(("min_score", value, "a number from 0 to 1") for value in (2, -0.1, math.nan, math.inf, "high")),
        *(("diversity", value, "a number from 0 to 1") for value in (1.1, -1, math.nan, "much")),
        *(("max_per_provider", value, f"a whole number from 0 to {MAX_TOP_K}") for value in (-1, 2.5, MAX_TOP_K + 1)),
    ],
)
def test_a_number_out_of_range_is_refused(name, value, expected):
    with pytest.raises(ConfigError) as caught:
        Options.read({name: value})
    assert str(caught.value) == f"{name} is {value!r}; expected {expected}"


def test_a_number_at_the_border_of_its_range_is_taken():
    for name, value in [
        ("top_k", 1),
        ("top_k", MAX_TOP_K),
        ("min_score", 0),
        ("diversity", 1),
        ("max_per_provider", 0),
    ]:
        assert getattr(Options.read({name: value}), name) == value, (name, value)


def test_an_option_that_there_is_none_of_is_refused():
    for name in ["topics", "limit", "held", "explained", ""]:
        with pytest.raises(ConfigError) as caught:
            Options.read({"top_k": 3, name: 1})
        assert caught.value.what == f"there is no option {name}", name
        assert caught.value.expected == f"one of {', '.join(Options.model_fields)}", name


def test_a_field_without_a_name_or_a_value_is_refused():
    for text in ["type", "=article", "", "="]:
        with pytest.raises(ConfigError) as caught:
            Options.read({"where": [text]})
        assert str(caught.value) == f"{text!r}: expected FIELD=VALUE such as type=article", text


def test_very_many_values_of_a_field_are_refused():
    for name in ["topic", "provider", "language", "where"]:
        assert len(getattr(Options.read({name: ["a=b"] * 50}), name)) == 50, name
        with pytest.raises(ConfigError, match=rf"^{name} is "):
            Options.read({name: ["a=b"] * 51})


def test_any_number_of_ids_may_be_left_out():
    assert len(spec_of(exclude=[str(number) for number in range(2000)]).conditions[0].ids) == 2000


@pytest.mark.parametrize("name", ["topic", "exclude"])
def test_one_text_is_not_a_list_of_its_letters(name):
    with pytest.raises(ConfigError, match=f"^{name} is 'AI'"):
        Options.read({name: "AI"})


# After and before.


def test_bounds_that_leave_no_moment_are_refused():
    for after, before in [
        ("2021-05-01", "2021-04-01"),
        ("2021-04-01", "2021-04-01"),
        ("2021-04-01T12:00:00Z", "2021-04-01T13:00:00+02:00"),
        ("P1D", "P30D"),
        ("P1D", "PT24H"),
    ]:
        with pytest.raises(ConfigError) as caught:
            Options.read({"after": after, "before": before})
        read = [getattr(Options.read({name: text}), name) for name, text in (("after", after), ("before", before))]
        assert str(caught.value) == (
            f"after={read[0]} and before={read[1]} leave no day; expected after to be the earlier one"
        ), (after, before)


def test_bounds_that_may_leave_something_are_taken():
    for after, before in [
        ("2021-04-01", "2021-04-02"),
        ("P30D", "P1D"),
        ("2021-05-01", "P1D"),
        ("P1D", "2021-04-01"),
        (None, "2021-04-01"),
        ("P1D", None),
    ]:
        assert Options.read({"after": after, "before": before}).filter_spec(0.0), (after, before)


# Weights.

CONFIGURED = RankingSettings(min_score=0.25, cosine=0.5)


@pytest.mark.parametrize("weights", ["cosine:1,title:0.5,closeness:0", {"cosine": 1, "title": 0.5, "closeness": 0}])
def test_weights_are_read_beside_those_configured(weights):
    found = Options.read({"weights": weights}).ranking_settings(CONFIGURED)
    expected = {**CONFIGURED.model_dump(), "cosine": 1, "title": 0.5, "closeness": 0}
    assert found.model_dump() == expected


def test_without_weights_those_configured_hold():
    assert Options().ranking_settings(CONFIGURED) is CONFIGURED


def test_ranking_settings_are_weights_too():
    weights = RankingSettings(title=3)
    assert Options.read({"weights": weights}).ranking_settings(CONFIGURED) == weights


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_weight_can_be_given(name):
    found = Options.read({"weights": f"{name}:7"}).ranking_settings(CONFIGURED)
    assert found.model_dump() == {**CONFIGURED.model_dump(), name: 7}


def test_weights_that_are_no_numbers_are_refused():
    for text in ["", "cosine", "cosine:", "cosine:x", "cosine:1.2.3", "cosine:1,", "cosine:1;text:1"]:
        with pytest.raises(ConfigError) as caught:
            Options.read({"weights": text}).ranking_settings(CONFIGURED)
        assert str(caught.value) == f"weights is {text}; expected numbers such as cosine:1,title:0.5", text


def test_a_weight_that_there_is_none_of_is_refused():
    for name in ["nope", "min_score", "diversity", "candidates", "COSINE", ""]:
        for weights in (f"{name}:1", {name: 1.0}):
            with pytest.raises(ConfigError) as caught:
                Options.read({"weights": weights}).ranking_settings(CONFIGURED)
            assert str(caught.value) == f"weights has {name}; expected some of {', '.join(WEIGHTS)}", name


@pytest.mark.parametrize("weights", ["cosine:-1", "cosine:nan", "cosine:inf", "time_scale_days:0"])
def test_a_weight_out_of_range_is_refused(weights):
    with pytest.raises(ConfigError, match="weights"):
        Options.read({"weights": weights}).ranking_settings(CONFIGURED)
