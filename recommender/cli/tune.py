"""`related tune`: learn the scorer from judgements, and keep it if it wins."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.evaluate import Format
from recommender.cli.options import CollectionOption, use_one_thread
from recommender.cli.output import progress_bar, put, say
from recommender.errors import ScorerError

if TYPE_CHECKING:
    from recommender.evaluation.tuning import Tuning

EXAMPLES = """\b
Examples:
  related tune qrels.txt --collection collection
  related tune qrels.txt --collection collection --test-from 2020-06-01 --html tuning.html
  related tune qrels.txt --collection collection --out scorer.json
  related tune --use scorer.json --collection collection
  related tune --drop --collection collection
"""


class By(StrEnum):
    """What decides which articles are set aside (see `evaluation.splitting.By`)."""

    auto = "auto"
    time = "time"
    story = "story"
    article = "article"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("tune", short_help="Learn the scorer from judgements.", epilog=EXAMPLES)(tune)


def tune(
    collection: CollectionOption,
    qrels: Annotated[
        Path | None, typer.Argument(help="Judgements: TREC qrels or JSON lines.", metavar="[QRELS]")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the scorer to a file, and leave the collection as it is.", metavar="F"),
    ] = None,
    split: Annotated[By, typer.Option("--split", help="What decides which articles it is tested on.")] = By.auto,
    test_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Learn from what was published before this day, test on the rest.",
            show_default="so that 30 % are tested on",
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots as one HTML file.", metavar="F")] = None,
    use: Annotated[
        Path | None, typer.Option(help="Rank with the scorer of a file that --out wrote.", metavar="F")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Rank with the default scorer again.")] = False,
) -> None:
    """Learn from judgements how this site's articles are related, and rank so from now on if it wins.

    A part of the articles is set aside: the newest where articles have dates, else whole stories, else some at random.
    The scorer that was learned from the others has to rank those better than the default scorer, beyond chance; if it
    does not, nothing changes, and the exit code is 1. Then it is learned anew from all judgements.

    Services and commands rank with it from their next answer on, and its scores are probabilities that an editor would
    call a pair related.
    """
    use_one_thread()
    if sum((qrels is not None, use is not None, drop)) != 1:
        raise typer.BadParameter("name one: QRELS to learn from, or --use a file, or --drop what was learned")
    if qrels is None and (out or html):
        raise typer.BadParameter("--out and --html go with QRELS")
    if test_from is not None and split not in {By.auto, By.time}:
        raise typer.BadParameter(f"--test-from cuts time, --split {split.value} does not")
    from recommender.evaluation import read_qrels, splitting
    from recommender.evaluation.tuning import tune as learn
    from recommender.evaluation.tuning_report import render_tuning
    from recommender.files import replacing
    from recommender.ranking.learned import LearnedScorer
    from recommender.related.recommender import Recommender

    with contextlib.closing(Recommender.open(collection)) as recommender:
        if qrels is None:
            scorer = LearnedScorer.read(use) if use else None
            recommender.use(scorer)
            say(f"the {'learned' if scorer else 'default'} scorer ranks from now on")
            return
        judged = read_qrels(qrels)
        moment = test_from.replace(tzinfo=UTC).timestamp() / 86_400 if test_from else None
        with progress_bar() as advance:
            found = learn(recommender, judged, by=splitting.By(split), test_from=moment, on_progress=advance)
        if html is not None:
            with replacing(html) as stream:
                stream.write(render_tuning(found).encode("utf-8", "replace"))
        if output is Format.json:
            put(json.dumps(found.figures(), ensure_ascii=False, indent=2))
        else:
            _print(found)
        if found.file is None:
            raise ScorerError(found.verdict, where=str(qrels), hint="nothing was changed; more judgements may help")
        if out is not None:
            with replacing(out) as stream:
                stream.write(found.file.text().encode())
            say(f"written to {out}; related tune --use {out} --collection {collection} ranks with it")
        else:
            recommender.use(LearnedScorer(found.file, str(collection)))
            say("services and commands rank with it from now on; related tune --drop goes back")


def _print(found: Tuning) -> None:
    from recommender.evaluation.tuning_report import matters, summary

    for line in summary(found):
        put(line)
    for why, count in found.left_out.items():
        say(f"left out: {count:,} {why}")
    put("\nnDCG@10 on what was set aside, with its 95 % interval")
    for name, (mean, low, high) in found.means.items():
        put(f"  {name:<8} {mean:.4f} [{low:.4f}, {high:.4f}]")
    put(f"{found.verdict}, p = {found.gain.p_value:.4f}")
    put("\nwhat it goes by")
    for word, share in matters(found).items():
        if share > 0:
            put(f"  {share:>6.1%}  {word}")
    reliability = found.reliability
    put("\nprobability promised, share related, items (the ten best of each list)")
    for promised, kept, count in reliability.bins:
        put(f"  {promised:.3f}  {kept:.3f}  {count:>6,}  {'#' * round(40 * kept)}")
    put(
        f"expected calibration error {reliability.error:.4f}; always promising the base rate of "
        f"{reliability.base_rate:.3f} has {reliability.base_error:.4f}"
    )
