"""A service over a collection, in processes of its own or in this one, and a client of it."""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import uvicorn
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.cli.judge import session
from recommender.cli.serve import SERVING
from service.app import create_app
from service.logs import configure_logs
from service.settings import ServiceSettings, digest_key

WRITE_KEY, READ_KEY = "write-key-7b1f0c", "read-key-2e94aa"
PROBLEM = "application/problem+json"
KEYS = {
    "write_keys": digest_key(WRITE_KEY),
    "read_keys": digest_key(READ_KEY),
    "read_open": True,
    "warm_model": False,
}
LONGEST_WAIT_S = 120.0


class Server:
    """A running service.

    Attributes:
        client: Asks it, without a key.
        writer: Asks it with the key that may write.
        collection: What it serves.
        log_path: Where its log goes.
    """

    def __init__(self, collection: Path, port: int, log_path: Path) -> None:
        self.collection, self.port, self.log_path = collection, port, log_path
        self.url = f"http://127.0.0.1:{port}"
        self.client = self.client_of()
        self.writer = self.client_of(WRITE_KEY)

    def client_of(self, key: str | None = None, **options: Any) -> httpx2.Client:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=LONGEST_WAIT_S, trust_env=False, **options)

    def related(self, article_id: str, **options: Any) -> httpx2.Response:
        return self.client.get("/v1/related", params={"id": article_id, **options})

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    def end_of_log(self) -> str:
        return self.log()[-4000:]

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST_WAIT_S)

    def raw(self, request: bytes) -> bytes:
        """What comes back for these very bytes until the connection is closed."""
        with self.socket() as connection:
            connection.sendall(request)
            return read_all(connection)

    def has_ended(self) -> bool:
        return False


class ServerProcess(Server):
    """A service in a process of its own."""

    def __init__(self, collection: Path, port: int, log_path: Path, process: subprocess.Popen[bytes]) -> None:
        super().__init__(collection, port, log_path)
        self.process = process

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def workers(self) -> list[int]:
        """The ids of the processes that answer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="utf-8")
        named = {int(pid): Path(f"/proc/{pid}/cmdline") for pid in children.split()}
        return sorted(pid for pid, line in named.items() if line.exists() and b"spawn_main" in line.read_bytes())

    def stop(self) -> int:
        """Ask it to end, and say how it did."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LONGEST_WAIT_S)


@contextlib.contextmanager
def serving(collection: Path, *arguments: object, is_ready: bool = True, **settings: object) -> Iterator[ServerProcess]:
    """Run `related serve`; `settings` are those of the environment, `write_rate="3/minute"`."""
    command = [sys.executable, "-m", "recommender.cli", "serve", "--collection", collection, *arguments]
    with _running(command, collection, is_ready=is_ready, **settings) as server:
        yield server


class Local:
    """The application in this process, without a server: for tests of what it answers.

    Attributes:
        client: Asks it, without a key.
        writer: Asks it with the key that may write.
        collection: What it serves.
    """

    def __init__(self, collection: Path, client: TestClient, writer: TestClient) -> None:
        self.collection, self.client, self.writer = collection, client, writer

    def related(self, article_id: str, **options: Any) -> httpx2.Response:
        return self.client.get("/v1/related", params={"id": article_id, **options})


@contextlib.contextmanager
def answering(collection: Path, *, is_ready: bool = True, **settings: object) -> Iterator[Local]:
    """Run the application here; `settings` are those of `ServiceSettings`."""
    app = create_app(ServiceSettings.read(**{"collection": collection, **KEYS, **settings}))
    address = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 50_000)}
    with TestClient(app, **address) as client:
        writer = TestClient(app, headers={"authorization": f"Bearer {WRITE_KEY}"}, **address)
        # Both ask in the event loop that runs the application.
        writer.portal = client.portal
        if is_ready:
            wait_until(lambda: client.get("/health/ready").status_code == 200)
        yield Local(collection, client, writer)


@contextlib.contextmanager
def listening(collection: Path, *, is_ready: bool = True, **settings: object) -> Iterator[Server]:
    """Run the application behind a real socket in a thread of this process, which has its imports and model already."""
    app = create_app(ServiceSettings.read(**{"collection": collection, **KEYS, **settings}))
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
        failed: list[str] = []
        running = uvicorn.Server(uvicorn.Config(_watched(app, failed), **SERVING))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        server = Server(collection, listener.getsockname()[1], _log_of_this_process())
        stack.enter_context(server.client)
        stack.enter_context(server.writer)
        try:
            wait_until(lambda: _answers(server, "/health/ready" if is_ready else "/health/live"), server)
            yield server
        finally:
            running.should_exit = True
            thread.join()
    assert not failed, (failed, server.end_of_log())


