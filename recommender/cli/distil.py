"""`related distil`: a static model, for huge collections and tiny machines."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.output import say

EXAMPLES = """\b
Examples:
  related distil --out static
  related distil --model intfloat/e5-small-v2 --out static --dimension 128
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("distil", short_help="Make a static model, many times as fast and less exact.", epilog=EXAMPLES)(distil)


def distil(
    out: Annotated[Path, typer.Option(help="The folder to make.", metavar="DIR")],
    model: Annotated[
        str, typer.Option(help="default, a folder or a sentence-transformers name.", metavar="NAME|PATH")
    ] = "default",
    dimension: Annotated[int, typer.Option(min=2, max=4096, help="Length of a vector.")] = 256,
) -> None:
    """Distil a model into one vector for each word piece, with no network to run afterwards.

    It takes a minute or two, once. `related build --model DIR` builds with it; data/benchmarks/embedding.jsonl says how
    much faster it is and what that costs.
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    from recommender.embedding.distil import distil as run_distil

    run_distil(model, out, dimension)
    say(f"a static model of {model} is in {out}; build with --model {out}")
