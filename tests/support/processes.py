"""Processes that tests start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent


def start(
    module: str, *arguments: object, variables: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """Run a module of the tests in a process of its own, with pipes in and out; warnings are errors there too."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **(variables or {})},
        **options,
    )
