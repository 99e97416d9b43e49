"""Articles read lately: what one list shows the next often shows too."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from recommender.article import Article
from recommender.errors import DamagedError

if TYPE_CHECKING:
    from recommender.index import Index
    from recommender.store import Store

MAX_CHARS = 8_000_000
"""How many characters of articles are kept."""
_FIELDS_CHARS = 2_000
"""What an article's short fields count for."""


class ArticleCache:
    """Reads articles, and keeps those that it read last while the view stays the same. Serves one thread.

    Args:
        database: Where they are stored.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index: Index | None = None
        self._kept: OrderedDict[str, Article] = OrderedDict()
        self._chars = 0

    def see(self, index: Index) -> None:
        """Forget what was kept of another view; inside the read that the view was made in."""
        if self._index is not index:
            self._index, self._chars = index, 0
            self._kept.clear()

    def get(self, article_id: str) -> Article:
        """The article with this id, inside the same read.

        Raises:
            DamagedError: If it is not there, or is not what was written.
        """
        kept = self._kept.get(article_id)
        if kept is not None:
            self._kept.move_to_end(article_id)
            return kept
        stored = self._store.get(article_id)
        if stored is None:
            raise DamagedError(
                f"the article {article_id} is not in the database any more",
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
