"""Plain text files without front matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import decode
from recommender.sources.syntaxes.document import LocatedField, ParsedDocument


class _Plain:
    name = "plain"

    def claims(self, data: bytes) -> bool:
        """Return True: any file can be read as plain text."""
        return True

    def parse(self, data: bytes) -> ParsedDocument:
        """Take the whole file as the body."""
        text = decode(data)
        return ParsedDocument({}, text, None, text, {})

    def find_related(self, data: bytes, front: ParsedDocument | None = None) -> LocatedField:
        """Refuse, because there is no place for the field."""
        raise _no_place()

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Refuse, unless there is nothing to write."""
        if entries:
            raise _no_place()
        return b""

    def splice(self, field: LocatedField, block: bytes) -> bytes:
        """Refuse, unless there is nothing to write."""
        if block:
            raise _no_place()
        return field.data


def _no_place() -> FrontMatterError:
    return FrontMatterError(
        "the file has no front matter for a related field",
        expected="front matter, such as YAML between two lines of ---",
        hint="related enrich SITE --into FILE writes one data file for the whole site instead",
    )


PLAIN = _Plain()
