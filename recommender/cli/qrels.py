"""`related qrels`: print a site's own related fields as TREC judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.options import ConfigOption
from recommender.cli.output import list_problems, progress_bar, put, say
from recommender.config import FILE_NAME
from recommender.text import trec_id

EXAMPLES = """\b
Examples:
  related qrels site > qrels.txt
  related qrels articles.jsonl > qrels.txt
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("qrels", short_help="Print a site's own related fields as TREC judgements.", epilog=EXAMPLES)(qrels)


def qrels(
    site: Annotated[Path, typer.Argument(help="A folder of Markdown files, or a .jsonl file.", metavar="SITE")],
    config: ConfigOption = None,
) -> None:
    """Print each item of the site's own related fields as a TREC judgement: query, 0, article, grade 1.

    Fields that `related enrich` wrote are skipped. Omitted items are counted on stderr. White space in ids is
    percent-encoded.
    """
    from recommender.config import Settings
    from recommender.enrich import JudgementCounts, judge

    file = config or (site / FILE_NAME if (site / FILE_NAME).is_file() else None)
    judgements = JudgementCounts()
    with progress_bar() as advance:
        for found in judge(site, judgements, Settings.read(file) if file else Settings()):
            put("\n".join(f"{trec_id(found.article_id)} 0 {trec_id(related)} 1" for related in found.related))
            advance("reading", judgements.articles, 0)
    list_problems(judgements.problems)
    for what, count in judgements.left_out():
        say(f"left out: {count:,} {what}")
    say(f"{judgements.pairs:,} judgements of {judgements.lists:,} lists in {judgements.articles:,} articles")
    if judgements.problems:
        raise typer.Exit(3)
