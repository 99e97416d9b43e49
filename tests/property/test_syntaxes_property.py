"""Whatever front matter holds, in every syntax a splice changes the related field and not one byte more, or refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import tomlkit
from docutils import nodes
from docutils.core import publish_doctree
from hypothesis import given
from hypothesis import strategies as st
from support.entries import entries, read_yaml_12
from support.examples import examples

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes import SYNTAXES, Syntax

tried = examples(50)


class Page(NamedTuple):
    """A file in pieces; `related` may be empty, and its piece holds the whole field with its last line end."""

    above: str
    related: str
    below: str

    def data(self) -> bytes:
        return "".join(self).encode()


class Kind(NamedTuple):
    """What the files of a syntax are made of.

    Attributes:
        opening: What may begin a file.
        fields: Fields, each once in a file, in any order.
        last: Fields that go below all others.
        between: What may stand between them.
        related: The field as others write it, where it is replaced in place.
        closing: What ends the fields, with the body.
        read: Reads the other fields and `related`, without the code that is tested.
    """

    opening: list[str]
    fields: list[str]
    last: list[str]
    between: list[str]
    related: list[str]
    closing: list[str]
    read: Callable[[str], dict[str, Any]]


def read_yaml(text: str) -> dict[str, Any]:
    found = re.match(r"---\r?\n(.*?)^---", text, re.DOTALL | re.MULTILINE)
    return dict(read_yaml_12(found[1]))


def read_toml(text: str) -> dict[str, Any]:
    found = re.match(r"\+\+\+\r?\n(.*?)^\+\+\+", text, re.DOTALL | re.MULTILINE)
    return tomlkit.parse(found[1]).unwrap()


def read_json(text: str) -> dict[str, Any]:
    return json.JSONDecoder().raw_decode(text)[0]


def read_headers(text: str) -> dict[str, Any]:
    """Read the header as Python-Markdown's extension `meta` does."""
    fields: dict[str, Any] = {}
    key = ""
    for line in re.split("\r\n|\r|\n", text):
        if not line.strip() or re.match(r"^(-{3}|\.{3})(\s.*)?", line):
            break
        if found := re.match(r"^[ ]{0,3}(?P<key>[A-Za-z0-9_-]+):\s*(?P<value>.*)", line):
            key = found["key"].lower()
            fields.setdefault(key, []).append(found["value"].strip())
        elif (found := re.match(r"^[ ]{4,}(?P<value>.*)", line)) and key:
            fields[key].append(found["value"].strip())
        else:
            break
    return {key: "\n".join(value) for key, value in fields.items()}


def read_comments(text: str) -> dict[str, Any]:
    """Read the first paragraph as Nikola does."""
    paragraph = re.split("\n\n", text.replace("\r\n", "\n").lstrip(), maxsplit=1)[0]
    found = (re.match(r"^\s*\.\. (.*?): (.*)", line) for line in paragraph.split("\n"))
    return {each[1]: each[2] for each in found if each and each[2]}


def read_rst(text: str) -> dict[str, Any]:
    """Read the title and the fields with docutils."""
    tree = publish_doctree(text, settings_overrides={"report_level": 5, "halt_level": 5, "_disable_config": True})
    fields = {"title": tree.get("title", "")}
    for info in tree.findall(nodes.docinfo):
        for each in info.children:
            name = each.children[0].astext() if isinstance(each, nodes.field) else each.tagname
            fields[name.lower()] = each.children[-1].astext()
    return fields


TEXTS = ["A", "a: b # c, d", "'x'", "é \U0001f98e \u2028\x85 x", "[1, 2]", "related: x", "--- x", "*a* `b` |c| d_"]
BODIES = ["", "Body", "\nBody\n\n", "related: x\n\n:related: y\n.. related: z\n[[related]]\n"]

