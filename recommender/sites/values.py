"""Narrow parsed settings, whose values may be of any type, to the type that a reader needs."""

from __future__ import annotations

from typing import Any


def as_table(value: Any) -> dict[Any, Any]:
    """Return a dict as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_texts(value: Any) -> list[str]:
    """Return the strings in a list or tuple; a string alone counts as a list of one."""
    items = [value] if isinstance(value, str) else value
    return [item for item in items if isinstance(item, str)] if isinstance(items, list | tuple) else []
