"""YAML front matter as a `Syntax`: it agrees with its functions, and claims the right files."""

from __future__ import annotations

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.related_block import write_block
from recommender.sources.syntaxes.yaml_front import YAML, find_related, splice

ENTRIES = [{"title": "New", "provider": {"name": "The Courier"}}]


def test_it_does_what_its_functions_do():
    for data in [
        b"---\ntitle: A\n---\nBody\n",
        b"---\r\ntitle: A\r\n\r\nsecured: x\r\n---\r\n",
        b"---\n---\n",
        b"--- \nrelated:\n  - title: x\n...\n",
        b"---\n\ntitle: A\n\n---\n",
    ]:
        for mark in [b"", b"\xef\xbb\xbf"]:
            file = mark + data
            field = find_related(file)
            found = YAML.find_related(file)
            assert YAML.claims(file), data
            assert found == field, data
            assert YAML.parse(file) == field.front, data
            assert YAML.write_block(ENTRIES, "\r\n") == write_block(ENTRIES, "\r\n"), data
            block = write_block(ENTRIES, field.newline)
            assert YAML.splice(found, block) == splice(field, block), data
            assert YAML.splice(found, b"") == splice(field, b""), data


def test_a_thematic_break_opens_no_front_matter():
    for text in [
        "---\n\nText\n",
        "---\n",
        "---",
        "--- text\n---\n",
        "----\ntitle: A\n---\n",
        "Text\n---\ntitle: A\n---\n",
        "",
    ]:
        assert not YAML.claims(text.encode()), text


def test_broken_front_matter_is_claimed_and_refused():
    for text in ["---\ntitle: A\n", "---\ntitle: [\n---\n", "---\n- a\n---\n", "---\ntext\n"]:
        assert YAML.claims(text.encode()), text
        with pytest.raises(FrontMatterError):
            YAML.parse(text.encode())
