"""What a build met while it read one source."""

from __future__ import annotations

from dataclasses import dataclass, field

from recommender.errors import DuplicateIdError
from recommender.sources import FileState


@dataclass
class Scan:
    """The state of reading one source.

    Attributes:
        stored: Ids by the path that they were stored from.
        seen: Where each id was found.
        states: State of each file that was read whole.
        failed: Paths with an error; they are read again next time.
        unchanged: Paths of files that were not read again.
        hidden: Paths of drafts and other articles that readers must not see.
        unreadable: Whether anything could not be read, so that missing articles may still exist.
    """

    stored: dict[str, list[str]]
    seen: dict[str, str] = field(default_factory=dict)
    states: dict[str, FileState] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    unreadable: bool = False

    def meet(self, article_id: str, where: str, path: str) -> DuplicateIdError | None:
        """Record where an id was found; return the problem if another article of the source has it."""
        first = self.seen.setdefault(article_id, where)
        if first == where:
            return None
        self.failed.add(path)
        return DuplicateIdError(
            f"the id {article_id} is already that of {first}", where=where, expected="an id of its own"
        )

    def gone(self) -> list[str]:
        """Return the stored ids that were not found, sorted."""
        return sorted(i for ids in self.stored.values() for i in ids if i not in self.seen)

    def withdrawn(self) -> list[str]:
        """Return those whose file was found and is hidden now, sorted."""
        alone = (ids for path in self.hidden if len(ids := self.stored.get(path, ())) == 1)
        return sorted(i for ids in alone for i in ids if i not in self.seen)
