"""`related judge`: serve a page where an editor grades pooled candidates, or export the grades."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.options import COLLECTION_HELP, read_queries, use_one_thread
from recommender.cli.output import count_of, put, say
from recommender.cli.serve import require_service, serve_until_stopped, set_up
from recommender.errors import ConfigError, InputError
from recommender.text import trec_id

if TYPE_CHECKING:
    from recommender.evaluation import Agreement, Run
    from recommender.related.recommender import Recommender

SHOWN_DIFFERING = 10
"""How many of the pairs that judges differ on most are printed."""
UNNAMED = "(unnamed)"

EXAMPLES = """\b
Examples:
  related judge --collection collection
  related judge --collection collection --queries ids.txt --run other.trec --depth 5
  related judge --collection collection --judge anna --order uncertain
  related judge --collection collection --export > qrels.txt
  related judge --export --judgements anna.jsonl --judgements ben.jsonl > qrels.txt
  related judge --agreement --collection collection
"""


class Order(StrEnum):
    """The order of the query articles."""

    given = "given"
    uncertain = "uncertain"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("judge", short_help="Serve a page for grading related articles.", epilog=EXAMPLES)(judge)


def judge(
    collection: Annotated[str | None, typer.Option("--collection", help=COLLECTION_HELP, metavar="PLACE")] = None,
    queries: Annotated[
        Path | None,
        typer.Option(help="Query articles: ids or webUrls, one per line; a sample by default.", metavar="FILE"),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option("--run", help="A run to pool as well; may be repeated.", metavar="RUN"),
    ] = None,
    depth: Annotated[int, typer.Option(min=1, max=100, help="Pool depth: articles judged per system.")] = 10,
    number: Annotated[int, typer.Option(min=1, max=10_000, help="Size of the sample of query articles.")] = 50,
    judgements: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of the grades; may be repeated with --export and --agreement.",
            metavar="FILE",
            show_default="judgements.jsonl in the collection",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--judge", help="Who judges.", metavar="NAME", show_default="one judge without a name"),
    ] = None,
    order: Annotated[
        Order, typer.Option(help="Query articles as sampled or listed, or those first whose grades tell most.")
    ] = Order.given,
    export: Annotated[bool, typer.Option("--export", help="Print the grades as TREC judgements and exit.")] = False,
    agreement: Annotated[bool, typer.Option("--agreement", help="Print how well judges agree and exit.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve a page where an editor grades candidates for related articles from 0 to 2, until stopped.

    Each list pools the best candidates of the default, the dense and the lexical scorer and of the given runs, in
    random order and without naming the system that found them. Each grade is saved at once, and a new session resumes
    where the last one ended. An editor may also be unsure, which is kept and never exported, or skip a candidate until
    the session ends. The page needs a key, which is part of the printed address.

    Several judges give their names with --judge; each sees only their own grades. --export prints the median of the
    judges' grades of a pair, and of an even number the lower of the two in the middle. --agreement prints
    Krippendorff's alpha of the grades as ranks (1: full agreement, 0: chance), its 95 % interval over query articles,
    and the pairs that judges differ on most; together with --export it goes to stderr.

    --order uncertain begins with the query articles whose grades are likely to tell most: the pooled lists have little
    in common (1 - the average overlap of two lists, the mean over all pairs of systems), times something is related
    (the mean score of the default scorer's three best). Systems are told apart sooner, but whoever stops early has not
    judged a fair sample of the site; in the given order, those judged so far are one.
    """
    outputs = export or agreement
    if collection is None and (judgements is None or not outputs):
        raise typer.BadParameter("the collection is missing", param_hint="--collection")
    from recommender.collection_folder import JUDGEMENTS_NAME
    from recommender.evaluation.judging import judge_name
    from recommender.store import is_server

    # On a server, which has no folder, they lie where the command runs.
    default = Path("." if collection is None or is_server(collection) else collection) / JUDGEMENTS_NAME
    files = judgements or [default]
    if outputs:
        option = "--export exports" if export else "--agreement is of"
        if queries or runs:
            raise typer.BadParameter(f"{option} all grades; it cannot be combined with --queries or --run")
        if name is not None:
            raise typer.BadParameter(f"{option} all judges' grades; it cannot be combined with --judge")
        _print(files, export=export, agreement=agreement)
    elif len(files) > 1:
        raise typer.BadParameter("grades are kept in one file; --judgements may be repeated with --export only")
    elif collection is not None:
        try:
            judge = "" if name is None else judge_name(name)
        except ConfigError as error:
            raise typer.BadParameter(str(error), param_hint="--judge") from None
        use_one_thread()
        require_service()
        with session(collection, queries, runs or [], depth, number, files[0], judge, order) as (settings, key):
            set_up(**settings)
            say(f"judge at http://{host}:{port}/judge#key={key}")
            serve_until_stopped(host, port)


