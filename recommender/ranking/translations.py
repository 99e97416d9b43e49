"""Collapses translations: of a page in several languages, one is shown."""

from __future__ import annotations

import numpy as np

from recommender.article import Article
from recommender.ranking.pool import Pool
from recommender.ranking.selection import Candidates
from recommender.text import folded_hash


def collapse_translations(pool: Pool, article: Article, language: int, candidates: Candidates) -> dict[int, str]:
    """Return the reason for each removed translation: of the article asked about, or of another candidate.

    Of a page in several languages, the one in the language of the article asked about stays, otherwise the best.

    Args:
        pool: The columns of the candidates.
        article: The article asked about.
        language: Hash of its language, 0 for none.
        candidates: Their scores.
    """
    groups = pool.translations
    left = groups.nonzero()[0]
    if not len(left):
        return {}
    own = np.uint64(folded_hash(article.translation_key))
    removed = dict.fromkeys(left[groups[left] == own].tolist(), "a translation of the article asked about")
    left = left[groups[left] != own]
    foreign = pool.languages[left] != np.uint64(language)
    left = left[np.lexsort((candidates.ranks[left], foreign, ~candidates.reaching[left]))]
    _, first = np.unique(groups[left], return_index=True)
    stays = dict(zip(groups[left[first]].tolist(), left[first].tolist(), strict=True))
    for place in left.tolist():
        kept = stays[int(groups[place])]
        if kept != place:
            removed[place] = f"a translation of {pool.ids[kept]}"
    return removed
