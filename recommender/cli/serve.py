"""`related serve` and `related key`: run the HTTP service, and make its keys."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.options import CollectionOption, use_one_thread
from recommender.cli.output import put, say
from recommender.errors import ConfigError

if TYPE_CHECKING:
    from service.settings import ServiceSettings

SERVING: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_keep_alive": 30,
    "timeout_graceful_shutdown": 30,
    "proxy_headers": False,
    "http": "service.bounded_http:BoundedHttp",
    # A worker that is busy, or that waits for a processor while it starts, is not dead.
    "timeout_worker_healthcheck": 60,
}
"""How uvicorn serves the application."""

MISSING = "pip install 'related-articles[service]'"

EXAMPLES = """\b
Examples:
  related serve --collection collection
  related serve --collection collection --host 0.0.0.0 --port 80 --workers 4
"""

KEY_EXAMPLES = """\b
Examples:
  related key --digest-of KEY
"""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("serve", short_help="Run the HTTP service, explorer and widget.", epilog=EXAMPLES)(serve)
    app.command("key", short_help="Make a key for the service.", epilog=KEY_EXAMPLES)(key)


def serve(
    collection: CollectionOption,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Number of worker processes.")] = 1,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the snapshots of a collection in PostgreSQL; default: RELATED_CACHE, or ~/.cache.",
            metavar="DIR",
        ),
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(help="File of RELATED_ variables, NAME=VALUE a line; read again on SIGHUP.", metavar="FILE"),
    ] = None,
) -> None:
    """Serve the HTTP API, the explorer and the widget until stopped; open requests are finished.

    Keys, rate limits, origins and other limits are set in the environment: RELATED_WRITE_KEYS, RELATED_READ_KEYS,
    RELATED_READ_OPEN, RELATED_READ_RATE, RELATED_WRITE_RATE, RELATED_CORS_ORIGINS, RELATED_TRUSTED_PROXIES,
    RELATED_MAX_BODY_BYTES, RELATED_CACHE_SECONDS; or in the file of --env-file, over which the environment takes
    precedence.
    """
    use_one_thread()
    require_service()
    from recommender.collection import Collection
    from recommender.collection_folder import CACHE_VARIABLE, absolute

    if cache is not None:
        os.environ[CACHE_VARIABLE] = str(cache.resolve())  # for the workers too
    Collection.open(collection).close()  # fail now, with one line, if it cannot be opened
    refuse_taken(host, port)
    with tempfile.TemporaryDirectory(prefix="related-") as shared:
        if env_file is not None:
            os.environ["RELATED_ENV_FILE"] = str(env_file.resolve())
        settings = set_up(collection=absolute(collection), workers=workers, shared=Path(shared))
        say(f"explorer: http://{host}:{port}/, API: http://{host}:{port}/docs")
        if not settings.write_keys:
            say("note: writing over HTTP is disabled; related key makes a key for RELATED_WRITE_KEYS")
        serve_until_stopped(host, port, workers)


def refuse_taken(host: str, port: int) -> None:
    """Check that the address can be listened on, before anything is started.

    Raises:
        ConfigError: If it cannot.
    """
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # Like uvicorn: a port is free even if old connections to it are still closing.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            expected="a local address and a free port",
            hint=f"--port {port + 1 if 0 < port < 65535 else 8000}, or stop the process that listens there",
        ) from None


def require_service() -> None:
    """Check that the packages of the service are installed.

    Raises:
        ConfigError: If one is missing; it says how to install it.
    """
    try:
        import uvicorn  # noqa: F401

        import service.settings  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"the service needs {error.name}, which is not installed", hint=MISSING) from None


def set_up(**given: Any) -> ServiceSettings:
    """Set settings in the environment, where workers read them; they override existing variables.

    Raises:
        ConfigError: If a setting is invalid.
    """
    from service.settings import ServiceSettings

    settings = ServiceSettings.read(**given)
    os.environ |= {f"RELATED_{name.upper()}": str(value) for name, value in given.items()}
    if settings.workers > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.shared)
    return settings


def serve_until_stopped(host: str, port: int, workers: int = 1) -> None:
    """Run the service with the settings of `set_up`, and finish open requests when stopped."""
    import uvicorn

    from service.logs import configure_logs

    configure_logs()
    # uvicorn raises its stop signal again at the end; exit normally so that temporary folders are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "service.app:create_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        **SERVING,
    )


def key(
    digest_of: Annotated[
        str | None, typer.Option(help="Print only the digest of an existing key.", metavar="KEY")
    ] = None,
) -> None:
    """Make a random key and print it with its digest; the service needs only the digest."""
    try:
        from service.settings import digest_key, new_key
    except ImportError as error:
        raise ConfigError(f"the service needs {error.name}, which is not installed", hint=MISSING) from None

    if digest_of is not None:
        put(digest_key(digest_of))
        return
    made, digest = new_key()
    put(f"key     {made}")
    put(f"digest  {digest}")
    say("clients send the key (Authorization: Bearer KEY); put the digest into RELATED_WRITE_KEYS of the service")
