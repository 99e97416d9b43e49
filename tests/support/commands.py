"""Run the command line, in this process or in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from recommender.cli import main

Related = Callable[..., subprocess.CompletedProcess[str]]
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "COLUMNS": "80"}


def run_here(*arguments: object, cwd: Path | None = None, columns: int = 80) -> subprocess.CompletedProcess[str]:
    """Call `main()` in this process, and return what `subprocess.run` would for the same command line."""
    command = ["related", *map(str, arguments)]
    stdout, stderr = _stream("strict"), _stream("backslashreplace")
    with chdir(cwd or Path.cwd()), _as_process(command, stdout, stderr, columns):
        try:
            main()
            code: Any = 0
        except SystemExit as stop:
            code = stop.code or 0
        except Exception:
            traceback.print_exc()
            code = 1
    return subprocess.CompletedProcess(command, code, _text(stdout), _text(stderr))


def run_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `python -m recommender.cli`."""
    return subprocess.run(
        [sys.executable, "-m", "recommender.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env={**os.environ, **ENVIRONMENT, "PYTHONWARNINGS": "ignore"},
        **options,
    )


@contextmanager
def _as_process(command: list[str], stdout: io.TextIOWrapper, stderr: io.TextIOWrapper, columns: int) -> Iterator[None]:
    """Set what a process has for itself, and put it back."""
    before = sys.argv, sys.stdin, sys.stdout, sys.stderr, sys.excepthook
    environment = dict(os.environ)
    sys.argv, sys.stdin, sys.stdout, sys.stderr = command, io.StringIO(), stdout, stderr
    os.environ.update(ENVIRONMENT, COLUMNS=str(columns))
    try:
        yield
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr, sys.excepthook = before
        os.environ.clear()
        os.environ.update(environment)


def _stream(errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors, write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
