"""Render permalinks with Liquid or Nunjucks expressions: values and well-known filters only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from unicodedata import category, combining, normalize

_PLACE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_FILTER = re.compile(r"(\w+)\s*(?::\s*(.*)|\((.*)\))?", re.DOTALL)
_REPLACED = {
    "&": " and ", "♥": " love ", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "Ss",
    "ø": "o", "Ø": "O", "å": "a", "Å": "A", "æ": "ae", "Æ": "AE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "TH", "ħ": "h", "Ħ": "H", "ı": "i", "œ": "-", "Œ": "-", "´": "", "·": "",
}  # fmt: skip


class _UnrenderedError(Exception):
    """An expression that is not supported."""


def render(template: str, values: Mapping[str, Any]) -> str | None:
    """Fill in a template; None if it uses anything but known values and filters.

    Args:
        template: A template such as `/blog/{{ page.fileSlug }}/`.
        values: Values by name; dots lead into mappings.
    """
    if "{%" in template:
        return None
    try:
        return _PLACE.sub(lambda match: _expression(match[1], values), template)
    except _UnrenderedError:
        return None


def _expression(text: str, values: Mapping[str, Any]) -> str:
    first, *filters = _split(text)
    value = _value(first, values)
    for part in filters:
        match = _FILTER.fullmatch(part)
        if match is None or match[1] not in _FILTERS:
            raise _UnrenderedError
        pieces = (match[2] or match[3] or "").split(",")
        arguments = [_value(piece.strip(), values) for piece in pieces if piece.strip()]
        try:
            value = _FILTERS[match[1]](value, *arguments)
        except (TypeError, ValueError, AttributeError):
            raise _UnrenderedError from None
    if value is None or not isinstance(value, str | int | float) or isinstance(value, bool):
        raise _UnrenderedError
    return str(value)


def _split(text: str) -> list[str]:
    """Split at pipes that are not in quotes."""
    parts = re.findall(r"((?:'[^']*'|\"[^\"]*\"|[^|])+)", text)
    return [part.strip() for part in parts] or [""]


def _value(text: str, values: Mapping[str, Any]) -> Any:
    literal = _LITERAL.fullmatch(text)
    if literal:
        return literal[1] if literal[1] is not None else literal[2]
    for choice in text.split(" or "):
        found: Any = values
        for step in choice.strip().split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        if found not in (None, "", False):
            return found
    return None


def slugify_ascii(text: Any) -> str:
    """Return a slug as `@sindresorhus/slugify` does: `Käse & Brot` -> `kaese-and-brot`.

    Raises:
        ValueError: If a letter has no known Latin form.
    """
    plain = re.sub(r"([a-z\d]+)'([ts])(\s|$)", r"\1\2\3", _latin(str(text)).lower())
    if any(letter > "\x7f" and (letter.isalnum() or category(letter) in {"Sc", "Mn", "Mc"}) for letter in plain):
        raise ValueError(text)
    return re.sub(r"[^a-z\d]+", "-", plain).strip("-")


def _latin(text: str) -> str:
    known = "".join(_REPLACED.get(character, character) for character in normalize("NFC", text))
    return "".join(character for character in normalize("NFD", known) if not combining(character))


def _slug(text: Any) -> str:
    """Return a slug as the older filter `slug` does: most punctuation is dropped."""
    plain = str(text)
    if not plain.isascii():
        raise ValueError(text)
    plain = plain.replace("&", "and").replace("%", "percent").replace("$", "dollar").replace("|", "or")
    kept = re.sub(r"[^\w\s~.()'\"!:@*+-]", "", plain)
    return re.sub(r"[\s-]+", "-", kept.strip()).lower()


def _format(value: Any, pattern: str) -> str:
    """Format a date with `strftime`, in UTC."""
    if not isinstance(value, date) or re.search(r"%[^YmdyHMSjBbeA-]", pattern):
        raise ValueError(pattern)
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.strftime(pattern)


_FILTERS: dict[str, Callable[..., Any]] = {
    "slugify": slugify_ascii,
    "slug": _slug,
    "date": _format,
    **dict.fromkeys(("downcase", "lower"), lambda value: str(value).lower()),
    **dict.fromkeys(("upcase", "upper"), lambda value: str(value).upper()),
    **dict.fromkeys(("strip", "trim"), lambda value: str(value).strip()),
    "append": lambda value, more: f"{value}{more}",
    "prepend": lambda value, more: f"{more}{value}",
    "replace": lambda value, old, new="": str(value).replace(str(old), str(new)),
    "remove": lambda value, old: str(value).replace(str(old), ""),
    "default": lambda value, other: value if value not in (None, "") else other,
    "url": lambda value: value,
}
