"""`related export`: write the articles of a collection as JSON lines."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import count_of, progress_bar, say

EXAMPLES = """\b
Examples:
  related export --collection collection > articles.jsonl
  related export --collection collection --out articles.jsonl
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("export", short_help="Write the articles of a collection as JSON lines.", epilog=EXAMPLES)(export)


def export(
    collection: CollectionOption,
    out: Annotated[
        Path, typer.Option(help="Output file; - is the standard output.", metavar="F", show_default="-")
    ] = Path("-"),
) -> None:
    """Write every article of the collection as one line of JSON, sorted by id; `related build` can read them again.

    Dates, topics, authors, addresses and texts are written as they were parsed. The field `secured` is never written.
    """
    from recommender.collection import Collection
    from recommender.files import replacing

    count = 0
    with (
        closing(Collection.open(collection)) as opened,
        replacing(out) as stream,
        progress_bar() as advance,
        opened.store.reading(),
    ):
        total = opened.store.count()
        for count, stored in enumerate(opened.store.articles(), start=1):
            record = {"id": stored.article_id, **stored.article.to_record()}
            stream.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            advance("writing", count, total)
    say(count_of(count, "article"))
