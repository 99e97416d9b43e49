"""`related copy`: copy a collection from a folder to PostgreSQL, or back."""

from __future__ import annotations

from typing import Annotated

import typer

from recommender.cli.output import progress_bar, say

EXAMPLES = """\b
Examples:
  related copy collection postgresql://related@db.example/site
  related copy 'postgresql://related@db.example/site?schema=news' news-collection
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("copy", short_help="Copy a collection to another place.", epilog=EXAMPLES)(copy)


def copy(
    source: Annotated[str, typer.Argument(help="The collection: a folder, or postgresql://...", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="A new or empty place, of either kind.", metavar="TO")],
) -> None:
    """Copy articles, vectors, settings, rules, judgements and the learned scorer, while they are read and written.

    The copy begins at the same revision and is a collection of its own from then on. Nothing is encoded again.
    """
    from recommender.copying import copy_collection

    with progress_bar() as advance:
        revision = copy_collection(source, target, advance)
    say(f"{revision.articles:,} articles at revision {revision.number}")
