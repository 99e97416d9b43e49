"""YAML front matter as a `Syntax`: it agrees with its functions, and claims the right files."""

from __future__ import annotations

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.related_block import write_block
from recommender.sources.syntaxes.yaml_front import YAML, find_related, splice

ENTRIES = [{"title": "New", "provider": {"name": "The Courier"}}]


@pytest.mark.parametrize(
    "data",
    [
        b"---\ntitle: A\n---\nBody\n",
        b"---\r\ntitle: A\r\n\r\nsecured: x\r\n---\r\n",
        b"---\n---\n",
        b"--- \nrelated:\n  - title: x\n...\n",
        b"---\n\ntitle: A\n\n---\n",
    ],
)
def test_it_does_what_its_functions_do(data: bytes):
    for mark in [b"", b"\xef\xbb\xbf"]:
        file = mark + data
        field = find_related(file)
        found = YAML.find_related(file)
        assert YAML.claims(file)
        assert found == field
        assert YAML.parse(file) == field.front
        assert YAML.write_block(ENTRIES, "\r\n") == write_block(ENTRIES, "\r\n")
        block = write_block(ENTRIES, field.newline)
        assert YAML.splice(found, block) == splice(field, block)
        assert YAML.splice(found, b"") == splice(field, b"")


@pytest.mark.parametrize(
    "text",
    ["---\n\nText\n", "---\n", "---", "--- text\n---\n", "----\ntitle: A\n---\n", "Text\n---\ntitle: A\n---\n", ""],
)
def test_a_thematic_break_opens_no_front_matter(text: str):
    assert not YAML.claims(text.encode())


@pytest.mark.parametrize("text", ["---\ntitle: A\n", "---\ntitle: [\n---\n", "---\n- a\n---\n", "---\ntext\n"])
def test_broken_front_matter_is_claimed_and_refused(text: str):
    assert YAML.claims(text.encode())
    with pytest.raises(FrontMatterError):
        YAML.parse(text.encode())
