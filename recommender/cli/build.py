"""`related build`: read, embed and index articles; only what changed."""

from __future__ import annotations

from typing import Annotated

import typer

from recommender.cli.options import CollectionOption, ConfigOption, build_settings
from recommender.cli.output import describe, list_problems, progress_bar, put, say
from recommender.cli.surveys import say_survey
from recommender.errors import SourceError, TooManyDeletionsError

EXAMPLES = """\b
Examples:
  related build data/site --collection collection
  related build articles.jsonl --collection collection
  related build https://blog.example --collection collection
  related build site/_news archive.jsonl --collection collection --allow-deletions
  related build data/site --collection collection --model intfloat/e5-small-v2 --recreate
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build", short_help="Read, embed and index articles; only what changed.", epilog=EXAMPLES)(build)


def build(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="A site's folder, a file (.md, .jsonl, a WordPress or Ghost export, a feed), or an https:// address.",
            metavar="SOURCE",
        ),
    ],
    collection: CollectionOption,
    model: Annotated[
        str | None,
        typer.Option(help="A folder or a sentence-transformers name; recorded.", metavar="NAME|PATH"),
    ] = None,
    recreate: Annotated[bool, typer.Option("--recreate", help="Start over, with another model too.")] = False,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Delete even if more than a fifth of a source is gone.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Read articles from every SOURCE, embed what is new, and index it; what did not change costs nothing.

    The site's generator is recognised from its files; related inspect shows what is read, and what is passed over.
    Prints each revision once it is safe on disk. Articles that a source no longer has are deleted.
    """
    from recommender.build import build as run_build

    settings = build_settings(config, sources, collection, model)
    try:
        with progress_bar() as advance:
            report = run_build(
                sources,
                collection,
                settings=settings,
                recreate=recreate,
                allow_deletions=allow_deletions,
                on_commit=lambda revision, written, deleted: put(
                    f"revision {revision}: {written} written, {deleted} deleted"
                ),
                on_progress=advance,
                say=say,
            )
    except (TooManyDeletionsError, SourceError) as error:
        list_problems(error.problems)
        raise
    for source, survey in report.surveys:
        if survey.articles:
            say_survey(source, survey, settings)
    for note in report.notes:
        say(f"note: {describe(note)}")
    list_problems(report.problems)
    if report.kept:
        say(f"kept: {report.kept} articles are gone from their source, but not all of it could be read")
    say(
        f"{report.articles:,} articles at revision {report.revision}: {report.written:,} written, "
        f"{report.deleted:,} deleted, {report.encoded:,} texts encoded, {report.read:,} read, "
        f"{report.unchanged:,} unchanged, {len(report.problems):,} problems"
    )
    if report.problems:
        raise typer.Exit(3)
