"""What a run finds for one article: its list, what it was before, and why it changed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from recommender.enrich.record import Block
from recommender.errors import RelatedError
from recommender.sources import FileState
from recommender.sources.folder import PageFile
from recommender.sources.syntaxes.base import RelatedField


class Outcome(StrEnum):
    """What becomes of an article's related field."""

    FILLED = "filled"
    CHANGED = "changed"
    EMPTIED = "emptied"
    TAKEN_OVER = "taken over"
    SAME = "same"
    EMPTY = "empty"
    KEPT = "kept"
    NO_FIELD = "without front matter"
    FAILED = "failed"


WRITTEN = frozenset({Outcome.FILLED, Outcome.CHANGED, Outcome.EMPTIED, Outcome.TAKEN_OVER})
"""Those after which a file is another one."""


class Listing(NamedTuple):
    """The list of one article.

    Attributes:
        answer: Of which revision and settings it is.
        items: Ids.
        scores: What their scores mean, in [0, 1].
        ages: How many days older than the article each is, None where a date is missing.
        collapsed: How many copies gave way to the items.
        empty_because: Why there are none.
    """

    answer: str
    items: tuple[str, ...]
    scores: tuple[float, ...]
    ages: tuple[float | None, ...]
    collapsed: int = 0
    empty_because: str | None = None


class Edit(NamedTuple):
    """A change of one file.

    Attributes:
        page: The article's file.
        syntax: That the field is written in.
        field: The file as it was read, and where its block stands.
        block: What is to stand there.
        result: The whole file as it is to be.
    """

    page: PageFile
    syntax: str
    field: RelatedField
    block: bytes
    result: bytes

    @property
    def file(self) -> Path:
        """The file that changes."""
        return Path(self.page.target)


class PlannedPage(NamedTuple):
    """One article file and what is to become of it.

    Attributes:
        path: Below the site.
        outcome: What is to become of it.
        article_id: In the collection.
        listing: Its list, where one was made.
        before: Ids of the list that was there before, if it was written here.
        why: What changes, a line each.
        block: The block that the file then holds, if it was written here.
        block_hash: Of the block that the file then holds, whoever wrote it.
        edit: The change, if the file must change.
        state: Of the file, where it is known and stays so.
        is_stale: Whether the file says something else than the collection knows.
        problem: Why it failed.
    """

    path: str
    outcome: Outcome
    article_id: str = ""
    listing: Listing | None = None
    before: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    block: Block | None = None
    block_hash: str = ""
    edit: Edit | None = None
    state: FileState | None = None
    is_stale: bool = False
    problem: RelatedError | None = None
