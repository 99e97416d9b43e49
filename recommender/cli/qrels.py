"""`related qrels`: print a site's own related fields as TREC judgements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import ConfigOption
from recommender.cli.output import list_problems, progress_bar, put, say
from recommender.config import FILE_NAME
from recommender.text import trec_id

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.config import Settings

EXAMPLES = """\b
Examples:
  related qrels site > qrels.txt
  related qrels articles.jsonl > qrels.txt
  related qrels site --links > links.txt
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("qrels", short_help="Print a site's own related fields as TREC judgements.", epilog=EXAMPLES)(qrels)


def qrels(
    site: Annotated[Path, typer.Argument(help="A folder of Markdown files, or a .jsonl file.", metavar="SITE")],
    config: ConfigOption = None,
    links: Annotated[
        bool, typer.Option("--links", help="Take what the articles link to in their text instead of related fields.")
    ] = False,
) -> None:
    """Print each item of the site's own related fields as a TREC judgement: query, 0, article, grade 1.

    Fields that `related enrich` wrote are skipped. With `--links`, two articles are related if one links to the other
    in its running text; links to pages that many articles link to, of pages that list many others, and to the
    previous and next page are left out. Omitted items are counted on stderr. White space in ids is percent-encoded.
    """
    from recommender.config import Settings
    from recommender.enrich import JudgementCounts, judge

    file = config or (site / FILE_NAME if (site / FILE_NAME).is_file() else None)
    if links:
        _print_links(site, Settings.read(file) if file else Settings())
        return
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


def _print_links(site: Path, settings: Settings) -> None:
    from recommender.enrich import JudgementCounts, articles_of
    from recommender.evaluation.links import author_links

    counts = JudgementCounts()

    def read() -> Iterator[Article]:
        # Called twice; problems are those of the last time.
        counts.problems.clear()
        return articles_of(site, counts, settings)

    found = author_links(read)
    related = found.related()
    for article_id, others in related.items():
        put("\n".join(f"{trec_id(article_id)} 0 {trec_id(other)} 1" for other in others))
    list_problems(counts.problems)
    for what, count in found.left_out():
        say(f"left out: {count:,} {what}")
    say(f"{sum(map(len, related.values())):,} judgements from the links of {found.articles:,} articles")
    if counts.problems:
        raise typer.Exit(3)
