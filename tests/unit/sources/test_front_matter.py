"""YAML front matter: the parser skips only `related`, and knows the line of every field."""

from __future__ import annotations

from itertools import product

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import parse_front_matter, split_front_matter

BLOCK = """\
related:
  - title: "Plaintiffs: \\"seek\\" # injunction"
    excerpt: 'It''s about --- privacy'
    publishedDateTime: 2021-04-12T19:55:00Z
    webUrl: "https://www.reuters.com/a"
    type: article
    provider:
      name: Reuters
      domain: reuters.com
    quality: 67

  - title: "Second"
"""
"""Not plainly formed, for it holds a blank line: it is parsed."""

PLAIN = BLOCK.replace("\n\n", "\n")
"""Plainly formed: it is passed over unread."""


def front(yaml: str, body: str = "") -> dict[str, object]:
    return parse_front_matter(f"---\n{yaml}---\n{body}".encode()).fields


def fault(text: str | bytes) -> FrontMatterError:
    with pytest.raises(FrontMatterError) as caught:
        parse_front_matter(text.encode() if isinstance(text, str) else text)
    return caught.value


def line_of(text: str, field: str) -> int:
    """Return the line of the field, as an editor counts."""
    return text[: text.index(f"{field}:")].count("\n") + 1


# Where the front matter begins and ends


def test_the_front_matter_ends_at_the_first_line_of_dashes_or_dots():
    for text, yaml, body in [
        ("---\na: 1\n---\n", "a: 1\n", ""),
        ("---\na: 1\n---", "a: 1\n", ""),
        ("---\na: 1\n...\nBody\n", "a: 1\n", "Body\n"),
        ("---\na: 1\n---\nBody\n---\nmore\n...\n", "a: 1\n", "Body\n---\nmore\n...\n"),
        ("---\na: 1\n...\nBody\n---\n", "a: 1\n", "Body\n---\n"),
        ("---\n---\nBody", "", "Body"),
        ("---\n---", "", ""),
        ("--- \t\na: 1\n--- \t\nBody", "a: 1\n", "Body"),
        ("---\r\na: 1\r\n---\r\nBody\r\n", "a: 1\r\n", "Body\r\n"),
        ("---\na: |\n  ---\n  x\n---\nBody", "a: |\n  ---\n  x\n", "Body"),
        ("---\n----: 1\n---x: 2\n....: 3\n---\nBody", "----: 1\n---x: 2\n....: 3\n", "Body"),
        ("---\na: 1\n\n---\n\nBody", "a: 1\n\n", "\nBody"),
    ]:
        assert split_front_matter(text) == (yaml, body), text


def test_an_empty_file_is_refused():
    for text in ["", "\n\n", "  \n", "\ufeff"]:
        error = fault(text)
        assert str(error) == "the file is empty; expected YAML front matter between two lines of ---", text
        assert error.hint == "or leave it out: sources.exclude", text


def test_a_file_without_front_matter_is_refused():
    for text in ["title: A\n", "# A readme\n", "\n---\ntitle: A\n---\n", " ---\na: 1\n---\n", "----\n"]:
        assert fault(text).what == "line 1 is not ---", text


def test_front_matter_that_is_never_closed_is_refused():
    for text in [
        "---\n",
        "---\ntitle: A\n",
        "---\ntitle: A\n ---\n",
        "---\ntitle: A\n----\n",
        f"---\ntitle: A\n{PLAIN}",
        "---\na ---",
    ]:
        message = "the front matter is never closed; expected a line of --- after the last field"
        assert str(fault(text)) == message, text


def test_a_byte_order_mark_is_passed_over():
    assert parse_front_matter("\ufeff---\ntitle: A\n---\n".encode()).fields == {"title": "A"}


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_that_is_not_utf_8_is_refused(encoding: str):
    assert "is not UTF-8; expected a file in UTF-8" in str(fault("---\ntitle: é\n---\n".encode(encoding)))


@pytest.mark.parametrize(("text", "line"), [(b"\xff", 1), (b"---\ntitle: A\nexcerpt: caf\xe9\n---\n", 3)])
def test_what_is_not_utf_8_is_told_with_its_line(text: bytes, line: int):
    assert fault(text).where == f"line {line}"


# What is read


def test_a_line_separator_in_a_quoted_text_is_no_end_of_a_line_of_ours():
    for char in ["\u2028", "\u2029", "\u0085"]:
        found = front(f'title: "a{char}b"\n{PLAIN}heat: 3\n')
        assert list(found) == ["title", "heat"], char
        assert found["heat"] == 3, char


def test_tabs_between_and_inside_values_are_read():
    assert front('title:\tA\t\nexcerpt: "a\tb"\nheat: \t3\n') == {"title": "A", "excerpt": "a\tb", "heat": 3}


# The related block is passed over