def _print(files: Sequence[Path], *, export: bool, agreement: bool) -> None:
    from recommender.evaluation import measure_agreement, qrels_lines
    from recommender.evaluation.judging import merge_grades, read_judges

    by_judge = read_judges(files)
    if export:
        lines = list(qrels_lines(merge_grades(by_judge)))
        if lines:
            put("\n".join(lines))
        say(f"{len(lines):,} judgements")
    if agreement:
        text = "\n".join(_describe(measure_agreement(by_judge)))
        say(text) if export else put(text)


def _describe(found: Agreement) -> Iterator[str]:
    """Yield the lines that say how well judges agree."""
    low_high = " [{:.3f}, {:.3f}]".format(*found.interval) if found.interval else ""
    if found.alpha is not None:
        yield f"Krippendorff's alpha (ordinal) {found.alpha:.3f}{low_high}"
    else:
        why = "all grades are equal" if found.shared else "no pair was graded by two judges"
        yield f"Krippendorff's alpha (ordinal) is not defined: {why}"
    pairs = f"{count_of(found.pairs, 'pair')} graded, {found.shared:,} of them by two or more"
    yield f"{count_of(found.judges, 'judge')}, {pairs}, {found.unsure:,} unsure"
    if found.differing:
        yield f"\ngraded differently: {count_of(len(found.differing), 'pair')}"
    for pair in found.differing[:SHOWN_DIFFERING]:
        grades = ", ".join(f"{judge or UNNAMED} {grade}" for judge, grade in pair.grades.items())
        yield f"  {trec_id(pair.query)} {trec_id(pair.article)}: {grades}"


@contextlib.contextmanager
def session(
    collection: str,
    queries: Path | None,
    runs: list[Path],
    depth: int,
    number: int,
    file: Path,
    judge: str = "",
    order: Order = Order.given,
) -> Iterator[tuple[dict[str, Any], str]]:
    """Plan what is judged, and make the settings of the service and the key of the session, which alone opens it."""
    from recommender.collection_folder import absolute
    from recommender.evaluation import Judgements, read_run
    from recommender.evaluation.pooling import pool_runs
    from recommender.related.recommender import Recommender
    from service.judging import Plan
    from service.settings import new_key

    read = {str(path): read_run(path) for path in runs}
    runs_of = list(read.values())
    with contextlib.closing(Recommender.open(collection)) as opened:
        if not file.exists() and (known := opened.collection.judgements()):
            file.write_text(known, encoding="utf-8")
        wanted = _queries(opened, queries, read, depth, number, order)
        pooled = pool_runs(runs_of, wanted, depth, opened.collection.store)
    plan = Plan(queries=wanted, depth=depth, pooled=pooled, judgements=file.resolve(), judge=judge)
    with Judgements(file, judge) as kept:  # fail now, with one line, if it cannot be read or written
        of_judge = f" of {judge}" if judge else ""
        say(f"{len(plan.queries):,} query articles, {len(kept):,} judgements{of_judge} in {file}")
    with tempfile.TemporaryDirectory(prefix="related-") as folder:
        shared = Path(folder)
        (shared / "judging.json").write_text(plan.model_dump_json(), encoding="utf-8")
        key, digest = new_key()
        settings = {
            "collection": absolute(collection),
            "workers": 1,
            "shared": shared,
            "judging": shared / "judging.json",
            "write_keys": digest,
            "read_keys": "",
            "read_open": False,
        }
        yield settings, key


def _queries(
    recommender: Recommender, queries: Path | None, runs: dict[str, Run], depth: int, number: int, order: Order
) -> list[str]:
    """Return the ids of the query articles, in the order in which they are judged."""
    from recommender.evaluation.pooling import sample_queries, uncertain_first

    collection = recommender.collection
    if queries is None:
        with collection.reading() as index:
            wanted = sample_queries(index.ids(), number)
    else:
        wanted = list(dict.fromkeys(read_queries(queries, collection)))
    if not wanted:
        raise InputError("no query articles", where=str(queries or collection.path), expected="at least one article")
    for name, run in runs.items():
        answered = sum(trec_id(query) in run for query in wanted)
        if answered < len(wanted):
            say(f"note: {name} has {answered:,} of the {len(wanted):,} query articles")
    if order is Order.uncertain:
        wanted = uncertain_first(recommender, wanted, depth, list(runs.values()))
    return wanted
