"""Read the literals in JavaScript and TypeScript settings as data, without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from recommender.sites.javascript.tokens import tokens


@dataclass(frozen=True)
class Call:
    """A call such as `glob({ base: './posts' })`: the last part of its name, and its arguments."""

    name: str
    arguments: list[Any] = field(default_factory=list)


class _Unknown:
    """A value that is known only by running the file."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}
_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(")]}")
_ASSERTED = frozenset({"as", "satisfies"})
_FILLED = re.compile(r"\$\{\s*(\w+)\s*\}")
_MAX_DEPTH = 60


class Script:
    """A settings file; everything in it that is not a literal is `UNKNOWN`.

    Args:
        text: JavaScript or TypeScript, as CommonJS or as a module.
        known: Values of imported names.

    Attributes:
        constants: The values of imported names and of every `const NAME = ...`; the first one of a name counts.
    """

    def __init__(self, text: str, known: Mapping[str, Any] | None = None) -> None:
        self._tokens = list(tokens(text))
        self._depth = 0
        self.constants: dict[str, Any] = dict(known or {})
        for place, token in enumerate(self._tokens):
            if token.text in {"const", "let", "var"} and self._kind(place + 1) == "name":
                start = self._after_equals(place + 2)
                if start is not None:
                    self.constants.setdefault(self._tokens[place + 1].text, self._value(start)[0])

    @cached_property
    def exported(self) -> dict[str, Any]:
        """The exported object, or the one that an exported function returns; empty if there is none."""
        found: Any = None
        for place in range(len(self._tokens)):
            if self._words(place, "export", "default"):
                found = unwrap(self._value(place + 2)[0])
            elif self._words(place, "module", ".", "exports", "="):
                found = unwrap(self._value(place + 4)[0])
        if isinstance(found, dict):
            return found
        for place in reversed(range(len(self._tokens))):
            if self._text(place) == "return" or self._words(place, "=>", "(", "{"):
                found = unwrap(self._value(place + 1)[0])
                if isinstance(found, dict) and found:
                    return found
        return {}

    def constant(self, name: str) -> Any:
        """Return the value of `const name = ...` or `module.exports.name = ...`; `UNKNOWN` if there is none."""
        if name in self.constants:
            return self.constants[name]
        for place in range(len(self._tokens)):
            if self._words(place, "exports", ".", name, "="):
                return self._value(place + 4)[0]
        return UNKNOWN

    def calls(self, name: str) -> Iterator[list[Any]]:
        """Yield the arguments of every call of a function or method."""
        for place in range(len(self._tokens)):
            if self._words(place, name, "(") and self._text(place - 1) != "function":
                yield self._list(place + 1)[0]

    # Each reader takes the position of a token, and returns a value and the position after it.

    def _value(self, place: int) -> tuple[Any, int]:
        """Read one expression, up to the comma, closing bracket or end of statement that follows it."""
        self._depth += 1
        try:
            value, place = self._operand(place) if self._depth < _MAX_DEPTH else (UNKNOWN, place)
        finally:
            self._depth -= 1
        while not self._ends(place):
            if self._words(place, "+") and isinstance(value, str):
                more, place = self._operand(place + 1)
                value = value + more if isinstance(more, str) else UNKNOWN
            elif self._text(place) in _ASSERTED:
                return value, self._skip(place)
            else:
                return UNKNOWN, self._skip(place)
        return value, place

    def _operand(self, place: int) -> tuple[Any, int]:
        kind, text = self._kind(place), self._text(place)
        if kind == "text":
            return self._tokens[place].text, place + 1
        if kind == "template":
            return self._filled(self._tokens[place].text), place + 1
        if kind == "number":
            return _number(text), place + 1
        if text == "-" and self._kind(place + 1) == "number":
            return -_number(self._text(place + 1)), place + 2
        if text == "{":
            return self._object(place)
        if text == "[":
            return self._list(place)
        if text == "(":
            values, after = self._list(place)
            is_function = self._text(after) in {"=>", "{", ":"}
            return (UNKNOWN, self._skip(after)) if is_function or len(values) != 1 else (values[0], after)
        if kind == "name" and text in _WORDS:
            return _WORDS[text], place + 1
        if kind == "name" and text not in {"function", "async", "class", "new", "typeof"}:
            return self._named(place + 1 if text == "await" else place)
        return UNKNOWN, self._skip(place)

    def _filled(self, template: str) -> Any:
        """Fill in a template literal; `UNKNOWN` if it contains more than names of known strings."""
        names = _FILLED.findall(template)
        values = {name: self.constants.get(name) for name in names}
        if template.count("${") != len(names) or not all(isinstance(value, str) for value in values.values()):
            return UNKNOWN
        return _FILLED.sub(lambda match: str(values[match[1]]), template)

    def _named(self, place: int) -> tuple[Any, int]:
        """Read a constant, a member of one, or a call."""
        name = self._text(place)
        value: Any = self.constants.get(name, UNKNOWN)
        place += 1
        while self._words(place, ".") and self._kind(place + 1) == "name":
            name = self._text(place + 1)
            value = value.get(name, UNKNOWN) if isinstance(value, dict) else UNKNOWN
            place += 2
        if self._words(place, "("):
            values, place = self._list(place)
            return Call(name, values), place
        return value, place

    def _object(self, place: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        place += 1
        while place < len(self._tokens) and not self._words(place, "}"):
            if self._words(place, ","):
                place += 1
            elif self._words(place, "..."):
                value, place = self._value(place + 1)
                found |= value if isinstance(value, dict) else {}
            elif self._kind(place) in {"name", "text", "number"} and self._words(place + 1, ":"):
                key = self._tokens[place].text
                found[key], place = self._value(place + 2)
            elif self._kind(place) == "name" and self._text(place + 1) in {",", "}"}:
                key = self._text(place)
                found[key], place = self.constants.get(key, UNKNOWN), place + 1
            else:
                # A method, an accessor or a computed key; always advance, even past a stray token.
                after = self._skip(place)
                place = after if after > place else place + 1
        return found, place + 1

    def _list(self, place: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        place += 1
        while place < len(self._tokens) and self._text(place) not in _CLOSING:
            if self._text(place) in {",", ";"}:
                place += 1
            elif self._words(place, "..."):
                value, place = self._value(place + 1)
                found += value if isinstance(value, list) else [UNKNOWN]
            else:
                value, place = self._value(place)
                found.append(value)
        return found, place + 1

    def _skip(self, place: int) -> int:
        """Return the position of the next comma, closing bracket or end of statement that is not nested."""
        start, depth = place, 0
        while place < len(self._tokens):
            text = self._text(place)
            if depth == 0 and (text in {";", ","} or text in _CLOSING):
                break
            if depth == 0 and place > start and self._tokens[place].on_new_line and self._begins_statement(place):
                break
            depth += (text in _OPENING) - (text in _CLOSING)
            place += 1
        return place

    def _ends(self, place: int) -> bool:
        if place >= len(self._tokens):
            return True
        token = self._tokens[place]
        if token.kind == "mark":
            return token.text in {",", ";", *_CLOSING}
        return token.on_new_line and token.text not in _ASSERTED

    def _begins_statement(self, place: int) -> bool:
        words = {"const", "let", "var", "export", "import", "module", "exports", "function", "return", "if"}
        return self._tokens[place].text in words

    def _after_equals(self, place: int) -> int | None:
        """Return the position after `=`, past a type annotation; None if the statement assigns nothing."""
        depth = 0
        while place < len(self._tokens):
            text = self._text(place)
            if depth == 0 and text == "=":
                return place + 1
            if depth == 0 and text in {";", ",", *_CLOSING, "of", "in"}:
                return None
            depth += (text in _OPENING) - (text in _CLOSING)
            place += 1
        return None

    def _kind(self, place: int) -> str:
        return self._tokens[place].kind if 0 <= place < len(self._tokens) else ""

    def _text(self, place: int) -> str:
        """Return a token's text; empty for a string, which is not syntax."""
        return self._tokens[place].text if self._kind(place) not in {"text", "template", ""} else ""

    def _words(self, place: int, *words: str) -> bool:
        return all(self._text(place + step) == word for step, word in enumerate(words))


def unwrap(value: Any) -> Any:
    """Return the argument of a wrapping call such as `defineConfig({...})`, and anything else as it is."""
    while isinstance(value, Call) and value.arguments:
        value = value.arguments[0]
    return value


def at(value: Any, *path: str | int) -> Any:
    """Return the value at a path of keys and positions, through wrapping calls; None if it is missing or unknown."""
    for step in path:
        value = unwrap(value)
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return None if value is UNKNOWN else value


def text_at(value: Any, *path: str | int) -> str | None:
    """Return the string at a path; None if there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else None


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    try:
        return int(plain, 0)
    except ValueError:
        try:
            return float(plain)
        except ValueError:
            return 0
