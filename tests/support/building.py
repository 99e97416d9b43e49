"""Sources to build from, and what a build says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from recommender.build import BuildReport
from recommender.collection import Collection
from recommender.errors import RelatedError

Build = Callable[..., BuildReport]


def put(path: Path, title: str, body: str = "", **fields: object) -> Path:
    """Write a Markdown file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in {"title": title, **fields}.items())
    path.write_text(f"---\n{front}---\n{body}", encoding="utf-8")
    return path


def put_many(folder: Path, count: int) -> list[Path]:
    """Write Markdown files with texts of their own."""
    return [put(folder / f"{number:02}.md", f"Story number {number}") for number in range(count)]


def put_lines(path: Path, *lines: object) -> Path:
    """Write a JSONL file; text stands as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def ids(collection: Collection) -> list[str]:
    """The ids of all articles in their order."""
    return [stored.article_id for stored in collection.store.articles()]


def summary(report: BuildReport) -> dict[str, int]:
    """The counts of a report that are not nought."""
    names = ("read", "unchanged", "written", "deleted", "encoded", "kept")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def problem(report: BuildReport, kind: type[RelatedError]) -> str:
    """The text of the report's only problem."""
    assert [type(one) for one in report.problems] == [kind]
    return str(report.problems[0])


def note(report: BuildReport, kind: type[RelatedError]) -> str:
    """The text of the report's only note, where there is no problem."""
    assert report.problems == []
    assert [type(one) for one in report.notes] == [kind]
    return str(report.notes[0])
