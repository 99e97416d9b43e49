"""`related evaluate`: measure runs against judgements."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import use_one_thread
from recommender.cli.output import OutputFormat, progress_bar, put
from recommender.errors import one_line

if TYPE_CHECKING:
    from recommender.evaluation import Evaluation
    from recommender.evaluation.traits import Known

SHOWN_MOVED = 5

EXAMPLES = """\b
Examples:
  related evaluate qrels.txt dense.trec default.trec
  related evaluate qrels.txt a.trec b.trec --metrics nDCG@10,R@50,MRR --max-relevant 10
  related evaluate qrels.txt a.trec b.trec --collection collection --html report.html
  related evaluate qrels.txt a.trec b.trec --collection collection --format json > figures.json
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("evaluate", short_help="Measure runs against judgements.", epilog=EXAMPLES)(evaluate)


def evaluate(
    qrels: Annotated[Path, typer.Argument(help="Judgements: TREC qrels or JSON lines.", metavar="QRELS")],
    runs: Annotated[
        list[Path], typer.Argument(help="TREC runs; the others are compared with the first.", metavar="RUN")
    ],
    metrics: Annotated[str, typer.Option(help="Metrics; slices show the first.")] = (
        "nDCG@10,R@10,MRR,hit@1,Judged@10"
    ),
    max_relevant: Annotated[
        int | None, typer.Option(min=1, help="Only queries with at most this many relevant articles.")
    ] = None,
    collection: Annotated[
        Path | None,
        typer.Option(help="The collection, for titles, slices and beyond-accuracy metrics.", metavar="DIR"),
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="Output format.")] = OutputFormat.table,
    html: Annotated[
        Path | None, typer.Option(help="Write a report as one HTML file; - prints only the report.", metavar="F")
    ] = None,
) -> None:
    """Measure runs over all judged queries, with confidence intervals and significance tests.

    A query that a run does not answer counts as 0. Intervals are 95 % bootstrap intervals over queries; p-values come
    from a randomisation test and are corrected for multiple comparisons (Holm).
    """
    use_one_thread()
    from recommender.collection import Collection
    from recommender.evaluation import Metric, evaluate_runs, read_qrels, read_run
    from recommender.evaluation.report import render_report
    from recommender.evaluation.traits import Known
    from recommender.files import replacing

    wanted = [Metric.parse(name) for name in metrics.split(",")]
    if len({path.name for path in runs}) < len(runs):
        raise typer.BadParameter("two runs have the same file name; expected distinct names")
    with contextlib.ExitStack() as stack:
        known = Known(stack.enter_context(contextlib.closing(Collection.open(collection)))) if collection else None
        advance = stack.enter_context(progress_bar())
        judged = read_qrels(qrels)
        read = {}
        for done, path in enumerate(runs, start=1):
            read[path.name] = read_run(path)
            advance("reading", done, len(runs))
        traits = known.traits(sorted(judged)) if known else None
        found = evaluate_runs(read, judged, wanted, max_relevant=max_relevant, traits=traits)
        beyond = {name: known.beyond(run, found.queries, 10) for name, run in read.items()} if known else {}
        if html is not None:
            with replacing(html) as stream:
                stream.write(render_report(found, read, judged, known, beyond).encode("utf-8", "replace"))
        if str(html) == "-":
            return
        if output is OutputFormat.json:
            figures = found.to_json()
            if beyond:
                figures["systems"] = [{**each, "beyond": beyond[each["name"]]} for each in figures["systems"]]
            put(json.dumps(figures, ensure_ascii=False, indent=2))
        else:
            _print(found, beyond, known)


def _print(found: Evaluation, beyond: dict[str, dict[str, float]], known: Known | None) -> None:
    from recommender.evaluation.significance import p_text

    names = [metric.name for metric in found.metrics]
    width = max(3, *(len(system.name) for system in found.systems))
    put(f"{len(found.queries):,} judged queries; each figure with its 95 % interval")
    put("  ".join([" " * width, *(f"{name:<23}" for name in names)]).rstrip())
    for system in found.systems:
        cells = [
            f"{mean:.4f} [{low:.4f}, {high:.4f}]"
            for mean, (low, high) in zip(system.means, system.intervals, strict=True)
        ]
        put(one_line("  ".join([f"{system.name:<{width}}", *(f"{cell:<23}" for cell in cells)]).rstrip()))
    for other in found.against:
        put("")
        put(one_line(f"{other.name} against {found.systems[0].name}"))
        for name, comparison, corrected in zip(names, other.comparisons, other.corrected, strict=True):
            put(
                f"  {name:<10} {comparison.difference:+.4f} [{comparison.low:+.4f}, {comparison.high:+.4f}]"
                f"  {p_text(corrected)}"
            )
        moved = found.moved(other.name)
        for what, chosen in (
            ("gained most", [m for m in moved if m[1] > 0][:SHOWN_MOVED]),
            ("lost most", [m for m in moved if m[1] < 0][::-1][:SHOWN_MOVED]),
        ):
            for query, change in chosen:
                title = f"  {known.title(query)}" if known else ""
                put(one_line(f"  {what:<11} {change:+.4f}  {query}{title}"))
    if found.slices:
        put("")
        put(one_line(f"{names[0]} by slice: {', '.join(system.name for system in found.systems)}"))
        for part in found.slices:
            means = "  ".join(f"{mean:.4f}" for mean in part.means)
            put(one_line(f"  {part.kind:<18} {part.name:<24} {part.queries:>6,}  {means}"))
    for name, figures in beyond.items():
        put(f"\nbeyond accuracy, {name}: " + ", ".join(f"{what} {value:.3f}" for what, value in figures.items()))
