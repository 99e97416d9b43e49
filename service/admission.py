"""Lets requests in, before anything of them is read but their address and their key."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from recommender.errors import RelatedError
from service.gate import BATCH, JUDGING
from service.problems import kind_of, request_id_of, respond

_WRITES = frozenset({"PUT", "DELETE"})


class Admission:
    """Asks for a key where one is needed, and counts requests.

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
            writes = written or (scope["method"] == "POST" and scope["path"] == BATCH)
            if scope["path"].startswith(JUDGING) and scope["app"].state.engine.settings.judging:
                # Judging is for one who may write, also where anybody may read.
                writes = True
            try:
                scope["app"].state.gatekeeper.admit(request, writes=writes)
            except RelatedError as error:
                scope["state"]["problem"] = kind_of(error)
                await respond(error, request_id_of(request))(scope, receive, send)
                return
        await self._app(scope, receive, send)
