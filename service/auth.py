"""Authentication and rate limits, checked before the body is read."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from recommender.errors import RelatedError
from service.problems import ServiceError, kind_of, request_id_of, respond
from service.rate_limits import RateLimit, SQLiteStorage
from service.request_limits import BATCH, JUDGING, OVERVIEW, REVIEW, RULES
from service.settings import ServiceSettings, digest_key

_SCHEME = "bearer"
_WRITES = frozenset({"PUT", "DELETE"})
_OF_ARTICLE = re.compile(r"/v1/articles/[^/]+/rules")


class Auth:
    """Middleware that checks keys and rate limits.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; see ASGI."""
        if scope["type"] == "http" and (scope["path"].startswith("/v1/") or scope["path"] == "/metrics"):
            request = Request(scope)
            written = scope["path"].startswith("/v1/articles/") and scope["method"] in _WRITES
            writes = written or (scope["method"] == "POST" and scope["path"] in {BATCH, OVERVIEW})
            if scope["path"].startswith(RULES) or _OF_ARTICLE.fullmatch(scope["path"]):
                # Rules name editors, and what a site does not want to be seen: they are no reader's business.
                writes = True
            settings = scope["app"].state.engine.settings
            is_session = (scope["path"].startswith(JUDGING) and settings.judging) or (
                scope["path"].startswith(REVIEW) and settings.review
            )
            if is_session:
                # Judging and reviewing need a write key, even where reading is open.
                writes = True
            try:
                caller = scope["app"].state.gatekeeper.admit(request, writes=writes)
                scope["state"]["caller"] = caller.name
            except RelatedError as error:
                scope["state"]["problem"] = kind_of(error)
                await respond(error, request_id_of(request))(scope, receive, send)
                return
        await self._app(scope, receive, send)


@dataclass(frozen=True)
class Caller:
    """The permissions of a request, and the name under which its rate is counted."""

    may_write: bool
    may_read: bool
    name: str


class Gatekeeper:
    """Checks keys in constant time, and limits the rate of requests by key or address.

    Args:
        settings: The keys and rates.
        storage: The storage of the counts.
    """

    def __init__(self, settings: ServiceSettings, storage: SQLiteStorage) -> None:
        self._storage = storage
        self.use(settings)

    def use(self, settings: ServiceSettings) -> None:
        """Check by these keys, rates and proxies from now on."""
        storage = self._storage
        self._write_keys = settings.write_keys
        self._read_keys = settings.read_keys
        self._read_open = settings.reads_are_open
        self._reads = RateLimit(storage, settings.read_rate, "read")
        self._writes = RateLimit(storage, settings.write_rate, "write")
        self._failures = RateLimit(storage, settings.failure_rate, "failure")
        self._proxies = tuple(ip_network(network, strict=False) for network in settings.trusted_proxies)

    def admit(self, request: Request, *, writes: bool) -> Caller:
        """Check the key and the rate of a request.

        Raises:
            ServiceError: If the key is missing, unknown or lacks permission, or if there are too many requests.
        """
        caller = self._caller(request)
        if writes and not caller.may_write:
            if caller.may_read and caller.name.startswith("key "):
                raise ServiceError("forbidden", "this is a read key", expected="a write key")
            raise ServiceError(
                "unauthorized" if self._write_keys else "forbidden",
                "writing needs a key" if self._write_keys else "writing is disabled",
                expected="Authorization: Bearer KEY" if self._write_keys else None,
                hint=None if self._write_keys else "set RELATED_WRITE_KEYS: related key makes one",
            )
        if not writes and not caller.may_read:
            raise ServiceError("unauthorized", "reading needs a key", expected="Authorization: Bearer KEY")
        wait = (self._writes if writes else self._reads).wait(caller.name)
        if wait is not None:
            raise ServiceError("rate-limited", "too many requests in a short time", retry_after=wait)
        return caller

    def _caller(self, request: Request) -> Caller:
        address = self.address_of(request)
        header = request.headers.get("authorization")
        if header is None:
            return Caller(may_write=False, may_read=self._read_open, name=f"address {address}")
        scheme, _, key = header.partition(" ")
        digest = digest_key(key.strip())
        # Compare with every digest, matching or not, to keep the time constant.
        writes = sum(hmac.compare_digest(digest, known) for known in self._write_keys)
        reads = sum(hmac.compare_digest(digest, known) for known in self._read_keys)
        if scheme.lower() != _SCHEME or not writes + reads:
            # Requests with a valid key never wait, even from the same address.
            wait = self._failures.wait(address)
            if wait is not None:
                raise ServiceError("rate-limited", "too many invalid keys", retry_after=wait)
            raise ServiceError("unauthorized", "unknown key", expected="Authorization: Bearer KEY")
        return Caller(may_write=writes > 0, may_read=True, name=f"key {digest[:16]}")

    def address_of(self, request: Request) -> str:
        """Return the client's address; a trusted proxy names it in `X-Forwarded-For`."""
        address = request.client.host if request.client else ""
        if not self._proxies or not _within(address, self._proxies):
            return address
        for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
            if not _is_address(hop.strip()):
                break
            address = hop.strip()
            if not _within(address, self._proxies):
                break
        return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)
