"""The whole of an article for search by words: title, excerpt and body without code, markup and addresses.

`clean_markdown` reads Markdown as a renderer does, a few milliseconds an article. Words in a bag need less: here each
kind of markup is one pass over the text, ten times as fast, for bodies of any length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text.clean import Texts, has_surrogate, repair

RAW_FACTOR = 2
"""How many characters are read for one that is kept; the rest is markup and code."""

_FENCE = re.compile(r"^[ \t>]{0,20}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_PAIRED = re.compile(
    r"<!--|-->"
    r"|<(?P<end>/?)(?P<tag>pre|script|style|svg|math|textarea)\b[^<>]{0,2000}>"
    r"|\{%-?[ ]*(?P<endtag>end)?(?P<block>highlight|raw|comment|code|mermaid)\b[^%\n]{0,300}%\}"
    r"|\{\{[<%][ ]*(?P<endcode>/?)[ ]*(?P<shortcode>highlight|mermaid|code)\b[^\n]{0,300}?[>%]\}\}"
    r"|\[(?P<endshort>/?)(?P<short>code|sourcecode|php|python|html|css|javascript)\b[^\[\]\n]{0,200}\]",
    re.IGNORECASE,
)
_INDENTED = re.compile(r"(?:^|\n)[ \t]*\n(?:(?: {4}|\t)[^\n]*(?:\n|\Z)(?:[ \t]*\n)*)+")
_TEMPLATE = re.compile(r"\{%[^%\n]{0,300}%\}|\{\{[^{}]{0,300}\}\}|\{#[^#\n]{0,300}#\}|</?[a-zA-Z][^<>]{0,2000}>")
_TARGET = re.compile(r"\]\([^()\s]{0,2000}(?:\s{1,3}\"[^\"\n]{0,300}\")?\)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]{1,200}\]:[^\n]*$", re.MULTILINE)
_ADDRESS = re.compile(r"(?:\b(?:https?|ftp)://|\bwww\.(?=\w))[^\s<>\"'`|]*", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[\w/+.=;-]{0,200};base64,[A-Za-z0-9+/=%]*")

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOJIBAKE = re.compile("[ÃÂâð][\u0080-\u00bf\u20ac\u201a-\u2122]")
"""UTF-8 read as Latin-1 or Windows-1252; looking for it costs less than trying to repair every text."""
_NESTED = 16
"""How many markers within one another are followed."""


def searched_text(article: Article, texts: Texts, settings: TextSettings) -> str:
    """Return what of an article is searched by words, beside its title.

    Args:
        article: The article.
        texts: Its cleaned texts.
        settings: `searched_chars` is the maximum of the body's characters.
    """
    body = article.body or ""
    if len(body) <= settings.body_chars or not settings.searched_chars:
        return texts.rest
    excerpt = plain_body(article.excerpt or "", settings.excerpt_chars)
    return f"{excerpt} {plain_body(body, settings.searched_chars)}"


def plain_body(text: str, max_chars: int) -> str:
    """Return the prose of a Markdown, HTML or MDX text, at most `max_chars` characters, in linear time."""
    text = text[: RAW_FACTOR * max_chars]
    if has_surrogate(text):
        text = _SURROGATE.sub("\ufffd", text)
    if _MOJIBAKE.search(text):
        text = repair(text)
    if ";base64," in text:
        text = _DATA_URL.sub(" ", text)
    if "```" in text or "~~~" in text:
        text = without_spans(text, _fences(text))
    if "<" in text or "{" in text or "[" in text:
        text = without_spans(text, _pairs(text))
    if "\n    " in text or "\n\t" in text:
        text = _INDENTED.sub("\n", text)
    if "<" in text or "{" in text:
        text = _TEMPLATE.sub(" ", text)
    if "](" in text:
        text = _TARGET.sub("] ", text)
    if "]:" in text:
        text = _DEFINITION.sub(" ", text)
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return text[:max_chars]


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return where listings, comments, scripts and drawings begin and end, in no order; they may overlap."""
    return [*_fences(text), *_pairs(text)]


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where fenced code begins and ends; a fence without an end reaches to the end of the text."""
    mark, start = "", 0
    for found in _FENCE.finditer(text):
        fence = found[1]
        if not mark:
            mark, start = fence, found.start()
        elif fence.startswith(mark) and not text[found.end(1) : found.end()].strip():
            yield start, found.end()
            mark = ""
    if mark:
        yield start, len(text)


def _pairs(text: str) -> list[tuple[int, int]]:
    """Return where comments, scripts, listings and drawings begin and end; one without an end is left as it is."""
    opened, spans = list[tuple[str, int]](), list[tuple[int, int]]()
    for found in _PAIRED.finditer(text):
        name = (found["tag"] or found["block"] or found["shortcode"] or found["short"] or "--").casefold()
        closes = bool(found["end"] or found["endtag"] or found["endcode"] or found["endshort"]) or found[0] == "-->"
        if not closes:
            opened.append((name, found.start()))
            continue
        near = reversed(range(max(0, len(opened) - _NESTED), len(opened)))
        place = next((place for place in near if opened[place][0] == name), None)
        if place is None:
            continue
        start = opened[place][1]
        del opened[place:]
        while spans and spans[-1][0] > start:
            spans.pop()
        spans.append((start, found.end()))
    return spans


def without_spans(text: str, spans: Iterable[tuple[int, int]], between: str = "\n") -> str:
    """Return a text without some of its parts, given in order, with `between` in the place of each."""
    pieces, place = list[str](), 0
    for start, end in spans:
        pieces.append(text[place:start])
        place = end
    return between.join([*pieces, text[place:]])
