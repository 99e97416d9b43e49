from __future__ import annotations

from recommender.sites.globs import IgnoreLines, glob_regex


def test_globs():
    for pattern, path, fits in [
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
    ]:
        assert bool(glob_regex(pattern).match(path)) is fits


def test_ignore_lines():
    for path, ignored in [
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
    ]:
        lines = ["drafts/", "/foo.md", "*.tmp", "!keep.tmp", "a/**/c.md", "# no comment", ""]
        assert IgnoreLines(lines).match(path) is ignored
