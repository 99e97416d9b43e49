"""Whatever front matter holds, all but its related block is read as a whole YAML parser reads it."""

from __future__ import annotations

import re

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import parse_front_matter

# What a line may be mistaken for.
TRAPS = [
    "related:",
    "related: x",
    "  - title: x",
    "---",
    "...",
    "# no comment",
    "key: value",
    "- item",
    '"',
    "'",
    "{",
    "]",
]

chars = st.characters(
    codec="utf-8",
    exclude_categories=["Cs", "Cc", "Cn", "Co"],
    exclude_characters="\u2028\u2029\ufeff",
)
line = st.one_of(st.sampled_from(TRAPS), st.text(chars, max_size=20))
word = st.from_regex(r"[A-Za-z][a-z0-9]{0,8}", fullmatch=True).filter(
    lambda text: text.lower() not in {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
)
indent = st.sampled_from(["  ", "    "])


def double_quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@st.composite
def quoted_over_lines(draw: st.DrawFn, margin: str) -> str:
    """A quoted text whose lines after the first stand at any column right of `margin`."""
    quote = draw(st.sampled_from([double_quoted, single_quoted]))
    # A line of dashes or dots at the margin would end the document, quoted or not.
    lines = [text for text in draw(st.lists(line, min_size=2, max_size=5)) if text[:3] not in {"---", "..."}]
    spaces = draw(st.sampled_from(["", " ", "    "]))
    return quote(f"\n{margin}{spaces}".join(lines))


@st.composite
def block_scalar(draw: st.DrawFn, margin: str) -> str:
    head = draw(st.sampled_from(["|", ">", "|-", ">-", "|+", ">+"]))
    step = draw(indent)
    lines = draw(st.lists(line, max_size=5))
    number = len(step) if not margin else ""
    return f"{head}{number}\n" + "\n".join(f"{margin}{step}{each}" if each else "" for each in lines)


def value(margin: str = "") -> st.SearchStrategy[str]:
    return st.one_of(
        word,
        st.lists(word, min_size=1, max_size=4).map(" ".join),
        st.text(chars, max_size=20).map(double_quoted),
        st.text(chars, max_size=20).map(single_quoted),
        st.integers(-1000, 1000).map(str),
        st.sampled_from(
            ["", "true", "No", "2.5", "https://site.example/a?b=c#d", "2021-04-16T20:54:00Z", "x # comment"]
        ),
        st.lists(word, max_size=3).map(lambda words: f"[{', '.join(words)}]"),
        quoted_over_lines(margin),
        block_scalar(margin),
    )


@st.composite
def field(draw: st.DrawFn, key: str) -> str:
    kind = draw(st.sampled_from(["value", "value", "list", "un-indented list", "mapping", "anchor"]))
    if kind == "value":
        return f"{key}: {draw(value())}\n"
    if kind == "anchor":
        return f"{key}: &{key} {draw(word)}\nagain{key}: *{key}\n"
    words = draw(st.lists(word, min_size=1, max_size=3, unique=True))
    if kind == "mapping":
        # No key such as `title`, whose value is text whatever it looks like.
        inner = draw(st.sampled_from(["related", *(f"own{each}" for each in words)]))
        return f"{key}:\n  {inner}: {draw(value('  '))}\n"
    step = "" if kind == "un-indented list" else draw(indent)
    return f"{key}:\n" + "".join(f"{step}- {each}\n" for each in words)


item_keys = ["title", "excerpt", "publishedDateTime", "webUrl", "type", "quality"]


@st.composite
def related(draw: st.DrawFn) -> str:
    """A related block: plainly formed, or in some other of the ways that YAML knows."""
    head = draw(st.sampled_from(["related:", "related:", "related:  ", '"related":', "related: # ours"]))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(["related: []\n", "related: [{title: A}, {title: B}]\n", "related: none\n"]))
    plain = draw(st.booleans())
    step = draw(st.sampled_from(["", "  ", "    "]))
    block = [head]
    for keys in draw(st.lists(st.lists(st.sampled_from(item_keys), min_size=1, unique=True), max_size=3)):
        bullet = f"{step}- "
        margin = f"{step}  "
        for key in keys:
            text = draw(st.text(chars, max_size=20).map(double_quoted) if plain else value(margin))
            block.append(f"{bullet}{key}: {text}")
            bullet = margin
        if draw(st.booleans()):
            block += [f"{margin}provider:", f"{margin}  name: {draw(word)}"]
        if not plain:
            block += draw(st.sampled_from([[], [""], [f"{margin}# comment"], ["# comment at the margin"]]))
    return "\n".join(block) + "\n"


