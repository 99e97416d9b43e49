"""`related demo`: the sample site in the explorer, to look at before anything of one's own is read."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from recommender.cli import serve
from recommender.cli.options import use_one_thread
from recommender.cli.output import progress_bar, say

EXAMPLES = """\b
Examples:
  related demo --port 8080
  related demo --keep demo
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo", short_help="Show the sample site in the explorer.", epilog=EXAMPLES)(demo)


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep the site and its collection in this folder, which must be empty.", metavar="DIR"),
    ] = None,
) -> None:
    """Build the sample site and serve it until stopped, with a key to edit lists; nothing is left behind.

    With --keep the site and its collection stay, to try `related query` and `related enrich` on them.
    """
    use_one_thread()
    serve.require_service()
    from recommender.build import build
    from recommender.config import Settings
    from recommender.errors import ConfigError
    from recommender.sample import STORY, sample_site
    from service.settings import new_key

    serve.refuse_taken(host, port)
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise ConfigError(
            f"{keep} is not an empty folder", expected="a new or empty folder", hint="--keep another-name"
        )
    with tempfile.TemporaryDirectory(prefix="related-demo-") as temporary:
        folder = keep or Path(temporary)
        shutil.copytree(sample_site(), folder / "site")
        say("building the sample site; this takes some seconds")
        with progress_bar() as advance:
            build([folder / "site"], folder / "collection", settings=Settings(), on_progress=advance)
        if keep is not None:
            say(f"site: {folder / 'site'}, collection: {folder / 'collection'}")
        key, digest = new_key()
        os.environ["RELATED_WRITE_KEYS"] = digest
        say(f"begin at http://{host}:{port}/?id={quote(STORY, safe='')}")
        say(f"key for editing lists, until you stop this: {key}")
        serve.serve(str(folder / "collection"), host=host, port=port, workers=1, cache=None, env_file=None)
