"""Where articles come from: folders of Markdown files, JSON lines."""

from __future__ import annotations

from pathlib import Path

from recommender.config import SourceSettings
from recommender.errors import SourceError
from recommender.sources.base import FileState, Found, ReadArticle, Source, Unchanged, Unreadable
from recommender.sources.front_matter import MarkdownFile, MarkdownFolder, read_markdown
from recommender.sources.json_lines import JsonLinesFile, write_json_lines

__all__ = [
    "FileState",
    "Found",
    "JsonLinesFile",
    "MarkdownFile",
    "MarkdownFolder",
    "ReadArticle",
    "Source",
    "Unchanged",
    "Unreadable",
    "open_source",
    "read_markdown",
    "write_json_lines",
]


def open_source(path: Path, settings: SourceSettings | None = None) -> Source:
    """The source that `path` names: a folder of Markdown files, one Markdown file, or a JSONL file.

    Raises:
        SourceError: If there is nothing there, or it is of no known kind.
    """
    settings = settings or SourceSettings()
    if path.is_dir():
        return MarkdownFolder(path, settings)
    if not path.exists():
        raise SourceError("there is no such file or folder", where=str(path), hint="check the SOURCE path")
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        return JsonLinesFile(path, settings)
    if path.suffix.lower() in {".md", ".markdown"}:
        return MarkdownFile(path, settings)
    raise SourceError(
        "this kind of file is not known",
        where=str(path),
        expected="a folder of Markdown files, a .md file or a .jsonl file",
    )
