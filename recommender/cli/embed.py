"""`related embed`: encode the texts that wait in a collection's queue."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import count_of, progress_bar, say

if TYPE_CHECKING:
    from recommender.collection import Collection

EXAMPLES = """\b
Examples:
  related embed --collection postgresql://related@db.example/site --workers 4
  related embed --collection postgresql://related@db.example/site --until-empty
  related embed --collection postgresql://related@db.example/site --ray auto --workers 16 --device cuda
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("embed", short_help="Encode the texts of a collection's queue.", epilog=EXAMPLES)(embed)


def embed(
    collection: CollectionOption,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes on this machine, each with the model.")] = 1,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Texts that a process takes at a time.")] = 256,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when no text waits, instead of waiting for more.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(help="Run the workers as tasks on a Ray cluster: auto, or HOST:PORT.", metavar="ADDRESS"),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or mps; detected by default.")] = None,
) -> None:
    """Make the vectors that related build --queue waits for.

    Any number of machines may run it at once, and each may be stopped at any moment: another one takes the texts that
    it was at.
    """
    from recommender.collection import Collection
    from recommender.store.queued import queue_of

    with closing(Collection.open(collection, compacts=False)) as opened:
        queue_of(opened.store)
        if ray is None:
            done = _encode_here(opened, collection, workers, batch, device, until_empty=until_empty)
        else:
            from recommender.store.on_ray import encode_on_ray

            with progress_bar() as advance:
                done = encode_on_ray(
                    ray,
                    collection,
                    workers=workers,
                    batch=batch,
                    device=device,
                    until_empty=until_empty,
                    on_done=advance,
                )
    say(f"{count_of(done, 'text')} encoded")


def _encode_here(
    opened: Collection, collection: str, workers: int, batch: int, device: str | None, *, until_empty: bool
) -> int:
    """Encode in this process and, with several `workers`, in others beside it; return how many texts this one did."""
    from recommender.store import open_encoder
    from recommender.store.queued import encode_queued

    encoder = open_encoder(opened.store.recorded_encoding(), device)
    command = [sys.executable, "-m", "recommender.cli", "embed", "--collection", collection, "--batch", str(batch)]
    command += ["--until-empty"] if until_empty else []
    command += ["--device", device] if device else []
    with ExitStack() as stack:
        beside = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.DEVNULL))  # noqa: S603 - our own
            for _ in range(workers - 1)
        ]
        for process in beside:
            stack.callback(process.terminate)
        advance = stack.enter_context(progress_bar())
        done = encode_queued(opened.store, encoder, batch=batch, until_empty=until_empty, on_done=advance)
        for process in beside:
            process.wait()
    return done
