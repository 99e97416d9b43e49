"""Build Jekyll's addresses: permalink styles, placeholders, slugs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from recommender.sites.addresses import is_word_char
from recommender.sites.dates import DAYS, MONTHS

STYLES: Mapping[str, str] = {
    "none": "/:categories/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
}
"""The template of each named permalink style."""

_DATE_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: f"{date.year:04}",
    "month": lambda date: f"{date.month:02}",
    "day": lambda date: f"{date.day:02}",
    "hour": lambda date: f"{date.hour:02}",
    "minute": lambda date: f"{date.minute:02}",
    "second": lambda date: f"{date.second:02}",
    "i_day": lambda date: str(date.day),
    "i_month": lambda date: str(date.month),
    "short_month": lambda date: MONTHS[date.month - 1][:3],
    "long_month": lambda date: MONTHS[date.month - 1],
    "short_year": lambda date: f"{date.year % 100:02}",
    "w_year": lambda date: str(date.isocalendar().year),
    "week": lambda date: f"{date.isocalendar().week:02}",
    "w_day": lambda date: str(date.isoweekday()),
    "short_day": lambda date: DAYS[date.weekday()][:3],
    "long_day": lambda date: DAYS[date.weekday()],
    "y_day": lambda date: f"{date.timetuple().tm_yday:03}",
}

_PLACEHOLDER = re.compile(r":([a-z_]+)")
_NOT_DEFAULT = re.compile(r"[^A-Za-z0-9]+")
_NOT_PRETTY = re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@]+")
_PRETTY = frozenset("._~!$&'()+,;=@")
_SAFE = "/:@!$&'()*+,;=~-._"


def downcase(text: str) -> str:
    """Return lower case as Ruby does: character by character."""
    return text.lower() if text.isascii() else "".join(map(str.lower, text))


def slugify(text: str, *, pretty: bool = False, cased: bool = False) -> str:
    """Jekyll's `slugify`: every run of other characters than letters, marks and digits becomes a hyphen.

    Args:
        text: The title or name.
        pretty: Keep punctuation that is allowed in addresses and file names.
        cased: Keep upper case.
    """
    if text.isascii():
        slug = (_NOT_PRETTY if pretty else _NOT_DEFAULT).sub("-", text)
    else:
        kept = [char if is_word_char(char) or (pretty and char in _PRETTY) else "\n" for char in text]
        slug = re.sub(r"\n+", "-", "".join(kept))
    slug = slug.removeprefix("-").removesuffix("-")
    return slug if cased else downcase(slug)


def titleize(slug: str) -> str:
    """Return the title that Jekyll gives to a post without one."""
    return " ".join(part.capitalize() for part in slug.rstrip("-").split("-"))


def fill_template(template: str, values: Mapping[str, Callable[[], str]], date: datetime | None) -> str | None:
    """Fill in a permalink, with each value percent-encoded.

    Args:
        template: A template such as `/:categories/:year/:title/`.
        values: Returns the value of each placeholder, beside those of the date.
        date: The date, in the site's time zone.

    Returns:
        None if a placeholder is unknown, or if it needs a date and there is none.
    """
    known = True

    def value(match: re.Match[str]) -> str:
        nonlocal known
        # `:month_:day` contains `:month` and an underscore.
        for name in (match[1], match[1].removesuffix("_")):
            if name in values:
                return quote(values[name](), safe=_SAFE) + match[1][len(name) :]
            if name in _DATE_PARTS and date is not None:
                return _DATE_PARTS[name](date) + match[1][len(name) :]
        known = False
        return ""

    filled = _PLACEHOLDER.sub(value, template)
    return re.sub(r"/+", "/", f"/{filled}".replace("..", "/").replace("./", "")) if known else None
