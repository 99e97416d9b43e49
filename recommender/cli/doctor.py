"""`related doctor`: verify a collection; repair what can be repaired."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import progress_bar, put
from recommender.errors import one_line

EXAMPLES = """\b
Examples:
  related doctor --collection collection
  related doctor --collection collection --repair
  related doctor --collection collection --format json
"""


class Format(StrEnum):
    """How to print."""

    table = "table"
    json = "json"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor", short_help="Verify a collection; repair what can be repaired.", epilog=EXAMPLES)(doctor)


def doctor(
    collection: CollectionOption,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make good what can be made good; without it nothing is changed.")
    ] = False,
    output: Annotated[
        Format, typer.Option("--format", help="How to print; json is one line a finding.")
    ] = Format.table,
) -> None:
    """Look at everything: checksums, counts, orphans, model, recall, disk; each finding says what to do.

    Exits with 0 if nothing is wrong (any more) and with 1 if something is.
    """
    from recommender.doctor import examine

    with progress_bar() as advance:
        findings = examine(collection, repair=repair, on_progress=advance)
    for finding in findings:
        if output is Format.json:
            put(json.dumps({key: value for key, value in vars(finding).items() if value is not None}))
        else:
            hint = f" (hint: {finding.hint})" if finding.hint else ""
            put(one_line(f"{finding.status:<8}  {finding.check:<9}  {finding.what}{hint}"))
    if any(finding.status == "problem" for finding in findings):
        raise typer.Exit(1)
