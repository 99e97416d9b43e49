"""JSON front matter: an object that begins the file, as in Hugo, or that is all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.document import LocatedField, ParsedDocument, decode, line_at, refuse_bomb, rewrite
from recommender.sources.syntaxes.one_line import escape_unprintable, write_json_line
from recommender.sources.yaml_mapping import MAX_DEPTH

_SPACE = re.compile(r"[ \t\r\n]*")
_AFTER = re.compile(r"[ \t]*(?:\r?\n|\Z)")


class _Member(NamedTuple):
    """A member of the object.

    Attributes:
        gap: The white space before its key.
        key: Where its key begins.
        colon: What stands between its key and its value.
        end: Where its value ends.
    """

    gap: str
    key: int
    colon: str
    end: int

    @property
    def space(self) -> str:
        """The space behind its colon, if there is one."""
        return "" if self.colon == ":" else " "


class _Object(NamedTuple):
    """The object that begins a file: where its brace is, its members and their values, and where it ends."""

    brace: int
    members: dict[str, _Member]
    values: dict[str, Any]
    end: int


class _Json:
    name = "json"

    def claims(self, data: bytes) -> bool:
        """Whether it begins with a JSON object, and nothing stands behind that on its last line."""
        text = data.decode(errors="replace").removeprefix("\ufeff")
        if not text.lstrip(" \t\r\n").startswith("{"):
            return False
        try:
            _read(text)
        except FrontMatterError:
            return False
        return True

    def parse(self, data: bytes) -> ParsedDocument:
        """Take a file apart."""
        text = decode(data)
        return _document(text, _read(text))

    def find_related(self, data: bytes) -> LocatedField:
        """Find the related member, or its place: above `secured`, else at the end."""
        text = decode(data)
        found = _read(text)
        front = _document(text, found)
        member = found.members.get("related")
        if member is None:
            return LocatedField(data, front, b"", found.brace, found.brace)
        field = LocatedField(data, front, b"", member.key, member.end)
        block = text[member.key : member.end]
        # However the file is indented, a list that was written here has one form, by which it is known again.
        if isinstance(front.related, list) and block == _in_style(text, found, front.related, field.newline):
            return replace(field, block=self.write_block(front.related, field.newline))
        return replace(field, block=block.encode())

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the member on one line; the splice indents it as the file is indented."""
        return f'"related": {write_json_line(list(entries))}{newline}'.encode() if entries else b""

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """Put in, replace or take out the member."""
        if block == field.block:
            return field.data
        found = field if isinstance(field, LocatedField) else self.find_related(field.data)
        text = found.text
        parts = _read(text)
        if not block:
            start, end = _with_comma(parts)
            return rewrite(found, text[:start] + text[end:], block, self.find_related)
        try:
            value = json.loads(b"{%s}" % block)["related"]
        except (ValueError, KeyError, RecursionError):
            raise FrontMatterError("this is no related member", expected='"related": [...]') from None
        member = _in_style(text, parts, value, found.newline)
        if found.start == found.end:
            result = _put_in(text, parts, member, found.newline)
        else:
            result = text[: found.start] + member + text[found.end :]
        return rewrite(found, result, block, self.find_related)


def _read(text: str) -> _Object:
    """Read the object that begins the file.

    Raises:
        FrontMatterError: With the line of the fault.
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
            raise FrontMatterError(
                f"the key {key} stands here a second time", where=f"line {line_at(text, place)}", expected="one"
            )
        values[key], end = _decode(text, start)
        members[key] = _Member(text[above:place], place, text[key_end:start], end)
        above = end
    refuse_bomb(values)
    if not _AFTER.match(text, place + 1):
        raise _invalid(text, place, "text stands behind the object on its last line")
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


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _invalid(text: str, place: int, what: str) -> FrontMatterError:
    return FrontMatterError(what, where=f"line {line_at(text, place)}", expected='an object such as {"title": "..."}')


def _document(text: str, found: _Object) -> ParsedDocument:
    fields = {**found.values}
    related = fields.pop("related", None)
    after = _AFTER.match(text, found.end)
    body = text[after.end() if after else found.end :]
    return ParsedDocument(fields, body, related, text, {key: member.key for key, member in found.members.items()})


def _style(text: str, found: _Object) -> tuple[str, str]:
    """The gap before the key of the last other member, and the space behind its colon."""
    others = [member for key, member in found.members.items() if key != "related"] or list(found.members.values())
    if others:
        return others[-1].gap, others[-1].space
    return ("\n  " if "\n" in text[found.brace : found.end] else ""), " "


def _in_style(text: str, found: _Object, value: Any, newline: str) -> str:
    """The related member as the file writes its members: each on lines of its own, or all on one."""
    gap, space = _style(text, found)
    if "\n" not in gap:
        separators = (",", ":") if not space else (", ", ": ")
        return f'"related":{space}{escape_unprintable(json.dumps(value, ensure_ascii=False, separators=separators))}'
    indent = gap.rpartition("\n")[2]
    lines = escape_unprintable(json.dumps(value, ensure_ascii=False, indent=indent)).split("\n")
    return f'"related":{space}' + f"{newline}{indent}".join(lines)


def _put_in(text: str, found: _Object, member: str, newline: str) -> str:
    """The text with a new member; taking that out with its comma leaves the text as it was."""
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
    """Where the related member stands with the comma that parts it from its neighbour."""
    keys = list(found.members)
    place = keys.index("related")
    member = found.members["related"]
    if place:
        return found.members[keys[place - 1]].end, member.end
    if len(keys) > 1:
        return member.key, found.members[keys[1]].key
    return found.brace + 1, member.end


JSON = _Json()