def _watched(app: ASGIApp, failed: list[str]) -> ASGIApp:
    """The application, with the paths whose answer is that something went wrong inside it."""

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message.get("status") == 500:
                failed.append(scope["path"])
            await send(message)

        await app(scope, receive, sending)

    return watching


@functools.cache
def _log_of_this_process() -> Path:
    """Log as a service does, once: loggers keep the file they wrote to first."""
    place = Path(tempfile.mkdtemp(prefix="served-"), "log")
    log = place.open("w", encoding="utf-8")
    atexit.register(lambda: (log.close(), shutil.rmtree(place.parent)))
    with contextlib.redirect_stderr(log):
        configure_logs()
    # The clients of the tests are in this process too.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    return place


@contextlib.contextmanager
def serving_whatever(collection: Path) -> Iterator[ServerProcess]:
    """Run the application as a worker does, without what the command checks before."""
    command = [sys.executable, "-m", "uvicorn", "--factory", "service.app:create_from_environment"]
    with _running(command, collection, is_ready=False, collection=collection) as server:
        yield server


@contextlib.contextmanager
def judging(collection: Path, *arguments: object, **settings: object) -> Iterator[ServerProcess]:
    """Run `related judge`; the server's `writer` has the key of the session."""
    command = [sys.executable, "-m", "recommender.cli", "judge", "--collection", collection, *arguments]
    with _running(command, collection, is_ready=True, **settings) as server:
        server.writer.headers["authorization"] = f"Bearer {printed_page(server).partition('#key=')[2]}"
        yield server


@contextlib.contextmanager
def judging_here(
    collection: Path,
    *,
    queries: Path | None = None,
    depth: int = 10,
    number: int = 50,
    judge: str = "",
    grades: Path | None = None,
) -> Iterator[Server]:
    """Do what `related judge` does, in this process."""
    grades = grades or collection / "judgements.jsonl"
    with (
        session(collection, queries, [], depth, number, grades, judge) as (settings, key),
        listening(**settings) as server,
    ):
        server.writer.headers["authorization"] = f"Bearer {key}"
        yield server


def printed_page(server: Server) -> str:
    """The address that `related judge` printed, with the key of the session."""
    return next(line for line in server.log().splitlines() if line.startswith("judge at ")).removeprefix("judge at ")


def page_to_judge(server: Server) -> str:
    """The page to judge on, with the key of the session."""
    return f"{server.url}/judge#key={server.writer.headers['authorization'].removeprefix('Bearer ')}"


@contextlib.contextmanager
def _running(
    command: list[Any], served: Path, *, is_ready: bool, without: tuple[str, ...] = (), **settings: object
) -> Iterator[ServerProcess]:
    chosen = {name: value for name, value in {**KEYS, **settings}.items() if name not in without}
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore",
        **{f"RELATED_{name.upper()}": str(value) for name, value in chosen.items()},
    }
    with tempfile.TemporaryDirectory(prefix="served-") as folder, contextlib.ExitStack() as stack:
        log_path = Path(folder) / "log"
        port = free_port()
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [*map(str, command), "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environment, "TMPDIR": folder},
                cwd=Path(__file__).parent.parent.parent,
            )
        server = ServerProcess(served, port, log_path, process)
        stack.enter_context(server.client)
        stack.enter_context(server.writer)
        try:
            wait_until(lambda: _answers(server, "/health/ready" if is_ready else "/health/live"), server)
            if "--workers" in command:
                wait_until(lambda: all_ready(server), server)
            yield server
        finally:
            if process.poll() is None:
                server.stop()
        assert "Traceback" not in server.log(), server.end_of_log()


def _answers(server: Server, path: str) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return server.client.get(path).status_code == 200
    return False


def all_ready(server: Server) -> bool:
    """Whether every worker is: each connection may be any one's."""
    return all(_of_new_connection(server, "/health/ready") == 200 for _ in range(30))


def _of_new_connection(server: Server, path: str) -> int:
    with server.client_of() as client:
        return client.get(path).status_code


def wait_until(true: Any, server: Server | None = None) -> None:
    """Wait for what must come true; the longest wait is a failure, not a measure."""
    end = time.monotonic() + LONGEST_WAIT_S
    while not true():
        assert server is None or not server.has_ended(), server.end_of_log()
        assert time.monotonic() < end, server.end_of_log() if server else "it never came true"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def read_all(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            received += part
    return received


def path_of(article_id: str, end: str = "") -> str:
    """The path of an article: its id is one segment."""
    return f"/v1/articles/{quote(article_id, safe='')}{end}"


def problem(answer: httpx2.Response, kind: str) -> dict[str, Any]:
    """The problem document in an answer, which must be of this kind and wholly formed."""
    told: dict[str, Any] = answer.json()
    assert told.get("type") == f"urn:problem:related-articles:{kind}", (str(answer.url), told)
    assert answer.headers["content-type"] == PROBLEM
    assert told["status"] == answer.status_code
    assert told["title"]
    assert told["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    return told
