"""Find the REST API of a WordPress site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin

from recommender.sources.imported import distinct, mapping, plain
from recommender.sources.web_client import Response, WebClient
from recommender.sources.web_errors import WebError

_API = re.compile(r"""<([^<>]+)>\s*;\s*rel=["']?https://api\.w\.org/["']?""", re.IGNORECASE)
_API_TAG = re.compile(r"""<link\b[^>]*\brel=["']https://api\.w\.org/["'][^>]*>""", re.IGNORECASE)
_HREF = re.compile(r"""\bhref=["']([^"']+)["']""", re.IGNORECASE)


def find_api(site: str, client: WebClient, home: Response | None = None) -> str | None:
    """Find the root of a site's WordPress REST API: as named by the home page, else at the usual addresses.

    Args:
        site: The site's address.
        client: The HTTP client.
        home: The home page, if already read.

    Returns:
        The root's address, or None if the site is not a WordPress site or its API is closed.

    Raises:
        WebError: If the site is down, because it might be a WordPress site.
    """
    base = f"{site.partition('?')[0].rstrip('/')}/"
    home = home or _unless_missing(client, base)
    named = _named_api(home) if home else None
    for root in distinct([named or "", urljoin(base, "wp-json/"), f"{base}?rest_route=/"]):
        answer = _unless_missing(client, root)
        try:
            described = answer.json() if answer else None
        except WebError:
            continue  # some sites answer every request with a page
        if "wp/v2" in (mapping(described).get("namespaces") or ()):
            return root
    return None


def api_url(root: str, route: str, parameters: Mapping[str, Any]) -> str:
    """Build the address of a route, with pretty permalinks (`/wp-json/`) or without (`?rest_route=/`)."""
    query = urlencode(parameters, safe=",:")
    return f"{root.rstrip('/')}/{route}{'&' if 'rest_route=' in root else '?'}{query}"


def _named_api(home: Response) -> str | None:
    found = _API.search(home.headers.get("link", ""))
    if found:
        return str(urljoin(home.url, found[1]))
    tag = _API_TAG.search(home.body.decode("utf-8", "replace"))
    href = _HREF.search(tag[0]) if tag else None
    return str(urljoin(home.url, plain(href[1]))) if href else None


def _unless_missing(client: WebClient, url: str) -> Response | None:
    try:
        return client.get(url)
    except WebError as error:
        if error.is_outage:
            raise
        return None
