"""Extract the prose of reStructuredText, safely and in any thread.

Directives are removed before docutils parses the text (see `without_directives`), and roles are read by a custom
inliner. None of them is ever run or registered, no file is read, and no state is shared between calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from recommender.text.code_spans import telling_part
from recommender.text.paragraphs import join_paragraphs
from recommender.text.rst_directives import without_directives

if TYPE_CHECKING:
    from docutils import nodes
    from docutils.parsers.rst.states import Inliner

MAX_READ_CHARS = 1_000_000
MAX_INLINE_WORK = 300_000
"""Limit on markers times characters of a paragraph: docutils searches all of it for the end of each marker."""

_INLINE_MARKS = "`*|_["
_NO_MARKS = str.maketrans(_INLINE_MARKS, " " * len(_INLINE_MARKS))
_ROLE_TARGET = re.compile(r"\s*(?<!^)<[^<>]*>$")
_SETTINGS_LOCK = Lock()
_SILENT_ROLES = frozenset(["math", "raw", "eq", "cite", "footcite", "index", "raw-html"])


def prose_of_rst(rst: str) -> str:
    """Return the readable text of reStructuredText, whatever directives and roles it uses.

    Code, images, tables of contents, comments and math are removed; the text in other directives stays.

    Returns:
        Paragraphs separated by blank lines, without anything that is Markdown syntax; empty if there is no text.
    """
    lines = without_directives(rst[:MAX_READ_CHARS].replace("\0", "").expandtabs(8).splitlines())
    text = "\n\n".join(_plain_if_overloaded(part) for part in "\n".join(lines).split("\n\n"))
    try:
        return join_paragraphs(_paragraphs(_parsed(text)))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, AssertionError):
        # docutils fails on text that is nested too deeply; fall back to its words.
        return join_paragraphs(re.split(r"\n\s*\n", text))


def _plain_if_overloaded(paragraph: str) -> str:
    marks = sum(map(paragraph.count, _INLINE_MARKS))
    return paragraph.translate(_NO_MARKS) if marks * len(paragraph) > MAX_INLINE_WORK else paragraph


@lru_cache(maxsize=1)
def _inliner() -> type[Inliner]:
    """Return an inliner class that accepts roles of any name."""
    from docutils.parsers.rst.states import Inliner

    # docutils looks up the parts of its patterns in the class itself, not in its bases.
    parts = {name: value for name, value in vars(Inliner).items() if not name.startswith("__")}
    return type("RoleReader", (Inliner,), {**parts, "interpreted": _read_role})


def _read_role(
    _inliner: Inliner, _source: str, text: str, role: str, _line: int
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return the text of any role: `text` for `text <target>`, `module.name` for `~module.name`."""
    from docutils import nodes
    from docutils.utils import unescape

    name = (role or "").lower().rpartition(":")[2]
    shown = _ROLE_TARGET.sub("", unescape(text)).lstrip("~!")
    if name == "code":
        shown = telling_part(shown)
    return ([] if name in _SILENT_ROLES else [nodes.Text(shown)]), []


@lru_cache(maxsize=1)
def _settings() -> Any:
    from docutils import frontend
    from docutils.parsers.rst import Parser

    settings = frontend.get_default_settings(Parser)
    settings.report_level, settings.halt_level, settings.warning_stream = 5, 6, False
    settings.file_insertion_enabled = settings.raw_enabled = False
    settings.line_length_limit = MAX_READ_CHARS + 1
    return settings


def _parsed(text: str) -> nodes.document:
    from docutils import utils
    from docutils.parsers.rst import Parser

    # docutils changes the process's warning filters while it makes settings, which is not thread-safe.
    with _SETTINGS_LOCK:
        settings = _settings().copy()
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
        # A field list at the top of a document is metadata.
        if isinstance(node, left_out) or (isinstance(node, nodes.field_list) and node.parent is document):
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
