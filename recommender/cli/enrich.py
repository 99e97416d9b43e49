"""`related enrich`: fill the related field of every article of a site."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.cli.options import CollectionOption, ConfigOption, WorkersOption, site_settings, use_one_thread
from recommender.cli.output import list_problems, progress_bar, put, say
from recommender.cli.review import serve_review
from recommender.errors import ConfigError, one_line

if TYPE_CHECKING:
    from recommender.config import Settings
    from recommender.enrich import Coverage, DataFile, FolderSite, LinesSite, PlannedPage
    from recommender.related.recommender import Recommender

CHANGES = 4
"""The exit code of --check where something would change."""
SHOWN_KEPT = 100

EXAMPLES = """\b
Examples:
  related enrich site --collection collection --dry-run
  related enrich site --collection collection -k 3 --report report.html
  related enrich site --collection collection --only "_news/2021-*" --changed-since P1D
  related enrich site --collection collection --check
  related enrich site --collection collection --into site/_data/related.json
  related enrich site --collection collection --review
  related enrich articles.jsonl --collection collection --out enriched.jsonl
"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("enrich", short_help="Fill the related field of every article of a site.", epilog=EXAMPLES)(enrich)


def enrich(
    site: Annotated[
        str,
        typer.Argument(help="A site's folder, a .jsonl file, or with --into an https:// address.", metavar="SITE"),
    ],
    collection: CollectionOption,
    top_k: Annotated[
        int | None, typer.Option("-k", "--top-k", min=1, max=1000, help="How many items at most.", show_default="5")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace related fields that this command did not write.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; print a unified diff.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 4 if a file would change.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only files whose path or name matches; may be repeated.", metavar="GLOB"),
    ] = None,
    changed_since: Annotated[
        str | None, typer.Option(help="Only files that changed since: a date, or an age such as P1D.", metavar="TIME")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Change at most this many files.", metavar="N")] = None,
    repair: Annotated[
        bool | None, typer.Option("--repair/--no-repair", help="Undo mojibake in an item's texts.", show_default="on")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write JSON lines there instead of into the files.", metavar="F")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="Write all lists into one data file (.json, .yml), keyed by id; no article's file is touched.",
            metavar="F",
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report as one HTML file.", metavar="F.html")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Serve a page where an editor accepts or rejects each change first.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page of --review.")] = 8000,
    workers: WorkersOption = None,
    config: ConfigOption = None,
) -> None:
    """Fill the related field of every article file, and touch nothing else.

    Prints each file that changes and why, then a short report. A related field that was not written by this command
    is kept and listed. An item stays in its list unless a new one beats it by a margin; a run that has nothing to
    change reads no file.
    """
    use_one_thread()
    from recommender.enrich import WRITTEN, DataFile, EnrichOptions, FolderSite, LinesSite, write_report
    from recommender.files import replacing
    from recommender.related.recommender import Recommender
    from recommender.workers import usual_count

    place = Path(site)
    is_lines = place.is_file() and place.suffix.lower() in {".jsonl", ".ndjson"}
    if review and (into or out or dry_run or check or report or limit):
        raise typer.BadParameter("--review excludes --into, --out, --dry-run, --check, --report and --limit")
    if into is None and not review:
        _check_options(is_lines, out, report, changed_since, limit, writes=not (dry_run or check))
    elif into is not None and (out is not None or only or changed_since or limit):
        raise typer.BadParameter(
            "--into writes the lists of all articles and excludes --out, --only, --changed-since and --limit"
        )
    choice = EnrichOptions(tuple(only or ()), _moment(changed_since), overwrite)
    settings = site_settings(config, place, collection, items=top_k, repair=repair)
    if review:
        serve_review(place, collection, settings, choice, workers or usual_count(), port)
        return
    recommender = Recommender.open(collection, weights=settings.ranking, rules=settings.rules)
    try:
        # One of them is this process, which reads and writes the files meanwhile.
        beside = (workers or usual_count()) - 1
        filler = _filler(place, into, is_lines, recommender, settings, overwrite=overwrite, workers=beside)
        with contextlib.ExitStack() as stack:
            if isinstance(filler, DataFile):
                pages = filler.plan() if dry_run or check else filler.fill()
            elif (dry_run or check) and isinstance(filler, FolderSite):
                pages = filler.plan(choice, limit=limit)
            elif dry_run or check:
                pages = filler.plan(choice)
            elif isinstance(filler, LinesSite):
                pages = filler.fill(stack.enter_context(replacing(out or Path("-"))), choice)
            elif out is not None:
                pages = filler.export(stack.enter_context(replacing(out)), choice)
            else:
                pages = filler.fill(choice, limit=limit)
            advance = stack.enter_context(progress_bar())
            for done, page in enumerate(pages, start=1):
                if page.edit is not None and dry_run:
                    _print_diff(page)
                elif page.outcome in WRITTEN and "-" not in {str(out), str(report)}:
                    put(_line(page))
                advance("filling", done, 0)
        coverage = filler.coverage
        if report is not None:
            write_report(report, coverage, recommender.collection, place)
    finally:
        recommender.close()
    _print_report(coverage)
    _exit(coverage, check=check)


