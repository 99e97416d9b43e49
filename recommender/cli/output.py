"""Output of the commands: data on stdout, messages and progress on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NoReturn

from recommender.errors import RelatedError, WriteError, one_line
from recommender.files import discard_stdout
from recommender.progress import Progress as ProgressCallback

SHOWN_PROBLEMS = 100


class OutputFormat(StrEnum):
    """Format of a command's output."""

    table = "table"
    json = "json"


def say(text: str) -> None:
    """Print a message on stderr."""
    sys.stderr.write(f"{text}\n")


def put(text: str) -> None:
    """Print data on stdout and flush it, in UTF-8 whatever the locale.

    Raises:
        SystemExit: If the reader has closed the pipe, as `head` does.
        WriteError: If it cannot be written, as on a full disk.
    """
    try:
        sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except OSError as error:
        discard_stdout()
        if isinstance(error, BrokenPipeError):
            raise SystemExit(0) from None
        raise WriteError(f"the output cannot be written: {error.strerror or error}", where="stdout") from None


def count_of(number: int, noun: str) -> str:
    """Return a count with its noun, such as `1 article` or `2 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def describe(error: RelatedError) -> str:
    """Format an error and its hint as one line."""
    return f"{error}{f' (hint: {one_line(error.hint)})' if error.hint else ''}"


def fail(error: RelatedError) -> NoReturn:
    """Print an error and exit with code 1."""
    say(f"error: {describe(error)}")
    raise SystemExit(1)


def list_problems(problems: Sequence[RelatedError]) -> None:
    """Print one line for each problem, up to a limit."""
    for problem in problems[:SHOWN_PROBLEMS]:
        say(f"problem: {describe(problem)}")
    if len(problems) > SHOWN_PROBLEMS:
        say(f"problem: and {len(problems) - SHOWN_PROBLEMS:,} more like these")


@contextlib.contextmanager
def progress_bar() -> Iterator[ProgressCallback]:
    """Show a progress bar on stderr if that is a terminal, and yield the function that advances it."""
    if not sys.stderr.isatty():
        yield lambda description, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class _Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        stage, task = ("", 0), bar.add_task("", total=None)

        def advance(description: str, done: int, total: int) -> None:
            nonlocal stage, task
            # A new task for each stage resets the rate and the total.
            if stage != (description, total):
                bar.remove_task(task)
                stage, task = (description, total), bar.add_task(description, total=total or None)
            bar.update(task, completed=done)

        yield advance
