from __future__ import annotations

import pytest

from recommender.sites.globs import IgnoreLines, glob_regex


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.rst", "a.rst", True),
        ("*.rst", "a/b.rst", False),
        ("posts/*/*", "posts/a/b.rst", True),
        ("**/x.rst", "x.rst", True),
        ("**/x.rst", "a/b/x.rst", True),
        ("old/**", "old/a/b.rst", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[!ab].md", "c.md", True),
        ("[!ab].md", "a.md", False),
        ("[ab].md", "b.md", True),
        ("[z-a].md", "[z-a].md", True),
        ("a[", "a[", True),
    ],
)
def test_globs(pattern: str, path: str, fits: bool) -> None:
    assert bool(glob_regex(pattern).match(path)) is fits


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("drafts/x.md", True),
        ("a/drafts/", True),
        ("a/drafts", False),
        ("foo.md", True),
        ("a/foo.md", False),
        ("a/b.tmp", True),
        ("keep.tmp", False),
        ("a/b/c.md", True),
        ("a/x/y/c.md", True),
        ("# no comment", False),
    ],
)
def test_ignore_lines(path: str, ignored: bool) -> None:
    lines = ["drafts/", "/foo.md", "*.tmp", "!keep.tmp", "a/**/c.md", "# no comment", ""]
    assert IgnoreLines(lines).match(path) is ignored
