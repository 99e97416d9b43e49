"""Generators from npm: installed once, outside of the checkout, and lent to each site."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sites.harness import need, run

HERE = Path(__file__).parent
GENERATORS = Path(os.environ.get("RELATED_GENERATORS", "/tmp/generators"))


def node_packages(name: str) -> Path:
    """The `node_modules` of a generator, as `packages/NAME/package.json` pins it, installed where it is missing.

    Without node, or without a registry to install it from, the test is skipped.
    """
    need("node")
    need("npm")
    folder = GENERATORS / name
    pins = HERE / "packages" / name / "package.json"
    installed = folder / "node_modules" / ".installed.json"
    if not installed.is_file() or installed.read_bytes() != pins.read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pins, folder / "package.json")
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=280)
        if done.returncode != 0:
            pytest.skip(f"{name} cannot be installed in {folder}: {done.stderr.strip().splitlines()[-1:]}")
        shutil.copyfile(pins, installed)
    return installed.parent


def generate(packages: Path, site: Path, tool: str, *arguments: str, **environment: str) -> str:
    """Run a generator on a site, without network; what it printed."""
    (site / "node_modules").symlink_to(packages)
    shutil.rmtree(site / ".astro", ignore_errors=True)
    return run(
        packages / ".bin" / tool,
        *arguments,
        cwd=site,
        **{"CI": "1", "TZ": "UTC", "ASTRO_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1", **environment},
    )
