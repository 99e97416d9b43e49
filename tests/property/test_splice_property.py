"""Whatever front matter holds, a splice changes its related block and not one byte more, or refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAMLError
from support.entries import entries, read_yaml_12
from support.examples import examples

from recommender.errors import FrontMatterError
from recommender.sources.related_block import write_block
from recommender.sources.syntaxes.yaml_front import find_related, splice

TEXTS = [
    '"A title"',
    "'It''s'",
    '"a \\" b: c # d\\t\\u2028"',
    "'tab\there, \u2028, \x85, \xa0 and \U0001f98e'",
    '"\u2029 é \ufeff"',
    '"over\n  lines\n\n  # no comment"',
    "'over\nrelated:\n lines'",
]
PLAIN = ["", "A title", "2021-04-16T20:54:00Z", "-1", "1.10", "No", "~", "é\ttab", "x # a comment", "over\n  lines"]
BLOCK_TEXTS = [
    "|\n  related:\n    - title: x\n\n  secured: y",
    ">\n  folded\n  # no comment",
    "|-\n  - a",
    ">-\n  a\n   b",
    "|2\n   a",
    "|  # a comment\n  ---",
]
COLLECTIONS = [
    "[a, 'related: b', {c: d}]",
    "{related: 1,\n  secured: 2}",
    "[a,\n# a comment\nb]",
    "\n  related: 1\n  more:\n    secured: |\n      x",
    "\n- a\n- related: x\n  secured: y",
    "\n  - a\n\n  # a comment\n  - b",
    "&{anchor} x\nagain{anchor}: *{anchor}",
    "&{anchor}\n  a: 1\nagain{anchor}: [*{anchor}]",
]
BETWEEN = ["\n", "\n", "  \n", "# a comment\n", "# related:\n", "# - title: x\n\n"]

OTHER_HANDS = [
    "related:\n",
    "related: ~\n",
    "related: []\n",
    "related: [{title: x}, {title: 'y'}] # ours\n",
    "related: [{title: x},\n{title: y}\n]\n",
    "related: &own none\n",
    'related:\n  - title: "x"\n    quality: 1\n',
    '"related":\n  - title: é\n',
    "related:\n- title: x\n  provider:\n    name: é\n- \n",
    "related:  # ours\n\n  - title: 'x\n\n      y'\n\n  # more\n  - title: z\n",
    "related:\n  - title: |\n      x\n      # y\n",
    "related:\n  - excerpt: >-\n      x\n\n      related:\n",
    "related: |\n  # x\n",
    "related:\n  - &first {title: x}\n  - *first\n",
]
TRAPS = [
    "related:\n  - title: x\n",
    "<<: {a: b}\n",
    "? related\n: x\n",
    "? secured\n: x\n",
    "cross: &cross x\n",
    "crossed: *cross\n",
    "related: [&cross x]\n",
    "related: *cross\n",
    "  # indented\n",
    "  more: x\n",
    "- item\n",
    "{secured: x, related: y}\n",
    "one: x\u2028secured: y\n",
    "two: x\rrelated: y\n",
    "# \x85related: x\n",
    "kept: |+\n  x\n\n",
    "kept: >+\n  x\n",
    " \t\n",
    "open: 'x\n",
    'close: "\n',
    "---\n",
]
BODIES = ["", "Body", "Body\n---\nrelated:\n  - title: x\nsecured: y\n", "\nrelated:\r\n...\n", "\n\n \t"]


class Page(NamedTuple):
    """A Markdown file in pieces; `related` may be empty."""

    opening: str
    above: str
    related: str
    below: str
    closing: str

    def data(self, related: str | None = None) -> bytes:
        return "".join(self if related is None else self._replace(related=related)).encode()

    def yaml(self, data: bytes) -> str:
        """What stands in a version of the file between its opening and closing lines."""
        text = data.decode()
        assert text.startswith(self.opening)
        assert text.endswith(self.closing)
        return text[len(self.opening) : len(text) - len(self.closing)]


@st.composite
def pages(draw: st.DrawFn, blocks: Sequence[str], traps: Sequence[str] = ()) -> Page:
    ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\n", "\r\n"]]))

    def ended(text: str) -> str:
        return "".join(line + draw(st.sampled_from(ends)) for line in text.split("\n")[:-1]) + text.rpartition("\n")[2]

    fields = []
    for number in range(draw(st.integers(0, 5))):
        value = draw(st.sampled_from([*TEXTS, *PLAIN, *BLOCK_TEXTS, *COLLECTIONS])).replace("{anchor}", f"a{number}")
        fields.append(f"{draw(st.sampled_from(['key', 'Schlüssel']))}{number}:{' ' if value else ''}{value}\n")
    if draw(st.booleans()):
        fields.append(f"secured: {draw(st.sampled_from(TEXTS))}\n")
    pieces = [part for field in fields for part in (*draw(st.lists(st.sampled_from(BETWEEN), max_size=2)), field)]
    pieces += draw(st.lists(st.sampled_from(BETWEEN), max_size=2))
    for trap in draw(st.lists(st.sampled_from(traps), min_size=1, max_size=3)) if traps else []:
        pieces.insert(draw(st.integers(0, len(pieces))), trap)
    place = draw(st.integers(0, len(pieces)))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    line_end = draw(st.sampled_from(ends))
    body = draw(st.sampled_from(BODIES))
    closing = draw(st.sampled_from(["---", "...", "--- "]))
    return Page(
        f"{mark}---{line_end}",
        ended("".join(pieces[:place])),
        ended(draw(st.sampled_from(blocks))),
        ended("".join(pieces[place:])),
        f"{closing}{draw(st.sampled_from(ends))}{body}" if body else draw(st.sampled_from([closing, f"{closing}\n"])),
    )


def put(data: bytes, entries: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    """The file with the entries, and their block."""
    field = find_related(data)
    block = write_block(entries, field.newline)
    return splice(field, block), block


def without(data: bytes, start: int, end: int) -> list[bytes]:
    """The file without a part of it, and without one blank line next to that part."""
    above, below = data[:start], data[end:]
    rests = [above + below]
    if blank := re.match(rb"[ \t]*\r?\n", below):
        rests.append(above + below[blank.end() :])
    if blank := re.search(rb"(?<=\n)[ \t]*\r?\n\Z", above):
        rests.append(above[: blank.start()] + below)
    return rests


def read(yaml: str) -> dict[str, Any]:
    """What YAML 1.2 reads in it, if it can."""
    try:
        fields = read_yaml_12(yaml)
    except (YAMLError, ValueError):
        assume(False)
    return dict(fields or {})


tried = examples(120)


@tried
@given(pages(OTHER_HANDS), entries)
def test_a_block_is_replaced_and_nothing_else(page: Page, entries: list[dict[str, Any]]):
    assert find_related(page.data()).block == page.related.encode()
    after, block = put(page.data(), entries)
    assert after == page.data(block.decode())


@tried
@given(pages([""]), entries)
def test_a_block_is_put_in_and_nothing_else(page: Page, entries: list[dict[str, Any]]):
    after, block = put(page.data(), entries)
    start = after.index(block)
    assert page.data() in without(after, start, start + len(block))


@tried
@given(pages(OTHER_HANDS))
def test_a_block_is_taken_out_and_nothing_else(page: Page):
    start = page.data().index(page.above.encode() + page.related.encode()) + len(page.above.encode())
    assert put(page.data(), [])[0] in without(page.data(), start, start + len(page.related.encode()))


@tried
@given(pages([""]), entries)
def test_what_was_put_in_is_taken_out_again(page: Page, entries: list[dict[str, Any]]):
    after, _ = put(page.data(), entries)
    assert put(after, [])[0] == page.data()


@tried
@given(pages(["", *OTHER_HANDS]), entries)
def test_twice_is_once(page: Page, entries: list[dict[str, Any]]):
    once, block = put(page.data(), entries)
    assert find_related(once).block == block
    assert put(once, entries)[0] == once


@tried
@given(pages(["", *OTHER_HANDS]), entries)
def test_another_yaml_reader_finds_the_entries_and_the_other_fields_as_they_were(
    page: Page, entries: list[dict[str, Any]]
):
    before = read(page.yaml(page.data()))
    after = read_yaml_12(page.yaml(put(page.data(), entries)[0]))
    # As texts, since True equals 1 and 1 equals 1.0.
    assert repr(after.pop("related")) == repr(entries)
    before.pop("related", None)
    assert repr(after) == repr(before)


@examples(200)
@given(pages(["", *OTHER_HANDS], TRAPS), st.one_of(st.just([]), entries))
def test_what_may_be_misread_is_spliced_as_safely_or_refused(page: Page, entries: list[dict[str, Any]]):
    data = page.data()
    try:
        after, block = put(data, entries)
    except FrontMatterError:
        return
    old = find_related(data)
    if old.block and block:
        assert after == data[: old.start] + block + data[old.end :]
    elif old.block:
        assert after in without(data, old.start, old.end)
    else:
        start = after.index(block, old.start)
        assert data in without(after, start, start + len(block))
        assert put(after, [])[0] == data
    assert put(after, entries)[0] == after


@examples(200)
@given(pages(["", *OTHER_HANDS], TRAPS), st.one_of(st.just([]), entries))
def test_another_yaml_reader_agrees_on_what_may_be_misread(page: Page, entries: list[dict[str, Any]]):
    # With a line of dashes in it, the front matter ends before the page's own closing line.
    assume(not re.search(r"(?m)^---", page.above + page.related + page.below))
    try:
        after, _ = put(page.data(), entries)
    except FrontMatterError:
        return
    before = read(page.yaml(page.data()))
    fields = read_yaml_12(page.yaml(after)) or {}
    assert repr(fields.pop("related", [])) == repr(entries)
    before.pop("related", None)
    assert repr(fields) == repr(before)
