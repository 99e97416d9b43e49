"""ETags of reads: 304 from remembered ones, before routing, and one made of the content where an answer has none."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_KNOWN = 20_000
"""Maximum number of URLs in the cache; about 300 bytes each."""
_CACHED = (b"etag", b"cache-control", b"vary")


class ETagCache:
    """Remembers the ETag of the last answer to each URL.

    An ETag that begins with the stamp of collection, revision and settings is valid as long as the stamp is current.
    An answer in one piece that has none, and that caches may keep, gets one of its content.

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
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"").decode("latin-1")
        known = self._known.get(url)
        if asked and known is not None and known[0] in asked:
            engine = scope["app"].state.engine
            if engine.is_ready and known[0].startswith(engine.stamp().etag):
                scope["route"] = known[2]
                await _send_unchanged(send, known[1])
                return

        held: Message | None = None

        async def remember(message: Message) -> None:
            """Hold the head of a good answer back until its body shows whether the client has it."""
            nonlocal held
            if message["type"] == "http.response.start":
                if message["status"] in {200, 304}:
                    self._remember(url, message["headers"], scope)
                if message["status"] == 200 and not _is_never_kept(message["headers"]):
                    held = message
                    return
            elif held is not None:
                head, held = held, None
                etag = _etag(head["headers"])
                if etag is None and not message.get("more_body"):
                    etag = f'W/"{hashlib.blake2b(message["body"], digest_size=12).hexdigest()}"'
                    head["headers"] = [*head["headers"], (b"etag", etag.encode())]
                if etag is not None and is_known(asked, etag):
                    await _send_unchanged(send, [each for each in head["headers"] if each[0] in _CACHED])
                    return
                await send(head)
            await send(message)

        await self._app(scope, receive, remember)

    def _remember(self, url: bytes, headers: list[tuple[bytes, bytes]], scope: Scope) -> None:
        etag = _etag(headers)
        if etag is None:
            return
        self._known[url] = etag, [each for each in headers if each[0] in _CACHED], scope.get("route")
        self._known.move_to_end(url)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)


def is_known(asked: str, etag: str) -> bool:
    """Return whether the `If-None-Match` of a request names the answer that there is, or any by `*`."""
    return asked.strip() == "*" or etag.removeprefix("W/") in asked


async def _send_unchanged(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": 304, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _etag(headers: list[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name == b"etag"), None)


def _is_never_kept(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"cache-control" and value == b"no-store" for name, value in headers)
