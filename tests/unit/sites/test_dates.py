"""Dates as people and generators write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.sites.dates import date_of_name, read_date

DAY = datetime(2021, 4, 16)
MOMENT = datetime(2021, 4, 16, 20, 54, tzinfo=UTC)


def test_a_date_is_read_in_any_common_form():
    for written, meant in [
        ("2021-04-16", DAY),
        (" 2021-4-16 ", DAY),
        ("2021/04/16", DAY),
        (date(2021, 4, 16), DAY),
        ("16 April 2021", DAY),
        ("April 16, 2021", DAY),
        ("16 avril 2021", DAY),
        ("16 de abril de 2021", DAY),
        ("16. April 2021", DAY),
        ("16 апреля 2021", DAY),
        ("2021年4月16日", DAY),
        ("04/16/2021", DAY),
        ("16/04/2021", DAY),
        ("2021.04.16", DAY),
        ("Fri, 16 Apr 2021", DAY),
        ("2021-04-16 20:54", datetime(2021, 4, 16, 20, 54)),
        ("2021/04/16 20:54:00", datetime(2021, 4, 16, 20, 54)),
        ("2021-04-16T20:54:00Z", MOMENT),
        ("2021-04-16 22:54:00 +0200", MOMENT),
        ("2021-04-16T22:54:00+02:00", MOMENT),
        ("2021/04/16 22:54:00 +0200", MOMENT),
        ("Fri, 16 Apr 2021 20:54:00 GMT", MOMENT),
        ("Fri, 16 Apr 2021 22:54:00 +0200", MOMENT),
        ("16 Apr 2021 20:54 UTC (somewhere)", MOMENT),
        ("16 Apr 21 20:54 GMT", MOMENT),
        ("Friday, April 16, 2021 4:54 PM EDT", MOMENT),
        ("2021-04-16 4:54 PM -0400", MOMENT),
        ("2021-04-16 21:54:00 UTC+01:00", MOMENT),
        ("2021-04-16 20:54:00 UTC", MOMENT),
        ("2021-04-16 22:54 Europe/Berlin", MOMENT),
        (MOMENT, MOMENT),
        (1618606440, MOMENT),
        (1618606440.0, MOMENT),
        (1618606440000, MOMENT),
    ]:
        found = read_date(written)
        assert found == meant, written
        assert found is not None, written
        assert (found.tzinfo is None) == (meant.tzinfo is None), written


def test_an_empty_value_has_no_date():
    for written in [None, "", "  "]:
        assert read_date(written) is None, written


def test_an_invalid_date_is_refused():
    for written in [
        *["soon", "yesterday", "April", "16", "2021", "2021-13-01", "2021/13/01", "2021-02-30", "April 2021", "16.4."],
        *["2021-04-16 20:54 Mars/Olympus", "2021-04-16 25:54", "0001-01-01T00:00:00+14:00", "x" * 61],
        *[True, False, 0, 5, 2021, 20210416, -1, 10**20, float("nan"), float("inf"), [], {"year": 2021}],
    ]:
        with pytest.raises(ValueError, match=r".*"):
            pytest.fail(f"{written!r} is read as {read_date(written)}")


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}")))
def test_any_text_is_a_date_within_the_range_of_utc_or_refused(written: object):
    try:
        found = read_date(written)
    except ValueError:
        return
    if found is not None:
        assert (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).year


@given(
    st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_dates_written_by_python_are_read_back(moment: datetime, zone: timezone):
    assert read_date(moment.isoformat()) == moment
    assert read_date(moment.replace(tzinfo=zone).isoformat(sep=" ")) == moment.replace(tzinfo=zone)


def test_a_file_name_may_begin_with_a_date():
    for name, meant in [
        ("2021-04-16-story.md", DAY),
        ("2021-4-16_story", DAY),
        ("2021-04-16.md", DAY),
        ("2021-04-16", DAY),
        ("2021-04-31-story.md", None),
        ("2021-04-161-story.md", None),
        ("story-2021-04-16.md", None),
        ("2021-04.md", None),
    ]:
        assert date_of_name(name) == meant, name
