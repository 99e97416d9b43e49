"""Parse RSS, Atom and JSON Feed documents into the fields of articles."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from recommender.errors import SourceError
from recommender.sources.imported import (
    absolute,
    content_hash,
    distinct,
    is_web_address,
    mapping,
    mappings,
    parse_json,
    plain,
    prose,
)
from recommender.sources.web_errors import redacted

_JSON_FEED = "https://jsonfeed.org/version/"
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_NAMED_EMAIL = re.compile(r"\S+@\S+ \((?P<name>.+)\)")
"""An author in the form of RSS: `ann@blog.example (Ann Example)`."""
_ENTITY = b"<!ENTITY"
_MAX_EXCERPT_CHARS = 600
"""A longer description is taken for the article's text, not for a summary."""


class Entry(NamedTuple):
    """An entry of a feed.

    Attributes:
        key: Its id, else its address, else a hash of its content.
        fields: Its fields, as those of an article.
    """

    key: str
    fields: dict[str, Any]


def is_feed(content: bytes) -> bool:
    """Return whether a document looks like a feed."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return b"jsonfeed.org/version" in start.replace(b"\\/", b"/")
    return re.search(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", start) is not None and b"<html" not in start.lower()


def entries_of(content: bytes, location: str) -> list[Entry]:
    """Parse the entries of a feed, in order.

    Args:
        content: The document.
        location: Its address or file, for relative links and for errors.

    Raises:
        SourceError: If it is not a feed.
    """
    base = location if is_web_address(location) else ""
    entries = _json_entries(content, base) if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else None
    if entries is None:
        entries = _xml_entries(content, base)
    if entries is None:
        raise SourceError("this is not a feed", where=redacted(location), expected="RSS, Atom or JSON Feed")
    return entries


def _xml_entries(content: bytes, base: str) -> list[Entry] | None:
    import feedparser  # type: ignore[import-untyped]

    # The zero bytes of UTF-16 would hide the declaration.
    if _ENTITY in content.replace(b"\0", b"").upper():
        what = "the feed declares entities, which may be an attack"
        raise SourceError(what, where=redacted(base) or None, expected="a feed without <!ENTITY")
    parsed = feedparser.parse(content, response_headers={"content-location": base} if base else None)
    if not parsed.get("version") and not parsed.entries:
        return None
    language = parsed.feed.get("language")
    return [_xml_entry(entry, base, language) for entry in parsed.entries]


def _xml_entry(entry: Mapping[str, Any], base: str, language: str | None) -> Entry:
    link = absolute(base, entry.get("link"))
    summary = str(entry.get("summary") or "")
    contents = [str(part.get("value") or "") for part in entry.get("content") or ()]
    languages = [part.get("language") for part in entry.get("content") or ()]
    body, excerpt = _texts(max(contents, key=len, default=""), summary)
    # feedparser garbles some names while it removes e-mail addresses, so the raw text is parsed here.
    single = str(entry.get("author") or "")
    named = _NAMED_EMAIL.fullmatch(single)
    names = [named["name"]] if named else [author.get("name") for author in entry.get("authors") or ()]
    fields = {
        "title": plain(entry.get("title")),
        "webUrl": link,
        "publishedDateTime": _moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        "excerpt": excerpt,
        "topics": distinct(plain(tag.get("label") or tag.get("term")) for tag in entry.get("tags") or ()),
        "authors": [] if _EMAIL.fullmatch(single) else _people(names),
        "images": _pictures(entry, base),
        "language": next((code for code in [*languages, language] if code), None),
        "body": body,
    }
    return _entry(entry.get("id") or link, fields)


def _texts(content: str, summary: str) -> tuple[str, str]:
    """Return body and excerpt; many feeds have the whole article in the summary."""
    body, excerpt = prose(content), prose(summary)
    if not body:
        return excerpt, excerpt if len(excerpt) <= _MAX_EXCERPT_CHARS else ""
    return body, "" if excerpt == body or len(excerpt) > _MAX_EXCERPT_CHARS else excerpt


def _people(names: list[Any]) -> list[str]:
    """Return the names of authors; e-mail addresses are dropped, because they are private."""
    return distinct(name for name in map(plain, names) if not _EMAIL.fullmatch(name))


def _moment(parsed: Any) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _pictures(entry: Mapping[str, Any], base: str) -> list[dict[str, Any]]:
    names = ("media_content", "media_thumbnail", "enclosures")
    for item in (item for name in names for item in entry.get(name) or ()):
        kind = str(item.get("medium") or item.get("type") or "image")
        url = absolute(base, item.get("url") or item.get("href"))
        if kind.startswith("image") and url:
            sizes = {side: int(item[side]) for side in ("width", "height") if str(item.get(side) or "").isdigit()}
            return [{"url": url, **sizes}]
    return []


def _json_entries(content: bytes, base: str) -> list[Entry] | None:
    try:
        feed = mapping(parse_json(content))
    except ValueError as error:
        raise SourceError(f"invalid JSON: {error}", where=redacted(base) or None) from None
    if not str(feed.get("version") or "").startswith(_JSON_FEED):
        return None
    people = mappings(feed.get("authors")) or [mapping(feed.get("author"))]
    return [_json_entry(item, base, feed.get("language"), people) for item in mappings(feed.get("items"))]


def _json_entry(item: Mapping[str, Any], base: str, language: Any, people: list[dict[str, Any]]) -> Entry:
    link = absolute(base, item.get("url"))
    text = str(item.get("content_text") or "").strip()
    authors = mappings(item.get("authors")) or [mapping(item.get("author"))]
    picture = absolute(base, item.get("image") or item.get("banner_image"))
    tags = item.get("tags")
    fields = {
        "title": plain(item.get("title")),
        "webUrl": link,
        "publishedDateTime": item.get("date_published") or item.get("date_modified"),
        "excerpt": plain(item.get("summary")),
        "topics": distinct(map(plain, tags)) if isinstance(tags, list) else [],
        "authors": _people([author.get("name") for author in authors if author] or [one.get("name") for one in people]),
        "images": [{"url": picture}] if picture else [],
        "language": item.get("language") or language,
        "body": prose(item.get("content_html")) or text,
    }
    return _entry(item.get("id") or link, fields)


def _entry(key: Any, fields: dict[str, Any]) -> Entry:
    says = f"{fields['title']}\n{fields['body']}"
    return Entry(str(key).strip() or f"entry-{content_hash(says.encode('utf-8', 'replace')):016x}", fields)
