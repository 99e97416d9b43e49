"""What a build tells while it works and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from recommender.errors import RelatedError
from recommender.sources.base import Source
from recommender.sources.survey import Survey


class Progress(NamedTuple):
    """How far a build is.

    Attributes:
        stage: `reading`, `loading the model`, `encoding` or `indexing`.
        done: How much of it is done.
        total: Of how much; 0 where that is not known.
    """

    stage: str
    done: int
    total: int


OnCommit = Callable[[int, int, int], None]
OnProgress = Callable[[Progress], None]


@dataclass
class BuildReport:
    """What a build did."""

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
    """What was lost: files and lines that should have given an article, and what could not be done."""
    notes: list[RelatedError] = field(default_factory=list)
    """What is worth knowing; nothing was lost by it."""
    surveys: list[tuple[Source, Survey]] = field(default_factory=list)
    """What was found in each source."""
