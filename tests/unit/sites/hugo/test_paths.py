"""Hugo's addresses: sanitised names and path patterns."""

from __future__ import annotations

import pytest

from recommender.sites.hugo.content import glob
from recommender.sites.hugo.paths import sanitise


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("A  B - c", "a-b-c"),
        ("a & b, c!", "a-b-c"),
        ("ΔΟΣ İ½ 100%", "δοσ-i-100"),
        ("a%20b#c+d~e@f", "a%20b#c+d~e@f"),
        (" lead", "lead"),
    ],
)
def test_sanitised_paths(text: str, path: str) -> None:
    assert sanitise(text) == path


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [("/p/**", "/p/a/b", True), ("/p/*", "/p/a/b", False), ("/{p,q}/*", "/q/a", True), ("/p{", "/p{", True)],
)
def test_globs(pattern: str, path: str, fits: bool) -> None:
    assert (glob(pattern).match(path) is not None) is fits
