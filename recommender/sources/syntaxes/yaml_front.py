"""YAML front matter between two lines of `---`."""

from __future__ import annotations

import re

from recommender.sources.front_matter import BYTE_ORDER_MARK, parse_front_matter
from recommender.sources.related_block import write_block
from recommender.sources.splice import find_related, splice

_OPENING = re.compile(rb"---[ \t]*(?:\r?\n|\Z)")
_BLANK = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_CLOSING = re.compile(rb"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class _Yaml:
    name = "yaml"
    parse = staticmethod(parse_front_matter)
    find_related = staticmethod(find_related)
    write_block = staticmethod(write_block)
    splice = staticmethod(splice)

    def claims(self, data: bytes) -> bool:
        """Return whether the first line is `---`, and not a thematic break above Markdown."""
        data = data.removeprefix(BYTE_ORDER_MARK)
        opening = _OPENING.match(data)
        if opening is None:
            return False
        return not _BLANK.match(data, opening.end()) or _CLOSING.search(data, opening.end()) is not None


YAML = _Yaml()
