"""Errors of HTTP requests in plain English, and the redaction of secrets in addresses."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from recommender.errors import SourceError

BUSY = frozenset({429, 503})
"""The statuses of a server that is temporarily overloaded."""
_SECRETS = frozenset({"key", "token", "access_token", "api_key", "apikey", "password", "secret"})
_HIDDEN = "***"


class WebError(SourceError):
    """A request failed.

    Attributes:
        status: The HTTP status, or 0 without a usable answer.
    """

    def __init__(self, what: str, *, where: str, hint: str | None = None, status: int = 0) -> None:
        super().__init__(what, where=where, hint=hint)
        self.status = status

    @property
    def is_outage(self) -> bool:
        """Whether the site is down or overloaded, as opposed to a missing page."""
        return self.status == 0 or self.status in BUSY or self.status >= 500


def bare(url: str) -> str:
    """Return `url` without credentials and fragment."""
    parts = urlsplit(url.strip())
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def redacted(url: str) -> str:
    """Return `url` for messages, with credentials, keys and tokens hidden."""
    parts = urlsplit(url)
    netloc = f"{_HIDDEN}@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    query = parts.query
    if any(name.lower() in _SECRETS for name, _ in parse_qsl(query)):
        pairs = [(name, _HIDDEN if name.lower() in _SECRETS else value) for name, value in parse_qsl(query)]
        query = urlencode(pairs, safe="*:/,[]")
    return urlunsplit(parts._replace(netloc=netloc, query=query))


def is_loopback(host: str) -> bool:
    """Return whether a host name means this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_scheme(url: str) -> None:
    """Refuse an address that is not http or https.

    Raises:
        WebError: If it is not.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WebError("only http:// and https:// addresses can be read", where=redacted(url))


def explain(error: Exception, url: str, connect_s: float, read_s: float) -> WebError:
    """Convert an exception of the HTTP library to an error in plain English."""
    import httpx2

    causes = list(_causes(error))
    host = urlsplit(url).hostname or ""
    what, hint = "the connection was lost", "try again later"
    if isinstance(error, httpx2.InvalidURL | UnicodeError):
        what, hint = "this is not a valid address", "check the spelling"
    elif isinstance(error, httpx2.TimeoutException):
        limit_s = connect_s if isinstance(error, httpx2.ConnectTimeout) else read_s
        what = f"no answer within {limit_s:g} seconds"
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        what, hint = f"unknown host {host}", "check the address and this machine's network"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        what, hint = "the connection was refused", "check the address and the port, and that the server runs"
    elif failed := [cause for cause in causes if isinstance(cause, ssl.SSLError)]:
        what = f"no secure connection: {getattr(failed[0], 'verify_message', '') or failed[0].reason or 'TLS failed'}"
        hint = "check the site's certificate"
    elif isinstance(error, httpx2.DecodingError):
        what, hint = "the compressed answer is invalid", "try again later"
    return WebError(what, where=redacted(url), hint=hint)


def refusal(status: int, url: str) -> WebError:
    """Convert a status other than 200 to an error in plain English."""
    what, hint = f"the server answered with status {status}", None
    if status in {401, 403}:
        what, hint = f"the server denies access (status {status})", "check that the address is public"
    elif status in {404, 410}:
        what, hint = f"there is nothing at this address (status {status})", "check the address"
    elif status == 429:
        what, hint = "the server asks for fewer requests (status 429)", "try again later, or allow fewer per second"
    elif status >= 500:
        what, hint = f"the server failed (status {status})", "try again later"
    return WebError(what, where=redacted(url), hint=hint, status=status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
