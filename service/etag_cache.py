"""Serves 304 from remembered ETags, before routing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_KNOWN = 20_000
"""Maximum number of URLs in the cache; about 300 bytes each."""


class ETagCache:
    """Remembers the ETag of the last answer to each URL.

    An ETag begins with the stamp of collection, revision and settings; it is valid as long as the stamp is current.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._known: OrderedDict[bytes, tuple[str, list[tuple[bytes, bytes]], Any]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; see ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        url = scope["path"].encode() + b"?" + scope["query_string"]
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
        known = self._known.get(url)
        if asked is not None and known is not None and known[0] in asked.decode("latin-1"):
            engine = scope["app"].state.engine
            if engine.is_ready and known[0].startswith(engine.stamp().etag):
                scope["route"] = known[2]
                await send({"type": "http.response.start", "status": 304, "headers": known[1]})
                await send({"type": "http.response.body", "body": b""})
                return

        async def remember(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in {200, 304}:
                self._remember(url, message["headers"], scope)
            await send(message)

        await self._app(scope, receive, remember)

    def _remember(self, url: bytes, headers: list[tuple[bytes, bytes]], scope: Scope) -> None:
        etag = next((value for name, value in headers if name == b"etag"), None)
        if etag is None:
            return
        kept = [(name, value) for name, value in headers if name in {b"etag", b"cache-control", b"vary"}]
        self._known[url] = etag.decode("latin-1"), kept, scope.get("route")
        self._known.move_to_end(url)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
