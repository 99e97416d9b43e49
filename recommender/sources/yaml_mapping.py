"""Parse a YAML mapping into plain values, safely: no tags, no repeated keys, no exponential aliases."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from recommender.errors import FrontMatterError

YamlMapping = dict[str, Any]

MAX_VALUES = 100_000
"""The largest number of values in one front matter, with aliases expanded."""
MAX_CHARS = 20_000_000
"""The largest number of characters in all values together."""
MAX_DEPTH = 50
_TABS = re.compile(r"^\t+", re.MULTILINE)
_MAX_OPENINGS = 1000
"""With no more openings of lists and mappings than this, nesting cannot be dangerously deep."""

_PREFIX = "tag:yaml.org,2002:"
_STR, _SEQ, _MAP = f"{_PREFIX}str", f"{_PREFIX}seq", f"{_PREFIX}map"
_READ_AS_TEXT = frozenset({f"{_PREFIX}timestamp", f"{_PREFIX}value"})
_TEXT_FIELDS = frozenset({"id", "title", "excerpt", "type", "language", "name", "domain", "topics"}) | {
    *("url", "originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl")
}
"""Fields whose values are always text: `title: 1.10` and `language: no` are neither a number nor a boolean."""


@lru_cache(maxsize=1)
def _loader() -> type[yaml.CSafeLoader]:
    class FrontMatterLoader(yaml.CSafeLoader):
        # Dates stay texts: article.parse_date reads them, and unknown keys keep their spelling.
        # A plain = is a text too, although YAML 1.1 gives it a meaning.
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
            first: [(tag, pattern) for tag, pattern in pairs if tag not in _READ_AS_TEXT]
            for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
        }

        def descend_resolver(self, current_node: object, current_index: object) -> None:
            """Path resolvers are not used."""

        def ascend_resolver(self) -> None:
            """Path resolvers are not used."""

        def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
            """Return the tag of a node as PyYAML does, but without its slow path resolvers."""
            if kind is yaml.ScalarNode:
                return _plain_tag(value) if implicit[0] else _STR
            return _SEQ if kind is yaml.SequenceNode else _MAP

    # Most files have the same few keys.
    @lru_cache(maxsize=4096)
    def _plain_tag(value: str) -> str:
        for tag, pattern in FrontMatterLoader.yaml_implicit_resolvers.get(value[:1], ()):
            if pattern.match(value):
                return str(tag)
        return _STR

    return FrontMatterLoader


def read_yaml_mapping(text: str) -> tuple[YamlMapping, dict[str, int]]:
    """Parse `text` as one mapping.

    Returns:
        The mapping, and the offset of each key in `text`, in characters; that of `<<` is its last one.

    Raises:
        FrontMatterError: If the YAML is invalid, unsafe or not a mapping; `where` is the line in a file whose first
            line is the opening `---`.
    """
    try:
        _refuse_depth(text)
        loader = _loader()(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise _explain(error, text) from None
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        where = _where(text, node.start_mark)
        raise FrontMatterError("the front matter is not a mapping", where=where, expected="lines such as title: ...")
    mapping = _ValueBuilder(loader, text).mapping(node, as_text=False)
    return mapping, {key.value: key.start_mark.index for key, _ in node.value}


def without_tabs(text: str) -> str | None:
    """Replace each tab at the beginning of a line by a space, as Hexo does.

    Returns:
        The new text; None if no line begins with a tab, or if a block mixes tabs and spaces, which is ambiguous.
    """
    block = ""
    for line in filter(str.strip, text.split("\n")):
        start = line[: len(line) - len(line.lstrip(" \t"))]
        block = f"{block}{start}" if start else ""
        if "\t" in block and " " in block:
            return None
    found = _TABS.sub(lambda tabs: " " * len(tabs[0]), text)
    return None if found == text else found


def shares_across(text: str, start: int, end: int) -> bool:
    """Return whether an alias inside `text[start:end]` refers to an anchor outside, or the other way round."""
    inside: dict[str, bool] = {}
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        anchor = getattr(event, "anchor", None)
        if anchor is None:
            continue
        within = start <= event.start_mark.index < end  # type: ignore[union-attr]
        if isinstance(event, yaml.AliasEvent):
            if inside.get(anchor, within) != within:
                return True
        else:
            inside[anchor] = within
    return False


def _refuse_depth(text: str) -> None:
    """Refuse deep nesting, because composing the text recurses in C and would overflow the stack.

    Parsing to events does not recurse; it is skipped for texts without many openings.
    """
    if sum(map(text.count, ("[", "{", "- ", "-\t", "-\n", "? ", "?\n"))) <= _MAX_OPENINGS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                what, where = f"values are nested more than {MAX_DEPTH} deep", _where(text, event.start_mark)
                raise FrontMatterError(what, where=where, expected="fields, lists and texts")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _ValueBuilder:
    """Builds values from nodes, and counts them to stop exponential aliases."""

    def __init__(self, scalars: yaml.CSafeLoader, text: str) -> None:
        self._scalars = scalars
        self._text = text
        self._count = 0
        self._chars = 0
        self._depth = 0

    def value(self, node: yaml.Node, as_text: bool) -> Any:
        self._count += 1
        self._chars += len(node.value)
        if self._count > MAX_VALUES or self._chars > MAX_CHARS:
            what = f"the front matter holds more than {MAX_VALUES:,} values or {MAX_CHARS:,} characters"
            raise FrontMatterError(what, where=self._at(node), expected="an article's fields")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, as_text)
        if self._depth >= MAX_DEPTH:
            what = f"values are nested more than {MAX_DEPTH} deep, or an alias contains itself"
            raise FrontMatterError(what, where=self._at(node))
        self._depth += 1
        try:
            if isinstance(node, yaml.SequenceNode):
                self._check_tag(node, "seq")
                return [self.value(item, as_text) for item in node.value]
            self._check_tag(node, "map")
            return self.mapping(node, as_text)
        finally:
            self._depth -= 1

    def mapping(self, node: yaml.Node, as_text: bool) -> YamlMapping:
        built: YamlMapping = {}
        merged: list[YamlMapping] = []
        for key_node, value_node in node.value:
            if key_node.tag == f"{_PREFIX}merge":
                merged += self._merged(value_node)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise FrontMatterError("a key is not a text", where=self._at(key_node), expected="key: value")
            key = key_node.value
            self._chars += len(key)
            if key in built:
                raise FrontMatterError(f"the key {key} is repeated", where=self._at(key_node), expected="one")
            built[key] = self.value(value_node, as_text or key in _TEXT_FIELDS)
        for source in merged:
            built = {**source, **built}
        return built

    def _merged(self, node: yaml.Node) -> list[YamlMapping]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        values = [self.value(item, as_text=False) for item in nodes]
        if not all(isinstance(value, dict) for value in values):
            what = "<< refers to a value that is not a mapping"
            raise FrontMatterError(what, where=self._at(node), expected="a mapping")
        return values

    def _scalar(self, node: yaml.ScalarNode, as_text: bool) -> Any:
        kind = node.tag.removeprefix(_PREFIX)
        if (
            kind == "str"
            or node.tag in _READ_AS_TEXT
            or (as_text and kind in {"bool", "int", "float"} and not node.style)
        ):
            return node.value
        self._check_tag(node, "null", "bool", "int", "float")
        try:
            construct = self._scalars.yaml_constructors[node.tag]
            return construct(self._scalars, node)
        except (ValueError, IndexError, KeyError):
            what = f"{node.value!r} is not a valid {kind}"
            raise FrontMatterError(what, where=self._at(node), expected=f"a valid {kind}") from None

    def _check_tag(self, node: yaml.Node, *kinds: str) -> None:
        if node.tag.removeprefix(_PREFIX) not in kinds:
            what, expected = f"the tag {node.tag} is not supported", "plain YAML without tags"
            raise FrontMatterError(what, where=self._at(node), expected=expected)

    def _at(self, node: yaml.Node) -> str | None:
        return _where(self._text, node.start_mark)


def _explain(error: yaml.MarkedYAMLError | yaml.reader.ReaderError, text: str) -> FrontMatterError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        parts = [part for part in (error.context, error.problem) if part]
        what = f"invalid YAML: {', '.join(parts)}"
        return FrontMatterError(what, where=_where(text, mark), expected='YAML such as title: "..."')
    line = text.encode()[: error.position].count(b"\n") + 2
    return FrontMatterError(f"invalid YAML: {error.reason}", where=f"line {line}", expected="printable characters only")


def _where(text: str, mark: Any) -> str | None:
    """Return the line of a mark in a file that starts with `---`; only line feeds count, as in editors."""
    return None if mark is None else f"line {text.count(chr(10), 0, mark.index) + 2}"
