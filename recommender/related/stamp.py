"""The stamp of a collection: what its answers depend on, in one short text."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from recommender.store import Store


class Stamp(NamedTuple):
    """The state that answers depend on: collection, revision, a hash of content, settings, rules and this version.

    The hash tells two revisions of one number apart: after a backup was restored, numbers are given again. `rules` is
    the number of the last change of rules.
    """

    uuid: str
    revision: int
    settings: str
    rules: int = 0

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return the stamp of a store as it is now."""
        with store.reading():
            uuid = store.meta("uuid") or ""
            settings = "\n".join(store.meta(key) or "" for key in ("settings", "scorer"))
            revision, rules = store.revision(), store.rules_number()
        known = f"{_version()}\n{revision.digest}\n{settings}\n{rules}"
        return cls(uuid, revision.number, hashlib.blake2b(known.encode(), digest_size=6).hexdigest(), rules)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the stamp that `text` wrote.

        Raises:
            ValueError: If the text is no stamp.
        """
        uuid, revision, settings, rules = text.split(".")
        return cls(uuid, int(revision), settings, int(rules))

    @property
    def text(self) -> str:
        """The stamp as one text."""
        return f"{self.uuid}.{self.revision}.{self.settings}.{self.rules}"

    @property
    def etag(self) -> str:
        """The common start of the ETags of all current answers."""
        return f'W/"{self.uuid}.{self.revision}.{self.settings}-'


@cache
def _version() -> str:
    return version("related-articles")
