"""The outermost middleware: size limits, request ids, encoded paths, security headers, metrics and the request log."""

from __future__ import annotations

import logging
import re
import time
import uuid
from urllib.parse import parse_qsl, unquote_to_bytes

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.problems import ServiceError, respond
from service.settings import ServiceSettings

log = structlog.get_logger("request")
failures = logging.getLogger("service")

BATCH = "/v1/articles/batch"
REPEATABLE = frozenset({"topic", "provider", "language", "where", "exclude", "include"})
"""Options that have several values; of any other that is repeated, one value would be lost in silence."""
JUDGING = "/v1/judging"
RULES = "/v1/rules"
REVIEW = "/v1/review"
OVERVIEW = "/v1/overview"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_POLICY = [(b"content-security-policy", _PAGE_POLICY.encode())]
_DEMO = "/demo"
# The widget's demo shows the pictures of articles, as the site's pages do.
_DEMO_POLICY = [
    (_POLICY[0][0], _PAGE_POLICY.replace("img-src 'self' data:", "img-src 'self' data: https: http:").encode())
]
_CLOSED = [(b"cross-origin-resource-policy", b"same-origin")]
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class RequestLimits:
    """Middleware that every request and answer passes.

    Args:
        app: The application.
        settings: The limits.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._settings = settings
        self._opened_to_others = bool(settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; see ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id
        method = scope["method"]
        if method == "HEAD":
            # Handled like GET; the server omits the body.
            scope = {**scope, "method": "GET"}
        started = time.perf_counter()
        status, begun = 500, False

        async def answer(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                headers = [*message.get("headers", []), *_HEADERS, (b"x-request-id", request_id.encode())]
                headers += _DEMO_POLICY if scope["path"] == _DEMO else _POLICY
                if not self._opened_to_others and scope["path"] != "/widget.js":
                    headers += _CLOSED
                message = {**message, "headers": headers}
            await send(message)

        try:
            refused = self._refuse(scope)
            if refused is not None:
                await respond(refused, request_id)(scope, receive, answer)
            else:
                await self._app(scope, self._bounded(scope, receive), answer)
        except Exception as error:
            if begun:
                raise
            failures.error("request %s failed", request_id, exc_info=error)
            await respond(error, request_id)(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "other")
            metrics.REQUESTS.labels(route, method, str(status)).inc()
            metrics.SECONDS.labels(route).observe(seconds)
            log.info(
                "request",
                id=request_id,
                method=method,
                route=route,
                status=status,
                ms=round(1e3 * seconds, 2),
                **{key: scope["state"][key] for key in ("problem",) if key in scope["state"]},
            )

    def _refuse(self, scope: Scope) -> ServiceError | None:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        if len(raw) + len(scope["query_string"]) > self._settings.max_url_bytes:
            most = self._settings.max_url_bytes
            return ServiceError("url-too-long", f"the URL has more than {most:,} bytes", expected=f"at most {most:,}")
        if b"%" in raw:
            if _BAD_ESCAPE.search(raw) or not _is_text(raw):
                return ServiceError("bad-request", "the path holds an invalid percent escape")
            # Keep the path encoded: an id with slashes is one segment, decoded after routing.
            scope["path"] = raw.decode("latin-1")
        # The filters of the overview have one value each.
        repeatable = frozenset[str]() if scope["path"].startswith(OVERVIEW) else REPEATABLE
        repeated = _repeated(scope["query_string"], repeatable)
        if repeated is not None:
            return ServiceError("invalid-option", f"{repeated} is given several times", expected="it once")
        length = _content_length(scope)
        if length is not None and length > self._most(scope):
            return ServiceError("too-large", f"the body has more than {self._most(scope):,} bytes")
        return None

    def _most(self, scope: Scope) -> int:
        is_batch = scope["path"] == BATCH
        return self._settings.max_batch_bytes if is_batch else self._settings.max_body_bytes

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Wrap `receive` to enforce the limit on bodies without a Content-Length."""
        left = self._most(scope)

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            if message["type"] == "http.request":
                left -= len(message.get("body", b""))
                if left < 0:
                    raise ServiceError("too-large", f"the body has more than {self._most(scope):,} bytes")
            return message

        return bounded


def _is_text(raw: bytes) -> bool:
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return False
    return True


def _repeated(query: bytes, repeatable: frozenset[str]) -> str | None:
    """Return the first option that is given several times though it has one value."""
    if b"&" not in query:
        return None
    seen = set[str]()
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in seen:
            return name
        if name not in repeatable:
            seen.add(name)
    return None


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None
