"""Files without front matter: all of them is text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.document import LocatedField, ParsedDocument, decode


class _Plain:
    name = "plain"

    def claims(self, data: bytes) -> bool:
        """Whether it is written in this syntax: any file is, if it is in no other."""
        return True

    def parse(self, data: bytes) -> ParsedDocument:
        """Take the whole file as the body."""
        text = decode(data)
        return ParsedDocument({}, text, None, text, {})

    def find_related(self, data: bytes) -> LocatedField:
        """Refuse: there is no place for the field."""
        raise _no_place()

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Refuse, unless there is nothing to write."""
        if entries:
            raise _no_place()
        return b""

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """Refuse, unless there is nothing to write."""
        if block:
            raise _no_place()
        return field.data


def _no_place() -> FrontMatterError:
    return FrontMatterError(
        "the file has no front matter that a related field could be written to",
        expected="front matter, such as YAML between two lines of ---",
        hint="related enrich SITE --into FILE writes one data file for the whole site instead",
    )


PLAIN = _Plain()
