"""Read the fields in the head of an HTML file, as Pelican does."""

from __future__ import annotations

import html
import re

_HEAD = re.compile(r"<head[^>]*>(.*?)(?:</head\s*>|<body\b|\Z)", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_META = re.compile(r"<meta\s((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_HEAD_CHARS = 65_536


def read_meta_tags(text: str) -> dict[str, str]:
    """Return the title and the named meta tags of an HTML file; `keywords` become `tags`."""
    head = _HEAD.search(text[:_HEAD_CHARS])
    if head is None:
        return {}
    fields: dict[str, str] = {}
    for tag in _META.finditer(head[1]):
        values = {
            found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
            for found in _ATTRIBUTE.finditer(tag[1])
        }
        name = values.get("name", "").lower()
        if name:
            fields.setdefault("tags" if name == "keywords" else name, values.get("content", "").strip())
    title = _TITLE.search(head[1])
    if title:
        fields["title"] = html.unescape(" ".join(title[1].split()))
    return fields
