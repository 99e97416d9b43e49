"""JSON front matter: an object at the top of the file, as in Hugo, or a whole file of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import decode
from recommender.sources.syntaxes.document import (
    LocatedField,
    ParsedDocument,
    line_at,
    newline_of,
    refuse_bomb,
    rewrite,
)
from recommender.sources.syntaxes.one_line import escape_unprintable, refuse_constant, write_json_line
from recommender.sources.yaml_mapping import MAX_DEPTH

_SPACE = re.compile(r"[ \t\r\n]*")
_AFTER = re.compile(r"[ \t]*(?:\r?\n|\Z)")


class _Member(NamedTuple):
    """A member of the object.

    Attributes:
        gap: The white space before the key.
        key: Where the key begins.
        colon: The text between key and value.
        end: Where the value ends.
    """

    gap: str
    key: int
    colon: str
    end: int

    @property
    def space(self) -> str:
        """The space after the colon, if there is one."""
        return "" if self.colon == ":" else " "


class _Object(NamedTuple):
    """The object at the top of a file: where it begins, its members and their values, and where it ends."""

    brace: int
    members: dict[str, _Member]
    values: dict[str, Any]
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _JsonDocument(ParsedDocument):
    parts: _Object


class _Json:
    name = "json"

    def claims(self, data: bytes) -> bool:
        """Return whether it begins with a JSON object, with no text after it on its last line."""
        text = data.decode(errors="replace").removeprefix("\ufeff")
        if not text.lstrip(" \t\r\n").startswith("{"):
            return False
        try:
            _read(text)
        except FrontMatterError:
            return False
        return True

    def parse(self, data: bytes) -> _JsonDocument:
        """Parse a file."""
        text = decode(data)
        parts = _read(text)
        fields = {**parts.values}
        related, member = fields.pop("related", None), parts.members.get("related")
        after = _AFTER.match(text, parts.end)
        body = text[after.end() if after else parts.end :]
        offsets = {key: member.key for key, member in parts.members.items()}
        start, end = (member.key, member.end) if member else (parts.brace, parts.brace)
        return _JsonDocument(fields, body, related, text, offsets, start, end, parts=parts)

    def find_related(self, data: bytes, front: _JsonDocument | None = None) -> LocatedField:
        """Locate the related member, or the place for one: above `secured`, else at the end."""
        front = front or self.parse(data)
        text, newline = front.text, newline_of(front.text)
        block = text[front.start : front.end]
        # A list in the file's own style counts as written by `write_block`, whose form does not depend on the style.
        if block and isinstance(front.related, list) and block == _in_style(text, front.parts, front.related, newline):
            return LocatedField(data, front, self.write_block(front.related, newline))
        return LocatedField(data, front, block.encode())

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the member on one line; `splice` adapts it to the file's style."""
        return f'"related": {write_json_line(list(entries))}{newline}'.encode() if entries else b""

    def splice(self, field: LocatedField, block: bytes) -> bytes:
        """Insert, replace or remove the member."""
        if block == field.block:
            return field.data
        front = field.front
        text, parts = front.text, _read(front.text)
        if not block:
            start, end = _with_comma(parts)
            return rewrite(field, text[:start] + text[end:], block, self.find_related)
        try:
            value = json.loads(b"{%s}" % block)["related"]
        except (ValueError, KeyError, RecursionError):
            raise FrontMatterError("invalid related member", expected='"related": [...]') from None
        member = _in_style(text, parts, value, field.newline)
        if front.start == front.end:
            result = _put_in(text, parts, member, field.newline)
        else:
            result = text[: front.start] + member + text[front.end :]
        return rewrite(field, result, block, self.find_related)


def _read(text: str) -> _Object:
    """Parse the object at the top of the file.

    Raises:
        FrontMatterError: If it is invalid; with the line.
    """
    place = brace = _skip(text, 0)
    if text[place : place + 1] != "{":
        raise _invalid(text, place, "the file does not begin with {")
    members: dict[str, _Member] = {}
    values: dict[str, Any] = {}
    above = place + 1
    while text[(place := _skip(text, above)) : place + 1] != "}":
        if members:
            above = _expect(text, place, ",")
            place = _skip(text, above)
        if text[place : place + 1] != '"':
            raise _invalid(text, place, "a key in double quotes is missing")
        key, key_end = _decode(text, place)
        start = _skip(text, _expect(text, _skip(text, key_end), ":"))
        if key in members:
            where = f"line {line_at(text, place)}"
            raise FrontMatterError(f"the key {key} is repeated", where=where, expected="one")
        values[key], end = _decode(text, start)
        members[key] = _Member(text[above:place], place, text[key_end:start], end)
        above = end
    refuse_bomb(values)
    if not _AFTER.match(text, place + 1):
        raise _invalid(text, place, "text follows the object on its last line")
    return _Object(brace, members, values, place + 1)


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _expect(text: str, place: int, char: str) -> int:
    if text[place : place + 1] != char:
        raise _invalid(text, place, f"{char} is missing")
    return place + 1


def _decode(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise _invalid(text, error.pos, f"invalid JSON: {error.msg}") from None
    except ValueError as error:
        raise _invalid(text, place, f"invalid JSON: {error}") from None
    except RecursionError:
        raise _invalid(text, place, f"values are nested more than {MAX_DEPTH} deep") from None


_DECODER = json.JSONDecoder(parse_constant=refuse_constant)


def _invalid(text: str, place: int, what: str) -> FrontMatterError:
    return FrontMatterError(what, where=f"line {line_at(text, place)}", expected='an object such as {"title": "..."}')


def _style(text: str, found: _Object) -> tuple[str, str]:
    """Return the gap before the key of the last other member, and the space after its colon."""
    others = [member for key, member in found.members.items() if key != "related"] or list(found.members.values())
    if others:
        return others[-1].gap, others[-1].space
    return ("\n  " if "\n" in text[found.brace : found.end] else ""), " "


def _in_style(text: str, found: _Object, value: Any, newline: str) -> str:
    """Write the related member in the file's style: indented, or all on one line."""
    gap, space = _style(text, found)
    if "\n" not in gap:
        separators = (",", ":") if not space else (", ", ": ")
        return f'"related":{space}{escape_unprintable(json.dumps(value, ensure_ascii=False, separators=separators))}'
    indent = gap.rpartition("\n")[2]
    lines = escape_unprintable(json.dumps(value, ensure_ascii=False, indent=indent)).split("\n")
    return f'"related":{space}' + f"{newline}{indent}".join(lines)


def _put_in(text: str, found: _Object, member: str, newline: str) -> str:
    """Insert a new member with a comma; removing both restores the text."""
    keys = list(found.members)
    gap, space = _style(text, found)
    if not keys:
        place = found.brace + 1
        gap = gap.replace("\n", newline)
        return f"{text[:place]}{gap}{member}{text[place:]}"
    if "secured" in keys:
        gap = found.members["secured"].gap
    if keys[0] == "secured":
        place = found.members["secured"].key
        return f"{text[:place]}{member},{gap or space}{text[place:]}"
    place = found.members[keys[keys.index("secured") - 1 if "secured" in keys else -1]].end
    return f"{text[:place]},{gap or space}{member}{text[place:]}"


def _with_comma(found: _Object) -> tuple[int, int]:
    """Return the span of the related member and its comma."""
    keys = list(found.members)
    place = keys.index("related")
    member = found.members["related"]
    if place:
        return found.members[keys[place - 1]].end, member.end
    if len(keys) > 1:
        return member.key, found.members[keys[1]].key
    return found.brace + 1, member.end


JSON = _Json()
