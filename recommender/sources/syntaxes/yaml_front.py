"""YAML front matter between two lines of `---`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from recommender.sources.front_matter import FrontMatter, parse_front_matter
from recommender.sources.related_block import write_block
from recommender.sources.splice import YamlField, find_related, splice
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.document import BYTE_ORDER_MARK

_OPENING = re.compile(rb"---[ \t]*(?:\r?\n|\Z)")
_BLANK = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_CLOSING = re.compile(rb"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class _Yaml:
    name = "yaml"

    def claims(self, data: bytes) -> bool:
        """Whether the first line is `---`, and not just a thematic break above Markdown."""
        data = data.removeprefix(BYTE_ORDER_MARK)
        opening = _OPENING.match(data)
        if opening is None:
            return False
        return not _BLANK.match(data, opening.end()) or _CLOSING.search(data, opening.end()) is not None

    def parse(self, data: bytes) -> FrontMatter:
        """Take a file apart."""
        return parse_front_matter(data)

    def find_related(self, data: bytes) -> YamlField:
        """Find the related field, or its place: above `secured`, else at the end."""
        return find_related(data)

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write `related:` and its items below it."""
        return write_block(entries, newline)

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """Put in, replace or take out the field."""
        found = field if isinstance(field, YamlField) else find_related(field.data)
        return splice(found, block)


YAML = _Yaml()
