"""Read a site page by page from its sitemap; pages that are not articles are skipped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from typing import NamedTuple
from urllib.parse import urlsplit

from recommender.errors import InputError, SourceError
from recommender.sources.base import FileState, Found, ReadArticle, Skipped, Unchanged, Unreadable
from recommender.sources.html_page import HtmlPage, parse_page
from recommender.sources.imported import Failures, plain_id, read_if_changed, utc_ns
from recommender.sources.sitemap_list import Listed, find_sitemaps, list_pages, read_robots, same_host, same_page
from recommender.sources.web_client import Response, WebClient
from recommender.sources.web_errors import WebError, redacted

LEAST_LETTERS = 140
"""A page with fewer letters is not an article unless it is marked as one."""
MAX_HELD = 1000
"""The largest number of pages held until it is known whether the site marks its articles."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_LISTING = re.compile(
    r"/(?:tags?|categor(?:y|ies|ias?)|topics?|authors?|archives?|kategorien?|schlagw(?:ort|orte|oerter)|etiquet(?:as?|tes?)"
    r"|series|search|labels?)(?:/[^/]+)?/?$|/page/\d+/?$|/(?:19|20)\d\d(?:/\d\d?){0,2}/?$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NO_INDEX = re.compile(r"(?:^|[,\s])(?:noindex|none)\b", re.IGNORECASE)


class _Memory(NamedTuple):
    """The stored state of a page: validators, why it was skipped, and its modification time."""

    etag: str = ""
    last_modified: str = ""
    reason: str = ""
    changed_ns: int = 0


