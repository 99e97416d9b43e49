"""Parse dates as people write them: ISO 8601, RFC 2822, and the long forms of many languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from recommender.article import read_iso_date

_SLASHED = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(.*)", re.DOTALL)
_ZONED = re.compile(
    r"(.*\d) ?(?:UTC(?: ?(?P<offset>[+-]\d\d:?\d\d))?|(?P<zone>[A-Z][A-Za-z]+(?:/[A-Za-z0-9_+-]+)+))", re.DOTALL
)
"""`09:00:00 UTC+01:00` and `23:00 Europe/Berlin`, as Nikola writes them."""
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3}, *)?\d{1,2} [A-Za-z]{3} (?:\d{4}|\d\d) \d{1,2}:\d\d(?::\d\d)?"
    r"(?: (?:[+-]\d{4}|[A-Z]{1,5}))?(?: \(.*\))?"
)
"""The standard library's parser is too lenient: it ignores a `PM`, for example."""
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)")
_NAMED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=[-_.]|$)")
_MAX_CHARS = 60
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""English names for addresses; those of `strftime` depend on the locale."""
_SECONDS = range(10**8, 10**10)
_MILLISECONDS = range(10**11, 10**13)


def read_date(value: Any) -> datetime | None:
    """Parse a date in any common form.

    Args:
        value: A date, a string, or the seconds or milliseconds since 1970.

    Returns:
        Naive if the date is written without a time zone; None for None and for an empty string.

    Raises:
        ValueError: If it is not a date.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    if not isinstance(value, str) or len(value) > _MAX_CHARS:
        raise ValueError("not a date")
    text = value.strip()
    zoned = _ZONED.fullmatch(text)
    if zoned is not None:
        return _in_zone(zoned[1], zoned["offset"], zoned["zone"])
    slashed = _SLASHED.fullmatch(text)
    try:
        return read_iso_date(f"{slashed[1]}-{slashed[2]}-{slashed[3]}{slashed[4]}" if slashed else text)
    except ValueError:
        pass
    if _RFC_2822.fullmatch(text) is None:
        return _localised(text)
    from email.utils import parsedate_to_datetime

    return _in_range(parsedate_to_datetime(text))


def date_of_name(name: str) -> datetime | None:
    """Return the date that a file name begins with, as in `2021-04-16-story.md`; None if it has none."""
    match = _NAMED.match(name)
    if match is None:
        return None
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _in_zone(text: str, offset: str | None, name: str | None) -> datetime | None:
    """Parse a date whose zone is an offset from UTC or an IANA name."""
    moment = read_date(text)
    if moment is None or moment.tzinfo is not None:
        raise ValueError("not a date")
    from zoneinfo import ZoneInfo

    try:
        zone = ZoneInfo(name) if name else datetime.strptime(offset or "+0000", "%z").tzinfo
    except (KeyError, OSError):
        raise ValueError("not a date") from None
    return _in_range(moment.replace(tzinfo=zone))


def _from_number(value: float) -> datetime:
    if not isfinite(value):
        raise ValueError("not a date")
    if int(value) in _SECONDS:
        return datetime.fromtimestamp(value, UTC)
    if int(value) in _MILLISECONDS:
        return datetime.fromtimestamp(value / 1000, UTC)
    raise ValueError("not a date")


def _in_range(moment: datetime) -> datetime:
    try:
        moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("a date beyond what UTC can hold") from None
    return moment


@lru_cache(maxsize=1024)
def _localised(text: str) -> datetime:
    # dateparser would take a number or a word alone for a day of this month.
    if sum(map(str.isdigit, text)) < 3:
        raise ValueError("not a date")
    year_first = _YEAR_FIRST.match(text)
    if year_first is not None:
        # Refuse a thirteenth month, which dateparser would read as a day.
        datetime(int(year_first[1]), int(year_first[2]), int(year_first[3]))
    import dateparser

    settings: Any = {"PARSERS": ["absolute-time"], "REQUIRE_PARTS": ["day", "month", "year"], "DATE_ORDER": "DMY"}
    if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}.*", text):
        settings.pop("DATE_ORDER")
    moment = dateparser.parse(text, settings=settings)
    if moment is None:
        raise ValueError("not a date")
    return _in_range(moment)
