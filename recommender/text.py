"""Pure text work: repair, clean, the texts that are embedded and searched, words, URL keys, hashes."""

from __future__ import annotations

import hashlib
import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from recommender.article import Article
from recommender.config import TextSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TEXT_VERSION = 1
"""Raised when the text made from the same article changes, so that stored vectors are not taken for it."""

CALENDAR = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "januar",
        "februar",
        "märz",
        "mai",
        "juni",
        "juli",
        "oktober",
        "dezember",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonntag",
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
        "janvier",
        "février",
        "mars",
        "avril",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
        "lundi",
        "mardi",
        "mercredi",
        "jeudi",
        "vendredi",
        "samedi",
        "dimanche",
        "gennaio",
        "febbraio",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "settembre",
        "ottobre",
        "dicembre",
        "janeiro",
        "fevereiro",
        "março",
        "maio",
        "junho",
        "julho",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
        "januari",
        "februari",
        "maart",
        "augustus",
    ]
)
"""Months and days of the week: a headline that differs in them is a template filled in anew."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_DATA_ADDRESS = re.compile(r"data:[\w/+.=;-]*;base64,[A-Za-z0-9+/=%]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SEGMENT = re.compile(r"[^\W_]{2,}|\d")
# Scripts that put no space between words: each of their characters counts as a word.
_PLAIN_WORD = re.compile(
    r"(?=\w)[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)
_SENTENCE_END = ".!?…:;。！？"
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hsenc|_hsmi|ref_src|cmpid", re.I)
_READ_FACTOR = 4
"""Of a text, this many times the wanted characters are cleaned: markup is seldom three quarters of a text."""
_TITLE_CHARS = 1000


class Texts(NamedTuple):
    """An article's texts after repair and cleaning: the title, and what follows it."""

    title: str
    rest: str

    @property
    def whole(self) -> str:
        """Title and rest as one text, with a full stop between them where the title has no end mark."""
        if not self.rest:
            return self.title
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
    """`text` repaired, without HTML tags and entities, its white space folded to single spaces."""
    if has_surrogate(text):
        text = _SURROGATE.sub("\ufffd", text)
    text = repair(text)
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub(" ", _COMMENT.sub(" ", text)))
    return _SPACE.sub(" ", text).strip()


def clean_markdown(text: str, max_chars: int) -> str:
    """The readable words of a Markdown text's lead, at most `max_chars` characters, cut between words.

    Code blocks, images, link targets and HTML tags are left out.
    """
    lead = _without_pictures(text)[: max_chars * _READ_FACTOR]
    return _cut(clean(" ".join(_readable(_markdown().parse(repair(lead))))), max_chars)


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


def text_hash(text: str) -> bytes:
    """16 bytes that are equal for equal text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def find_words(text: str) -> list[tuple[int, int]]:
    """Where the words of `text` begin and end, in order; apostrophes, hyphens and the dot of `U.S` are within words."""
    return [match.span() for match in _WORD.finditer(text)]


def plain_words(text: str) -> list[str]:
    """The words of `text` without case and punctuation, in order: what a retelling keeps of another's wording."""
    return _PLAIN_WORD.findall(normalize("NFC", text.casefold()))


def proper_names(title: str) -> list[str]:
    """The words of a title that are written like names or hold a digit, without their case, in order.

    Where every word of a headline is capitalised, all are handed back: which of them are names the letters do not say.
    """
    return [word.casefold() for word in _SEGMENT.findall(title) if word[0].isupper() or any(map(str.isdigit, word))]


@lru_cache(maxsize=32)
def stop_words(language: str) -> frozenset[str]:
    """Words of a language (`english`, `en`, `en-GB`) that say nothing by themselves; none if it is not known."""
    from stop_words import StopWordError, get_stop_words

    try:
        return frozenset(get_stop_words(re.split("[-_]", language.strip().lower())[0]))
    except StopWordError:
        return frozenset()


def stable_hash(term: str) -> int:
    """A 64-bit hash of `term`, the same in every process."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def facet(field: str, value: str) -> int:
    """A hash of one value of one field; white space around it and the case of letters do not count."""
    return stable_hash(f"{field}\0{value.strip().casefold()}")


def main_language(language: str | None) -> str | None:
    """The language without its region: `en` of `en-GB`."""
    return re.split("[-_]", language)[0] if language else None


def folded_hash(name: str | None) -> int:
    """A hash of a name without its case and the white space round it; 0 for none."""
    folded = name.strip().casefold() if name else ""
    return stable_hash(folded) if folded else 0


def url_key(url: str | None) -> str | None:
    """What two spellings of one address have in common.

    The scheme, a `www.` and the case of the host, the fragment, tracking parameters, a final slash and whether the path
    is percent-encoded do not count.
    """
    if not url or not url.strip():
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower().removeprefix("www.")
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    query = parts.query
    if query:
        query = "&".join(part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0]))
    # A browser copies an address with its letters percent-encoded.
    path = quote(unquote_to_bytes(parts.path.rstrip("/")), safe="/:@!$&'()*+,;=~")
    return f"{host}{port}{path}{f'?{query}' if query else ''}"


def _clean_lead(text: str, max_chars: int) -> str:
    if len(text) > max_chars * _READ_FACTOR:
        # A tag may be longer than all that is read; cut within it would be taken for text.
        text = _TAG.sub(" ", _without_pictures(text))
    return _cut(clean(text[: max_chars * _READ_FACTOR]), max_chars)


def _without_pictures(text: str) -> str:
    """`text` without pictures that are written into it as `data:` addresses."""
    return _DATA_ADDRESS.sub("#", text) if ";base64," in text else text


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    head = text[:max_chars]
    if text[max_chars].isspace():
        return head
    return head[: head.rfind(" ")] if " " in head else head


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _readable(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "html_block":
            yield token.content
        elif token.type == "inline":
            yield "".join(_inline(token.children or ()))


def _inline(tokens: Iterable[Any]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "code_inline", "html_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "


def trec_id(article_id: str) -> str:
    """An id as TREC files write it: its white space percent-encoded."""
    return "".join(quote(char, safe="") if char.isspace() else char for char in article_id)


def own_ids(name: str) -> tuple[str, ...]:
    """The ids that TREC files may write as `name`, the likeliest first: an id may hold a `%` of its own."""
    decoded = unquote(name)
    return (name,) if decoded == name else (name, decoded)
