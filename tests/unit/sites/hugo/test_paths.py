"""Hugo's addresses: sanitised names and path patterns."""

from __future__ import annotations

from recommender.sites.hugo.content import glob
from recommender.sites.hugo.paths import sanitise


def test_sanitised_paths() -> None:
    for text, path in [
        ("A  B - c", "a-b-c"),
        ("a & b, c!", "a-b-c"),
        ("ΔΟΣ İ½ 100%", "δοσ-i-100"),
        ("a%20b#c+d~e@f", "a%20b#c+d~e@f"),
        (" lead", "lead"),
    ]:
        assert sanitise(text) == path, text


def test_globs() -> None:
    for pattern, path, fits in [
        ("/p/**", "/p/a/b", True),
        ("/p/*", "/p/a/b", False),
        ("/{p,q}/*", "/q/a", True),
        ("/p{", "/p{", True),
    ]:
        assert (glob(pattern).match(path) is not None) is fits, pattern
