"""Set one field of a line of JSON without touching any other byte."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from recommender.errors import InputError

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _Field(NamedTuple):
    """The positions where a field's key begins, its value begins, and its value ends."""

    key: int
    start: int
    end: int


def set_json_field(line: str, name: str, value: Any, *, before: str) -> str:
    """Set the field `name` of a JSON object to `value`.

    Args:
        line: A valid JSON object.
        name: The field.
        value: The new value.
        before: A new field goes before this one, or at the end if it is missing.

    Raises:
        InputError: If the object has the field twice.
    """
    text = json.dumps(value, ensure_ascii=False)
    fields = _fields(line)
    named = [field for key, field in fields if key == name]
    if len(named) > 1:
        raise InputError(f"the field {name} is repeated", expected="one")
    if named:
        return f"{line[: named[0].start]}{text}{line[named[0].end :]}"
    new = f'"{name}": {text}'
    behind = next((field.key for key, field in fields if key == before), None)
    if behind is not None:
        return f"{line[:behind]}{new}, {line[behind:]}"
    if not fields:
        brace = line.index("{") + 1
        return f"{line[:brace]}{new}{line[brace:]}"
    end = fields[-1][1].end
    return f"{line[:end]}, {new}{line[end:]}"


def _fields(line: str) -> list[tuple[str, _Field]]:
    def skip(place: int) -> int:
        found = _SPACE.match(line, place)
        return found.end() if found else place

    fields = []
    place = skip(line.index("{") + 1)
    while line[place] != "}":
        name, end = _DECODER.raw_decode(line, place)
        start = skip(skip(end) + 1)
        _, stop = _DECODER.raw_decode(line, start)
        fields.append((name, _Field(place, start, stop)))
        place = skip(stop)
        if line[place] == ",":
            place = skip(place + 1)
    return fields


def canonical_json(value: Any) -> bytes:
    """Write JSON that does not depend on the order of keys and the spelling of characters in the input."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")
