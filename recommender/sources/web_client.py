"""An HTTP client for live sites, with limits on time, size and rate, and careful with credentials."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urljoin, urlsplit

from recommender.sources.imported import parse_json
from recommender.sources.web_errors import BUSY, WebError, bare, explain, is_loopback, redacted, refusal, refuse_scheme

if TYPE_CHECKING:
    import httpx2

DEFAULT_REQUESTS_PER_SECOND = 2.0
MAX_REDIRECTS = 5
MAX_TRIES = 3
USER_AGENT_NAME = "related-articles"
"""The user agent to look for in robots.txt."""
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class FetchLimits:
    """The limits of a request.

    Attributes:
        connect_s: Seconds to connect.
        read_s: Seconds without data while an answer is read.
        total_s: Seconds for a whole answer.
        max_bytes: Decompressed size of an answer.
        max_wait_s: The longest `Retry-After` to wait for.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 180.0
    max_bytes: int = 32 * 1024 * 1024
    max_wait_s: float = 60.0


@dataclass(frozen=True)
class Response:
    """An answer with status 200, or 304 with an empty body.

    Attributes:
        url: The address after redirects.
        status: The HTTP status.
        headers: The headers by lower-case name; values of a repeated header are joined by commas.
        body: The decompressed body.
    """

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def not_modified(self) -> bool:
        """Whether the conditional request found nothing new."""
        return self.status == 304

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Parse the body as JSON.

        Raises:
            WebError: If it is not JSON.
        """
        try:
            return parse_json(self.body)
        except ValueError as error:
            what = f"the answer is not JSON ({self.content_type or 'no content type'}): {error}"
            raise WebError(what, where=redacted(self.url), status=self.status) from None


class WebClient:
    """Sends GET requests.

    Credentials in the site's address (`https://user:password@host/`) are sent to that host only, and never shown in
    errors. `close` or leaving a `with` block closes the connections; the next request opens new ones.

    Args:
        site: The site's address, which may have credentials.
        requests_per_second: The rate limit; None for none. It does not apply to loopback addresses.
        limits: The limits of a request.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        site: str = "",
        *,
        requests_per_second: float | None = DEFAULT_REQUESTS_PER_SECOND,
        limits: FetchLimits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(site)
        self._site = bare(site)
        self._credentials = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username else None
        self._interval_s = 1 / requests_per_second if requests_per_second else 0.0
        self._delay_s = 0.0
        self._limits = limits or FetchLimits()
        self._sleep = sleep
        self._earliest = 0.0
        self._http: httpx2.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def slow_down(self, interval_s: float) -> None:
        """Wait at least this many seconds between requests, even to loopback addresses."""
        self._delay_s = max(self._delay_s, interval_s)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Request an address, following redirects.

        Raises:
            WebError: If the request fails, or the answer is an error or too large.
        """
        import httpx2

        seen: list[str] = []
        address = bare(url)
        while True:
            refuse_scheme(address)
            try:
                response = self._patiently(address, headers or {})
            except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
                raise explain(error, address, self._limits.connect_s, self._limits.read_s) from None
            if response.status not in _MOVED:
                break
            seen.append(address)
            address = bare(urljoin(address, response.headers.get("location", "")))
            if address in seen:
                raise WebError("it redirects in a circle", where=redacted(url))
            if len(seen) > MAX_REDIRECTS:
                raise WebError(f"it redirects more than {MAX_REDIRECTS} times", where=redacted(url))
        if response.status not in {200, 304}:
            raise refusal(response.status, address)
        return response

    def _patiently(self, url: str, headers: Mapping[str, str]) -> Response:
        """Send a request, and repeat it if the server is busy."""
        for attempt in range(1, MAX_TRIES + 1):
            response = self._once(url, headers)
            wait_s = _retry_after(response.headers.get("retry-after"), default=float(attempt))
            if response.status not in BUSY or attempt == MAX_TRIES or wait_s > self._limits.max_wait_s:
                break
            self._sleep(wait_s)
        return response

    def _once(self, url: str, headers: Mapping[str, str]) -> Response:
        self._wait(urlsplit(url).hostname or "")
        auth = self._credentials if self._credentials and _may_send(self._site, url) else None
        deadline = time.monotonic() + self._limits.total_s
        body = bytearray()
        with self._open().stream("GET", url, headers=dict(headers), auth=auth) as answer:
            if answer.status_code == 200:
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > self._limits.max_bytes:
                        what = f"the answer is larger than {self._limits.max_bytes:,} bytes"
                        raise WebError(what, where=redacted(url), status=200)
                    if time.monotonic() > deadline:
                        what = f"the answer was not complete after {self._limits.total_s:g} seconds"
                        raise WebError(what, where=redacted(url))
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Response(url, answer.status_code, found, bytes(body))

    def _wait(self, host: str) -> None:
        interval_s = max(self._delay_s, 0.0 if is_loopback(host) else self._interval_s)
        now = time.monotonic()
        if interval_s and now < self._earliest:
            self._sleep(self._earliest - now)
        self._earliest = max(now, self._earliest) + interval_s

    def _open(self) -> httpx2.Client:
        import httpx2

        if self._http is None:
            agent = f"{USER_AGENT_NAME}/{version('related-articles')} (+https://pypi.org/project/related-articles/)"
            self._http = httpx2.Client(
                verify=_tls(),
                headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate"},
                timeout=httpx2.Timeout(self._limits.read_s, connect=self._limits.connect_s),
                # A proxy cannot reach loopback addresses.
                mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
            )
        return self._http


@cache
def _tls() -> ssl.SSLContext:
    """Load the trusted certificates once, because that takes longer than most requests."""
    import httpx2

    return httpx2.create_ssl_context()


def _may_send(site: str, url: str) -> bool:
    """Return whether the site's credentials may be sent to `url`: same host and port, and not less secure."""
    mine, other = urlsplit(site), urlsplit(url)
    if mine.hostname != other.hostname:
        return False
    upgraded = (mine.scheme, other.scheme, mine.port, other.port) == ("http", "https", None, None)
    return upgraded or (mine.scheme == other.scheme and mine.port == other.port)


def _retry_after(value: str | None, default: float) -> float:
    if value is None:
        return default
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return default
