"""Files without front matter are read as text and never written."""

from __future__ import annotations

import pytest

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.plain_text import PLAIN
from recommender.sources.syntaxes.toml_front import TOML


def test_the_whole_file_is_the_body():
    for text in ["", "# Title\r\n\r\nText", "---\n\nText\n", "<p>Text</p>"]:
        for mark in ["", "\ufeff"]:
            front = PLAIN.parse((mark + text).encode())
            assert (front.fields, front.body, front.related, front.line("title")) == ({}, text, None, 1), text
            assert PLAIN.claims(text.encode()), text


def test_nothing_can_be_written_to_it():
    with pytest.raises(FrontMatterError, match="the file has no front matter") as caught:
        PLAIN.find_related(b"Text")
    assert caught.value.hint
    assert "related enrich SITE --into FILE" in caught.value.hint
    field = TOML.find_related(b"+++\n+++\n")
    assert PLAIN.write_block([]) == b""
    assert PLAIN.splice(field, b"") == field.data
    with pytest.raises(FrontMatterError):
        PLAIN.write_block([{"title": "x"}])
    with pytest.raises(FrontMatterError):
        PLAIN.splice(field, b"x")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line():
    with pytest.raises(FrontMatterError, match="line 3: byte 0xff is not UTF-8"):
        PLAIN.parse(b"a\n\n\xff")
