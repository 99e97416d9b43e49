"""`related inspect`: show the kind of a site, its articles and the origin of their fields."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.options import ConfigOption
from recommender.cli.output import OutputFormat, count_of, describe, progress_bar, put, say
from recommender.cli.surveys import advice_of, kind_of
from recommender.config import FILE_NAME
from recommender.errors import one_line

if TYPE_CHECKING:
    from recommender.sources import Source
    from recommender.sources.survey import Advice, Survey

PAGES_OF_LIVE_SITES = 20
"""Default of `--limit` for a live site."""
_SHOWN_PROBLEMS = 10

EXAMPLES = """\b
Examples:
  related inspect site
  related inspect site --snippet
  related inspect articles.jsonl --format json
  related inspect https://blog.example --limit 50
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("inspect", short_help="Show what kind of site this is and what is read of it.", epilog=EXAMPLES)(
        inspect
    )


def inspect(
    site: Annotated[str, typer.Argument(help="A site's folder, a file, or an https:// address.", metavar="SITE")],
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, help="Maximum number of articles to read.", metavar="N", show_default="all; 20 of a live site"
        ),
    ] = None,
    snippet: Annotated[
        bool, typer.Option("--snippet", help="Print the template code that shows the related articles.")
    ] = False,
    output: Annotated[OutputFormat, typer.Option("--format", help="Output format.")] = OutputFormat.table,
    config: ConfigOption = None,
) -> None:
    """Show what kind of site SITE is and what `related build` would read; loads no model and writes nothing.

    Shows the generator and how it was detected, the number of articles, what is skipped and why, and for each field how
    many articles have it, from which key, with three examples.
    """
    from recommender.config import Settings
    from recommender.ranking.languages import detect_language
    from recommender.sources import is_address, open_source
    from recommender.sources.survey import Survey

    file = config or (Path(site) / FILE_NAME if (Path(site) / FILE_NAME).is_file() else None)
    settings = Settings.read(file) if file else Settings()
    survey = Survey()
    source = open_source(site, settings, say=say)
    if snippet:
        _put_snippet(source)
        return
    if limit is None and is_address(site):
        limit = PAGES_OF_LIVE_SITES
    with progress_bar() as advance, closing(source.scan({})) as found:  # type: ignore[type-var]
        for count, _ in enumerate(survey.watch(found), start=1):
            advance("reading", count, 0)
            if limit is not None and survey.articles >= limit:
                break
    survey.detect_languages(detect_language)
    advice = advice_of(source, survey, settings)
    if output is OutputFormat.json:
        put(json.dumps(_to_json(site, source, survey, advice), ensure_ascii=False, indent=2))
    else:
        _print(site, source, survey, advice)
    if survey.unreadable:
        raise typer.Exit(3)
    if not survey.articles:
        raise typer.Exit(1)


def _print(site: str, source: Source, survey: Survey, advice: list[Advice]) -> None:
    put(one_line(f"{site}: {kind_of(source)}"))
    put(count_of(survey.articles, "article"))
    if survey.skipped:
        put("\nSkipped")
        for reason, count in survey.skipped.most_common():
            examples = ", ".join(survey.skipped_examples[reason])
            more = ", ..." if count > len(survey.skipped_examples[reason]) else ""
            put(one_line(f"  {count:>6,}  {reason:<32}  {examples}{more}"))
    if survey.articles:
        put("\nFields")
        for name, counted in survey.fields.items():
            origins = ", ".join(origin for origin, _ in counted.origins.most_common(3))
            examples = " | ".join(counted.examples)
            put(one_line(f"  {counted.count:>6,}  {name:<10}  {f'from {origins}' if origins else '':<32}  {examples}"))
    if survey.languages:
        put("\nLanguages")
        put("  " + ", ".join(f"{language} {count:,}" for language, count in survey.languages.most_common(12)))
    notes = [*survey.notes(), *(f"could not be read: {describe(error)}" for error in islice(survey.unreadable, 10))]
    if len(survey.unreadable) > _SHOWN_PROBLEMS:
        notes.append(f"could not be read: and {len(survey.unreadable) - _SHOWN_PROBLEMS:,} more")
    if notes:
        put("\nLost")
        for note in notes:
            put(one_line(f"  {note}"))
    if advice:
        put("\nTo do")
        for each in advice:
            put(one_line(f"  {each.what}: {each.hint}"))


def _to_json(site: str, source: Source, survey: Survey, advice: list[Advice]) -> dict[str, Any]:
    profile = getattr(source, "profile", None)
    return {
        "site": site,
        "kind": source.kind,
        "generator": profile.generator if profile else None,
        "recognisedBy": profile.evidence if profile else None,
        "base": profile.base if profile else None,
        **survey.to_json(),
        "advice": [{"what": each.what, "hint": each.hint} for each in advice],
    }


def _put_snippet(source: Source) -> None:
    profile = getattr(source, "profile", None)
    if profile is None or not (profile.snippet or profile.snippet_into):
        say("note: there is no template for this kind of site; use the widget of related serve instead")
        return
    if profile.snippet and profile.field_is_allowed:
        put("# after related enrich SITE\n")
        put(profile.snippet)
    if profile.snippet_into:
        put(f"\n# after related enrich SITE --into {profile.into}\n")
        put(profile.snippet_into)
