"""Extract the prose of HTML; also exports the readers of reStructuredText and of headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from recommender.text.code_spans import telling_part
from recommender.text.headings import heading_of
from recommender.text.paragraphs import join_paragraphs
from recommender.text.rst import prose_of_rst
from recommender.text.stripping import strip_templates

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["heading_of", "prose_of_html", "prose_of_rst"]

_LEFT_OUT = frozenset({
    "head", "script", "style", "pre", "listing", "xmp", "nav", "form", "svg", "math", "iframe", "noscript",
    "template", "object", "embed", "video", "audio", "canvas", "select", "button", "textarea", "input", "rt", "rp",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "label", "mark", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
})  # fmt: skip
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
# libxml2 gives up at about two thousand nested elements.
_MAX_DEPTH = 1_000


def prose_of_html(html: str) -> str:
    """Return the readable text of an HTML page or fragment.

    Code, scripts, navigation, forms and embedded media are removed; captions stay. Entities are decoded.

    Returns:
        Paragraphs separated by blank lines, without anything that is Markdown syntax; empty if there is no text.
    """
    html = html.replace("\0", "")
    if not html.strip():
        return ""
    if "<" not in html and "&" not in html:
        return join_paragraphs(_BLANK_LINE.split(html))
    root = _parsed(html)
    if root is None:
        return join_paragraphs(_BLANK_LINE.split(_TAG.sub("\n\n", strip_templates(html))))
    return join_paragraphs("".join(_pieces(root)).split("\n\n"))


def _parsed(html: str) -> _Element | None:
    """Return the root of the parsed HTML; None if it is nested too deeply or unreadable."""
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, recover=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    return None if any("depth" in entry.message for entry in parser.error_log) else root


def _pieces(root: _Element) -> Iterator[str]:
    """Yield the text in document order, with blank lines around block elements, without recursion."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = element.tag if isinstance(element.tag, str) else "script"
        left_out = name in _LEFT_OUT
        if event == "start":
            if left_out:
                walk.skip_subtree()
                continue
            if name == "code":
                code = "".join(map(str, element.itertext()))
                walk.skip_subtree()
                yield telling_part(code) if "\n" not in code.strip() else ""
                continue
            if name == "br":
                yield "\n"
            elif name not in _INLINE:
                yield "\n\n"
            yield _text(element.text)
        else:
            yield " " if name in {"td", "th"} else "" if name in _INLINE or name == "br" else "\n\n"
            yield _text(element.tail)


def _text(text: str | None) -> str:
    """Return text with its blank lines normalised: they end a paragraph, as in WordPress."""
    return _BLANK_LINE.sub("\n\n", text) if text else ""
