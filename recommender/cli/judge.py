"""`related judge`: serve a page where an editor grades pooled candidates, or export the grades."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.options import read_queries, use_one_thread
from recommender.cli.output import put, say
from recommender.cli.serve import require_service, serve_until_stopped, set_up
from recommender.errors import InputError
from recommender.text import trec_id

if TYPE_CHECKING:
    from recommender.collection import Collection
    from recommender.evaluation import Run
    from service.judging import Plan

EXAMPLES = """\b
Examples:
  related judge --collection collection
  related judge --collection collection --queries ids.txt --run other.trec --depth 5
  related judge --collection collection --export > qrels.txt
  related judge --export --judgements judgements.jsonl > qrels.txt
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("judge", short_help="Serve a page for grading related articles.", epilog=EXAMPLES)(judge)


def judge(
    collection: Annotated[
        Path | None, typer.Option("--collection", help="The collection's folder.", metavar="DIR")
    ] = None,
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
        Path | None,
        typer.Option(help="File of the grades; default: judgements.jsonl in the collection.", metavar="FILE"),
    ] = None,
    export: Annotated[bool, typer.Option("--export", help="Print the grades as TREC judgements and exit.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
) -> None:
    """Serve a page where an editor grades candidates for related articles from 0 to 2, until stopped.

    Each list pools the best candidates of the default, the dense and the lexical scorer and of the given runs, in
    random order and without naming the system that found them. Each grade is saved at once, and a new session resumes
    where the last one ended. The page needs a key, which is part of the printed address.
    """
    if collection is None and (judgements is None or not export):
        raise typer.BadParameter("the collection is missing", param_hint="--collection")
    from recommender.collection import JUDGEMENTS_NAME

    file = judgements or Path(collection or ".") / JUDGEMENTS_NAME
    if export:
        if queries or runs:
            raise typer.BadParameter("--export exports all grades; it cannot be combined with --queries or --run")
        _export(file)
    elif collection is not None:
        use_one_thread()
        require_service()
        with session(collection, queries, runs or [], depth, number, file) as (settings, key):
            set_up(**settings)
            say(f"judge at http://{host}:{port}/judge#key={key}")
            serve_until_stopped(host, port)


def _export(file: Path) -> None:
    from recommender.evaluation import qrels_lines, read_judgements

    lines = list(qrels_lines(read_judgements(file)))
    if lines:
        put("\n".join(lines))
    say(f"{len(lines):,} judgements")


@contextlib.contextmanager
def session(
    collection: Path, queries: Path | None, runs: list[Path], depth: int, number: int, file: Path
) -> Iterator[tuple[dict[str, Any], str]]:
    """Plan what is judged, and make the settings of the service and the key of the session, which alone opens it."""
    from recommender.collection import Collection
    from recommender.evaluation import Judgements, read_run
    from service.settings import new_key

    read = {str(path): read_run(path) for path in runs}
    with contextlib.closing(Collection.open(collection)) as opened:
        plan = _plan(opened, queries, read, depth, number, file)
    with Judgements(file) as kept:  # fail now, with one line, if it cannot be read or written
        say(f"{len(plan.queries):,} query articles, {len(kept):,} judgements in {file}")
    with tempfile.TemporaryDirectory(prefix="related-") as folder:
        shared = Path(folder)
        (shared / "judging.json").write_text(plan.model_dump_json(), encoding="utf-8")
        key, digest = new_key()
        settings = {
            "collection": collection.resolve(),
            "workers": 1,
            "shared": shared,
            "judging": shared / "judging.json",
            "write_keys": digest,
            "read_keys": "",
            "read_open": False,
        }
        yield settings, key


def _plan(
    collection: Collection, queries: Path | None, runs: dict[str, Run], depth: int, number: int, file: Path
) -> Plan:
    from recommender.evaluation.pooling import pool_runs, sample_queries
    from service.judging import Plan

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
    pooled = pool_runs(list(runs.values()), wanted, depth, collection.store)
    return Plan(queries=wanted, depth=depth, pooled=pooled, judgements=file.resolve())
