"""Build the texts of an article that are embedded and searched: repaired, stripped of markup, cut to length."""

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
"""Increased when the same article yields another text, which makes stored vectors invalid."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DATA_URL = re.compile(r"data:[\w/+.=;-]*;base64,[A-Za-z0-9+/=%]*")
_URL = re.compile(r"(?:\b(?:https?|ftp)://|\bwww\.(?=\w))[\w\-.~:/?#@!$&'*+,;=%()\[\]]*[\w/=&#-]", re.ASCII)
_LINK_TARGET = re.compile(r"\]\([^()\s]*\)")
_REFERENCE = re.compile(r"\] ?\[[^\]\[]{0,60}\]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_SENTENCE_END = ".!?…:;。！？"
_READ_FACTORS = (4, 12, 40)
"""Multiples of the wanted length that are read, one after the other, until enough prose is found.

Prose is seldom less than a quarter of a text; the last factor bounds the work on one that begins with a long listing.
"""
_TITLE_CHARS = 1000


class Texts(NamedTuple):
    """An article's cleaned texts: the title, and the excerpt and body that follow it."""

    title: str
    rest: str

    @property
    def whole(self) -> str:
        """Title and rest as one text, with a full stop between them if the title has no end mark."""
        if not self.rest or not self.title:
            return self.title or self.rest
        return f"{self.title}{' ' if self.title.endswith(tuple(_SENTENCE_END)) else '. '}{self.rest}"


def has_surrogate(text: str) -> bool:
    """Return True if `text` contains half a surrogate pair, which UTF-8 cannot encode."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def repair(text: str) -> str:
    """Undo mojibake (`residentsâ€™` becomes `residents’`); return other text unchanged."""
    if text.isascii():
        return text
    import ftfy

    # Fix only the encoding: curly quotes, ligatures and entities are as the author wrote them.
    return str(ftfy.fix_encoding(text))


def clean(text: str) -> str:
    """Repair `text`, remove template and HTML tags, decode entities, and fold white space to single spaces."""
    if has_surrogate(text):
        text = _SURROGATE.sub("\ufffd", text)
    text = repair(text)
    if _may_hold_code(text):
        text = _without_templates(text)
    return _folded(text)


def clean_markdown(text: str, max_chars: int) -> str:
    """Return the prose that a Markdown or MDX text begins with, at most `max_chars` characters, cut between words.

    Code, template tags, shortcodes, images, link targets, bare URLs and HTML tags are removed; see `strip_code`.
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
        lead = _without_urls(lead)
        if read.whole or len(lead) >= max_chars:
            break
    return _cut(lead, max_chars)


def article_texts(article: Article, settings: TextSettings) -> Texts:
    """Return the texts of `article` that are embedded and searched; never `related`, never `secured`."""
    excerpt = _clean_lead(article.excerpt or "", settings.excerpt_chars)
    body = article.body or ""
    lead = clean_markdown(body, settings.body_chars) if body and settings.body_chars else ""
    # An excerpt often repeats the beginning of the body.
    if excerpt and lead.startswith(excerpt.rstrip(". …")):
        excerpt = ""
    elif lead and excerpt.startswith(lead):
        lead = ""
    return Texts(_clean_lead(article.title, _TITLE_CHARS), f"{excerpt} {lead}".strip())


def texts_fingerprint(settings: TextSettings) -> str:
    """Return what the result of `article_texts` depends on, beside the article."""
    return f"{TEXT_VERSION}.{settings.fingerprint()}"


def _clean_lead(text: str, max_chars: int) -> str:
    wanted = max_chars * _READ_FACTORS[0]
    if len(text) > wanted:
        # A tag or script may be longer than `wanted`; cut inside it, the text would be taken for prose.
        text = _without_templates(_without_pictures(text)[: max_chars * _READ_FACTORS[-1]])
    return _cut(clean(text[:wanted]), max_chars)


def _without_templates(text: str) -> str:
    # Imported late: compiling its many patterns is slow.
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
        # Pages about templates write braces as entities, which are decoded only now.
        text = _without_templates(text)
    return _SPACE.sub(" ", text).strip()


def _without_pictures(text: str) -> str:
    """Replace images embedded as `data:` URLs."""
    return _DATA_URL.sub("#", text) if ";base64," in text else text


def _without_urls(text: str) -> str:
    """Remove bare URLs, and the labels of reference links whose definitions were not read."""
    if "][" in text or "] [" in text:
        text = _REFERENCE.sub("]", text)
    return _SPACE.sub(" ", _URL.sub(" ", text)).strip() if "://" in text or "www." in text else text


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    head = text[:max_chars]
    if text[max_chars].isspace():
        return head
    return head[: head.rfind(" ")] if " " in head else head


@lru_cache(maxsize=2)
def markdown_parser(is_mdx: bool) -> MarkdownIt:
    """Return the parser of Markdown, or of MDX, in which indented text is not code."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    return markdown.disable("code") if is_mdx else markdown


def inline_text(token: Token) -> str:
    """Return the text of an inline token, without images and the markers of links and emphasis."""
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
