"""The related block has the style of the example site, and every text is read back unchanged."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from support.entries import entries, read_yaml_11, read_yaml_12
from support.examples import examples

from recommender.errors import FrontMatterError
from recommender.sources.related_block import read_block, write_block, write_value
from recommender.sources.syntaxes.yaml_front import find_related

EVERY = 1 if os.environ.get("RELATED_TEST_ALL") == "1" else 8

ENTRY = {
    "title": "Court hears plea over face scans",
    "excerpt": "Residents say that the firm took their faces without consent.",
    "publishedDateTime": "2021-04-12T19:55:00Z",
    "webUrl": "https://www.courier.example/article/face-scans-1",
    "ampWebUrl": "https://mobile.courier.example/article/amp/face-scans-1",
    "cdnAmpWebUrl": "https://mobile-courier-example.cdn.example/c/s/mobile.courier.example/article/amp/face-scans-1",
    "type": "article",
    "provider": {"name": "The Courier", "domain": "courier.example"},
    "quality": 67,
    "images": [
        {"url": "https://img.example/a.jpg", "width": 640, "height": 260, "isCached": True},
        {"url": "https://img.example/b.jpg", "isCached": False},
    ],
}

BLOCK = """\
related:
  - title: "Court hears plea over face scans"
    excerpt: "Residents say that the firm took their faces without consent."
    publishedDateTime: 2021-04-12T19:55:00Z
    webUrl: "https://www.courier.example/article/face-scans-1"
    ampWebUrl: "https://mobile.courier.example/article/amp/face-scans-1"
    cdnAmpWebUrl: "https://mobile-courier-example.cdn.example/c/s/mobile.courier.example/article/amp/face-scans-1"
    type: article
    provider:
      name: The Courier
      domain: courier.example
    quality: 67
    images:
      - url: "https://img.example/a.jpg"
        width: 640
        height: 260
        isCached: true
      - url: "https://img.example/b.jpg"
        isCached: false
  - title: "Second"
    provider:
      domain: gazette.example
"""

ENTRIES = [ENTRY, {"title": "Second", "provider": {"domain": "gazette.example"}}]


def written(key: str, value: object) -> str:
    """Return the text after the key of an entry's only field."""
    lead = f"related:\n  - {key}: "
    block = write_block([{key: value}]).decode()
    assert block.startswith(lead)
    assert block.endswith("\n")
    return block[len(lead) : -1]


def test_a_block_is_written_in_the_examples_hand():
    assert write_block(ENTRIES).decode() == BLOCK


def test_a_block_is_written_with_the_files_line_ends():
    assert write_block(ENTRIES, "\r\n") == BLOCK.replace("\n", "\r\n").encode()


def test_no_entries_are_no_block():
    assert write_block([]) == b""


def test_an_item_may_begin_with_a_mapping():
    assert write_block([{"provider": {"name": "A"}, "quality": 1}]).decode() == (
        "related:\n  - provider:\n      name: A\n    quality: 1\n"
    )


def test_an_item_may_begin_with_a_list():
    assert write_block([{"images": [{"width": 1}]}]).decode() == "related:\n  - images:\n      - width: 1\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_block_is_read_as_it_was_written(newline: str):
    assert read_block(write_block(ENTRIES, newline)) == ENTRIES


def test_a_value_is_written_below_a_key_of_any_text():
    for key in ["posts/a-story", "2024", "a: b", "no", 'say "yes"', "é", "- x"]:
        block = write_value(key, ENTRIES).decode()
        assert read_yaml_11(block) == read_yaml_12(block) == {key: ENTRIES}, key


def test_a_block_that_is_no_yaml_is_refused():
    with pytest.raises(FrontMatterError, match="invalid YAML"):
        read_block(b"related:\n   a: x\n  b: y\n")


def test_titles_excerpts_and_addresses_are_quoted_always():
    for key in ["title", "excerpt", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "url"]:
        assert written(key, "plain") == '"plain"', key


