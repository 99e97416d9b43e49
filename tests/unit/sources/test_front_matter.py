"""Markdown with front matter: the reader, which passes over `related` and nothing else, and the folder source."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from recommender.article import Article
from recommender.config import SourceSettings
from recommender.errors import FrontMatterError, InputError, SourceError
from recommender.sources import (
    FileState,
    Found,
    MarkdownFile,
    MarkdownFolder,
    ReadArticle,
    Unchanged,
    Unreadable,
    read_markdown,
)
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


def article(text: str) -> Article:
    return read_markdown(text.encode(), "folder/name")


def fault(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        read_markdown(text.encode() if isinstance(text, str) else text, "folder/name")
    return caught.value


# Where the front matter begins and ends


@pytest.mark.parametrize(
    ("text", "yaml", "body"),
    [
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
    ],
)
def test_the_front_matter_ends_at_the_first_line_of_dashes_or_dots(text: str, yaml: str, body: str):
    assert split_front_matter(text) == (yaml, body)


@pytest.mark.parametrize("text", ["", "\n\n", "  \n", "\ufeff"])
def test_an_empty_file_is_refused(text: str):
    error = fault(text)
    assert str(error) == "the file is empty; expected YAML front matter between two lines of ---"
    assert error.hint == "or leave it out: sources.exclude"


@pytest.mark.parametrize(
    "text", ["title: A\n", "# A readme\n", "\n---\ntitle: A\n---\n", " ---\na: 1\n---\n", "----\n"]
)
def test_a_file_without_front_matter_is_refused(text: str):
    assert fault(text).what == "line 1 is not ---"


@pytest.mark.parametrize(
    "text",
    [
        "---\n",
        "---\ntitle: A\n",
        "---\ntitle: A\n ---\n",
        "---\ntitle: A\n----\n",
        f"---\ntitle: A\n{PLAIN}",
        "---\na ---",
    ],
)
def test_front_matter_that_is_never_closed_is_refused(text: str):
    assert str(fault(text)) == (
        "the front matter that line 1 opens is never closed; expected a line of --- after the last field"
    )


def test_a_byte_order_mark_is_passed_over():
    assert article("\ufeff---\ntitle: A\n---\n").title == "A"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_that_is_not_utf_8_is_refused(encoding: str):
    error = fault("---\ntitle: é\n---\n".encode(encoding))
    assert isinstance(error, FrontMatterError)
    assert "is not UTF-8; expected a file in UTF-8" in str(error)


@pytest.mark.parametrize(("text", "line"), [(b"\xff", 1), (b"---\ntitle: A\nexcerpt: caf\xe9\n---\n", 3)])
def test_what_is_not_utf_8_is_told_with_its_line(text: bytes, line: int):
    assert fault(text).where == f"line {line}"


# What is read


def test_every_field_and_the_body_are_read():
    text = """\
---
category: news
title: "ACLU suit"
excerpt: >-
  The deal
  allowed it.
publishedDateTime: 2021-04-16T20:54:00Z
webUrl: "https://site.example/a"
quality: 35
heat: -1
published: false

provider:
  name: Biometric Companies
  domain: biometricupdate.com

topics:
  - Computer Vision
  - AI

images:
  - url: "https://site.example/a.jpg"
    width: 640
    height: 260
    isCached: true

secured: "4ZGfoqRB=="
---

