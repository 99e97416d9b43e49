"""Write the `related` block of YAML front matter in the style of content sites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recommender.sources.yaml_mapping import read_yaml_mapping

_QUOTED = frozenset({"title", "excerpt", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "url"})
"""Texts that are always in double quotes; others are only where they must be."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Characters that YAML cannot print, or that end a line in YAML 1.1 only.
ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')

_NOT_PLAIN = re.compile(
    r"""
    $ | [-?](?:\s|$) | [:,\[\]{}\#&*!|>'"%@`=~<] | \s   # special at the beginning
    | .*(?: :(?:\s|$) | \s\# | \s$ )
    | .*[^ -\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]
    | (?: y | yes | n | no | true | false | on | off | null )$
    | [-+]? (?: 0x[0-9a-f_,]+ | 0o[0-7_]+ | 0b[01_,]+ | \.(?:inf|nan) )$
    | [-+]? (?: [0-9_][0-9_,]* (?: (?::[0-5]?[0-9])+ )? (?:\.[0-9_]*)? | \.[0-9_]+ ) (?: e[-+]?[0-9]+ )? $
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?:[Tt\s].*)? $
    | (?: --- | \.\.\. )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""A text that YAML 1.1, YAML 1.2 or Ruby would read as something else if it were not quoted."""


def write_block(entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
    """Write `related: entries` as a block, including its last line end; empty for no entries.

    Titles, excerpts and addresses are in double quotes; dates are unquoted; other texts are quoted where necessary.

    Args:
        entries: The entries, as `entry.related_entry` makes them.
        newline: The line end of the file.
    """
    return write_value("related", entries, newline) if entries else b""


def write_value(key: str, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
    """Write `key: entries` as a block, for any key."""
    name = _quote(key) if _NOT_PLAIN.match(key) else key
    lines = [f"{name}:", *(line for entry in entries for line in _item(entry, "  "))]
    return "".join(f"{line}{newline}" for line in lines).encode()


def read_block(block: bytes) -> Any:
    """Parse the value of a block.

    Raises:
        FrontMatterError: If it is not valid YAML.
    """
    return read_yaml_mapping(block.decode())[0]["related"]


def _item(fields: Mapping[str, Any], indent: str) -> Iterable[str]:
    lead = f"{indent}- "
    for line in _fields(fields, f"{indent}  "):
        yield f"{lead}{line[len(lead) :]}"
        lead = f"{indent}  "


def _fields(fields: Mapping[str, Any], indent: str) -> Iterable[str]:
    for key, value in fields.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _fields(value, f"{indent}  ")
        elif isinstance(value, list | tuple):
            yield f"{indent}{key}:"
            for item in value:
                yield from _item(item, f"{indent}  ")
        else:
            yield f"{indent}{key}: {_scalar(key, value)}"


def _scalar(key: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        number = repr(value)
        # In YAML 1.1, a number with an exponent needs a decimal point.
        return number if "e" not in number or "." in number else number.replace("e", ".0e")
    if key == "publishedDateTime":
        return value
    return _quote(value) if key in _QUOTED or _NOT_PLAIN.match(value) else value


def _quote(text: str) -> str:
    return f'"{ESCAPED.sub(escape, text)}"'


def escape(found: re.Match[str]) -> str:
    """Return the escape sequence of a character found by `ESCAPED`."""
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"
