"""`related run`: rankings of many articles as a TREC run, to be compared with judgements."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.options import (
    CollectionOption,
    ConfigOption,
    ScorerOption,
    WorkersOption,
    read_queries,
    read_scorer,
    use_one_thread,
)
from recommender.cli.output import progress_bar, put
from recommender.text import trec_id

EXAMPLES = """\b
Examples:
  related run --collection collection > run.trec
  related run --collection collection --queries ids.txt -k 20 --scorer dense > dense.trec
  related run --collection collection -k 5 --as-shown > shown.trec
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("run", short_help="Rankings of many articles as a TREC run.", epilog=EXAMPLES)(run)


def run(
    collection: CollectionOption,
    queries: Annotated[
        Path | None,
        typer.Option(help="Ids or webUrls, one per line; all articles by default.", metavar="FILE"),
    ] = None,
    top_k: Annotated[int, typer.Option("-k", "--top-k", min=1, max=1000, help="How many for each.")] = 100,
    scorer: ScorerOption = None,
    as_shown: Annotated[
        bool,
        typer.Option("--as-shown", help="Rank as readers see it: with minimum, rules, copies, diversity and hubs."),
    ] = False,
    workers: WorkersOption = None,
    config: ConfigOption = None,
) -> None:
    """Rank articles for every query and print a TREC run: query, Q0, article, rank, score, scorer.

    Runs are comparable because nothing but the ranking counts: there is no minimum score, no rules, no collapsing of
    copies, no diversity and no hub control, except with --as-shown. White space in ids is percent-encoded.
    """
    use_one_thread()
    from recommender.config import Settings
    from recommender.related.recommender import Recommender
    from recommender.related.scoring import name_of
    from recommender.workers import usual_count

    choice = read_scorer(scorer)
    settings = Settings.read(config) if config else None
    recommender = Recommender.open(
        collection, weights=settings.ranking if settings else None, rules=settings.rules if settings else None
    )
    try:
        tag = recommender.scorer_in_use() if choice is None else name_of(choice)
        wanted = None if queries is None else read_queries(queries, recommender.collection)
        with progress_bar() as advance:
            total = len(wanted) if wanted is not None else recommender.collection.store.count()
            with contextlib.closing(
                recommender.rank_each(
                    wanted, top_k=top_k, scorer=choice, as_shown=as_shown, workers=workers or usual_count()
                )
            ) as ranked:
                for done, (query_id, scores) in enumerate(ranked, start=1):
                    lines = [
                        f"{trec_id(query_id)} Q0 {trec_id(article_id)} {rank} {score:.8f} {tag}"
                        for rank, (article_id, score) in enumerate(scores.items(), start=1)
                    ]
                    if lines:
                        put("\n".join(lines))
                    advance("ranking", done, total)
    finally:
        recommender.close()
