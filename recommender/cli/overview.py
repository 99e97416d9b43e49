"""`related overview`: how the lists of a whole collection stand, and what changed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import CollectionOption, WorkersOption, use_one_thread
from recommender.cli.output import OutputFormat, count_of, progress_bar, put, say
from recommender.errors import one_line

if TYPE_CHECKING:
    from recommender.overview import Changes, Overview

EXAMPLES = """\b
Examples:
  related overview --collection collection
  related overview --collection collection --csv articles.csv
  related overview --collection collection --since 12
  related overview --collection collection --format json > overview.json
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("overview", short_help="How the lists of all articles stand, and what changed.", epilog=EXAMPLES)(
        overview
    )


def overview(
    collection: CollectionOption,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Write a line for each article; - is the standard output.", metavar="F"),
    ] = None,
    since: Annotated[
        int | None, typer.Option(min=0, help="Print what changed since this revision instead.", metavar="N")
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="How to print.")] = OutputFormat.table,
    workers: WorkersOption = None,
) -> None:
    """Make the list of every article as readers see it, and print how many are empty, in no list, or in very many.

    The result is kept in the collection's folder and shown by the service's page /overview. It is made anew only if the
    collection, its settings or its learned scorer changed. With --since, articles that were added, changed and deleted
    are printed, and the lists that are not what they were, with what came (+) and left (-).
    """
    use_one_thread()
    from recommender.files import replacing
    from recommender.overview import compute, csv_lines
    from recommender.overview import since as changes_since
    from recommender.overview.kinds import Selection
    from recommender.related.recommender import Recommender
    from recommender.workers import usual_count

    recommender = Recommender.open(collection)
    with contextlib.closing(recommender):
        with progress_bar() as advance:
            made = compute(recommender, workers=workers or usual_count(), on_progress=advance)
        with contextlib.closing(made):
            newest = made.newest()
            say(f"revision {newest.revision}, computed at {newest.computed_at} in {newest.seconds:,.1f} s")
            if csv is not None:
                with replacing(csv) as stream:
                    for line in csv_lines(made.each(Selection(sort="id"))):
                        stream.write(line.encode("utf-8", "replace"))
            if since is not None:
                _print_changes(made, changes_since(made, recommender.collection.store, since), output)
            elif str(csv) != "-":
                _print_summary(made, output)


def _print_summary(made: Overview, output: OutputFormat) -> None:
    from recommender.overview import rows_of, verdict

    newest = made.newest()
    if output is OutputFormat.json:
        about = {"revision": newest.revision, "computedAt": newest.computed_at, "seconds": newest.seconds}
        put(json.dumps({**about, **newest.summary}, ensure_ascii=False, indent=2))
        return
    put(verdict(newest.summary))
    rows = list(rows_of(newest.summary))
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        put(one_line(f"{name:<{width}}  {text}"))


def _print_changes(made: Overview, changes: Changes, output: OutputFormat) -> None:
    lists = made.changed_lists(changes.before)
    if output is OutputFormat.json:
        put(
            json.dumps({**changes.to_json(), "lists": [each.to_json() for each in lists]}, ensure_ascii=False, indent=2)
        )
        return
    if changes.before.revision > changes.since:
        say(f"note: the oldest lists that are remembered are of revision {changes.before.revision}")
    if changes.added is None or changes.changed is None or changes.deleted is None:
        say("note: the change log begins later, so articles are not told")
    for what, ids in (("added", changes.added), ("changed", changes.changed), ("deleted", changes.deleted)):
        for article_id in ids or ():
            put(one_line(f"{what:<8} {article_id}"))
    for each in lists:
        put(one_line(f"list     {each.article.article_id}"))
        for sign, items in (("+", each.came), ("-", each.left)):
            for item in items:
                put(one_line(f"  {sign} {item.article_id}"))
        if not each.came and not each.left:
            put("  the order has changed")
    counts = [
        f"{len(ids):,} {what}"
        for what, ids in (("added", changes.added), ("changed", changes.changed), ("deleted", changes.deleted))
        if ids is not None
    ]
    said = f"articles: {', '.join(counts)}; " if counts else ""
    say(f"{said}{count_of(len(lists), 'list')} changed since revision {changes.since}")
