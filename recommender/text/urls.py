"""Build keys that are equal for different spellings of one URL."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hsenc|_hsmi|ref_src|cmpid", re.I)


def url_key(url: str | None) -> str | None:
    """Return a key that is equal for all spellings of a URL; None for no URL.

    It ignores the scheme, `www.`, the case of the host, the fragment, tracking parameters, a final slash and
    percent-encoding of the path. The key of a root-relative URL has no host.
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
    # Browsers percent-encode letters when a URL is copied.
    path = quote(unquote_to_bytes(parts.path.rstrip("/")), safe="/:@!$&'()*+,;=~")
    return f"{host}{port}{path}{f'?{query}' if query else ''}" or "/"


def path_key(url: str | None) -> str | None:
    """Return the key of an absolute URL without its host, as sites that do not know theirs write it; else None."""
    key = url_key(url)
    if key is None or key.startswith("/") or not (url or "").strip().lower().startswith(("http://", "https://")):
        return None
    return f"/{key.partition('/')[2]}"
