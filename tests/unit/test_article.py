"""Article: what it takes, what it keeps, what it refuses and how it says so."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.article import (
    MAX_TEXT_CHARS,
    Article,
    Image,
    LostValue,
    Provider,
    format_date,
    parse_date,
)
from recommender.article_errors import MAX_ID_CHARS
from recommender.errors import ArticleError

EVENING = datetime(2021, 4, 16, 20, 54, tzinfo=UTC)

FULL = {
    "id": "2021/aclu",
    "title": "ACLU suit",
    "excerpt": "The deal.",
    "publishedDateTime": "2021-04-16T20:54:00Z",
    "originalUrl": "https://site.example/original",
    "webUrl": "https://site.example/web",
    "ampWebUrl": "https://site.example/amp",
    "cdnAmpWebUrl": "https://cdn.example/amp",
    "type": "article",
    "quality": 35,
    "heat": -1,
    "published": False,
    "provider": {
        "name": "Biometric Companies",
        "domain": "biometricupdate.com",
        "images": [{"url": "https://site.example/logo.png", "title": "Logo"}],
    },
    "authors": ["Ada Byron"],
    "topics": ["Computer Vision", "AI"],
    "images": [{"url": "https://site.example/a.jpg", "width": 640, "height": 260, "isCached": True}],
    "language": "en",
    "translationKey": "aclu",
    "body": "The text.",
    "relatedRules": {"pinned": ["2021/other"], "blockedTopics": ["Law"], "time": "older", "maxDaysOlder": 30},
    "category": "news",
}


def fault(**fields: object) -> ArticleError:
    with pytest.raises(ArticleError) as caught:
        Article.read({"title": "A title", **fields})
    return caught.value


def test_an_article_needs_only_a_title():
    assert Article.read({"title": "A title"}).to_record() == {"title": "A title"}


def test_every_field_is_handed_back():
    assert Article.read(FULL).to_record() == FULL


def test_a_record_has_the_sites_order_with_unknown_keys_last():
    mixed_up = dict(sorted(FULL.items(), reverse=True))
    assert list(Article.read(mixed_up).to_record()) == list(FULL)


def test_a_record_reads_back_as_the_same_article():
    article = Article.read(FULL)
    assert Article.read(article.to_record()) == article


def test_snake_case_and_camel_case_keys_give_the_same_article():
    snake = {"title": "T", "published_date_time": "2021-04-16", "web_url": "https://a", "cdn_amp_web_url": "https://b"}
    camel = {"title": "T", "publishedDateTime": "2021-04-16", "webUrl": "https://a", "cdnAmpWebUrl": "https://b"}
    assert Article.read(snake) == Article.read(camel)


def test_keyword_construction_takes_snake_case():
    article = Article(title="T", web_url="https://a", images=(Image(url="https://i", is_cached=True),))
    assert article.to_record() == {
        "title": "T",
        "webUrl": "https://a",
        "images": [{"url": "https://i", "isCached": True}],
    }


def test_an_article_can_not_be_changed():
    article = Article(title="T")
    with pytest.raises(ValueError, match="frozen"):
        article.title = "U"  # type: ignore[misc]


def test_an_unknown_key_is_kept_and_handed_back():
    for value in ["text", 7, 1.5, False, [1, {"a": None}], {"deep": {"er": ["x"]}}, ""]:
        article = Article.read({"title": "T", "layout": value})
        assert article.to_record()["layout"] == value, value


def test_an_unknown_key_that_is_null_is_handed_back():
    assert "layout" in Article.read({"title": "T", "layout": None}).to_record()


def test_unknown_keys_of_a_provider_and_an_image_are_kept():
    fields = {"title": "T", "provider": {"name": "P", "city": "Oslo"}, "images": [{"url": "u", "alt": "A face"}]}
    assert Article.read(fields).to_record() == fields


def test_an_unknown_key_may_have_the_name_of_a_method():
    for key in ["to_record", "model_fields", "read", "copy", "json", "__class__", "model_config"]:
        assert Article.read({"title": "T", key: "x"}).to_record() == {"title": "T", key: "x"}, key


def test_related_is_dropped():
    for related in [[], [{"title": "The answer"}], "text", None, {"a": 1}]:
        article = Article.read({"title": "T", "related": related})
        assert "related" not in article.to_record(), related
        assert "answer" not in repr(article), related


def test_dropping_related_leaves_the_callers_fields_alone():
    fields = {"title": "T", "related": [1]}
    Article.read(fields)
    assert fields == {"title": "T", "related": [1]}


@pytest.mark.parametrize("blob", ["4ZGfoqRB==;83TF==", {"sealed": "4ZGfoqRB=="}])
def test_secured_is_kept_and_shown_nowhere(blob: object):
    article = Article.read({"title": "T", "secured": blob})
    assert article.secured == blob
    assert "4ZGfoqRB" not in f"{article!r}{article}{article.to_record()}"


def test_an_error_never_shows_secured():
    assert "4ZGfoqRB" not in str(fault(secured="4ZGfoqRB==", quality="high"))


def test_a_date_is_read_in_many_spellings():
    for spelling, moment in [
        ("2021-04-16T20:54:00Z", EVENING),
        ("2021-04-16t20:54:00z", EVENING),
        ("2021-04-16 20:54:00Z", EVENING),
        ("2021-04-16 20:54:00 UTC", EVENING),
        ("  2021-04-16T20:54:00Z\n", EVENING),
        ("2021-4-16 20:54", EVENING),
        ("2021-04-16T22:54:00+02:00", EVENING),
        ("2021-04-16T22:54:00+0200", EVENING),
        ("2021-04-16T22:54:00+02", EVENING),
        ("2021-04-16T22:54:00 +2", EVENING),
        ("2021-04-16 15:24:00 -5:30", EVENING),
        ("2021-04-17T04:54:00+08:00", EVENING),
        ("2021-04-16T20:54:00.25Z", EVENING.replace(microsecond=250_000)),
        ("2021-04-16T20:54:00.1234567891Z", EVENING.replace(microsecond=123_456)),
        ("2021-04-16T8:05", datetime(2021, 4, 16, 8, 5, tzinfo=UTC)),
        ("2021-04-16T8:05:09", datetime(2021, 4, 16, 8, 5, 9, tzinfo=UTC)),
        ("2021-04-16", datetime(2021, 4, 16, tzinfo=UTC)),
        ("2021-4-6", datetime(2021, 4, 6, tzinfo=UTC)),
        (date(2021, 4, 16), datetime(2021, 4, 16, tzinfo=UTC)),
        (EVENING, EVENING),
        (datetime(2021, 4, 16, 22, 54, tzinfo=timezone(timedelta(hours=2))), EVENING),
    ]:
        assert parse_date(spelling) == moment, spelling


def test_a_date_without_a_zone_is_utc():
    for value in ["2021-04-16T20:54:00", "2021-04-16", date(2021, 4, 16), datetime(2021, 4, 16, 20)]:
        moment = parse_date(value)
        assert moment is not None, value
        assert moment.tzinfo is UTC, value


@pytest.mark.parametrize("value", [None, ""])
def test_no_date_is_no_date(value: object):
    assert parse_date(value) is None


def test_an_article_may_have_a_date_that_is_null():
    assert Article.read({"title": "T", "publishedDateTime": None}).published_date_time is None


def test_an_article_may_have_a_date_that_is_empty():
    assert Article.read({"title": "T", "publishedDateTime": ""}).published_date_time is None


def test_what_is_no_date_is_refused():
    for value in [
        "soon",
        "2021",
        "16.04.2021",
        "2021-02-30",
        "2021-13-01",
        "0000-01-01",
        "2021-04-16T25:00:00Z",
        "2021-04-16T20:61:00Z",
        "2021-04-16T",
        "2021-04-16T20:54:00+99:00",
        "2021-04-16T20:54:00Z and more",
        "2021-04-16T20:54:00CET",
        20210416,
        True,
        ["2021-04-16"],
    ]:
        error = fault(publishedDateTime=value)
        assert error.what.startswith("publishedDateTime is "), value
        assert error.expected == "an ISO 8601 date such as 2021-04-16T20:54:00Z", value


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_date_that_utc_can_not_hold_is_refused(value: str):
    assert fault(publishedDateTime=value).what.startswith("publishedDateTime is ")


def test_a_date_is_written_in_utc():
    for moment, text in [
        (EVENING, "2021-04-16T20:54:00Z"),
        (EVENING.replace(microsecond=250_000), "2021-04-16T20:54:00.250000Z"),
        (datetime(2021, 4, 16, 22, 54, tzinfo=timezone(timedelta(hours=2))), "2021-04-16T20:54:00Z"),
        (datetime(987, 1, 2, tzinfo=UTC), "0987-01-02T00:00:00Z"),
    ]:
        assert format_date(moment) == text, moment
        assert parse_date(text) == moment, moment


def test_a_number_where_a_text_belongs_is_its_text():
    for number, text in [(2600, "2600"), (1.5, "1.5"), (-1, "-1")]:
        article = Article.read({"title": number, "id": number, "topics": [number], "provider": {"name": number}})
        assert (article.title, article.id, article.topics) == (text, text, (text,)), number
        assert article.provider == Provider(name=text), number


def test_a_provider_may_be_a_name():
    assert Article.read({"title": "T", "provider": "Reuters"}).provider == Provider(name="Reuters")


def test_a_single_topic_and_a_single_image_need_no_list():
    article = Article.read({"title": "T", "topics": "AI", "images": {"url": "https://i"}})
    assert article.topics == ("AI",)
    assert article.images == (Image(url="https://i"),)


def test_a_picture_may_be_its_address_alone():
    for images in ("/img/a.jpg", ["/img/a.jpg"]):
        assert Article.read({"title": "T", "images": images}).images == (Image(url="/img/a.jpg"),)


def test_an_id_may_hold_spaces_and_joiners_of_any_script():
    for char in ["\u00a0", "\u200d", "\u200c"]:
        assert Article.read({"title": "T", "id": f"a{char}b"}).id == f"a{char}b", char


def test_an_empty_list_is_left_out_of_the_record():
    for nothing, key in product([None, []], ["topics", "images"]):
        assert Article.read({"title": "T", key: nothing}).to_record() == {"title": "T"}, (key, nothing)


def test_a_number_keeps_its_kind():
    record = Article.read({"title": "T", "quality": 35, "heat": 0.5}).to_record()
    assert [type(record[key]) for key in ("quality", "heat")] == [int, float]


IMAGES = "a list of images such as {url: https://site.example/a.jpg, width: 640, height: 260}"
PROVIDER = "a name, or {name: ..., domain: ...}"


def test_a_bad_field_is_named_with_what_it_held_and_what_was_expected():
    for fields, message in [
        ({"title": None}, "title is null; expected a text that is not empty"),
        ({"title": True}, "title is true; expected a text that is not empty"),
        ({"title": ["A"]}, 'title is ["A"]; expected a text that is not empty'),
        ({"title": ""}, "title is empty; expected a text that is not empty"),
        ({"title": " \t\n"}, "title is empty; expected a text that is not empty"),
        ({"excerpt": ["a", "b"]}, 'excerpt is ["a", "b"]; expected a text'),
        ({"webUrl": {"href": "https://a"}}, 'webUrl is {"href": "https://a"}; expected a text'),
        ({"quality": "35"}, 'quality is "35"; expected a finite number'),
        ({"quality": True}, "quality is true; expected a finite number"),
        ({"quality": float("nan")}, "quality is NaN; expected a finite number"),
        ({"heat": float("-inf")}, "heat is -Infinity; expected a finite number"),
        ({"published": "maybe"}, 'published is "maybe"; expected true or false'),
        ({"provider": True}, f"provider is true; expected {PROVIDER}"),
        ({"provider": ["Reuters"]}, f'provider is ["Reuters"]; expected {PROVIDER}'),
        ({"provider": {"name": ["R"]}}, 'provider.name is ["R"]; expected a text'),
        ({"topics": 5}, "topics is 5; expected a list of texts"),
        ({"topics": ["AI", None]}, "topics.1 is null; expected a list of texts"),
        ({"images": 5}, f"images is 5; expected {IMAGES}"),
        ({"images": [7]}, f"images.0 is 7; expected {IMAGES}"),
        ({"images": [{}, {"width": "wide"}]}, 'images.1.width is "wide"; expected a number of pixels'),
        ({"images": [{"isCached": "perhaps"}]}, 'images.0.isCached is "perhaps"; expected true or false'),
        ({"provider": {"images": [{"height": []}]}}, "provider.images.0.height is []; expected a number of pixels"),
        ({"id": ["a"]}, f'id is ["a"]; expected a text of 1 to {MAX_ID_CHARS} printable characters'),
        ({"id": ""}, f'id is ""; expected a text of 1 to {MAX_ID_CHARS} printable characters'),
    ]:
        assert str(fault(**fields)) == message, fields


def test_an_id_that_can_not_be_shown_is_refused():
    for value in ["a\nb", "a\x00", "a\u2028b", "a\u202eb", "a\ud800", "   ", "\ufeff", " \u200b", ".", ".."]:
        error = fault(id=value)
        assert error.what == "id holds a control character, is blank, or is . or ..", value
        assert error.expected == f"a text of 1 to {MAX_ID_CHARS} printable characters", value


def test_a_list_that_is_too_long_is_told_by_its_items():
    for field in ("topics", "authors"):
        assert str(fault(**{field: ["x"] * 1001})) == f"{field} has 1,001 items; expected at most 1,000"
    rules = {"pinned": [f"article-{number}" for number in range(100_000)]}
    assert str(fault(relatedRules=rules)) == "relatedRules.pinned has 100,000 items; expected at most 1,000"


def test_a_missing_title_is_named():
    with pytest.raises(ArticleError, match=r"^title is missing; expected a text that is not empty$"):
        Article.read({"excerpt": "No title"})


def test_what_is_no_mapping_is_refused():
    message = "an article must be a mapping of fields; expected an object with a title"
    for fields in [["title"], "title", None, 5]:
        with pytest.raises(ArticleError, match=message):
            pytest.fail(f"{fields!r} is read as {Article.read(fields)}")  # type: ignore[arg-type]


def test_only_the_first_of_several_faults_is_told_on_one_line():
    message = str(fault(quality="high", heat="hot\nline"))
    assert message == 'quality is "high"; expected a finite number'


def test_a_long_wrong_value_is_shown_in_part():
    shown = fault(quality="x" * 5000).what
    assert shown.startswith('quality is "xxx')
    assert len(shown) < 100


def test_a_text_and_an_id_of_the_greatest_length_are_taken():
    article = Article.read({"title": "t" * MAX_TEXT_CHARS, "id": "i" * MAX_ID_CHARS})
    assert len(article.title) == MAX_TEXT_CHARS


def test_a_text_that_is_too_long_is_told_by_its_length():
    error = fault(excerpt="e" * (MAX_TEXT_CHARS + 1))
    assert str(error) == "excerpt has 1,000,001 characters; expected at most 1,000,000"


def test_an_id_that_is_too_long_is_told_by_its_length():
    assert str(fault(id="i" * 513)) == "id has 513 characters; expected at most 512"


def test_a_field_with_a_snake_case_name_is_told_what_was_expected():
    assert fault(published_date_time="soon").expected == "an ISO 8601 date such as 2021-04-16T20:54:00Z"


def test_a_wrong_value_that_holds_itself_is_named_by_its_kind():
    endless: list[object] = []
    endless.append(endless)
    assert fault(quality=endless).what == "quality is list"


def test_a_wrong_value_nested_very_deep_is_named_by_its_kind():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert fault(quality=deep).what == "quality is list"


def test_a_wrong_value_with_keys_that_are_no_texts_is_named():
    assert fault(title={(1, 2): "x"}).what.startswith("title is ")


def test_a_number_too_long_to_write_is_refused():
    assert fault(title=10**5000).what == "title is int"


def test_an_unknown_key_nested_deep_is_handed_back_or_refused():
    nested: object = "core"
    for _ in range(400):
        nested = [nested]
    try:
        record = Article.read({"title": "T", "layout": nested}).to_record()
    except ArticleError as error:
        assert error.what.startswith("an unknown key cannot be written as JSON")
    else:
        assert record["layout"] == nested


@pytest.mark.parametrize("value", [b"\xff", object()])
def test_an_unknown_key_that_json_can_not_hold_is_refused_when_it_is_written(value: object):
    with pytest.raises(ArticleError, match=r"^an unknown key cannot be written as JSON: .*; expected plain values$"):
        Article.read({"title": "T", "layout": value}).to_record()


# What can be saved of an article


def test_a_bad_value_is_lost_alone():
    for fields, saved, lost in [
        ({"quality": "high"}, {}, LostValue("quality", '"high"', "a finite number")),
        ({"quality": float("nan")}, {}, LostValue("quality", "NaN", "a finite number")),
        ({"published": "maybe"}, {}, LostValue("published", '"maybe"', "true or false")),
        (
            {"publishedDateTime": "soon"},
            {},
            LostValue("publishedDateTime", '"soon"', "an ISO 8601 date such as 2021-04-16T20:54:00Z"),
        ),
        ({"excerpt": ["a"]}, {}, LostValue("excerpt", '["a"]', "a text")),
        ({"topics": ["a", None, "b"]}, {"topics": ["a", "b"]}, LostValue("topics.1", "null", "a list of texts")),
        ({"topics": {"a": 1}}, {}, LostValue("topics.0", '{"a": 1}', "a list of texts")),
        ({"topics": 7}, {}, LostValue("topics", "7", "a list of texts")),
        (
            {"authors": [{"url": "x"}, "Ada"]},
            {"authors": ["Ada"]},
            LostValue("authors.0", '{"url": "x"}', "a list of names"),
        ),
        (
            {"images": [{"url": "u", "width": "wide"}, {"url": "v"}]},
            {"images": [{"url": "u"}, {"url": "v"}]},
            LostValue("images.0.width", '"wide"', "a number of pixels"),
        ),
        ({"images": [5, "u"]}, {"images": [{"url": "u"}]}, None),
        (
            {"provider": {"name": "P", "domain": ["d"]}},
            {"provider": {"name": "P"}},
            LostValue("provider.domain", '["d"]', "a text"),
        ),
        ({"web_url": {"a": 1}}, {}, LostValue("web_url", '{"a": 1}', "a text")),
        ({"relatedRules": {"pinned": ["a"], "time": "soon"}}, {"relatedRules": {"pinned": ["a"]}}, None),
        ({"relatedRules": {"pinned": ["a"], "pined": ["b"]}}, {"relatedRules": {"pinned": ["a"]}}, None),
    ]:
        before = json.dumps(fields)
        article, found = Article.salvage({"id": "a", "title": "T", "heat": 3, **fields})
        assert article.to_record() == {"id": "a", "title": "T", "heat": 3, **saved}, fields
        assert len(found) == 1, fields
        assert lost is None or found == [lost], fields
        assert json.dumps(fields) == before, fields


def test_of_many_bad_values_each_is_lost():
    fields = {
        "title": "T",
        "topics": [None, "a", None, "b", []],
        "quality": "x",
        "heat": "y",
        "images": [{"width": "w"}],
    }
    article, lost = Article.salvage(fields)
    assert article.to_record() == {"title": "T", "topics": ["a", "b"], "images": [{}]}
    assert sorted(each.field for each in lost) == [
        "heat",
        "images.0.width",
        "quality",
        "topics.0",
        "topics.2",
        "topics.4",
    ]


def test_an_article_without_a_fault_is_saved_whole():
    assert Article.salvage(FULL) == (Article.read(FULL), [])


def test_without_a_title_or_with_an_id_that_is_none_nothing_is_saved():
    for fields in [
        {},
        {"title": ""},
        {"title": ["T"]},
        {"title": None},
        {"title": "T", "id": "a\nb"},
        {"title": "T", "id": [1]},
    ]:
        with pytest.raises(ArticleError):
            pytest.fail(f"{fields!r} is read as {Article.salvage({'quality': 'high', **fields})}")


def test_what_is_lost_is_never_what_is_secured():
    _, lost = Article.salvage({"title": "T", "secured": object, "quality": "high"})
    assert [each.field for each in lost] == ["quality"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "name", "width", "time"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*FULL, "published_date_time", "secured", "related"]), JSON_VALUES))
def test_whatever_a_record_holds_it_is_an_article_or_lacks_a_title_or_an_id(fields: dict[str, Any]):
    fields = {**fields, "title": "T", "id": "a"}
    article, lost = Article.salvage(fields)
    assert (article.title, article.id) == ("T", "a")
    assert len({each.field for each in lost}) == len(lost)
    if not lost:
        assert article == Article.read(fields)
    article.to_record()


def test_a_record_holds_no_number_that_json_can_not_hold():
    for number in [float("nan"), float("inf"), float("-inf")]:
        record = Article.read({"title": "T", "layout": [number]}).to_record()
        assert json.dumps(record, allow_nan=False), number