RELATED_BLOCKS = {
    "plain": PLAIN,
    "with a blank line": BLOCK,
    "un-indented": "related:\n- title: A\n  quality: 3\n- title: B\n",
    "null": "related:\n",
    "tilde": "related: ~\n",
    "empty list": "related: []\n",
    "inline": 'related: [{title: "A", quality: 3}, {title: B}]\n',
    "inline over lines": 'related: [\n  {title: "A"},\n{title: B}\n]\n',
    "a text": "related: none yet\n",
    "with comments": "related: # ours\n  # first\n  - title: A # good\n# at the margin\n  - title: B\n",
    "with block scalars": "related:\n  - title: A\n    excerpt: |\n      related:\n      ---\n\n      title: X\n",
    "with a folded text": "related:\n  - title: A\n    excerpt: >-\n      one\n      two\n",
    "with a text over lines": 'related:\n  - title: "A\nheat: 9\n  "\n    quality: 3\n',
    "with anchors": "related:\n  - &one\n    title: A\n  - *one\n",
    "with spaces after": "related:   \n  - title: A   \n    quality: 3  \n",
    "deeply indented": "related:\n        - title: A\n          provider:\n              name: R\n",
    "of plain texts": "related:\n  - one\n  - two\n",
    "quoted key": '"related":\n  - title: A\n',
    "single-quoted key": "'related':\n  - title: A\n",
    "spaced key": "related :\n  - title: A\n",
    "explicit key": "? related\n: - title: A\n",
    "with odd line separators": 'related:\n  - title: "a\u2028b\u0085c"\n    quality: 3\n',
    "tab after": "related:\t\n  - title: A\n",
}


@pytest.mark.parametrize("block", RELATED_BLOCKS.values(), ids=RELATED_BLOCKS)
def test_related_is_passed_over_wherever_it_stands(block: str):
    before, after = "title: T\nexcerpt: |\n  one\n\n", "heat: 3\ntopics:\n- x\n"
    for yaml in (block + before + after, before + block + after, before + after + block):
        for line_end in ("\n", "\r\n"):
            found = parse_front_matter(f"---\n{yaml}---\nBody\n".replace("\n", line_end).encode())
            assert list(found.fields.items()) == [("title", "T"), ("excerpt", "one\n"), ("heat", 3), ("topics", ["x"])]
            assert found.body == f"Body{line_end}"
    assert front(block) == {}


def test_what_only_looks_like_a_related_block_is_read():
    for yaml, fields in [
        ("excerpt: |\n  related:\n    - title: X\nheat: 3\n", {"excerpt": "related:\n  - title: X\n", "heat": 3}),
        ("excerpt: >\n  related:\n  ---\n  x\nheat: 3\n", {"excerpt": "related: --- x\n", "heat": 3}),
        ("excerpt: |2\n   related:\nheat: 3\n", {"excerpt": " related:\n", "heat": 3}),
        ("excerpt: |-\n\n  a\n\n  related:\n\nheat: 3\n", {"excerpt": "\na\n\nrelated:", "heat": 3}),
        ('excerpt: "a\nrelated: x\nb"\nheat: 3\n', {"excerpt": "a related: x b", "heat": 3}),
        ('excerpt: "a\nrelated:\nb: c"\nheat: 3\n', {"excerpt": "a related: b: c", "heat": 3}),
        (
            'excerpt: "a\nrelated:\n  - title: X\n    quality: 3\nb: c"\nheat: 3\n',
            {"excerpt": "a related: - title: X quality: 3 b: c", "heat": 3},
        ),
        ("excerpt: 'a\nrelated:\n  title: X\nb: c'\nheat: 3\n", {"excerpt": "a related: title: X b: c", "heat": 3}),
        ('excerpt: "a \\\n  related: x"\nheat: 3\n', {"excerpt": "a related: x", "heat": 3}),
        ("topics: [a,\nrelated,\nb]\nheat: 3\n", {"topics": ["a", "related", "b"], "heat": 3}),
        ("meta: {a: 1,\nrelated: x,\nb: 2}\nheat: 3\n", {"meta": {"a": 1, "related": "x", "b": 2}, "heat": 3}),
        ("meta:\n  related:\n    - title: X\nheat: 3\n", {"meta": {"related": [{"title": "X"}]}, "heat": 3}),
        ("meta:\n- related:\n    title: X\nheat: 3\n", {"meta": [{"related": {"title": "X"}}], "heat": 3}),
        ("# related:\n#   - title: X\nheat: 3\n", {"heat": 3}),
        ("heat: 3 # related:\n", {"heat": 3}),
        ("relatedTo: [x]\nrelated_ids: [y]\n", {"relatedTo": ["x"], "related_ids": ["y"]}),
        ("Related:\n  - title: X\n", {"Related": [{"title": "X"}]}),
    ]:
        for block in ("", PLAIN, BLOCK):
            assert front(yaml + block) == front(block + yaml) == fields, yaml


def test_front_matter_may_be_written_in_braces():
    assert front("{heat: 3,\nrelated: [x],\ntitle: T}\n") == {"heat": 3, "title": "T"}


def test_what_looks_like_a_related_block_in_the_body_is_body():
    body = f"A text.\n\n{PLAIN}next: x\n"
    found = parse_front_matter(f"---\ntitle: T\n---\n{body}".encode())
    assert (found.fields, found.body) == ({"title": "T"}, body)


