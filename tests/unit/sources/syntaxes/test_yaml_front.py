"""YAML front matter as one of the syntaxes: the same as the functions that it is made of."""

from __future__ import annotations

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.related_block import write_block
from recommender.sources.splice import find_related, splice
from recommender.sources.syntaxes.toml_front import TOML
from recommender.sources.syntaxes.yaml_front import YAML

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


def test_a_field_that_another_syntax_found_is_found_again():
    other = TOML.find_related(b"+++\n+++\n")
    with pytest.raises(FrontMatterError, match="line 1 is not ---"):
        YAML.splice(other, write_block(ENTRIES))
