"""Read a site's robots.txt and the page lists of its sitemaps."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from recommender.errors import InputError, SourceError
from recommender.sources.base import Unreadable
from recommender.sources.imported import absolute, distinct, is_web_address
from recommender.sources.web_client import USER_AGENT_NAME, WebClient
from recommender.sources.web_errors import WebError, redacted
from recommender.sources.xml_stream import local_name, stream_elements
from recommender.text.urls import url_key

MAX_SITEMAPS = 1000
MAX_PAGES = 500_000
MAX_SITEMAP_BYTES = 64 * 1024 * 1024
"""The largest decompressed sitemap; the protocol allows 50 MB."""
MAX_DEPTH = 3
_USUAL_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_GZIP = b"\x1f\x8b"


class Listed(NamedTuple):
    """The address of a page in a sitemap, and its modification time as written there."""

    url: str
    changed: str


class Robots:
    """The rules of a site's robots.txt for this program."""

    def __init__(self, text: str) -> None:
        self._parser = RobotFileParser()
        self._parser.parse(text.splitlines())

    def allows(self, url: str) -> bool:
        """Return whether a page may be read."""
        return self._parser.can_fetch(USER_AGENT_NAME, url)

    @property
    def delay_s(self) -> float:
        """Seconds to wait between two requests."""
        rate = self._parser.request_rate(USER_AGENT_NAME)
        delay = float(self._parser.crawl_delay(USER_AGENT_NAME) or 0)
        return max(delay, rate.seconds / rate.requests if rate and rate.requests else 0.0)

    @property
    def sitemaps(self) -> list[str]:
        """The addresses of the sitemaps."""
        return self._parser.site_maps() or []


def read_robots(site: str, client: WebClient) -> Robots:
    """Read a site's robots.txt; a site without one allows everything (RFC 9309).

    Raises:
        WebError: If the site is down.
    """
    try:
        return Robots(client.get(urljoin(site, "/robots.txt")).body.decode("utf-8", "replace"))
    except WebError as error:
        if error.is_outage:
            raise
        return Robots("")


def find_sitemaps(site: str, robots: Robots, client: WebClient) -> list[str]:
    """Return the sitemaps named in robots.txt, else the first one found at a usual address.

    Raises:
        WebError: If the site is down.
    """
    named = distinct(urljoin(site, address) for address in robots.sitemaps)
    if named:
        return named
    for place in _USUAL_PLACES:
        try:
            content = client.get(urljoin(site, place)).body
        except WebError as error:
            if error.is_outage:
                raise
            continue
        if content.startswith(_GZIP) or is_sitemap(content):
            return [urljoin(site, place)]
    return []


def is_sitemap(content: bytes) -> bool:
    """Return whether a document looks like a sitemap."""
    start = content[:2000]
    return re.search(rb"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", start) is not None and b"<html" not in start.lower()


def list_pages(sitemaps: list[str], client: WebClient) -> Iterator[Listed | Unreadable]:
    """Yield every page of the sitemaps and of nested sitemaps once.

    A sitemap that cannot be read is yielded as `Unreadable`; otherwise its pages would count as deleted.

    Raises:
        SourceError: If no sitemap can be read, or they list too many pages.
    """
    waiting = [(url, 1) for url in sitemaps]
    asked = set(sitemaps)
    pages: set[str] = set()
    read = 0
    failed: SourceError | None = None
    while waiting:
        url, depth = waiting.pop(0)
        try:
            entries = _entries(url, client)
            read += 1
        except SourceError as error:
            failed = error
            yield Unreadable(error, url)
            continue
        for name, entry in entries:
            if name == "sitemap" and depth < MAX_DEPTH and entry.url not in asked:
                asked.add(entry.url)
                waiting.append((entry.url, depth + 1))
            elif name == "url" and entry.url not in pages:
                pages.add(entry.url)
                yield entry
        if len(asked) > MAX_SITEMAPS or len(pages) > MAX_PAGES:
            what = f"the sitemaps list more than {MAX_SITEMAPS:,} sitemaps or {MAX_PAGES:,} pages"
            raise SourceError(what, where=redacted(url))
    if failed is not None and read == 0:
        raise failed


def _entries(url: str, client: WebClient) -> list[tuple[str, Listed]]:
    """Return the entries of one sitemap, each with its kind, `url` or `sitemap`."""
    content = client.get(url).body
    if content.startswith(_GZIP):
        content = _unpacked(content, url)
    if not is_sitemap(content):
        return [("url", Listed(line, "")) for line in _lines(content, url)]
    entries = []
    try:
        for element in stream_elements(BytesIO(content), frozenset({"url", "sitemap"})):
            parts = {local_name(part): (part.text or "").strip() for part in element if isinstance(part.tag, str)}
            if address := absolute(url, parts.get("loc")):
                entries.append((local_name(element), Listed(address, parts.get("lastmod", ""))))
    except InputError as error:
        raise SourceError(error.what, where=redacted(url), expected=error.expected) from None
    return entries


def _lines(content: bytes, url: str) -> list[str]:
    lines = [line.strip() for line in content.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines or not all(is_web_address(line) for line in lines):
        raise SourceError("this is not a sitemap", where=redacted(url), expected="XML with a urlset or a sitemapindex")
    return lines


def _unpacked(content: bytes, url: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, MAX_SITEMAP_BYTES)
    except zlib.error:
        raise SourceError("the compressed sitemap is invalid", where=redacted(url)) from None
    if unpacker.unconsumed_tail:
        raise SourceError(f"the sitemap is larger than {MAX_SITEMAP_BYTES:,} bytes", where=redacted(url))
    if not unpacker.eof:
        raise SourceError("the compressed sitemap is incomplete", where=redacted(url))
    return unpacked


def same_page(first: str, second: str) -> bool:
    """Return whether two addresses mean the same page, ignoring differences in spelling."""
    return url_key(first) == url_key(second)


def same_host(first: str, second: str) -> bool:
    """Return whether two addresses have the same host, ignoring `www.`."""
    return _host(first) == _host(second)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")
