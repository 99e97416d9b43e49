"""Tests that run the generators themselves; `pytest tests/sites` runs them, a run of the whole suite does not."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves this folder out unless the command line names it, or a test in it."""
    places = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(place == HERE or HERE in place.parents for place in places) else True
