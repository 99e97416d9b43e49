"""What changed in a collection since a revision: its articles, by the change log, and its lists, by the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.errors import ConfigError
from recommender.overview.reading import Computation, Overview

if TYPE_CHECKING:
    from recommender.store import Store


class Changes(NamedTuple):
    """What changed in a collection since a revision.

    Attributes:
        since: The revision.
        before: The computation with which lists are compared.
        added: Ids of new articles, sorted; None if the change log begins later.
        changed: Ids of articles that were written again.
        deleted: Ids of articles that were deleted.
        lists: Number of lists that differ.
    """

    since: int
    before: Computation
    added: list[str] | None
    changed: list[str] | None
    deleted: list[str] | None
    lists: int

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values, with the number of lists."""
        return {
            "since": self.since,
            "comparedWith": {"revision": self.before.revision, "computedAt": self.before.computed_at},
            "added": self.added,
            "changed": self.changed,
            "deleted": self.deleted,
            "differentLists": self.lists,
        }


def since(overview: Overview, store: Store, revision: int) -> Changes:
    """Return what changed since a revision, up to that of the overview for lists and to now for articles.

    Args:
        overview: The overview.
        store: The collection's store.
        revision: The revision.

    Raises:
        ConfigError: If there is no such revision yet.
    """
    newest = store.revision().number
    if not 0 <= revision <= newest:
        raise ConfigError(f"since is {revision}", expected=f"a revision from 0 to {newest}, the newest")
    before = overview.before(revision)
    logged = store.changed_since(revision)
    lists = overview.count_changed(before)
    if logged is None:
        return Changes(revision, before, None, None, None, lists)
    deleted = sorted(each for each, change in logged.items() if change == "delete")
    written = sorted(each for each, change in logged.items() if change != "delete")
    new = {each for each in written if overview.came_after(each, before)}
    changed = [each for each in written if each not in new]
    return Changes(revision, before, sorted(new), changed, deleted, lists)
