"""What a site shows as related today: the field of an article's own file, read when somebody asks.

It is never an input to ranking, so nothing of it is kept in a collection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recommender.config import Settings
from recommender.errors import RelatedError
from recommender.sources.base import FOLDER_KINDS, Skipped, reason
from recommender.sources.json_lines import JsonLinesFile
from recommender.sources.syntaxes import syntax_of

MAX_ENTRIES = 200
"""How many entries are read; nobody looks at more."""
MAX_LINES_BYTES = 256 << 20
"""A larger file of JSON lines is not searched for one of them."""
_ADDRESSES = ("webUrl", "url", "link", "href")
_IDS = ("id", "slug", "path")


class Entry(NamedTuple):
    """One entry of a related field.

    Attributes:
        references: What may name the article: its address, its id.
        title: The title that the site shows, if it gives one.
    """

    references: tuple[str, ...]
    title: str | None


class RelatedOfSite(NamedTuple):
    """The related field of one article.

    Attributes:
        entries: Its entries in order; None if it is not known.
        why: Why it is not known.
    """

    entries: list[Entry] | None
    why: str = ""


def related_of_site(kind: str, location: Path, path: str, article_id: str, settings: Settings) -> RelatedOfSite:
    """Read the related field of an article from the file that it came from.

    Args:
        kind: The kind of its source.
        location: The source's folder or file.
        path: The article's path below a folder.
        article_id: The article's id, which a file of JSON lines is searched for.
        settings: How the source is read.
    """
    try:
        if kind in FOLDER_KINDS or kind == "file":
            return _of_file(location / path if kind in FOLDER_KINDS else location, settings)
        if kind == "json_lines":
            return _of_lines(location, article_id, settings)
    except FileNotFoundError:
        return RelatedOfSite(None, "the article's file is not on this machine")
    except OSError as error:
        return RelatedOfSite(None, f"the article's file cannot be read: {reason(error)}")
    except RelatedError as error:
        return RelatedOfSite(None, f"the related field cannot be read: {error.what}")
    return RelatedOfSite(None, f"a source of the kind {kind.replace('_', ' ')} has no related fields")


def _of_file(file: Path, settings: Settings) -> RelatedOfSite:
    for place in (file, file.with_suffix(".meta")):
        if place != file and not place.is_file():
            break
        if place.stat().st_size > settings.sources.max_file_bytes:
            return RelatedOfSite(None, "the article's file is too large")
        data = place.read_bytes()
        syntax = syntax_of(place.name, data)
        if syntax.name != "plain":
            return RelatedOfSite(_entries(syntax.find_related(data).value()))
    return RelatedOfSite(None, "the article's file has no front matter that could hold it")


def _of_lines(file: Path, article_id: str, settings: Settings) -> RelatedOfSite:
    if file.stat().st_size > MAX_LINES_BYTES:
        return RelatedOfSite(None, "the file of articles is too large to be searched for one")
    source = JsonLinesFile(file, settings)
    # Only a line that holds the id, or is the id's address, is worth parsing.
    spelled = {json.dumps(article_id, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
    for number, line in source.lines():
        if line is None or not any(each in line for each in spelled):
            continue
        article = source.article(line, number)
        if not isinstance(article, Skipped) and article.id == article_id:
            return RelatedOfSite(_entries(json.loads(line.decode("utf-8-sig")).get("related")))
    return RelatedOfSite(None, "the file of articles has no line of this one any more")


def _entries(value: Any) -> list[Entry]:
    items = value if isinstance(value, list) else [] if value in (None, "", {}) else [value]
    return [entry for entry in map(_entry, items[:MAX_ENTRIES]) if entry is not None]


def _entry(item: Any) -> Entry | None:
    if isinstance(item, str) and item.strip():
        return Entry((item.strip(),), None)
    if not isinstance(item, Mapping):
        return None
    texts = [item.get(name) for name in (*_ADDRESSES, *_IDS)]
    references = tuple(text.strip() for text in texts if isinstance(text, str) and text.strip())
    title = item.get("title")
    shown = title.strip() if isinstance(title, str) and title.strip() else None
    return Entry(references, shown) if references or shown else None