@st.composite
def parts(draw: st.DrawFn) -> tuple[list[str], str]:
    """The fields of a front matter one by one, among them a title, and the related block."""
    keys = draw(st.lists(word.map(lambda text: f"own{text}"), max_size=5, unique_by=str.lower))
    fields = ["title: A title\n", *(draw(field(key)) for key in keys)]
    fields += draw(st.lists(st.sampled_from(["# comment\n", "\n", "# related:\n", "  # - title: x\n"]), max_size=3))
    return draw(st.permutations(fields)), draw(related())


def put(fields: list[str], block: str, place: int) -> str:
    """The fields with the block before the one at `place`."""
    return "".join([*fields[:place], block, *fields[place:]])


bodies = st.sampled_from(["", "Body\n", "\nBody\n---\nmore\n", "related:\n  - title: x\nnext: y\n", "related:\n---\n"])
line_ends = st.sampled_from(["\n", "\r\n"])


class Loader(yaml.CSafeLoader):
    """PyYAML's own safe loader, which makes no dates."""


Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def whole(yaml_text: str) -> dict[str, object]:
    """The front matter as PyYAML reads it whole, without `related`."""
    try:
        fields = yaml.load(yaml_text, Loader)
    except yaml.YAMLError:
        # Now and then what was put together is no YAML; that is not the point here.
        assume(False)
    return {str(key): found for key, found in fields.items() if key != "related"}


@examples(150)
@given(parts=parts(), place=st.integers(0, 12), body=bodies, end=line_ends, mark=st.sampled_from(["", "\ufeff"]))
def test_all_but_related_is_read_as_a_whole_parser_reads_it(
    parts: tuple[list[str], str], place: int, body: str, end: str, mark: str
):
    yaml_text = put(*parts, place).replace("\n", end)
    expected = whole(yaml_text)
    front = parse_front_matter(f"{mark}---{end}{yaml_text}---{end}{body}".encode())
    assert (front.fields, front.body) == (expected, body)


@examples(150)
@given(parts=parts(), place=st.integers(0, 12), body=bodies, end=line_ends)
def test_the_related_block_makes_no_difference(parts: tuple[list[str], str], place: int, body: str, end: str):
    fields, block = parts
    # A comment at the margin, so that a block scalar before it ends where it ended with the block.
    with_block, without = (put(fields, each, place).replace("\n", end) for each in (block, "# none\n"))
    whole(with_block)
    fronts = [parse_front_matter(f"---{end}{each}---{end}{body}".encode()) for each in (with_block, without)]
    assert fronts[0].fields == fronts[1].fields
    assert fronts[0].body == fronts[1].body


@examples(200)
@given(parts=parts(), places=st.tuples(st.integers(0, 12), st.integers(0, 12)), end=line_ends)
def test_the_line_of_a_field_is_known(parts: tuple[list[str], str], places: tuple[int, int], end: str):
    fields, block = parts
    # YAML 1.1 counts U+0085 as a line end, and nobody else does.
    assume("\u0085" not in "".join([*fields, block]))
    fields = [*fields[: places[0]], "quality: high\n", *fields[places[0] :]]
    yaml_text = put(fields, block, places[1]).replace("\n", end)
    whole(yaml_text)
    text = f"---{end}{yaml_text}---{end}"
    lines = [number for number, each in enumerate(text.split("\n"), start=1) if each.startswith("quality: high")]
    assert parse_front_matter(text.encode()).line("quality") == lines[0]


LINES = [
    *TRAPS,
    "title: A",
    "  a: b",
    "related:",
    "related:",
    "  - a: 'b'",
    "c: |",
    "  x",
    'd: "',
    "e:",
    "f: {",
    "}",
    "",
]


def repeats(node: yaml.Node | None) -> bool:
    """Whether a key stands twice in a mapping: PyYAML takes the last, and here it is an error."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        return len(keys) != len({str(key) for key in keys}) or any(repeats(value) for _, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(repeats(value) for value in node.value)


@examples(300)
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_lines_in_any_order_are_read_as_a_whole_parser_reads_them_or_refused(lines: list[str]):
    text = "---\n" + "\n".join(lines) + "\n---\n"
    yaml_text = re.split(r"(?m)^(?:---|\.\.\.)\n", text)[1]
    try:
        expected = yaml.load(yaml_text, Loader)
        repeated = repeats(yaml.compose(yaml_text, Loader))
    except yaml.YAMLError:
        expected, repeated = None, False
    try:
        found = parse_front_matter(text.encode())
    except FrontMatterError:
        assert not isinstance(expected, dict) or repeated
        return
    if isinstance(expected, dict):
        assert found.fields == {key: each for key, each in expected.items() if key != "related"}
