"""`related doctor`: verify and repair a collection."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import OutputFormat, progress_bar, put
from recommender.errors import one_line

EXAMPLES = """\b
Examples:
  related doctor --collection collection
  related doctor --collection collection --repair
  related doctor --collection collection --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor", short_help="Verify and repair a collection.", epilog=EXAMPLES)(doctor)


def doctor(
    collection: CollectionOption,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what can be repaired; without it nothing changes.")
    ] = False,
    output: Annotated[
        OutputFormat, typer.Option("--format", help="Output format; json prints one finding per line.")
    ] = OutputFormat.table,
) -> None:
    """Check checksums, counts, orphans, model, recall and disk space; each finding says what to do.

    Exits with 0 if there are no problems (left) and with 1 if there are.
    """
    from recommender.doctor import examine

    with progress_bar() as advance:
        findings = examine(collection, repair=repair, on_progress=advance)
    for finding in findings:
        if output is OutputFormat.json:
            put(json.dumps({key: value for key, value in vars(finding).items() if value is not None}))
        else:
            hint = f" (hint: {finding.hint})" if finding.hint else ""
            put(one_line(f"{finding.status:<8}  {finding.check:<9}  {finding.what}{hint}"))
    if any(finding.status == "problem" for finding in findings):
        raise typer.Exit(1)
