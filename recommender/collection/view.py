"""A view: one revision of a collection, never changed, that a search reads from beginning to end."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.collection.columns import Columns, Profile
from recommender.collection.encoding import Encoding
from recommender.collection.lexical import Analyzer
from recommender.collection.snapshot import Arrays, Snapshot
from recommender.config import Settings
from recommender.embedding import Vectors
from recommender.errors import NotFoundError
from recommender.text import article_texts

Rows = NDArray[np.int64]


class View:
    """What a search reads; `len()` is the number of articles."""

    def __init__(self, snapshot: Snapshot, settings: Settings, encoding: Encoding) -> None:
        self.snapshot = snapshot
        self.settings = settings
        self.encoding = encoding

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def revision(self) -> int:
        """The revision that this is a view of."""
        return self.snapshot.manifest.revision

    @property
    def columns(self) -> Columns:
        """What each article brings to a pair."""
        return self.snapshot.columns

    @property
    def derived(self) -> Arrays:
        """The arrays that ranking worked out when the snapshot was made."""
        return self.snapshot.derived

    @cached_property
    def _analyzer(self) -> Analyzer:
        return Analyzer(self.settings.text.language)

    def profile(self, article_id: str) -> Profile:
        """The profile of a stored article.

        Raises:
            NotFoundError: If this revision has no such article.
        """
        row = self.columns.row_of(article_id)
        if row is None:
            raise NotFoundError(f"there is no article {article_id}", expected="the id of a stored article")
        return self.columns.profile(row)

    def profile_of(self, article: Article, vector: Vectors) -> Profile:
        """The profile of an article that is not stored, with the vector of its text."""
        texts = article_texts(article, self.settings.text)
        title = self._analyzer.terms(texts.title)
        profile = self.columns.profile_of(article, vector, title, [*title, *self._analyzer.terms(texts.rest)])
        row = self.columns.row_of(article.id) if article.id else None
        return replace(profile, row=row)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, as the lexical index sees them."""
        return self._analyzer.terms(text)

    def candidates(self, profile: Profile, top_k: int, *, dense: bool = True, lexical: bool = True) -> Rows:
        """Rows that may be related to `profile`: the union of what the engines propose, ascending.

        Args:
            profile: The article asked about; its own row is left out.
            top_k: How many each engine proposes.
            dense: Ask for the nearest vectors.
            lexical: Ask for the best lexical matches.
        """
        found = []
        if dense:
            found.append(self.snapshot.dense.search(profile.vector, top_k + 1))
        if lexical:
            title, text = (self._telling(terms.ids, terms.idf) for terms in (profile.title, profile.text))
            found.append(self.snapshot.lexical.search(title, text, top_k + 1))
        rows: Rows = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        return rows if profile.row is None else rows[rows != profile.row]

    def _telling(self, ids: NDArray[np.uint32], idf: NDArray[np.float32]) -> NDArray[np.uint64]:
        # Ties go to the lower vocabulary position, so that the query never depends on anything else.
        order = np.lexsort((ids, -idf[: len(ids)]))
        return self.columns.vocabulary[ids[order]]
