"""`related build`: read, embed and index new and changed articles."""

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
  related build --empty --collection collection
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("build", short_help="Read, embed and index new and changed articles.", epilog=EXAMPLES)(build)


def build(
    *,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="A site's folder, a file (.md, .jsonl, a WordPress or Ghost export, a feed), or an https:// address.",
            metavar="SOURCE",
            show_default=False,
        ),
    ] = None,
    collection: CollectionOption,
    model: Annotated[
        str | None,
        typer.Option(
            help="default, multilingual, a model folder or a sentence-transformers name; recorded in the collection.",
            metavar="NAME|PATH",
        ),
    ] = None,
    recreate: Annotated[
        bool, typer.Option("--recreate", help="Rebuild from scratch; needed for another model.")
    ] = False,
    allow_deletions: Annotated[
        bool, typer.Option("--allow-deletions", help="Allow deleting more than a fifth of a source.")
    ] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Let related embed encode the texts, on any machine; in PostgreSQL only.")
    ] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Read no SOURCE: make a collection that is filled over HTTP.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Read articles from every SOURCE, and embed and index those that are new or changed.

    The site's generator is detected from its files; related inspect shows what is read and what is skipped. Each
    revision is printed once it is safe on disk. Articles that are gone from their source are deleted.
    """
    from recommender.build import build as run_build

    sources = sources or []
    if empty and sources:
        raise typer.BadParameter("--empty reads no SOURCE")
    if not empty and not sources:
        raise typer.BadParameter("SOURCE is missing: a site's folder, a file or an address; or --empty")
    settings = build_settings(config, sources, collection, model)
    if queue:
        say("texts wait for related embed, with the same --collection, on any machine")
    try:
        with progress_bar() as advance:
            report = run_build(
                sources,
                collection,
                settings=settings,
                recreate=recreate,
                allow_deletions=allow_deletions,
                queued=queue,
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
        say(f"kept: {report.kept} articles that seem gone, because part of their source could not be read")
    say(
        f"{report.articles:,} articles at revision {report.revision}: {report.written:,} written, "
        f"{report.deleted:,} deleted, {report.encoded:,} texts encoded, {report.read:,} read, "
        f"{report.unchanged:,} unchanged, {len(report.problems):,} problems"
    )
    if report.problems:
        raise typer.Exit(3)