The *text*.
"""
    found = article(text)
    assert found.to_record() == {
        "id": "folder/name",
        "title": "ACLU suit",
        "excerpt": "The deal allowed it.",
        "publishedDateTime": "2021-04-16T20:54:00Z",
        "webUrl": "https://site.example/a",
        "quality": 35,
        "heat": -1,
        "published": False,
        "provider": {"name": "Biometric Companies", "domain": "biometricupdate.com"},
        "topics": ["Computer Vision", "AI"],
        "images": [{"url": "https://site.example/a.jpg", "width": 640, "height": 260, "isCached": True}],
        "body": "\nThe *text*.\n",
        "category": "news",
    }
    assert found.secured == "4ZGfoqRB=="


def test_an_id_in_the_front_matter_goes_before_the_path():
    assert article("---\nid: own\ntitle: A\n---\n").id == "own"


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_an_id_without_a_value_leaves_the_path(nothing: str):
    assert article(f"---\nid: {nothing}\ntitle: A\n---\n").id == "folder/name"


def test_a_body_of_white_space_is_none():
    assert article("---\ntitle: A\n---\n \n\n").body is None


def test_a_body_may_stand_in_the_front_matter():
    assert article("---\ntitle: A\nbody: Text\n---\n\n").body == "Text"


def test_two_bodies_are_refused():
    error = fault("---\ntitle: A\nbody: Text\n---\nText\n")
    assert str(error) == (
        "line 3: the front matter has a key body, and there is a text after it too; expected one of them"
    )


@pytest.mark.parametrize("shown", ["1.10", "No", "on", "0x10"])
def test_a_title_that_looks_like_a_number_is_the_text_it_shows(shown: str):
    assert article(f"---\ntitle: {shown}\n---\n").title == shown


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\u0085"])
def test_a_line_separator_in_a_quoted_text_is_no_end_of_a_line_of_ours(char: str):
    found = front(f'title: "a{char}b"\n{PLAIN}heat: 3\n')
    assert list(found) == ["title", "heat"]
    assert found["heat"] == 3


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


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("place", ["first", "in the middle", "last"])
@pytest.mark.parametrize("block", RELATED_BLOCKS.values(), ids=RELATED_BLOCKS)
def test_related_is_passed_over_wherever_it_stands(block: str, place: str, line_end: str):
    before, after = "title: T\nexcerpt: |\n  one\n\n", "heat: 3\ntopics:\n- x\n"
    yaml = {"first": block + before + after, "in the middle": before + block + after, "last": before + after + block}
    text = f"---\n{yaml[place]}---\nBody\n".replace("\n", line_end)
    found = parse_front_matter(text.encode())
    assert list(found.fields.items()) == [("title", "T"), ("excerpt", "one\n"), ("heat", 3), ("topics", ["x"])]
    assert found.body == f"Body{line_end}"


@pytest.mark.parametrize("block", RELATED_BLOCKS.values(), ids=RELATED_BLOCKS)
def test_related_may_be_the_only_key(block: str):
    assert front(block) == {}


LOOKS = pytest.mark.parametrize(
    ("yaml", "fields"),
    [
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
    ],
)


@LOOKS
def test_what_only_looks_like_a_related_block_is_read(yaml: str, fields: dict[str, object]):
    assert front(yaml) == fields


@LOOKS
@pytest.mark.parametrize("block", [PLAIN, BLOCK])
def test_what_only_looks_like_a_related_block_is_read_before_a_real_one(
    yaml: str, fields: dict[str, object], block: str
):
    assert front(yaml + block) == fields


@LOOKS
@pytest.mark.parametrize("block", [PLAIN, BLOCK])
def test_what_only_looks_like_a_related_block_is_read_after_a_real_one(
    yaml: str, fields: dict[str, object], block: str
):
    assert front(block + yaml) == fields


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
    assert str(error) == "line 14: the key related stands here a second time; expected one"


@pytest.mark.parametrize("second", ["title: U\n", '"title": U\n', "title: T\n"])
def test_a_repeated_key_is_refused_with_its_line_after_a_related_block(second: str):
    error = fault(f"---\ntitle: T\n{PLAIN}{second}---\n")
    assert error.where == "line 14"


@pytest.mark.parametrize("block", ["", PLAIN, BLOCK, "related: []\n", "related:\n", "related:\n- title: A\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_bad_field_is_told_with_its_line_before_and_after_the_related_block(block: str, line_end: str):
    after = f"---\ntitle: T\n{block}\n# comment\nquality: high\n---\n"
    before = f"---\ntitle: T\nquality: high\n{block}---\n"
    for text in (before, after):
        line = text[: text.index("quality: high")].count("\n") + 1
        assert str(fault(text.replace("\n", line_end))) == (f'line {line}: quality is "high"; expected a finite number')


def test_a_fault_inside_a_list_is_told_with_the_line_of_the_field():
    error = fault(f"---\ntitle: T\n{PLAIN}images:\n  - width: wide\n---\n")
    assert error.where == "line 14"
    assert error.what.startswith('images.0.width is "wide"')


@pytest.mark.parametrize("block", ["", PLAIN, BLOCK])
def test_broken_yaml_after_the_related_block_is_told_with_its_line(block: str):
    text = f"---\ntitle: T\n{block}provider: @x\n---\n"
    line = text[: text.index("provider: @x")].count("\n") + 1
    assert fault(text).where == f"line {line}"


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\u0085"])
@pytest.mark.parametrize("block", ["", PLAIN, BLOCK])
def test_a_line_is_counted_as_editors_count_it(char: str, block: str):
    text = f'---\ntitle: "a{char}b{char}c"\n{block}quality: high\n---\n'
    line = text[: text.index("quality: high")].count("\n") + 1
    assert fault(text).where == f"line {line}"


def test_a_missing_title_is_told_with_the_first_line():
    assert str(fault("---\nheat: 3\n---\n")) == "line 1: title is missing; expected a text that is not empty"


def test_front_matter_without_a_field_lacks_a_title():
    assert fault("---\n---\nBody\n").what == "title is missing"


@pytest.mark.parametrize("block", ["", PLAIN, BLOCK])
def test_a_tag_is_refused_with_its_line(block: str):
    text = f"---\ntitle: T\n{block}x: !!python/object/apply:os.system ['true']\n---\n"
    line = text[: text.index("x: !!")].count("\n") + 1
    assert fault(text).where == f"line {line}"


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


# A folder of files


def write(folder: Path, *names: str, text: str = "---\ntitle: T\n---\n") -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def scan(folder: Path, **settings: object) -> list[Found]:
    return list(MarkdownFolder(folder, SourceSettings(**settings)).scan({}))  # type: ignore[arg-type]


def paths(found: list[Found]) -> list[str]:
    return [each.path for each in found]


def ids(found: list[Found]) -> list[str | None]:
    return [each.article.id if isinstance(each, ReadArticle) else None for each in found]


def test_files_come_in_the_order_of_their_names_folder_by_folder(tmp_path: Path):
    write(tmp_path, "b.md", "a/z.md", "a/b/c.md", "c.markdown", "B.md", "a-b.md", "é.md")
    assert paths(scan(tmp_path)) == ["B.md", "a/b/c.md", "a/z.md", "a-b.md", "b.md", "c.markdown", "é.md"]


def test_an_id_is_the_path_below_the_source_without_its_suffix(tmp_path: Path):
    write(tmp_path, "_news/2021/a.b.md", "_news/v1.2/plain.markdown", "top.md")
    assert ids(scan(tmp_path)) == ["_news/2021/a.b", "_news/v1.2/plain", "top"]


def test_a_file_without_a_suffix_has_its_whole_path_as_id(tmp_path: Path):
    write(tmp_path, "notes", "v1.2/notes")
    assert ids(scan(tmp_path, include=("*",))) == ["notes", "v1.2/notes"]


def test_a_file_is_told_by_its_whole_path(tmp_path: Path):
    write(tmp_path, "a/b.md")
    found = scan(tmp_path)[0]
    assert isinstance(found, ReadArticle)
    assert (found.where, found.state) == (str(tmp_path / "a/b.md"), FileState.of((tmp_path / "a/b.md").stat()))


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path):
    write(tmp_path, ".git/a.md", ".related/b.md", ".hidden.md", ".md", "a/.b/c.md", "shown.md")
    assert paths(scan(tmp_path)) == ["shown.md"]


def test_a_hidden_folder_can_be_the_source_itself(tmp_path: Path):
    write(tmp_path, ".site/a.md")
    assert paths(scan(tmp_path / ".site")) == ["a.md"]


def test_files_of_other_kinds_are_passed_over(tmp_path: Path):
    write(tmp_path, "a.md", "b.txt", "c.md.bak", "d.html", "related.toml", "e")
    assert paths(scan(tmp_path)) == ["a.md"]


def test_a_folder_named_like_a_file_is_looked_into(tmp_path: Path):
    write(tmp_path, "a.md/b.md")
    assert paths(scan(tmp_path)) == ["a.md/b.md"]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        (("*.txt",), ["c.txt"]),
        (("*.md", "*.txt"), ["_news/a.md", "_posts/a.md", "b.md", "c.txt"]),
        (("_news/*.md",), ["_news/a.md"]),
        (("a.md",), ["_news/a.md", "_posts/a.md"]),
        ((), []),
    ],
)
def test_the_settings_say_which_files_are_articles(tmp_path: Path, include: tuple[str, ...], expected: list[str]):
    write(tmp_path, "_news/a.md", "_posts/a.md", "b.md", "c.txt")
    assert paths(scan(tmp_path, include=include)) == expected


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        ((), ["README.md", "_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md"]),
        (("README.md",), ["_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md"]),
        (("_drafts",), ["README.md", "_news/a.md", "_news/b.md"]),
        (("_drafts/",), ["README.md", "_news/a.md", "_news/b.md"]),
        (("_drafts/*",), ["README.md", "_news/a.md", "_news/b.md"]),
        (("_news/a.md", "_drafts/b"), ["README.md", "_drafts/a.md", "_news/b.md"]),
        (("a.*",), ["README.md", "_drafts/b/c.md", "_news/b.md"]),
        (("*",), []),
    ],
)
def test_the_settings_say_which_files_are_left_out(tmp_path: Path, exclude: tuple[str, ...], expected: list[str]):
    write(tmp_path, "README.md", "_drafts/a.md", "_drafts/b/c.md", "_news/a.md", "_news/b.md")
    assert paths(scan(tmp_path, exclude=exclude)) == expected


def test_an_empty_folder_holds_nothing(tmp_path: Path):
    assert scan(tmp_path) == []


def test_a_broken_file_is_listed_with_its_line_and_reading_goes_on(tmp_path: Path):
    write(tmp_path, "a.md", "c.md")
    write(tmp_path, "b.md", text="---\ntitle: T\nquality: high\n---\n")
    found = scan(tmp_path)
    assert [type(each) for each in found] == [ReadArticle, Unreadable, ReadArticle]
    assert str(found[1].error) == (  # type: ignore[union-attr]
        f'{tmp_path / "b.md"}, line 3: quality is "high"; expected a finite number'
    )


def test_a_file_without_front_matter_is_listed_by_name(tmp_path: Path):
    write(tmp_path, "README.md", text="# Read me\n")
    error = scan(tmp_path)[0].error  # type: ignore[union-attr]
    assert (error.where, error.what) == (str(tmp_path / "README.md"), "line 1 is not ---")


def test_a_file_larger_than_the_limit_is_listed(tmp_path: Path):
    text = "---\ntitle: T\n---\n"
    write(tmp_path, "exact.md", text=text + "x" * (1024 - len(text)))
    write(tmp_path, "over.md", text=text + "x" * (1025 - len(text)))
    found = scan(tmp_path, max_file_bytes=1024)
    assert [type(each) for each in found] == [ReadArticle, Unreadable]
    error = found[1].error  # type: ignore[union-attr]
    assert str(error) == f"{tmp_path / 'over.md'}: the file has 1,025 bytes; expected at most 1,024"
    assert error.hint == "raise sources.max_file_bytes if it is an article all the same"


def test_a_file_in_its_known_state_is_not_read(tmp_path: Path):
    write(tmp_path, "a.md", text="broken")
    write(tmp_path, "sub/b.md")
    known = {"a.md": FileState.of((tmp_path / "a.md").stat())}
    found = list(MarkdownFolder(tmp_path, SourceSettings()).scan(known))
    assert found[0] == Unchanged("a.md")
    assert isinstance(found[1], ReadArticle)


def test_a_file_in_another_state_is_read(tmp_path: Path):
    write(tmp_path, "a.md")
    known = {"a.md": FileState.of((tmp_path / "a.md").stat())._replace(inode=0)}
    assert ids(list(MarkdownFolder(tmp_path, SourceSettings()).scan(known))) == ["a"]


def test_a_single_file_in_its_known_state_is_not_read(tmp_path: Path):
    write(tmp_path, "a.md", text="broken")
    known = {"a.md": FileState.of((tmp_path / "a.md").stat())}
    assert list(MarkdownFile(tmp_path / "a.md", SourceSettings()).scan(known)) == [Unchanged("a.md")]


def test_a_single_file_that_is_gone_is_listed(tmp_path: Path):
    found = list(MarkdownFile(tmp_path / "a.md", SourceSettings()).scan({}))
    assert str(found[0].error) == (  # type: ignore[union-attr]
        f"{tmp_path / 'a.md'}: the file can not be read: No such file or directory"
    )


def test_a_link_to_a_file_is_read_under_its_own_name(tmp_path: Path):
    write(tmp_path, "outside/real.md")
    (tmp_path / "site").mkdir()
    (tmp_path / "site/link.md").symlink_to(tmp_path / "outside/real.md")
    assert ids(scan(tmp_path / "site")) == ["link"]


def test_a_link_to_nothing_is_listed(tmp_path: Path):
    (tmp_path / "a.md").symlink_to(tmp_path / "none.md")
    found = scan(tmp_path)
    assert str(found[0].error) == (  # type: ignore[union-attr]
        f"{tmp_path / 'a.md'}: the file can not be read: No such file or directory"
    )


def test_a_link_to_itself_is_listed(tmp_path: Path):
    (tmp_path / "a.md").symlink_to("a.md")
    write(tmp_path, "b.md")
    assert [type(each) for each in scan(tmp_path)] == [Unreadable, ReadArticle]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path):
    write(tmp_path, "a/b.md")
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "a/loop.md").symlink_to(tmp_path)
    assert paths(scan(tmp_path)) == ["a/b.md"]


def test_a_name_that_no_id_can_hold_is_listed(tmp_path: Path):
    write(tmp_path, "a\nb.md")
    assert "id holds a control character" in str(scan(tmp_path)[0].error)  # type: ignore[union-attr]


def test_a_name_that_is_not_utf_8_is_listed(tmp_path: Path):
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")).write_text("---\ntitle: T\n---\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert "id holds a control character" in str(scan(tmp_path)[0].error)  # type: ignore[union-attr]


def test_a_pipe_is_no_article(tmp_path: Path):
    pipe = tmp_path / "a.md"
    os.mkfifo(pipe)

    found: list[object] = []
    # Reading the pipe would wait for a writer for ever; that must fail here, not hang.
    reader = threading.Thread(target=lambda: found.extend(scan(tmp_path)), daemon=True)
    reader.start()
    reader.join(timeout=30)
    assert not reader.is_alive()
    assert [type(each) for each in found] == [Unreadable]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_listed(tmp_path: Path):
    write(tmp_path, "a.md", "b.md")
    (tmp_path / "a.md").chmod(0)
    found = scan(tmp_path)
    assert [type(each) for each in found] == [Unreadable, ReadArticle]
    assert "the file can not be read: Permission denied" in str(found[0].error)  # type: ignore[union-attr]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_may_not_be_listed_is_an_error(tmp_path: Path):
    write(tmp_path, "a.md", "b/c.md")
    (tmp_path / "b").chmod(0)
    try:
        with pytest.raises(SourceError, match="the folder can not be listed: Permission denied") as caught:
            scan(tmp_path)
    finally:
        (tmp_path / "b").chmod(0o700)
    assert caught.value.where == str(tmp_path / "b")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(SourceError, match="the folder can not be listed: No such file or directory") as caught:
        scan(tmp_path / "none")
    assert caught.value.where == str(tmp_path / "none")


def test_a_folder_that_goes_away_while_it_is_read_is_an_error(tmp_path: Path):
    write(tmp_path, "a.md", "b/c.md")
    scanning = MarkdownFolder(tmp_path, SourceSettings()).scan({})
    next(scanning)
    (tmp_path / "b/c.md").unlink()
    (tmp_path / "b").rmdir()
    with pytest.raises(SourceError, match="the folder can not be listed"):
        list(scanning)


def test_a_file_that_goes_away_while_its_folder_is_read_is_listed(tmp_path: Path):
    write(tmp_path, "a.md", "b.md")
    scanning = MarkdownFolder(tmp_path, SourceSettings()).scan({})
    next(scanning)
    (tmp_path / "b.md").unlink()
    assert [type(each) for each in scanning] == [Unreadable]
