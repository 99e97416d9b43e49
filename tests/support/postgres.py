"""A real PostgreSQL server for tests, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.serving import free_port

# Nothing here outlives a test, so nothing waits for a disk; what a killed process loses is the same either way.
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off")


def program(name: str) -> str | None:
    """Where one of the server's programs is; Debian does not put them on the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda place: int(place.parts[4]))
    return shutil.which(name) or (str(newest[-1]) if newest else None)


def has_server() -> bool:
    """Whether there is a server to start, and a user to run it: PostgreSQL refuses to run as root."""
    return program("initdb") is not None and (os.getuid() != 0 or _user() is not None)


def _user() -> str | None:
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


class PostgresServer:
    """One server; `start` and `kill` may alternate."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self._settings = settings
        self._as = {"user": _user(), "extra_groups": []} if os.getuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            folder.chmod(0o755)
            shutil.chown(folder, _user())

    def initialise(self) -> None:
        """Make an empty database cluster."""
        command = ("-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", *command)

    def copy_of(self, primary: PostgresServer, name: str = "walreceiver") -> None:
        """Become a replica of another server, under some name."""
        shutil.rmtree(self.data)
        address = f"{primary.address()}?application_name={name}"
        self._run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "-d", address)

    def run_sql(self, *statements: str) -> None:
        """Run statements as an administrator."""
        import psycopg

        with psycopg.connect(self.address(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        settings = [f"-c{each}" for each in (*self._settings, f"port={self.port}", "listen_addresses=127.0.0.1")]
        command = [
            str(program("postgres")),
            "-D",
            str(self.data),
            *settings,
            f"-cunix_socket_directories={self.folder}",
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **self._as
            )
        self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), tries=200)

    def promote(self) -> None:
        """Make a replica a primary."""
        self._run("pg_ctl", "promote", "-w", "-D", self.data)

    def kill(self) -> None:
        """End the server at once, as a failing machine would."""
        if self._process is not None:
            # Its processes would linger for as long as they are busy.
            children = subprocess.run(["pgrep", "-P", str(self._process.pid)], capture_output=True, text=True)
            for process in [self._process.pid, *map(int, children.stdout.split())]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End the server."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None

    def address(self, schema: str | None = None) -> str:
        """The address of a collection."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres" + (f"?schema={schema}" if schema else "")

    def _run(self, name: str, *arguments: object, tries: int = 1) -> None:
        import time

        for left in reversed(range(tries)):
            done = subprocess.run(
                [str(program(name)), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                cwd=self.folder,
                **self._as,
            )
            if not done.returncode:
                return
            if not left:
                raise AssertionError(f"{name}: {done.stdout}{done.stderr}")
            time.sleep(0.05)


@contextlib.contextmanager
def running_server(*settings: str) -> Iterator[PostgresServer]:
    """A running server, or a skipped test where there is none."""
    if not has_server():
        pytest.skip("there is no PostgreSQL server here: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="the driver is not installed: pip install 'related-articles[postgres]'")
    # Not below a test's folder: the path of a socket may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="related-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), *(settings or QUICK))
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.kill()