TOML = Kind(
    opening=["+++\n"],
    fields=[
        "title = 'A' # ours\n",
        'a.b = "\\u2028 = ["\n',
        "a . 'c.d' = 1\n",
        "date = 2021-04-16T20:54:00Z\n",
        'text = """\n[[related]]\nrelated = 1\n"""\n',
        "list = [\n  'a', # ]\n  { related = '}', b.c = 1 },\n]\n",
        "  indented = '''x''''\n",
    ],
    last=[
        "[params]\nrelated = 1\n[params.more]\nx = 1\n",
        "[[items]]\n  x = 1\n[[items]]\n[items.related]\n",
        "[empty]\n",
    ],
    between=["\n", "# a comment\n", "# [[related]]\n", "  \n"],
    related=[
        '[[related]]\ntitle = "x"\n\n# inside\n[related.provider]\nname = 1\n[[related.images]]\n',
        "[related]\nx = 1\n",
        "  [[ related ]]\n[[related]] # ours\n",
    ],
    closing=["+++\n", "+++ \n\n"],
    read=read_toml,
)
HEADERS = Kind(
    opening=[""],
    fields=[f"{key}: {text}\n" for key, text in zip("abcdefgh", TEXTS, strict=True)]
    + ["Tags: a,\n    b\n        c\n", "  Empty:\n", "x-y_z:value\n"],
    last=[],
    between=[],
    related=["related: a, b\n", "Related: [1,\n    2]\n", "  RELATED:\n"],
    closing=["\n", " \n\n", "---\n", ""],
    read=read_headers,
)
COMMENTS = Kind(
    opening=["", "\n\n"],
    fields=[f".. {key}: {text}\n" for key, text in zip("abcdefgh", TEXTS, strict=True) if text[0] != "\u2028"]
    + [".. tags:\n", "  .. indented: x\n"],
    last=[],
    between=[".. a remark\n", "  more\n"],
    related=[".. related: a, b\n", "  .. related: [1]\n", ".. Related:\n"],
    closing=["\n", ""],
    read=read_comments,
)
RST = Kind(
    opening=["", "Title\n=====\n\n", ".. a comment\n   more\n\n====\nTwo\n====\n", "\n"],
    fields=[":tags: a, b\n", ":Date: 2020-01-01\n", ":orphan:\n", ":summary: a\n   b\n\n   c\n", ":long name: 12:30\n"],
    last=[],
    between=["\n"],
    related=[":related: a, b\n", ":Related:\n   - a\n\n   - b\n", ":related:\n"],
    closing=["\n", "\n\n"],
    read=read_rst,
)
YAML = Kind(
    opening=["---\n"],
    fields=["title: A\n", "tags: [a]\n", "text: |\n  related: x\n", "more:\n  related: 1\n"],
    last=["secured: x\n"],
    between=["\n", "# a comment\n"],
    related=["related: []\n", 'related:\n  - title: "x"\n'],
    closing=["---\n"],
    read=read_yaml,
)


@st.composite
def pages(draw: st.DrawFn, kind: Kind, blocks: list[str]) -> Page:
    """Files with fields in any order, and one of the blocks among them."""

    def some(pieces: list[str], least: int = 0) -> list[str]:
        return draw(st.lists(st.sampled_from(pieces), min_size=least, max_size=5, unique=True)) if pieces else []

    def spaced(fields: list[str]) -> list[str]:
        between = st.lists(st.sampled_from(kind.between), max_size=2) if kind.between else st.just([])
        return ["".join([field, *draw(between)]) for field in fields]

    fields, last = spaced(some(kind.fields, 1)), spaced(some(kind.last))
    pieces = [*fields, *last]
    place = len(fields) if kind is TOML else draw(st.integers(0 if kind is not HEADERS else 1, len(pieces)))
    closing = draw(st.sampled_from(kind.closing))
    body = draw(st.sampled_from(BODIES)) if closing.endswith("\n") else ""
    page = Page(
        draw(st.sampled_from(kind.opening)) + "".join(pieces[:place]),
        draw(st.sampled_from(blocks)),
        "".join(pieces[place:]) + closing + body,
    )
    mark = draw(st.sampled_from(["", "\ufeff"]))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return Page(*(part.replace("\n", newline) for part in page))._replace(
        above=(mark + page.above).replace("\n", newline)
    )