class SitemapSite:
    """A site read page by page, as listed in its sitemap and allowed by its robots.txt.

    A page whose modification time in the sitemap is the known one is not requested. Other requests are conditional
    (`ETag`, `Last-Modified`). The caller keeps the state between runs: `load_state` before a scan, `save_state` after
    its articles are stored.

    If any page is marked as an article (Open Graph, JSON-LD), pages that are not are skipped.

    Args:
        location: The site's address; if it ends with a slash, only pages below it are read.
        client: The HTTP client.
        sitemaps: The addresses of the sitemaps; searched for if left out.
    """

    kind = "sitemap_site"

    def __init__(self, location: str, client: WebClient, sitemaps: tuple[str, ...] = ()) -> None:
        self.location = location
        self._client = client
        self._sitemaps = sitemaps
        self._memory: dict[str, _Memory] = {}
        self._marks_articles = False

    def load_state(self, text: str) -> None:
        """Restore the text that `save_state` returned; an invalid text is ignored."""
        try:
            state = json.loads(text)
            self._marks_articles = bool(state["marks_articles"])
            self._memory = {str(url): _Memory(*memory) for url, memory in state["pages"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            self._marks_articles, self._memory = False, {}

    def save_state(self) -> str:
        """Return the state for the next run as JSON."""
        return json.dumps({"marks_articles": self._marks_articles, "pages": self._memory})

    def fingerprint(self) -> str:
        """Return the version of this reader; when it changes, everything is read again."""
        return "sitemap 1"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every page of the sitemaps, in their order.

        Raises:
            SourceError: If the site is down or has no sitemap; pages yielded before are valid.
        """
        with self._client:
            robots = read_robots(self.location, self._client)
            self._client.slow_down(robots.delay_s)
            sitemaps = list(self._sitemaps) or find_sitemaps(self.location, robots, self._client)
            if not sitemaps:
                hint = "give the address of its sitemap or of its feed"
                raise SourceError("the site has no sitemap", where=redacted(self.location), hint=hint)
            listed = list(list_pages(sitemaps, self._client))
            if not known:  # nothing was read yet, or by another version of this reader
                self._memory, self._marks_articles = {}, False
            urls = {page.url for page in listed if isinstance(page, Listed)}
            self._memory = {url: memory for url, memory in self._memory.items() if url in urls}
            failures = Failures()
            held: list[ReadArticle] = []
            for page in listed:
                if isinstance(page, Unreadable):
                    yield page
                elif not robots.allows(page.url):
                    yield Skipped(page.url, "forbidden by robots.txt")
                else:
                    found, is_marked = self._page(page, known, failures)
                    self._marks_articles |= is_marked
                    can_hold = not is_marked and (self._marks_articles or len(held) < MAX_HELD)
                    if can_hold and isinstance(found, ReadArticle):
                        held.append(found)
                    else:
                        yield found
                    if self._marks_articles:
                        yield from map(self._unmarked, held)
                        held.clear()
            yield from held

    def _unmarked(self, found: ReadArticle) -> Skipped:
        return self._skip(found.path, found.state.mtime_ns, "not an article: page")

    def _skip(self, url: str, changed_ns: int, reason: str) -> Skipped:
        """Skip a page, and store why."""
        memory = self._memory.get(url, _Memory())
        self._memory[url] = memory._replace(reason=reason, changed_ns=changed_ns)
        return Skipped(url, reason)

    def _page(self, page: Listed, known: Mapping[str, FileState], failures: Failures) -> tuple[Found, bool]:
        """Read a page if it has changed; return the result, and whether the page is marked as an article."""
        url, changed_ns = page.url, _changed_ns(page.changed)
        reason = self._reason_by_address(url)
        if reason:
            return Skipped(url, reason), False
        memory = self._memory.get(url, _Memory())
        if changed_ns and url in known and known[url].mtime_ns == changed_ns:
            return Unchanged(url), False
        is_settled = FileState(0, changed_ns, 0, 0).is_settled()
        if memory.reason and changed_ns == memory.changed_ns != 0 and is_settled:
            return Skipped(url, memory.reason), False
        headers = {}
        if url in known or memory.reason:
            asked = {"If-None-Match": memory.etag, "If-Modified-Since": memory.last_modified}
            headers = {name: value for name, value in asked.items() if value}
        try:
            response = self._client.get(url, headers)
        except WebError as error:
            if error.status in {404, 410}:
                failures.reset()
                return Skipped(url, "gone"), False
            return failures.note(error, url, is_outage=error.is_outage), False
        failures.reset()
        if response.not_modified:
            return (Skipped(url, memory.reason) if memory.reason else Unchanged(url)), False
        validators = (response.headers.get("etag", ""), response.headers.get("last-modified", ""))
        self._memory[url] = _Memory(*validators, "", changed_ns)
        return self._read(url, response, changed_ns, known.get(url))

    def _reason_by_address(self, url: str) -> str:
        if not same_host(url, self.location):
            return "another site"
        parts, site = urlsplit(url), urlsplit(self.location)
        if site.path.endswith("/") and not parts.path.startswith(site.path) and not same_page(url, self.location):
            return "outside the given address"
        if not parts.query and (not parts.path.strip("/") or same_page(url, self.location)):
            return "not an article: home page"
        kind = guess_type(parts.path)[0] or ""
        if kind.partition("/")[0] in {"image", "video", "audio"} or kind in {"application/pdf", "application/zip"}:
            return f"not an article: {kind}"
        return ""

    def _read(self, url: str, response: Response, changed_ns: int, known: FileState | None) -> tuple[Found, bool]:
        if response.content_type not in _HTML:
            return self._skip(url, changed_ns, f"not an article: {response.content_type or 'no content type'}"), False
        page = parse_page(response.body, response.url)
        if page is None:
            return Unreadable(InputError("the page is not valid HTML", where=redacted(url)), url), False
        reason = self._reason_by_page(url, response, page)
        if reason:
            return self._skip(url, changed_ns, reason), page.is_article
        fields = page.fields()
        if not page.is_article and _letters(fields.get("body", "")) < LEAST_LETTERS:
            return self._skip(url, changed_ns, "not an article: hardly any text"), False
        fields["id"] = plain_id(url)
        return read_if_changed(fields, redacted(url), url, changed_ns, known), page.is_article

    def _reason_by_page(self, url: str, response: Response, page: HtmlPage) -> str:
        if page.no_index or _NO_INDEX.search(response.headers.get("x-robots-tag", "")):
            return "noindex"
        if page.canonical and not same_page(page.canonical, response.url):
            return "canonical elsewhere"
        if not same_page(response.url, url) and (
            not same_host(response.url, url) or self._reason_by_address(response.url)
        ):
            return "redirects elsewhere"
        is_list = page.is_listing or (not page.is_article and _LISTING.search(urlsplit(url).path))
        return "not an article: listing" if is_list else ""


def _letters(text: str) -> int:
    """Count the letters of a text; a Chinese, Japanese or Korean character counts as three."""
    return sum(3 if char >= "\u2e80" else 1 for char in text if char.isalnum())


def _changed_ns(text: str) -> int:
    """Parse the modification time of a page in a sitemap; 0 if it is invalid.

    A date without a time counts as the end of that day in the last time zone, until when the page may change again.
    """
    if _DAY.fullmatch(text.strip()):
        try:
            day = datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
        except ValueError:
            return 0
        return utc_ns((day + timedelta(hours=36)).isoformat())
    return utc_ns(text)
