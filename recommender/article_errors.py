"""Error messages for article fields that fail validation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from recommender.errors import ArticleError

MAX_ID_CHARS = 512

_EXPECTED = {
    "publishedDateTime": "an ISO 8601 date such as 2021-04-16T20:54:00Z",
    "title": "a text that is not empty",
    "id": f"a text of 1 to {MAX_ID_CHARS} printable characters",
    "topics": "a list of texts",
    "authors": "a list of names",
    "images": "a list of images such as {url: https://site.example/a.jpg, width: 640, height: 260}",
    "provider": "a name, or {name: ..., domain: ...}",
    "published": "true or false",
    "isCached": "true or false",
    "quality": "a finite number",
    "heat": "a finite number",
    "width": "a number of pixels",
    "height": "a number of pixels",
    "relatedRules": "rules such as {pinned: [ID], blocked: [ID], time: older}",
}
_EXPECTED_RULES = {
    **dict.fromkeys(("pinned", "blocked"), "a list of ids or webUrls"),
    **dict.fromkeys(("blockedProviders", "blockedTopics", "topics"), "a list of texts"),
    "time": "both, older or newer",
    "language": "any, prefer or same",
    **dict.fromkeys(("maxDaysOlder", "maxDaysNewer"), "a number of days from 0 to 36500"),
    "minQuality": "a finite number",
}


def explain(error: ValidationError) -> ArticleError:
    """Return the first fault of a validation as an `ArticleError`."""
    fault = error.errors(include_url=False)[0]
    path = path_of(fault)
    if not path:
        message = fault["msg"].removeprefix("Value error, ")
        key = message.split()[0]
        if key not in _EXPECTED:
            return ArticleError("an article must be a mapping of fields", expected="an object with a title")
        return ArticleError(message, expected=_EXPECTED[key])
    name = ".".join(map(str, path))
    if fault["type"] == "extra_forbidden":
        return ArticleError(f"unknown rule {name}", expected=expected_at(path))
    if fault["type"] == "missing":
        return ArticleError(f"{name} is missing", expected=expected_at(path))
    if fault["type"] in {"string_too_long", "too_long"}:
        length = fault["ctx"].get("actual_length") or len(str(fault["input"]))
        return ArticleError(
            f"{name} has {length:,} {'characters' if isinstance(fault['input'], str) else 'items'}",
            expected=f"at most {fault['ctx']['max_length']:,}",
        )
    return ArticleError(f"{name} is {shown(fault['input'])}", expected=expected_at(path))


def path_of(fault: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Return the path of a fault: field names and list indices."""
    steps = (step for step in fault["loc"] if not str(step).startswith(("constrained-", "function-")))
    return tuple(step for step in steps if step not in {"int", "float"})


def expected_at(path: Sequence[str | int]) -> str:
    """Return what belongs at a path; a list item is described by its list, a nested field by its own name."""
    name = next(str(step) for step in reversed(path) if not isinstance(step, int))
    if len(path) == 1 or path[0] not in {"relatedRules", "related_rules"}:
        return _EXPECTED.get(to_camel(name), "a text")
    # `Pinned` is not a rule, although its camel case is.
    known = _EXPECTED_RULES.get(to_camel(name)) if name[:1].islower() else None
    return known or f"one of {', '.join(_EXPECTED_RULES)}"


def shown(value: Any) -> str:
    """Return a value as JSON of at most 80 characters, for an error."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"
