"""Generators from PyPI: each in a virtual environment of its own, outside of the checkout, made where it is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sites.harness import run

HERE = Path(__file__).parent
GENERATORS = Path(os.environ.get("RELATED_GENERATORS", "/tmp/generators"))


def python_packages(name: str) -> Path:
    """The folder of commands of a generator, as `packages/NAME/requirements.txt` pins it.

    Without it, and without a registry to install it from, the test is skipped.
    """
    pins = HERE / "packages" / name / "requirements.txt"
    folder = GENERATORS / name
    pinned = folder / "requirements.txt"
    if not pinned.is_file() or pinned.read_bytes() != pins.read_bytes():
        python = folder / "bin" / "python"
        commands = [
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", pins],
        ]
        # Pins of this project are none of the generator's.
        environment = {key: value for key, value in os.environ.items() if key != "PIP_CONSTRAINT"}
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280)
            if done.returncode != 0:
                pytest.skip(f"{name} cannot be installed in {folder}: {done.stderr.strip().splitlines()[-1:]}")
        pinned.write_bytes(pins.read_bytes())
    return folder / "bin"


def generate(name: str, site: Path, tool: str, *arguments: str) -> str:
    """Run a generator on a site; what it printed."""
    return run(python_packages(name) / tool, *arguments, cwd=site, TZ="UTC", PYTHONWARNINGS="ignore", LC_ALL="C.UTF-8")


def files_of(snippet: str) -> dict[str, str]:
    """The parts of a snippet by the file that each belongs into, which the comment above a part names."""
    parts: dict[str, list[str]] = {}
    lines = parts.setdefault("", [])
    for line in snippet.splitlines():
        words = line.strip("{# }").replace(",", " ").split()
        is_name = bool(words) and line.startswith(("# ", "{# ", "## ")) and "." in words[0] and "/" not in words[0][:1]
        if is_name:
            lines = parts.setdefault(words[0], [])
        lines.append(line)
    return {name: "\n".join(lines).strip() + "\n" for name, lines in parts.items() if name}
