"""Detection of a file's syntax from its name and first bytes."""

from __future__ import annotations

from recommender.sources.syntaxes import SYNTAXES, syntax_of


def test_a_file_is_in_one_syntax():
    for name, text, syntax in [
        ("a.md", "---\ntitle: A\n---\n", "yaml"),
        ("a.rst", "---\r\ntitle: A\r\n---\r\n", "yaml"),
        ("a.md", "---\ntitle: [\n", "yaml"),
        ("a.md", "---\n\nText\n", "plain"),
        ("a.md", "+++\ntitle = 'A'\n", "toml"),
        ("a.md", '{"title": "A"}\nBody\n', "json"),
        ("a.json", '{"title": ', "json"),
        ("a.md", "{{ page.title }}\n", "plain"),
        ("a.md", '{"a": 1} is JSON\n', "plain"),
        ("a.rst", ".. title: A\n", "comments"),
        ("a.md", "<!--\n.. title: A\n-->\n", "comments"),
        ("a.html", "<!--\n.. title: A\n-->\n<p>", "comments"),
        ("a.MD.META", "", "comments"),
        ("a.meta", "---\ntitle: A\n---\n", "yaml"),
        ("a.rst", "Text\n", "rst"),
        ("a.rst", "Title: A\n", "rst"),
        ("a.txt", "Title\n=====\n\n:date: x\n", "rst"),
        ("a.txt", "Title: A\nDate: x\n", "headers"),
        ("a.txt", "Title\n=====\n", "plain"),
        ("a.md", "Title: A\nDate: x\n\nBody\n", "headers"),
        ("a.md", "Note: this is text\n", "plain"),
        ("a.md", ":date: x\n", "plain"),
        ("a.md", "# Title\n", "plain"),
        ("a.html", "<p>Text</p>", "plain"),
        ("a", "", "plain"),
    ]:
        for mark in ["", "\ufeff"]:
            assert syntax_of(name, (mark + text).encode()) is SYNTAXES[syntax]


def test_every_syntax_has_its_name():
    assert [syntax.name for syntax in SYNTAXES.values()] == list(SYNTAXES)
    assert set(SYNTAXES) == {"yaml", "toml", "json", "comments", "rst", "headers", "plain"}


def test_bytes_that_are_no_text_are_in_some_syntax():
    assert syntax_of("a.txt", b"\xff\xfe\x00{") is SYNTAXES["plain"]
