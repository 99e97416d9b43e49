"""A cache of articles and of what was packed of them: consecutive lists often show the same ones."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from recommender.article import Article
from recommender.errors import DamagedError
from recommender.text import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recommender.index import Index
    from recommender.store import Packed, Store

MAX_CHARS = 8_000_000
"""Size of the cache in characters."""
_FIELDS_CHARS = 2_000
"""The flat size of an article's short fields."""


class _Kept(NamedTuple):
    article: Article
    packed: Packed | None


class ArticleCache:
    """Caches the articles read last, as long as the index stays the same. Serves one thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Weak, or an index that nobody reads any more would hold its snapshot on the disk until the next answer.
        self._index: weakref.ref[Index] | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._other: tuple[Article, Packed] | None = None
        self._chars = 0

    def see(self, index: Index) -> None:
        """Clear the cache if the index is another than last time, inside the read that `index` comes from."""
        if self._index is None or self._index() is not index:
            self._index, self._chars, self._other = weakref.ref(index), 0, None
            self._kept.clear()

    def get(self, article_id: str) -> Article:
        """Return an article, inside the same read.

        Raises:
            DamagedError: If it is missing or damaged.
        """
        kept = self._kept.get(article_id)
        if kept is not None:
            self._kept.move_to_end(article_id)
            return kept.article
        stored = self._store.get(article_id)
        if stored is None:
            raise DamagedError(
                f"the article {article_id} is missing from the database",
                where=self._store.where,
                hint="related doctor --repair",
            )
        self._keep(article_id, _Kept(stored.article, None))
        return stored.article

    def load(self, ids: Sequence[str], *, packed: Sequence[str] = ()) -> None:
        """Read the articles of a list at once, and what was packed of some; `get` and `packed` then have them."""
        missing = sorted({each for each in ids if each not in self._kept})
        for stored in self._store.articles(missing) if missing else ():
            self._keep(stored.article_id, _Kept(stored.article, None))
        if packed:
            lacking = sorted({each for each in packed if (kept := self._kept.get(each)) and kept.packed is None})
            for article_id, found in self._stored(lacking) if lacking else ():
                self._add(article_id, found)

    def texts(self, article: Article) -> Texts:
        """Return the cleaned texts of an article."""
        packed = self.packed(article)
        return Texts(packed.title, packed.rest)

    def packed(self, article: Article) -> Packed:
        """Return what was packed of an article, if `get` returned it; of any other it is made once."""
        article_id = article.id or ""
        kept = self._kept.get(article_id)
        if kept is None or kept.article is not article:
            if self._other is None or self._other[0] is not article:
                self._other = article, self._seen.pack(article)
            return self._other[1]
        if kept.packed is not None:
            return kept.packed
        found = next(self._stored([article_id]), (article_id, None))[1] or self._seen.pack(article)
        self._add(article_id, found)
        return found

    def _stored(self, ids: Sequence[str]) -> Iterator[tuple[str, Packed]]:
        for row in self._store.packed(self._seen.packer.form, ids):
            if row.packed is not None:
                yield row.article_id, row.packed

    def _add(self, article_id: str, packed: Packed) -> None:
        """Keep what was packed of an article that is still kept."""
        kept = self._kept.pop(article_id, None)
        if kept is not None:
            self._chars -= _size(kept)
            self._keep(article_id, _Kept(kept.article, packed))

    @property
    def _seen(self) -> Index:
        index = self._index() if self._index else None
        if index is None:
            raise RuntimeError("articles are read inside the read of an index that was seen")
        return index

    def _keep(self, article_id: str, kept: _Kept) -> None:
        self._kept[article_id] = kept
        self._chars += _size(kept)
        while self._chars > MAX_CHARS:
            self._chars -= _size(self._kept.popitem(last=False)[1])


def _size(kept: _Kept) -> int:
    article, packed = kept
    fields = _FIELDS_CHARS + len(article.title) + len(article.excerpt or "") + len(article.body or "")
    return fields + (len(packed.rest) + len(packed.columns) if packed else 0)
