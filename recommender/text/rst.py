"""The prose of reStructuredText.

Directives are taken apart before docutils reads the text (see `_without_directives`), so that none of them runs: no
file is read, and neither a directive nor a role is ever registered. Roles are read by an inliner of our own. Every call
has its own parser and document; nothing is kept between calls, and calls may run in several threads at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from recommender.text.code_spans import telling_part
from recommender.text.paragraphs import join_paragraphs

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.parsers.rst.states import Inliner

MAX_READ_CHARS = 1_000_000

# Of these the words on the directive's own line are text; of any other they are arguments.
_TITLED = frozenset(
    [
        "note",
        "warning",
        "tip",
        "hint",
        "important",
        "caution",
        "danger",
        "attention",
        "error",
        "seealso",
        "todo",
        "admonition",
        "topic",
        "sidebar",
        "rubric",
        "pull-quote",
        "epigraph",
        "highlights",
        "centered",
        "compound",
        "container",
        "deprecated",
        "versionadded",
        "versionchanged",
        "table",
        "list-table",
        "line-block",
        "danger",
    ]
)
_DROPPED = frozenset(
    [
        "code",
        "code-block",
        "sourcecode",
        "code-cell",
        "literal",
        "literalinclude",
        "parsed-literal",
        "highlight",
        "toctree",
        "contents",
        "sectnum",
        "image",
        "raw",
        "math",
        "post",
        "postlist",
        "update",
        "include",
        "index",
        "meta",
        "role",
        "default-role",
        "class",
        "unicode",
        "replace",
        "date",
        "title",
        "header",
        "footer",
        "graphviz",
        "digraph",
        "graph",
        "uml",
        "plantuml",
        "mermaid",
        "ipython",
        "prompt",
        "doctest",
        "testcode",
        "testsetup",
        "testoutput",
        "productionlist",
        "tabularcolumns",
        "csv-table",
        "chart",
        "listing",
        "gist",
        "youtube",
        "vimeo",
        "media",
        "soundcloud",
        "slides",
        "thumbnail",
        "post-list",
        "program-output",
        "currentmodule",
        "automodule",
        "autoclass",
        "autofunction",
        "autosummary",
        "bibliography",
        "jupyter-execute",
        "plot",
    ]
)
_DIRECTIVE = re.compile(r"( *)\.\. +(?:\|[^|]+\| +)?([A-Za-z][\w:+.-]*?) ?::(?: +(.*))?$")
_ITEM = re.compile(r" *(?:(?:[-*+•]|\(?(?:\d+|[A-Za-z#]|[ivxlc]+)[.)]) +)*")
_OPTION = re.compile(r"\s*:[\w -]+:(?:\s|$)")
_ROLE_TARGET = re.compile(r"\s*(?<!^)<[^<>]*>$")
_SILENT_ROLES = frozenset(["math", "raw", "eq", "cite", "footcite", "index", "raw-html"])


def prose_of_rst(rst: str) -> str:
    """The readable text of reStructuredText, with Sphinx's and other unknown directives and roles.

    Code, pictures, tables of contents, comments and math are left out; the text in other directives stays.

    Returns:
        Paragraphs with a blank line between them, which `clean_markdown` reads as just that; empty if there is no text.
    """
    lines = _without_directives(rst[:MAX_READ_CHARS].replace("\0", "").expandtabs(8).splitlines())
    text = "\n".join(lines)
    try:
        return join_paragraphs(_paragraphs(_parsed(text)))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, AssertionError):
        # docutils is not made for text that is nested without end; its words are still there.
        return join_paragraphs(re.split(r"\n\s*\n", text))


def _without_directives(lines: list[str]) -> list[str]:
    """The lines without directives and literal blocks; the text in a directive is set back to the left."""
    found: list[str] = []
    # For each directive around a line: how far it is indented, and by how much its text is set back.
    around: list[tuple[int, int]] = []
    place = 0
    while place < len(lines):
        line = lines[place].rstrip()
        place += 1
        if not line:
            found.append("")
            continue
        indent = len(line) - len(line.lstrip(" "))
        while around and indent <= around[-1][0]:
            around.pop()
        shift = around[-1][1] if around else 0
        directive = _DIRECTIVE.match(line)
        if directive is None:
            found.append(line[min(shift, indent) :])
            if line.endswith("::") and not line.lstrip().startswith(".. "):
                item = _ITEM.match(line)
                found[-1] = found[-1][:-1]
                place = _block_end(lines, place, item.end() if item else indent)
                found.append("")
            continue
        name, argument = directive[2].lower(), directive[3] or ""
        if name.rpartition(":")[2] in _DROPPED or "|" in line[: directive.start(2)]:
            place = _block_end(lines, place, indent)
            found.append("")
            continue
        inner = next((each for each in _from(lines, place) if each.strip()), "")
        step = len(inner) - len(inner.lstrip(" ")) - indent
        around.append((indent, shift + max(step, 0)))
        left = " " * max(indent - shift, 0)
        found += ["", left + argument if name in _TITLED else ""]
        while place < len(lines) and _OPTION.match(lines[place]) and lines[place].startswith(" " * (indent + 1)):
            place += 1
        if name not in _TITLED or (place < len(lines) and not lines[place].strip()):
            found.append("")
    return found


def _from(lines: list[str], place: int) -> Iterator[str]:
    return (lines[each] for each in range(place, len(lines)))


def _block_end(lines: list[str], place: int, indent: int) -> int:
    """The line after those from `place` on that are blank or indented by more than `indent`."""
    while place < len(lines):
        bare = lines[place].lstrip(" ")
        if bare.strip() and len(lines[place]) - len(bare) <= indent:
            break
        place += 1
    return place


@lru_cache(maxsize=1)
def _inliner() -> type[Inliner]:
    """The class that reads inline markup, with roles of any name."""
    from docutils.parsers.rst.states import Inliner

    # docutils looks up the parts of its patterns in the class itself, not in those that it inherits from.
    parts = {name: value for name, value in vars(Inliner).items() if not name.startswith("__")}
    return type("RoleReader", (Inliner,), {**parts, "interpreted": _read_role})


def _read_role(
    _inliner: Inliner, _source: str, text: str, role: str, _line: int
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Read a role's text, whatever the role: of `text <target>` the text, of `~module.name` the name."""
    from docutils import nodes
    from docutils.utils import unescape

    name = (role or "").lower().rpartition(":")[2]
    told = _ROLE_TARGET.sub("", unescape(text)).lstrip("~!")
    if name == "code":
        told = telling_part(told)
    return ([] if name in _SILENT_ROLES else [nodes.Text(told)]), []


