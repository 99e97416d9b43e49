"""Addresses as Jekyll makes them: permalink styles, their placeholders, slugs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from unicodedata import category
from urllib.parse import quote

STYLES: Mapping[str, str] = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
"""The template that each named permalink style of posts stands for."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DATE_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: f"{date.year:04}",
    "month": lambda date: f"{date.month:02}",
    "day": lambda date: f"{date.day:02}",
    "hour": lambda date: f"{date.hour:02}",
    "minute": lambda date: f"{date.minute:02}",
    "second": lambda date: f"{date.second:02}",
    "i_day": lambda date: str(date.day),
    "i_month": lambda date: str(date.month),
    "short_month": lambda date: _MONTHS[date.month - 1][:3],
    "long_month": lambda date: _MONTHS[date.month - 1],
    "short_year": lambda date: f"{date.year % 100:02}",
    "w_year": lambda date: str(date.isocalendar().year),
    "week": lambda date: f"{date.isocalendar().week:02}",
    "w_day": lambda date: str(date.isoweekday()),
    "short_day": lambda date: _DAYS[date.weekday()][:3],
    "long_day": lambda date: _DAYS[date.weekday()],
    "y_day": lambda date: f"{date.timetuple().tm_yday:03}",
}

_PLACEHOLDER = re.compile(r":([a-z_]+)")
_NOT_DEFAULT = re.compile(r"[^A-Za-z0-9]+")
_NOT_PRETTY = re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@]+")
_PRETTY = frozenset("._~!$&'()+,;=@")
_SAFE = "/:@!$&'()*+,;=~-._"


def downcase(text: str) -> str:
    """Lower case, each character by itself, as Ruby has it."""
    return text.lower() if text.isascii() else "".join(map(str.lower, text))


def slugify(text: str, *, pretty: bool = False, cased: bool = False) -> str:
    """Jekyll's `slugify`: every run of other characters than letters, marks and digits becomes a hyphen.

    Args:
        text: What to make a slug of.
        pretty: Keep the punctuation that addresses and file names bear.
        cased: Keep upper case.
    """
    if text.isascii():
        slug = (_NOT_PRETTY if pretty else _NOT_DEFAULT).sub("-", text)
    else:
        kept = [char if _is_kept(char) or (pretty and char in _PRETTY) else "\n" for char in text]
        slug = re.sub(r"\n+", "-", "".join(kept))
    slug = slug.removeprefix("-").removesuffix("-")
    return slug if cased else downcase(slug)


@lru_cache(maxsize=4096)
def _is_kept(char: str) -> bool:
    kind = category(char)
    return kind[0] in "LM" or kind == "Nd"


def titleize(slug: str) -> str:
    """The title that Jekyll gives to a post that names none."""
    return " ".join(part.capitalize() for part in slug.rstrip("-").split("-"))


def fill_template(template: str, values: Mapping[str, Callable[[], str]], date: datetime | None) -> str | None:
    """A permalink with its placeholders filled in, each escaped.

    Args:
        template: Such as `/:categories/:year/:title/`.
        values: What each placeholder stands for, beside those of the date.
        date: In the site's time zone.

    Returns:
        None if it names a placeholder that Jekyll does not know, or a part of a date that is missing.
    """
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        # `:month_:day` holds `:month` and an underscore.
        for name in (match[1], match[1].removesuffix("_")):
            if name in values:
                return _escaped(values[name]()) + match[1][len(name) :]
            if name in _DATE_PARTS and date is not None:
                return _DATE_PARTS[name](date) + match[1][len(name) :]
        known = False
        return ""

    filled = _PLACEHOLDER.sub(value, template)
    return _sanitised(filled) if known else None


def _escaped(text: str) -> str:
    return quote(text, safe=_SAFE)


def _sanitised(path: str) -> str:
    return re.sub(r"/+", "/", f"/{path}".replace("..", "/").replace("./", ""))
