"""The report of a build."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from recommender.errors import RelatedError
from recommender.sources.base import Source
from recommender.sources.survey import Survey

OnCommit = Callable[[int, int, int], None]
"""Called after each commit with the revision, the articles written and the articles deleted."""


@dataclass
class BuildReport:
    """The outcome of a build."""

    revision: int = 0
    articles: int = 0
    read: int = 0
    unchanged: int = 0
    written: int = 0
    deleted: int = 0
    encoded: int = 0
    kept: int = 0
    """Articles that are gone from their source, but were kept because not all of it could be read."""
    published: bool = False
    problems: list[RelatedError] = field(default_factory=list)
    """Losses: files and lines that should have given an article, and steps that failed."""
    notes: list[RelatedError] = field(default_factory=list)
    """Worth knowing; nothing was lost."""
    surveys: list[tuple[Source, Survey]] = field(default_factory=list)
    """The survey of each source."""
