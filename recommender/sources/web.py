"""Detect how a live site can be read, and open it as a source."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from recommender.errors import SourceError
from recommender.sources.base import Source
from recommender.sources.feed_entries import is_feed
from recommender.sources.feeds import Feed
from recommender.sources.ghost import KEY_VARIABLE, GhostSite
from recommender.sources.html_page import parse_page
from recommender.sources.sitemap import SitemapSite
from recommender.sources.sitemap_list import find_sitemaps, is_sitemap, read_robots
from recommender.sources.web_client import DEFAULT_REQUESTS_PER_SECOND, Response, WebClient
from recommender.sources.web_errors import WebError, bare, redacted
from recommender.sources.wordpress import WordPressSite
from recommender.sources.wordpress_api import find_api

__all__ = ["WebClient", "WebError", "open_site"]

_GZIP = b"\x1f\x8b"


class _ChosenSource(NamedTuple):
    """A source, and a text that says what it is."""

    source: Source
    why: str


def open_site(
    url: str,
    *,
    requests_per_second: float | None = DEFAULT_REQUESTS_PER_SECOND,
    say: Callable[[str], None] = lambda text: None,
    client: WebClient | None = None,
) -> Source:
    """Open a live site over the first of these that it offers.

    1. The address itself, if it is a feed or a sitemap.
    2. WordPress, over its REST API.
    3. Ghost, over its Content API, if RELATED_GHOST_KEY is set.
    4. A feed named by the page.
    5. The sitemaps named in robots.txt, or one at a usual address.

    If the site is down, the next way is not tried, because it would give the same articles other ids.

    Args:
        url: The address; credentials in it are sent to its host only.
        requests_per_second: The rate limit; None for none.
        say: Called with one line that says what was chosen and why.
        client: An HTTP client for the site, instead of a new one.

    Raises:
        SourceError: If the site is down, or offers none of these.
    """
    client = client or WebClient(url, requests_per_second=requests_per_second)
    address = bare(url)
    with client:
        tried: list[str] = []
        choice = _choose(address, client, tried)
    if choice is None:
        raise SourceError(
            f"found nothing to read articles from; tried {', '.join(tried)}",
            where=redacted(address),
            expected="WordPress, Ghost, a feed or a sitemap",
            hint="give the address of the site's feed or sitemap, or its exported files",
        )
    say(f"{redacted(address)}: {choice.why}")
    return choice.source


def _choose(url: str, client: WebClient, tried: list[str]) -> _ChosenSource | None:
    home: Response | None = None
    try:
        home = client.get(url)
    except WebError as error:
        if error.is_outage:
            raise
        tried.append(f"the page itself ({error.what})")
    if home is not None:
        if is_feed(home.body):
            return _ChosenSource(Feed(url, client), "a feed; it holds the site's newest entries only")
        if is_sitemap(home.body) or (home.body.startswith(_GZIP) and ".xml" in url):
            return _ChosenSource(SitemapSite(url, client, (url,)), "a sitemap; its pages are read one by one")
    api = find_api(url, client, home)
    if api is not None:
        return _ChosenSource(WordPressSite(url, client, api), f"WordPress, read over its REST API at {redacted(api)}")
    tried.append("WordPress's REST API")
    if os.environ.get(KEY_VARIABLE, "").strip():
        ghost = GhostSite(url, client)
        if ghost.is_ghost():
            return _ChosenSource(ghost, "Ghost, read over its Content API")
        tried.append("Ghost's Content API")
    return _feed(home, client, tried) or _sitemap(url, client, tried)


def _feed(home: Response | None, client: WebClient, tried: list[str]) -> _ChosenSource | None:
    page = parse_page(home.body, home.url) if home is not None else None
    for address in page.feeds if page else []:
        try:
            if is_feed(client.get(address).body):
                why = f"its feed {redacted(address)}, which holds the newest entries only"
                return _ChosenSource(
                    Feed(address, client), f"{why}; give the address of a sitemap to read the whole site"
                )
        except WebError as error:
            if error.is_outage:
                raise
        tried.append(f"the feed {redacted(address)}")
    if page is not None and not page.feeds:
        tried.append("a feed named by the page")
    return None


def _sitemap(url: str, client: WebClient, tried: list[str]) -> _ChosenSource | None:
    robots = read_robots(url, client)
    sitemaps = find_sitemaps(url, robots, client)
    if not sitemaps:
        tried.append("a sitemap in robots.txt and at the usual addresses")
        return None
    why = f"its sitemap {redacted(sitemaps[0])}; its pages are read one by one"
    return _ChosenSource(SitemapSite(url, client, tuple(sitemaps)), why)
