"""`related distil`: make a static model for huge collections or small machines."""

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
    app.command("distil", short_help="Make a static model: much faster, less accurate.", epilog=EXAMPLES)(distil)


def distil(
    out: Annotated[Path, typer.Option(help="Output folder.", metavar="DIR")],
    model: Annotated[
        str, typer.Option(help="default, a model folder or a sentence-transformers name.", metavar="NAME|PATH")
    ] = "default",
    dimension: Annotated[int, typer.Option(min=2, max=4096, help="Dimension of the vectors.")] = 256,
) -> None:
    """Distil a model into one vector per token, which needs no neural network to embed a text.

    This takes a minute or two. Then build with `related build --model DIR`. data/benchmarks/embedding.jsonl has its
    speed and quality.
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    from recommender.embedding.distil import distil as run_distil

    run_distil(model, out, dimension)
    say(f"the static model of {model} is in {out}; use it with related build --model {out}")
