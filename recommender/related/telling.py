"""Tells what was chosen: items with reasons and copies, and what became of every candidate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.ranking.features import FEATURES
from recommender.ranking.learned import LearnedScorer
from recommender.ranking.scorers import Scores
from recommender.ranking.selection import COLLAPSED, PINNED, Fate
from recommender.related.answer import Considered, Named, RelatedItem
from recommender.related.article_cache import ArticleCache
from recommender.related.choosing import Chosen
from recommender.related.explaining import Explainer
from recommender.related.scoring import ScorerRef
from recommender.text.lead_words import WordReader

if TYPE_CHECKING:
    from recommender.index import Index
    from recommender.ranking.pool import Profile

MAX_DUPLICATES = 50
"""How many copies of one article an answer lists."""


class Telling:
    """Tells of the candidates of answers.

    Args:
        articles: Caches the articles of the collection.
    """

    def __init__(self, articles: ArticleCache) -> None:
        self._articles = articles
        self._words = WordReader()

    def items(
        self, asked: Article, profile: Profile, chosen: Chosen, index: Index, *, reasons: bool
    ) -> list[RelatedItem]:
        """Return the items of a list.

        Args:
            asked: The article asked about.
            profile: Its profile.
            chosen: What was chosen for it.
            index: The index that this was chosen from.
            reasons: Whether to say why each is related.
        """
        pool, selection = chosen.scored.pool, chosen.selection
        collapsed = (selection.fates == COLLAPSED).nonzero()[0]
        duplicates = [
            [pool.ids[each] for each in collapsed[selection.stays[collapsed] == place][:MAX_DUPLICATES].tolist()]
            if len(collapsed)
            else []
            for place in selection.chosen
        ]
        # Everything that the answer names is read at once.
        ids = [pool.ids[place] for place in selection.chosen]
        more = (chosen.copies[:MAX_DUPLICATES], chosen.translations[:MAX_DUPLICATES], *duplicates)
        self._articles.load([*ids, *chain.from_iterable(more)], packed=ids if reasons else ())
        found = [self._articles.get(article_id) for article_id in ids]
        features = [dict(zip(FEATURES, row, strict=True)) for row in chosen.scored.features[selection.chosen].tolist()]
        told: list[list[str]] = [[] for _ in found]
        if reasons and found:
            explainer = Explainer(asked, found, profile, pool.text, index, self._words, self._articles)
            told = explainer.reasons(selection.chosen, features)
        scores = chosen.calibrated(selection.chosen)
        items = []
        for related, place, score, why, named, copies in zip(
            found, selection.chosen, scores, told, features, duplicates, strict=True
        ):
            items.append(
                RelatedItem(
                    article=related,
                    score=score,
                    reasons=why,
                    parts=_at(chosen.scored.parts, place),
                    features=named,
                    duplicates=self.named(copies),
                    pinned=bool(selection.fates[place] == PINNED),
                )
            )
        return items

    def named(self, ids: Sequence[str]) -> list[Named]:
        """Return the names of articles, of `MAX_DUPLICATES` at most."""
        return [Named.of(self._articles.get(article_id)) for article_id in islice(ids, MAX_DUPLICATES)]

    def considered(self, chosen: Chosen, scorer: ScorerRef) -> Iterator[Considered]:
        """Yield every candidate with its fate: those chosen, in order, and then the others, best first."""
        learned = scorer.contributions(chosen.scored.features) if isinstance(scorer, LearnedScorer) else None
        places = list(dict.fromkeys([*chosen.selection.chosen, *chosen.order.tolist()]))
        for place, score in zip(places, chosen.calibrated(places), strict=True):
            article_id = chosen.scored.pool.ids[place]
            yield Considered(
                article_id=article_id,
                title=self._articles.get(article_id).title,
                score=score,
                parts=_at(chosen.scored.parts, place),
                fate=chosen.outcome(place),
                contributions=_at(learned, place) if learned else None,
            )


def dropped(chosen: Chosen, index: Index, article_id: str) -> str:
    """Return why an item of the previous list is no longer shown."""
    place = chosen.scored.pool.place_of(article_id)
    if place is not None:
        return chosen.outcome(place)
    return "left out by the request's options" if article_id in index else "no longer in the collection"


def empty_because(fates: NDArray[np.int8]) -> str:
    """Return why a list is empty, given the `Fate` of each candidate."""
    found = {Fate(fate) for fate in np.unique(fates).tolist()}
    if Fate.UNDER_MINIMUM in found:
        return "nothing is related enough"
    if Fate.RULED_OUT in found:
        return "rules leave out what is related"
    return "only copies of it are related" if Fate.COPY_OF_ASKED in found else "there is no other article"


def _at(parts: Mapping[str, Scores], place: int) -> dict[str, float]:
    return {name: float(values[place]) for name, values in parts.items()}
