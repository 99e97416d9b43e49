"""Keys that are equal for different spellings of one address."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hsenc|_hsmi|ref_src|cmpid", re.I)


def url_key(url: str | None) -> str | None:
    """What two spellings of one address have in common.

    The scheme, a `www.` and the case of the host, the fragment, tracking parameters, a final slash and whether the path
    is percent-encoded do not count. An address that begins at a site's root has no host in its key.
    """
    if not url or not url.strip():
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower().removeprefix("www.")
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return url.strip()
    if not host and not parts.path.startswith("/"):
        return url.strip()
    query = parts.query
    if query:
        query = "&".join(part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0]))
    # A browser copies an address with its letters percent-encoded.
    path = quote(unquote_to_bytes(parts.path.rstrip("/")), safe="/:@!$&'()*+,;=~")
    return f"{host}{port}{path}{f'?{query}' if query else ''}" or "/"


def path_key(url: str | None) -> str | None:
    """The key of the same address without its host: what a site writes that does not know its own."""
    key = url_key(url)
    if key is None or key.startswith("/") or not (url or "").strip().lower().startswith(("http://", "https://")):
        return None
    return f"/{key.partition('/')[2]}"
