"""The texts of an article that are embedded and searched: repaired, cleaned of markup, cut to length."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from recommender.article import Article
from recommender.config import TextSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TEXT_VERSION = 2
"""Raised when the text made from the same article changes, so that stored vectors are not taken for it."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DATA_ADDRESS = re.compile(r"data:[\w/+.=;-]*;base64,[A-Za-z0-9+/=%]*")
_ADDRESS = re.compile(r"(?:\b(?:https?|ftp)://|\bwww\.(?=\w))[\w\-.~:/?#@!$&'*+,;=%()\[\]]*[\w/=&#-]", re.ASCII)
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")
_REFERENCE = re.compile(r"\] ?\[[^\]\[]{0,60}\]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = ".!?…:;。！？"
_READ_FACTORS = (4, 12, 40)
"""Of a text, this many times the wanted characters are read: what is left without code is seldom less than a quarter.

Where it is, as in a text that begins with a long listing, more is read, yet never all of a text of any length.
"""
_TITLE_CHARS = 1000


class Texts(NamedTuple):
    """An article's texts after repair and cleaning: the title, and what follows it."""

    title: str
    rest: str

    @property
    def whole(self) -> str:
        """Title and rest as one text, with a full stop between them where the title has no end mark."""
        if not self.rest or not self.title:
            return self.title or self.rest
        return f"{self.title}{' ' if self.title.endswith(tuple(_SENTENCE_END)) else '. '}{self.rest}"


def has_surrogate(text: str) -> bool:
    """Whether `text` holds half a surrogate pair, which no file in UTF-8 can hold."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def repair(text: str) -> str:
    """`text` with mojibake undone (`residentsâ€™` becomes `residents’`); other text comes back unchanged."""
    if text.isascii():
        return text
    import ftfy

    # Only the encoding: curly quotes, ligatures and entities are how the author wrote it.
    return str(ftfy.fix_encoding(text))


def clean(text: str) -> str:
    """`text` repaired, without template tags, HTML tags and entities, its white space folded to single spaces."""
    if has_surrogate(text):
        text = _SURROGATE.sub("\ufffd", text)
    text = repair(text)
    if _may_hold_code(text):
        text = _without_templates(text)
    return _folded(text)


def clean_markdown(text: str, max_chars: int) -> str:
    """The readable words of a Markdown or MDX text's lead, at most `max_chars` characters, cut between words.

    Code, template tags, shortcodes, images, link targets, bare addresses and HTML tags are left out; see `strip_code`.
    """
    from recommender.text.blocks import flatten_blocks
    from recommender.text.stripping import strip_code

    lead = ""
    text = flatten_blocks(_without_pictures(text)[: max_chars * _READ_FACTORS[-1]])
    for factor in _READ_FACTORS:
        read = strip_code(text, max_chars * factor)
        prose = read.text
        if has_surrogate(prose):
            prose = _SURROGATE.sub("\ufffd", prose)
        lead = _folded(" ".join(_readable(markdown_parser(read.is_mdx).parse(repair(prose)))))
        lead = _without_addresses(lead)
        if read.whole or len(lead) >= max_chars:
            break
    return _cut(lead, max_chars)


def article_texts(article: Article, settings: TextSettings) -> Texts:
    """The texts of `article` that are embedded and searched; never `related`, never `secured`."""
    excerpt = _clean_lead(article.excerpt or "", settings.excerpt_chars)
    body = article.body or ""
    lead = clean_markdown(body, settings.body_chars) if body and settings.body_chars else ""
    # An excerpt is often the body's own beginning; it is read once.
    if excerpt and lead.startswith(excerpt.rstrip(". …")):
        excerpt = ""
    elif lead and excerpt.startswith(lead):
        lead = ""
    return Texts(_clean_lead(article.title, _TITLE_CHARS), f"{excerpt} {lead}".strip())


def texts_fingerprint(settings: TextSettings) -> str:
    """What makes the texts of `article_texts`: equal fingerprints mean equal texts of equal articles."""
    return f"{TEXT_VERSION}.{settings.fingerprint()}"


def _clean_lead(text: str, max_chars: int) -> str:
    wanted = max_chars * _READ_FACTORS[0]
    if len(text) > wanted:
        # A tag or a script may be longer than all that is wanted; cut within it would be taken for text.
        text = _without_templates(_without_pictures(text)[: max_chars * _READ_FACTORS[-1]])
    return _cut(clean(text[:wanted]), max_chars)


def _without_templates(text: str) -> str:
    # Its many patterns are not needed where no text is cleaned.
    from recommender.text.stripping import strip_templates

    return strip_templates(text)


def _may_hold_code(text: str) -> bool:
    if "<" in text or "{{" in text or "{%" in text or "{#" in text:
        return True
    return "[" in text and ("=" in text or "[/" in text or "[gallery" in text)


def _folded(text: str) -> str:
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", _COMMENT.sub(" ", text)))
    if "{{" in text or "{%" in text:
        # Pages about templates write their braces as entities.
        text = _without_templates(text)
    return _SPACE.sub(" ", text).strip()


def _without_pictures(text: str) -> str:
    """`text` without pictures that are written into it as `data:` addresses."""
    return _DATA_ADDRESS.sub("#", text) if ";base64," in text else text


def _without_addresses(text: str) -> str:
    """`text` without bare addresses, and without the names of links whose addresses stand below what was read."""
    if "][" in text or "] [" in text:
        text = _REFERENCE.sub("]", text)
    return _SPACE.sub(" ", _ADDRESS.sub(" ", text)).strip() if "://" in text or "www." in text else text


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    head = text[:max_chars]
    if text[max_chars].isspace():
        return head
    return head[: head.rfind(" ")] if " " in head else head


@lru_cache(maxsize=2)
def markdown_parser(is_mdx: bool) -> MarkdownIt:
    """The parser of Markdown, or of MDX, where indented text is no code."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return markdown.disable("code") if is_mdx else markdown


def inline_text(token: Token) -> str:
    """The text of an inline token, without the marks of links and emphasis and without images."""
    return "".join(_pieces(token.children or ()))


def _readable(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "html_block":
            yield _LINK_TARGET.sub("] ", token.content)
        elif token.type == "inline":
            yield inline_text(token)


def _pieces(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "code_inline", "html_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "
