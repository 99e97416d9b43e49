"""`related tune`: learn a scorer from judgements and keep it if it beats the default."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from recommender.cli.options import CollectionOption, use_one_thread
from recommender.cli.output import OutputFormat, progress_bar, put, say
from recommender.errors import ScorerError

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.evaluation.tuning import Tuning
    from recommender.related.recommender import Recommender

EXAMPLES = """\b
Examples:
  related tune qrels.txt --collection collection
  related tune qrels.txt --collection collection --test-from 2020-06-01 --html tuning.html
  related tune qrels.txt --collection collection --out scorer.json
  related tune --links --collection collection
  related tune --use scorer.json --collection collection
  related tune --drop --collection collection
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("tune", short_help="Learn a scorer from judgements.", epilog=EXAMPLES)(tune)


def tune(
    collection: CollectionOption,
    qrels: Annotated[
        Path | None, typer.Argument(help="Judgements: TREC qrels or JSON lines.", metavar="[QRELS]")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the scorer to a file and leave the collection unchanged.", metavar="F"),
    ] = None,
    split: Annotated[
        Literal["auto", "time", "story", "article"],
        typer.Option("--split", help="How the test articles are chosen."),
    ] = "auto",
    test_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Learn from articles published before this day, test on the rest.",
            show_default="the newest 30 % are tested on",
        ),
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="Output format.")] = OutputFormat.table,
    html: Annotated[Path | None, typer.Option(help="Write a report with plots as one HTML file.", metavar="F")] = None,
    use: Annotated[
        Path | None, typer.Option(help="Rank with the scorer in a file written by --out.", metavar="F")
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Learn from what the articles link to in their text instead of QRELS.")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Rank with the default scorer again.")] = False,
) -> None:
    """Learn a scorer from judgements, and use it from now on if it beats the default scorer.

    With `--links`, two articles are related if one links to the other in its running text (see `related qrels`); the
    links and their words are taken out of all texts first, so that none tells the answer.

    Part of the articles are held out for testing: the newest if articles have dates, else whole stories, else a random
    sample. The scorer learned from the others must rank them significantly better than the default scorer; otherwise
    nothing changes and the exit code is 1. The final scorer is learned from all judgements.

    Services and commands use it from their next answer on. Its scores are probabilities that an editor would call a
    pair related.
    """
    use_one_thread()
    if sum((qrels is not None, links, use is not None, drop)) != 1:
        raise typer.BadParameter("expected exactly one of QRELS, --links, --use and --drop")
    if (use is not None or drop) and (out or html):
        raise typer.BadParameter("--out and --html need QRELS or --links")
    if test_from is not None and split not in {"auto", "time"}:
        raise typer.BadParameter(f"--test-from needs --split time, not {split}")
    from recommender.evaluation import read_qrels, splitting
    from recommender.evaluation.tuning import tune as learn
    from recommender.evaluation.tuning_report import render_tuning
    from recommender.files import replacing
    from recommender.ranking.learned import LearnedScorer
    from recommender.related.recommender import Recommender

    with contextlib.closing(Recommender.open(collection)) as recommender:
        if use is not None or drop:
            scorer = LearnedScorer.read(use) if use else None
            recommender.use(scorer)
            say(f"now ranking with the {'learned' if scorer else 'default'} scorer")
            return
        moment = test_from.replace(tzinfo=UTC).timestamp() / 86_400 if test_from else None
        with contextlib.ExitStack() as stack:
            asked, judged = recommender, read_qrels(qrels) if qrels is not None else {}
            if qrels is None:
                asked, judged = stack.enter_context(_linked(recommender))
            advance = stack.enter_context(progress_bar())
            found = learn(asked, judged, by=splitting.By(split), test_from=moment, on_progress=advance)
        if html is not None:
            with replacing(html) as stream:
                stream.write(render_tuning(found).encode("utf-8", "replace"))
        if output is OutputFormat.json:
            put(json.dumps(found.figures(), ensure_ascii=False, indent=2))
        else:
            _print(found)
        if found.file is None:
            raise ScorerError(
                found.verdict, where=str(qrels or "--links"), hint="nothing was changed; more judgements may help"
            )
        if out is not None:
            with replacing(out) as stream:
                stream.write(found.file.text().encode())
            say(f"written to {out}; rank with it: related tune --use {out} --collection {collection}")
        else:
            recommender.use(LearnedScorer(found.file, str(collection)))
            say("services and commands now rank with it; related tune --drop restores the default scorer")


@contextlib.contextmanager
def _linked(recommender: Recommender) -> Iterator[tuple[Recommender, dict[str, dict[str, int]]]]:
    """Give a copy of the collection whose texts are without their links, and what they linked to."""
    from recommender.evaluation.links import author_links, copy_without_answers

    store = recommender.collection.store

    def read() -> Iterator[Article]:
        with store.reading():
            yield from (each.article for each in store.articles())

    found = author_links(read)
    for what, count in found.left_out():
        say(f"left out: {count:,} {what}")
    with tempfile.TemporaryDirectory(prefix="related-") as folder:
        with progress_bar() as advance:
            copy_without_answers(recommender.collection, found, Path(folder) / "collection", on_progress=advance)
        with contextlib.closing(type(recommender).open(Path(folder) / "collection")) as copy:
            yield copy, found.related()


def _print(found: Tuning) -> None:
    from recommender.evaluation.significance import p_text
    from recommender.evaluation.tuning_report import matters, summary

    for line in summary(found):
        put(line)
    for why, count in found.left_out.items():
        say(f"left out: {count:,} {why}")
    put("\nnDCG@10 on the held-out articles, with its 95 % interval")
    for name, (mean, low, high) in found.means.items():
        put(f"  {name:<8} {mean:.4f} [{low:.4f}, {high:.4f}]")
    put(f"{found.verdict}, {p_text(found.gain.p_value)}")
    put("\nfeature importance")
    for word, share in matters(found).items():
        if share > 0:
            put(f"  {share:>6.1%}  {word}")
    reliability = found.reliability
    put("\npredicted probability, share related, items (the top ten of each list)")
    for promised, kept, count in reliability.bins:
        put(f"  {promised:.3f}  {kept:.3f}  {count:>6,}  {'#' * round(40 * kept)}")
    put(
        f"expected calibration error {reliability.error:.4f}, Brier score {reliability.brier:.4f}; always predicting "
        f"the base rate of {reliability.base_rate:.3f} gives {reliability.base_error:.4f} and "
        f"{reliability.base_brier:.4f}"
    )
