"""`related feed`: fill the search engine beside a collection, and keep it up to date."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import count_of, progress_bar, say
from recommender.errors import ConfigError

EXAMPLES = """\b
Examples:
  related feed --collection postgresql://related@db.example/site
  related feed --collection postgresql://related@db.example/site --follow
"""

WAIT_S = 5.0


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("feed", short_help="Fill the engine of a collection.", epilog=EXAMPLES)(feed)


def feed(
    collection: CollectionOption,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with whatever is written, until stopped.")] = False,
) -> None:
    """Bring the engine that related.toml names to the newest revision.

    It may be stopped at any moment, and goes on from where it was. Of several at once, one works.
    """
    from recommender.collection import Collection
    from recommender.config import LOCAL
    from recommender.store import is_server

    with closing(Collection.open(collection, compacts=False)) as opened:
        if opened.store.settings.index.engine == LOCAL or not is_server(collection):
            raise ConfigError(
                "the collection has no engine beside it",
                where=opened.store.where,
                expected='a collection in PostgreSQL, built with engine = "milvus" or "qdrant" under [index]',
            )
        with progress_bar() as advance:
            done, state = opened.feed(advance), (0, 0)
            while follow:
                state = opened.store.wait(state, WAIT_S)
                done += opened.feed(advance)
    say(f"{count_of(done, 'article')} written to the engine")
