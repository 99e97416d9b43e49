"""Find the first heading of a Markdown body, the title of an article whose front matter has none."""

from __future__ import annotations

import re
from itertools import pairwise

from recommender.text.clean import clean, inline_text, markdown_parser
from recommender.text.stripping import strip_code

MAX_READ_CHARS = 50_000
_HINT = re.compile(r"^[ >]{0,6}#[ \t]|^ {0,3}=+[ \t]*$", re.MULTILINE)


def heading_of(text: str) -> str | None:
    """Return the first non-empty level-1 heading of a Markdown or MDX body, without inline markup; None if none.

    Args:
        text: The body, without front matter; only its first 50,000 characters are searched.
    """
    lead = text[:MAX_READ_CHARS].lstrip("\ufeff")
    if _HINT.search(lead) is None:
        return None
    read = strip_code(lead, keep_spans=True)
    tokens = markdown_parser(read.is_mdx).parse(read.text)
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            heading = clean(inline_text(content))
            if heading:
                return heading
    return None