def test_only_what_cannot_stand_in_quotes_is_escaped():
    for text, escaped in [
        ('say "yes"', r"say \"yes\""),
        ("a\\b", r"a\\b"),
        ("\\n", r"\\n"),
        ("a\r\nb", r"a\r\nb"),
        ("a\tb", r"a\tb"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("a\x85b", r"a\u0085b"),
        ("\ufeffa", r"\ufeffa"),
        ("a\x7fb", r"a\u007fb"),
        ("\0\x01\x0b\x1b\x1f", r"\u0000\u0001\u000b\u001b\u001f"),
        ("\x80\x9f", r"\u0080\u009f"),
        ("\ufffe\uffff", r"\ufffe\uffff"),
        ("Lézard’s \xa0 日本 🦎 — {a} #b 'c': %d", "Lézard’s \xa0 日本 🦎 — {a} #b 'c': %d"),
        ("", ""),
        (" a ", " a "),
    ]:
        assert written("title", text) == f'"{escaped}"', text


BARE = [
    "Reuters",
    "Morningstar, Inc.",
    "Barron's",
    "Le Lézard",
    "24.example",
    "7 News",
    "The Verge [tech] {x} 100%",
    "AT&T",
    "Yahoo!",
    "a:b",
    "a#b",
    "-a",
    "?a",
    ".NET",
    "Not",
    "Nullify",
    "1e3 Media",
    "4x4",
    "192.0.2.1",
    "日本経済新聞",
    "🦎",
    "Lizard 🦎",
    'The "Post"',
    "a\\b",
]

QUOTED = [
    *["2600", "-1", "+1", "007", "1_000", "1,000", "0x1F", "0o17", "0o_7", "0b10", "0.5", ".5", "5.", "1e3", "1.5E-3"],
    *["12:30", "12:30:45", "1:30.5", ".inf", "-.INF", ".NaN", "_", "+_", "-_1"],
    *["2021-04-16", "2021-4-6", "2021-04-16T20:54:00Z", "2021-04-16 20:54:00"],
    *["No", "yes", "Y", "n", "TRUE", "False", "on", "Off", "null", "NULL", "~", "~a", "", "=", "<<"],
    *["a: b", "a:", "x #y", " lead", "trail ", "\xa0a", "a\xa0", "- a", "-", "? a", "?", ": a", ":a"],
    *["@x", "`x", "%x", "&x", "*x", "!x", "|", ">", "[x", "]", "{x", "}", ",x", "#x", "'x'", "---", "--- a", "..."],
    *["Le\u2028Lézard", "Le\u2029Lézard"],
]


def test_a_name_stands_bare_where_it_can():
    assert [name for name in BARE if written("name", name) != name] == []


def test_a_name_that_would_be_read_as_something_else_is_quoted():
    assert [name for name in QUOTED if not written("name", name).startswith('"')] == []


def test_a_quoted_name_is_escaped():
    for name, quoted in [
        ('"A"', r'"\"A\""'),
        ("a\nb", r'"a\nb"'),
        ("a\tb", r'"a\tb"'),
        ("a\x85b", r'"a\u0085b"'),
        ("a\ufeffb", r'"a\ufeffb"'),
        ("é: \\", r'"é: \\"'),
    ]:
        assert written("name", name) == quoted, name


def test_a_name_is_read_back_as_that_text():
    for name in (*BARE, *QUOTED):
        block = write_block([{"name": name}]).decode()
        assert read_yaml_11(block) == read_yaml_12(block) == {"related": [{"name": name}]}


def test_numbers_and_booleans_stand_bare():
    for value, text in [
        (67, "67"),
        (-1, "-1"),
        (10**18, "1000000000000000000"),
        (0.5, "0.5"),
        (67.0, "67.0"),
        (1e30, "1.0e+30"),
        (1e-7, "1.0e-07"),
        (-1.5e300, "-1.5e+300"),
        (True, "true"),
        (False, "false"),
    ]:
        assert written("quality", value) == text, value


def test_a_date_stands_bare():
    for date in ["2021-04-16T20:54:00Z", "2021-04-16T20:54:00.125000Z", "0987-01-01T00:00:00Z"]:
        assert written("publishedDateTime", date) == date, date


@examples(300)
@given(entries)
def test_other_yaml_readers_read_what_was_written(entries: list[dict[str, Any]]):
    block = write_block(entries).decode()
    # As texts, since True equals 1 and 1 equals 1.0.
    assert repr(read_yaml_11(block)) == repr(read_yaml_12(block)) == repr({"related": entries})


@examples(300)
@given(entries)
def test_what_was_read_is_written_as_it_stood(entries: list[dict[str, Any]]):
    block = write_block(entries)
    assert write_block(read_block(block)) == block


def test_the_blocks_of_a_real_site_are_written_as_they_stand(real_site: Path):
    fields = [find_related(file.read_bytes()) for file in sorted((real_site / "_news").glob("*.md"))[::EVERY]]
    blocks = [(field.block, field.newline) for field in fields if field.block]
    assert len(blocks) > 1000 / EVERY
    assert [write_block(read_block(block), newline) for block, newline in blocks] == [block for block, _ in blocks]
