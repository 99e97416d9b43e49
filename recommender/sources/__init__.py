"""Article sources: a site's folder, JSON Lines, exports of other systems, feeds and live sites."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender.config import Settings
from recommender.errors import SourceError
from recommender.sources.base import FileState, Found, ReadArticle, Remembering, Skipped, Source, Unchanged, Unreadable

if TYPE_CHECKING:
    from recommender.sources.folder import SiteFile, SiteFolder
    from recommender.sources.json_lines import JsonLinesFile

__all__ = [
    "FileState",
    "Found",
    "JsonLinesFile",
    "ReadArticle",
    "Remembering",
    "SiteFile",
    "SiteFolder",
    "Skipped",
    "Source",
    "Unchanged",
    "Unreadable",
    "is_address",
    "open_source",
]

_HEAD_BYTES = 4096
# Imported on first use, because a scan without changes reads no article.
_LATE = {"JsonLinesFile": "json_lines", "SiteFile": "folder", "SiteFolder": "folder"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)


def is_address(text: str) -> bool:
    """Return whether `text` is the address of a live site rather than a file."""
    return text.lower().startswith(("http://", "https://"))


def open_source(
    place: Path | str, settings: Settings | None = None, *, say: Callable[[str], None] = lambda text: None
) -> Source:
    """Open the source at `place`: a site's folder, one of its files, JSON Lines, an export, a feed or an address.

    Args:
        place: A path or an `http(s)://` address.
        settings: How it is read.
        say: Called with a line that says what was found at an address.

    Raises:
        SourceError: If it does not exist, or its kind is unknown.
    """
    settings = settings or Settings()
    # `Path` drops one of the slashes of an address.
    address = re.sub(r"^(https?):/(?=[^/])", r"\1://", str(place), flags=re.IGNORECASE)
    if is_address(address):
        from recommender.sources.web import open_site

        return open_site(address, requests_per_second=settings.site.requests_per_second, say=say)
    from recommender.sources.folder import SiteFile, SiteFolder
    from recommender.sources.json_lines import JsonLinesFile

    path = Path(place)
    if path.is_dir():
        return SiteFolder(path, settings)
    if not path.exists():
        raise SourceError("there is no such file or folder", where=str(path), hint="check the SOURCE path")
    suffix = path.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return JsonLinesFile(path, settings)
    if suffix in {".xml", ".wxr", ".rss", ".atom", ".json"}:
        return _export(path, settings)
    if suffix in {".md", ".markdown", ".mdx", ".rst", ".html", ".htm", ".txt"}:
        return SiteFile(path, settings)
    raise _unknown(path)


def _export(path: Path, settings: Settings) -> Source:
    """Open an export or a feed, detecting its kind from the first bytes."""
    from recommender.sources.feeds import Feed
    from recommender.sources.ghost import GhostExport
    from recommender.sources.wxr import WxrFile

    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if b"wordpress.org/export" in head:
        return WxrFile(path)
    if path.suffix.lower() != ".json" or b"jsonfeed.org" in head:
        return Feed(path)
    if re.match(rb'\s*\{\s*"(?:db|meta|data)"', head):
        return GhostExport(path, site_url=settings.site.url)
    raise _unknown(path)


def _unknown(path: Path) -> SourceError:
    return SourceError(
        "unknown kind of file",
        where=str(path),
        expected="a site's folder, a Markdown, reStructuredText or HTML file, a .jsonl file, a WordPress or Ghost "
        "export, a feed, or an https:// address",
    )
