"""A cache of articles: consecutive lists often show the same ones."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING

from recommender.article import Article
from recommender.errors import DamagedError

if TYPE_CHECKING:
    from recommender.index import Index
    from recommender.store import Store

MAX_CHARS = 8_000_000
"""Size of the cache in characters."""
_FIELDS_CHARS = 2_000
"""The flat size of an article's short fields."""


class ArticleCache:
    """Caches the articles read last, as long as the index stays the same. Serves one thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Weak, or an index that nobody reads any more would hold its snapshot on the disk until the next answer.
        self._index: weakref.ref[Index] | None = None
        self._kept: OrderedDict[str, Article] = OrderedDict()
        self._chars = 0

    def see(self, index: Index) -> None:
        """Clear the cache if the index is another than last time, inside the read that `index` comes from."""
        if self._index is None or self._index() is not index:
            self._index, self._chars = weakref.ref(index), 0
            self._kept.clear()

    def get(self, article_id: str) -> Article:
        """Return an article, inside the same read.

        Raises:
            DamagedError: If it is missing or damaged.
        """
        kept = self._kept.get(article_id)
        if kept is not None:
            self._kept.move_to_end(article_id)
            return kept
        stored = self._store.get(article_id)
        if stored is None:
            raise DamagedError(
                f"the article {article_id} is missing from the database",
                where=str(self._store.folder),
                hint="related doctor --repair",
            )
        self._kept[article_id] = stored.article
        self._chars += _size(stored.article)
        while self._chars > MAX_CHARS:
            self._chars -= _size(self._kept.popitem(last=False)[1])
        return stored.article


def _size(article: Article) -> int:
    return _FIELDS_CHARS + len(article.title) + len(article.excerpt or "") + len(article.body or "")