def test_a_related_block_before_a_body_with_another_is_the_one_passed_over():
    body = f"{PLAIN}---\n"
    found = parse_front_matter(f"---\ntitle: T\n{PLAIN}---\n{body}".encode())
    assert (found.fields, found.body) == ({"title": "T"}, body)


def test_a_related_block_written_otherwise_leaves_one_in_the_body_alone():
    body = f"\n{PLAIN}---\n"
    found = parse_front_matter(f'---\n"related": []\ntitle: T\n---\n{body}'.encode())
    assert (found.fields, found.body) == ({"title": "T"}, body)


def test_an_anchor_inside_the_related_block_serves_after_it():
    yaml = "related:\n  - provider: &reuters\n      name: Reuters\nprovider: *reuters\n"
    assert front(yaml) == {"provider": {"name": "Reuters"}}


def test_an_anchor_before_the_related_block_serves_inside_and_after_it():
    yaml = "provider: &p\n  name: Reuters\nrelated:\n  - title: A\n    provider: *p\npublisher: *p\n"
    assert front(yaml) == {"provider": {"name": "Reuters"}, "publisher": {"name": "Reuters"}}


def test_related_that_is_merged_in_is_dropped():
    assert front("<<: {related: [x], heat: 3}\n") == {"heat": 3}


def test_a_text_that_stands_for_the_passed_over_block_is_a_text_like_others():
    assert front(f"title: related-block-passed-over\n{PLAIN}heat: 3\n") == {
        "title": "related-block-passed-over",
        "heat": 3,
    }
    assert front("related: related-block-passed-over\nheat: 3\n") == {"heat": 3}


def test_no_spelling_of_related_lets_a_quoted_text_be_cut():
    yaml = 'title: "a\nrelated:\n  b: c\nd: e"\nrelated: "related-block\\x2dpassed-over"\n'
    assert front(yaml) == {"title": "a related: b: c d: e"}


def test_two_related_blocks_are_refused_with_the_line_of_the_second():
    error = fault(f"---\ntitle: T\n{PLAIN}{PLAIN}---\n")
    assert str(error) == "line 14: the key related is repeated; expected one"


def test_a_repeated_key_is_refused_with_its_line_after_a_related_block():
    for second in ["title: U\n", '"title": U\n', "title: T\n"]:
        error = fault(f"---\ntitle: T\n{PLAIN}{second}---\n")
        assert error.where == "line 14", second


def test_the_line_of_a_field_is_known_before_and_after_the_related_block():
    for line_end, block in product(
        ["\n", "\r\n"], ["", PLAIN, BLOCK, "related: []\n", "related:\n", "related:\n- title: A\n"]
    ):
        for text in (f"---\ntitle: T\n{block}\n# comment\nheat: 3\n---\n", f"---\ntitle: T\nheat: 3\n{block}---\n"):
            found = parse_front_matter(text.replace("\n", line_end).encode())
            assert found.line("heat") == line_of(text, "heat"), (block, line_end)


def test_a_field_that_is_not_there_has_the_first_line():
    assert parse_front_matter(b"---\nheat: 3\n---\n").line("title") == 1


def test_broken_yaml_after_the_related_block_is_told_with_its_line():
    for block in ["", PLAIN, BLOCK]:
        text = f"---\ntitle: T\n{block}provider: @x\n---\n"
        line = text[: text.index("provider: @x")].count("\n") + 1
        assert fault(text).where == f"line {line}", block


def test_a_line_is_counted_as_editors_count_it():
    for block, char in product(["", PLAIN, BLOCK], ["\u2028", "\u2029", "\u0085"]):
        text = f'---\ntitle: "a{char}b{char}c"\n{block}heat: 3\n---\n'
        assert parse_front_matter(text.encode()).line("heat") == line_of(text, "heat"), (char, block)


def test_a_tag_is_refused_with_its_line():
    for block in ["", PLAIN, BLOCK]:
        text = f"---\ntitle: T\n{block}x: !!python/object/apply:os.system ['true']\n---\n"
        line = text[: text.index("x: !!")].count("\n") + 1
        assert fault(text).where == f"line {line}", block


def test_a_bomb_of_aliases_beside_a_related_block_is_refused():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]", *(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]" for n in range(1, 12))]
    assert "more than 100,000 values" in fault("---\ntitle: T\n{}{}\n---\n".format(PLAIN, "\n".join(levels))).what


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_brackets_nested_a_hundred_thousand_deep_are_refused(opening: str):
    assert "nested more than 50 deep" in fault(f"---\ntitle: T\n{PLAIN}x: {opening * 100_000}\n---\n").what


@pytest.mark.parametrize(
    "filler",
    [
        "related:\n" * 20_000,
        "related:" + " " * 200_000 + "x\n",
        "related:\n" + "\n" * 200_000,
        f"related:\n  a: {'b' * 200_000}:",
    ],
    ids=["many", "spaces", "blank lines", "a long value"],
)
def test_text_that_looks_much_like_a_related_block_is_body(filler: str):
    found = parse_front_matter(f"---\ntitle: T\n---\n{filler}\n---\n".encode())
    assert found.body == f"{filler}\n---\n"
