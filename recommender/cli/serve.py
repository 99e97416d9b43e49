"""`related serve`: the HTTP service over a collection."""

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
    app.command("serve", short_help="Answer over HTTP, with a page for editors.", epilog=EXAMPLES)(serve)
    app.command("key", short_help="Make a key for the service.", epilog=KEY_EXAMPLES)(key)


def serve(
    collection: CollectionOption,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=256, help="How many processes answer.")] = 1,
) -> None:
    """Serve the HTTP API, the explorer and the widget until stopped; finishes what it took.

    Keys, rates, origins and limits are set in the environment: RELATED_WRITE_KEYS, RELATED_READ_KEYS,
    RELATED_READ_OPEN, RELATED_READ_RATE, RELATED_WRITE_RATE, RELATED_CORS_ORIGINS, RELATED_TRUSTED_PROXIES,
    RELATED_MAX_BODY_BYTES, RELATED_CACHE_SECONDS.
    """
    use_one_thread()
    require_service()
    from recommender.collection import Collection

    Collection.open(collection).close()  # what is not there is an error now, in one line
    refuse_taken(host, port)
    with tempfile.TemporaryDirectory(prefix="related-") as shared:
        settings = set_up(collection=collection.resolve(), workers=workers, shared=Path(shared))
        say(f"the explorer is at http://{host}:{port}/ and the API's description at http://{host}:{port}/openapi.json")
        if not settings.write_keys:
            say("note: nothing can be written over HTTP; related key makes a key for RELATED_WRITE_KEYS")
        serve_until_stopped(host, port, workers)


def refuse_taken(host: str, port: int) -> None:
    """Refuse to go on where the address cannot be listened on, before anything is started.

    Raises:
        ConfigError: Saying why.
    """
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As uvicorn binds: a port that is free but for connections that are ending will do.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f"port {port} of {host} cannot be listened on: {error.strerror or error}",
            expected="an address of this machine and a free port",
            hint=f"--port {port + 1 if 0 < port < 65535 else 8000}, or stop what listens there",
        ) from None


def require_service() -> None:
    """Refuse to go on without the packages of the service.

    Raises:
        ConfigError: Naming the first that is missing, and how to install it.
    """
    try:
        import uvicorn  # noqa: F401

        import service.settings  # noqa: F401
    except ImportError as error:
        raise ConfigError(f"the service needs {error.name}, which is not installed", hint=MISSING) from None


def set_up(**given: Any) -> ServiceSettings:
    """Put settings into the environment, where workers read them, above those that stand there.

    Raises:
        ConfigError: If a setting is not what it must be.
    """
    from service.settings import ServiceSettings

    settings = ServiceSettings.read(**given)
    os.environ |= {f"RELATED_{name.upper()}": str(value) for name, value in given.items()}
    if settings.workers > 1:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.shared)
    return settings


def serve_until_stopped(host: str, port: int, workers: int = 1) -> None:
    """Run the service as `set_up` left it; what it took it finishes."""
    import uvicorn

    # uvicorn raises the signal that ended it once more when all is finished; what is shared goes even then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "service.app:create_from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        proxy_headers=False,
    )


def key(
    digest_of: Annotated[
        str | None, typer.Option(help="Print the digest of a key that you have, alone.", metavar="KEY")
    ] = None,
) -> None:
    """Make a random key, and print it with its digest; the service is given the digest alone."""
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
    say("give the key to who writes (Authorization: Bearer KEY), and the digest to the service: RELATED_WRITE_KEYS")