@st.composite
def json_pages(draw: st.DrawFn, blocks: list[str]) -> Page:
    """Files that begin with an object, with its members on one line or on lines of their own."""
    values = ["1", '"a \\" }"', '{"related": [1, {}]}', "[\n1 , 2]", '"\u2028"']
    keys = draw(st.lists(st.sampled_from(["title", "a", "secured", "é", 'q\\"']), max_size=4, unique=True))
    colon = draw(st.sampled_from([":", ": ", " : "]))
    members = [f'"{key}"{colon}{draw(st.sampled_from(values))}' for key in keys]
    gap = draw(st.sampled_from(["\n  ", "\n\t", "\n", " ", ""]))
    place = draw(st.integers(0, len(members)))
    related = draw(st.sampled_from(blocks))
    above, below = members[:place], members[place:]
    comma = f",{gap}"
    end = draw(st.sampled_from(["\n}", "}", " }"]))
    rest = draw(st.sampled_from(["", "\n"]))
    body = draw(st.sampled_from(BODIES)) if rest else ""
    mark = draw(st.sampled_from(["", "\ufeff"]))
    page = Page(
        f"{mark}{{{gap}{comma.join(above)}{comma if above and (below or related) else ''}",
        related,
        f"{comma if below and related else ''}{comma.join(below)}{end}{rest}{body}",
    )
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return Page(*(part.replace("\n", newline) for part in page))


JSON_BLOCKS = ['"related": [1,\n2]', '"related":null', '"related" : {"a": "}"}']
KINDS = {"yaml": YAML, "toml": TOML, "headers": HEADERS, "comments": COMMENTS, "rst": RST}
READERS = {"json": read_json, **{name: kind.read for name, kind in KINDS.items()}}


def drawn(data: st.DataObject, name: str, *, with_related: bool | None = None) -> Page:
    blocks = JSON_BLOCKS if name == "json" else KINDS[name].related
    blocks = [""] if with_related is False else blocks if with_related else ["", *blocks]
    return data.draw(json_pages(blocks) if name == "json" else pages(KINDS[name], blocks))