def _parsed(text: str) -> nodes.document:
    from docutils import frontend, utils
    from docutils.parsers.rst import Parser

    settings: Any = frontend.get_default_settings(Parser)
    settings.report_level, settings.halt_level, settings.warning_stream = 5, 6, False
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.line_length_limit = MAX_READ_CHARS + 1
    document = utils.new_document("", settings)
    Parser(inliner=_inliner()()).parse(text, document)
    return document


def _paragraphs(document: nodes.document) -> Iterator[str]:
    from docutils import nodes

    left_out = (
        nodes.literal_block, nodes.doctest_block, nodes.comment, nodes.system_message, nodes.math_block, nodes.raw,
        nodes.image, nodes.substitution_definition, nodes.target, nodes.pending, nodes.docinfo,
    )  # fmt: skip
    waiting: list[nodes.Node] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, left_out):
            continue
        if isinstance(node, nodes.field_list) and node.parent is document:
            # A page's metadata.
            continue
        if isinstance(node, nodes.TextElement):
            yield "".join(_inline(node))
        else:
            waiting.extend(reversed(node.children))


def _inline(node: nodes.Node) -> Iterator[str]:
    from docutils import nodes

    if isinstance(node, nodes.Text):
        yield node.astext()
    elif isinstance(node, nodes.literal):
        yield telling_part(node.astext())
    elif not isinstance(node, nodes.image | nodes.footnote_reference | nodes.citation_reference | nodes.math):
        for child in node.children:
            yield from _inline(child)
