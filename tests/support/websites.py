"""Websites on this machine: real HTTP servers whose answers a test sets."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from recommender.sources import FileState, Found, ReadArticle, Skipped, Unchanged, Unreadable
from recommender.sources.base import Source
from recommender.sources.web_client import FetchLimits, WebClient


@dataclass(frozen=True)
class Asked:
    """A request that a site got."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a site answers; one with an ETag answers 304 to who has it."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def html(cls, body: str, **headers: str) -> Answer:
        return cls(body, headers={"Content-Type": "text/html; charset=utf-8", **headers})

    @classmethod
    def json(cls, value: Any, **headers: str) -> Answer:
        return cls(json.dumps(value), headers={"Content-Type": "application/json", **headers})

    @classmethod
    def xml(cls, body: str, **headers: str) -> Answer:
        return cls(body, headers={"Content-Type": "application/xml", **headers})


Page = Answer | Callable[[Asked], Answer]


class Website:
    """A site on 127.0.0.1: pages by their path, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        """What was asked since it was last cleared."""
        return [asked.path for asked in self.asked]

    def __enter__(self) -> Website:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.released.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def never(self, asked: Asked) -> Answer:
        """A page that does not answer before the site stops."""
        self.released.wait(30)
        return Answer(status=204)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), self.headers)  # type: ignore[arg-type]
                site.asked.append(asked)
                page = site.pages.get(parts.path, Answer("nothing here", 404))
                answer = page if isinstance(page, Answer) else page(asked)
                etag = answer.headers.get("ETag")
                if etag is not None and self.headers.get("If-None-Match") == etag:
                    answer = Answer(status=304)
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status not in {204, 304}:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if answer.status not in {204, 304}:
                    self.wfile.write(body)

            def handle(self) -> None:
                with suppress(ConnectionError):  # of a client that gave up
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def client(site: str = "", **options: Any) -> WebClient:
    """A client that does not wait for anything."""
    options.setdefault("sleep", lambda seconds: None)
    options.setdefault("limits", FetchLimits(connect_s=2, read_s=5))
    return WebClient(site, **options)


def unused_address() -> str:
    """The address of a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@contextmanager
def website() -> Iterator[Website]:
    """A site that runs for a while."""
    with Website() as site:
        yield site


class Reading:
    """One scan of a source, by what was found."""

    def __init__(self, source: Source, known: Mapping[str, FileState] | None = None) -> None:
        self.found: list[Found] = list(source.scan(known or {}))
        self.read = [one for one in self.found if isinstance(one, ReadArticle)]
        self.articles = {one.path: one.article for one in self.read}
        self.skipped = {one.path: one.reason for one in self.found if isinstance(one, Skipped)}
        self.unchanged = [one.path for one in self.found if isinstance(one, Unchanged)]
        self.unreadable = {one.path: str(one.error) for one in self.found if isinstance(one, Unreadable)}
        self.states = {one.path: one.state for one in self.read if one.state.is_settled()}

    def known(self, before: Mapping[str, FileState] | None = None) -> dict[str, FileState]:
        """The states that a build keeps after this scan."""
        return {path: state for path, state in (before or {}).items() if path in self.unchanged} | self.states
