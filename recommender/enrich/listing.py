"""The result for one article: its list of related articles, the planned edit and the outcome."""

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
    """The result of a run for an article's related field."""

    FILLED = "filled"
    CHANGED = "changed"
    EMPTIED = "emptied"
    TAKEN_OVER = "taken over"
    SAME = "same"
    EMPTY = "empty"
    KEPT = "kept"
    HELD = "held by an editor"
    NO_FIELD = "without front matter"
    FAILED = "failed"


WRITTEN = frozenset({Outcome.FILLED, Outcome.CHANGED, Outcome.EMPTIED, Outcome.TAKEN_OVER})
"""The outcomes that change the file."""


def outcome_of(has_items: bool, *, is_same: bool, was_filled: bool, was_ours: bool) -> Outcome:
    """Return the outcome of replacing a field.

    Args:
        has_items: Whether the new list has items.
        is_same: Whether it equals the old one.
        was_filled: Whether the field held anything before.
        was_ours: Whether that was written by this program.
    """
    if not has_items:
        return Outcome.EMPTIED if was_filled else Outcome.EMPTY
    if is_same:
        return Outcome.SAME
    return Outcome.CHANGED if was_ours else Outcome.TAKEN_OVER if was_filled else Outcome.FILLED


class Listing(NamedTuple):
    """The list of one article.

    Attributes:
        answer: The key of the revision and settings that it was made with.
        items: Article ids, best first.
        scores: Their calibrated scores, in [0, 1].
        ages: Days by which each is older than the article; None if a date is missing.
        collapsed: Number of duplicates collapsed into the items.
        empty_because: Why there are no items.
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
        syntax: The name of its front matter syntax.
        field: The file as it was read, with the position of its block.
        block: The new block.
        result: The new content of the whole file.
    """

    page: PageFile
    syntax: str
    field: RelatedField
    block: bytes
    result: bytes

    @property
    def file(self) -> Path:
        """The file to change."""
        return Path(self.page.target)


class PlannedPage(NamedTuple):
    """An article file and the plan for it.

    Attributes:
        path: Path below the site.
        outcome: The result.
        article_id: The article's id in the collection.
        listing: Its list, if one was made.
        before: Ids of the previous list, if this program wrote it.
        why: The changes, one line each.
        block: The block that the file will hold, if this program wrote it.
        block_hash: The hash of the block that the file will hold, whoever wrote it.
        edit: The change, if there is one.
        state: The file's state, if it does not change.
        is_stale: Whether the file changed since the collection was built.
        problem: The error, if it failed.
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
