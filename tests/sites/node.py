"""Generators from npm: installed once, outside of the checkout, and lent to each site."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from sites.harness import need, run

HERE = Path(__file__).parent
GENERATORS = Path(os.environ.get("RELATED_GENERATORS", "/tmp/generators"))


def node_packages(name: str) -> Path:
    """The `node_modules` of a generator, as `packages/NAME/package.json` pins it; without it the test is skipped."""
    need("node")
    folder = GENERATORS / name
    pins = HERE / "packages" / name / "package.json"
    if not (folder / "node_modules").is_dir():
        pytest.skip(f"{name} is not installed: cp {pins} {folder}/ && npm install --prefix {folder}")
    if (folder / "package.json").read_bytes() != pins.read_bytes():
        pytest.skip(f"another {name} than {pins} pins is installed in {folder}")
    return folder / "node_modules"


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