def _exit(coverage: Coverage, *, check: bool) -> None:
    if check and coverage.changed:
        raise typer.Exit(CHANGES)
    if coverage.problems:
        raise typer.Exit(3)


def _filler(
    site: Path,
    into: Path | None,
    is_lines: bool,
    recommender: Recommender,
    settings: Settings,
    *,
    overwrite: bool,
    workers: int,
) -> DataFile | LinesSite | FolderSite:
    from recommender.enrich import DataFile, FolderSite, LinesSite

    if into is not None:
        root = site if site.is_dir() else site.parent if site.exists() else into.parent
        return DataFile(into, root, recommender, settings, overwrite=overwrite, workers=workers)
    return (LinesSite if is_lines else FolderSite)(site, recommender, settings, workers=workers)


def _check_options(
    is_lines: bool,
    out: Path | None,
    report: Path | None,
    changed_since: str | None,
    limit: int | None,
    *,
    writes: bool,
) -> None:
    if is_lines and changed_since is not None:
        raise typer.BadParameter("--changed-since needs the times of files; the lines of a .jsonl file have none")
    if is_lines and out is None and writes:
        raise typer.BadParameter(
            "a .jsonl file is not changed in place: name another file with --out F, or - for stdout"
        )
    if out is not None and out == report:
        raise typer.BadParameter("--out and --report name the same file")
    if (is_lines or out is not None) and limit is not None:
        raise typer.BadParameter("--limit is for files that are changed in place; --out writes every article")


def _moment(text: str | None) -> datetime | None:
    from recommender.related.options import read_bound

    try:
        bound = read_bound(text)
    except ValueError as error:
        raise ConfigError(f"--changed-since is {text!r}: {error}") from None
    return datetime.now(UTC) - bound if isinstance(bound, timedelta) else bound


def _line(page: PlannedPage) -> str:
    count = len(page.listing.items) if page.listing and not page.before else 0
    items = f"{count} item{'s' if count > 1 else ''}" if count else ""
    return one_line(f"{page.outcome:<10} {page.path}  {'; '.join([*([items] if items else []), *page.why])}")


def _print_diff(page: PlannedPage) -> None:
    if page.edit is None:
        return
    # In a patch a line ends with a line feed only, and a file name with a space ends with a tab.
    before, after = (list(StringIO(data.decode())) for data in (page.edit.field.data, page.edit.result))
    name = f"{page.path}\t" if " " in page.path else page.path
    put("".join(_whole_lines(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))).rstrip("\n"))


def _whole_lines(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _print_report(coverage: Coverage) -> None:
    from recommender.enrich import Outcome

    list_problems(coverage.problems)
    for path in coverage.kept[:SHOWN_KEPT]:
        say(one_line(f"kept: {path} has a related field that this command did not write"))
    if len(coverage.kept) > SHOWN_KEPT:
        say(f"kept: and {len(coverage.kept) - SHOWN_KEPT:,} more like these")
    if coverage.kept:
        say("note: --overwrite replaces the kept fields")
    without_field = coverage.outcomes[Outcome.NO_FIELD]
    if without_field:
        say(f"note: {without_field:,} files have no front matter to write to; --into FILE writes one data file for all")
    if coverage.stale:
        say(f"note: {coverage.stale:,} files changed since the collection was built; related build reads them")
    width = max(len(what) for what, _ in coverage.summary())
    for what, found in coverage.summary():
        say(one_line(f"{what:<{width}}  {found}"))
