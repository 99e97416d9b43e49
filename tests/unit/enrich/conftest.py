"""A small site to fill."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.enriching import Filling, article

TITLES = {"a": "Ants", "b": "Bees", "c": "Crabs"}


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    """Three articles, a, b and c, in a collection that was built from them."""
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name, title in TITLES.items():
        made.write(f"{name}.md", article(title))
    made.build()
    return made
