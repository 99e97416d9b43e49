"""Encode article ids for TREC files, whose columns are separated by white space."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_SPACE = re.compile(r"\s")


def trec_id(article_id: str) -> str:
    """Return an id with its white space percent-encoded."""
    return _SPACE.sub(lambda space: quote(space[0], safe=""), article_id)


def own_ids(name: str) -> tuple[str, ...]:
    """Return the ids that `name` may stand for, the likeliest first: an id may itself contain a `%`."""
    decoded = unquote(name)
    return (name,) if decoded == name else (name, decoded)
