"""The HTTP protocol of the server: heads and chunked trailers have a size limit, and every error is a problem."""

from __future__ import annotations

import uuid
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service import metrics
from service.problems import KINDS, ServiceError, respond

MAX_HEAD_BYTES = 65_536
"""Limit on the request line and the headers of one request together, and on what follows a chunked body."""
FIRST_REQUEST_S = 1.0
"""How long a worker that ends waits for the first request of a connection that it has accepted."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, which by itself reads headers of any size into memory, before any key is checked."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pending = 0
        self._is_refused = False

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived; see `asyncio.Protocol`."""
        if self._is_refused:
            return
        # The parser holds what is neither a whole head nor part of a body; it is reset where one of them is complete.
        self._pending += len(data)
        super().data_received(data)
        if self._pending > MAX_HEAD_BYTES:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Begin a request; a callback of the parser."""
        self._pending = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Start the application unless the head is too large; a callback of the parser."""
        self._pending = 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand over a part of the body; a callback of the parser."""
        self._pending = 0
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; a callback of the parser."""
        self._pending = 0
        if not self._is_refused:
            super().on_message_complete()

    def shutdown(self) -> None:
        """Close the connection once it has nothing under way."""
        if self.cycle is None:
            # Its first request may be on the way, and nobody sends one again that was cut off.
            self.loop.call_later(FIRST_REQUEST_S, super().shutdown)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, as a problem document."""
        self._refuse(ServiceError("bad-request", "this is no HTTP/1.1 request"))

    def _refuse_head(self) -> None:
        self._refuse(
            ServiceError("headers-too-large", f"the headers have more than {MAX_HEAD_BYTES:,} bytes", expected="fewer")
        )

    def _refuse(self, error: ServiceError) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        metrics.REQUESTS.labels("other", "", str(KINDS[error.kind].status)).inc()
        if self.cycle is None or self.cycle.response_complete:
            response = respond(error, uuid.uuid4().hex[:16])
            head = b"".join(b"%s: %s\r\n" % pair for pair in response.raw_headers)
            body = bytes(response.body)
            self.transport.write(STATUS_LINE[response.status_code] + head + b"connection: close\r\n\r\n" + body)
        self.transport.close()
