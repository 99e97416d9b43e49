"""Article ids as TREC files, whose columns are parted by white space, can hold them."""

from __future__ import annotations

from urllib.parse import quote, unquote


def trec_id(article_id: str) -> str:
    """An id as TREC files write it: its white space percent-encoded."""
    return "".join(quote(char, safe="") if char.isspace() else char for char in article_id)


def own_ids(name: str) -> tuple[str, ...]:
    """The ids that TREC files may write as `name`, the likeliest first: an id may hold a `%` of its own."""
    decoded = unquote(name)
    return (name,) if decoded == name else (name, decoded)