def put(syntax: Syntax, data: bytes, entries: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    """The file with the entries, and their block."""
    field = syntax.find_related(data)
    block = syntax.write_block(entries, field.newline)
    return syntax.splice(field, block), block


def sorted_text(value: Any) -> str:
    """As texts, since True equals 1 and 1 equals 1.0; TOML parts the keys of a table in two."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {sorted_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(sorted_text, value)) + "]"
    return repr(value)


def others(name: str, data: bytes) -> tuple[str, Any]:
    """What another reader finds in a file: the other fields, and the related one."""
    fields = READERS[name](data.decode().removeprefix("\ufeff"))
    related = [fields.pop(key) for key in list(fields) if key.lower() == "related"]
    return sorted_text(fields), related[0] if related else None


every_syntax = pytest.mark.parametrize("name", list(READERS))


@every_syntax
@tried
@given(st.data(), entries)
def test_a_field_is_replaced_and_nothing_else(name: str, data: st.DataObject, entries: list[dict[str, Any]]):
    page = drawn(data, name, with_related=True)
    syntax = SYNTAXES[name]
    assert syntax.find_related(page.data()).block == page.related.encode()
    after, block = put(syntax, page.data(), entries)
    above, below = page.above.encode(), page.below.encode()
    assert after.startswith(above)
    assert after.endswith(below)
    if name != "json":
        assert after == above + block + below


@every_syntax
@tried
@given(st.data())
def test_a_field_is_taken_out_and_nothing_else(name: str, data: st.DataObject):
    page = drawn(data, name, with_related=True)
    after, _ = put(SYNTAXES[name], page.data(), [])

    # A blank line or a comma goes with it.
    def bare(text: str) -> str:
        return re.sub(r"[\s,]", "", text)

    assert bare(after.decode()) == bare(page.above + page.below)
    assert len(page.above + page.below) - len(after.decode()) <= 7
    assert SYNTAXES[name].find_related(after).block == b""


@every_syntax
@tried
@given(st.data(), entries)
def test_what_was_put_in_is_taken_out_again(name: str, data: st.DataObject, entries: list[dict[str, Any]]):
    page = drawn(data, name, with_related=False)
    after, block = put(SYNTAXES[name], page.data(), entries)
    assert block
    assert put(SYNTAXES[name], after, [])[0] == page.data()


@every_syntax
@tried
@given(st.data(), entries)
def test_twice_is_once(name: str, data: st.DataObject, entries: list[dict[str, Any]]):
    syntax = SYNTAXES[name]
    once, block = put(syntax, drawn(data, name).data(), entries)
    field = syntax.find_related(once)
    # The field may have held the only line end of the file.
    block = block if field.newline == "\r\n" else block.replace(b"\r\n", b"\n")
    assert field.block == block
    assert sorted_text(field.value()) == sorted_text(entries)
    assert syntax.splice(field, block) == put(syntax, once, entries)[0] == once


@every_syntax
@tried
@given(st.data(), entries)
def test_another_reader_finds_the_entries_and_the_other_fields_as_they_were(
    name: str, data: st.DataObject, entries: list[dict[str, Any]]
):
    page = drawn(data, name)
    after, _ = put(SYNTAXES[name], page.data(), entries)
    before = others(name, page.data())
    found, related = others(name, after)
    assert found == before[0]
    assert sorted_text(json.loads(related) if isinstance(related, str) else related) == sorted_text(entries)


SOUP = {
    "toml": ["[[related]]\n", "related = [", "]", "related.a = 1\n", "x = ", '"""', "'", "[x]\n", "#", "\n", "1", "\r"],
    "json": ['"related": ', '"a": ', "{", "}", "[1]", ",", '"', "\n", " ", "1", "\\"],
    "headers": ["Related: ", "Title: ", "x\n", "\n", "    ", "---\n", "[1]", "\r", ":", "\x85", "related:\n"],
    "comments": [".. related: ", ".. title: ", "<!--\n", "-->\n", "-->", "x\n", "\n", "  ", "..\n", "::", "\u2028"],
    "rst": [":related: ", ":a: ", "x\n", "\n", "  ", "===\n", "Title\n", ".. post:: x\n", "..\n", "\f", "\u2028", ":"],
}
STARTS = {"toml": "+++\n", "json": "{", "headers": "Title: x\n", "comments": ".. title: x\n", "rst": ""}


@pytest.mark.parametrize("name", list(SOUP))
@examples(120)
@given(st.data(), st.one_of(st.just([]), entries))
def test_what_may_be_misread_is_spliced_as_safely_or_refused(
    name: str, data: st.DataObject, entries: list[dict[str, Any]]
):
    pieces = data.draw(st.lists(st.sampled_from(SOUP[name]), max_size=12))
    end = {"toml": "+++\n", "json": "}"}.get(name, "")
    before = f"{STARTS[name]}{''.join(pieces)}{end}".encode()
    syntax = SYNTAXES[name]
    try:
        after, block = put(syntax, before, entries)
    except FrontMatterError:
        return
    had_none = not syntax.find_related(before).block
    assert syntax.find_related(after).block == block
    assert put(syntax, after, entries)[0] == after
    if had_none:
        assert put(syntax, after, [])[0] == before
    assert repr(syntax.parse(after).fields) == repr(syntax.parse(before).fields)
    assert syntax.parse(after).body == syntax.parse(before).body
