"""Write the `related` block of TOML front matter, an array of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.sources.related_block import ESCAPED, escape

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MAX_INTEGER = 2**63


def write_toml_block(entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
    """Write a table `[[related]]` for each entry; empty for no entries.

    Args:
        entries: The entries, as `entry.related_entry` makes them.
        newline: The line end of the file.
    """
    lines = (line for entry in entries for line in _table(entry, "related", "[[related]]"))
    return "".join(f"{line}{newline}" for line in lines).encode()


def _table(fields: Mapping[str, Any], path: str, header: str) -> Iterator[str]:
    yield header
    # Every key below a header belongs to that table, so plain values must come first.
    for key, value in fields.items():
        if value is not None and not _is_table(value) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in fields.items():
        inner = f"{path}.{_key(key)}"
        if _is_table(value):
            yield from _table(value, inner, f"[{inner}]")
        elif _is_tables(value):
            for item in value:
                yield from _table(item, inner, f"[[{inner}]]")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(map(_is_table, value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quote(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -_MAX_INTEGER <= value < _MAX_INTEGER else repr(float(value))
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _quote(str(value))


def _quote(text: str) -> str:
    return f'"{ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    # TOML cannot hold lone surrogates.
    return "\\ufffd" if "\ud800" <= found[0] <= "\udfff" else escape(found)
