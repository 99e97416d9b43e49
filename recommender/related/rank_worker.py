"""A process that ranks articles for another one; see `workers`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from recommender.config import RankingSettings, RuleSettings
from recommender.ranking.learned import LearnedScorer
from recommender.related.recommender import Recommender
from recommender.workers import serve


@contextlib.contextmanager
def rankings_for(setup: dict[str, Any]) -> Iterator[Callable[[Any], Any]]:
    """Yield what ranks an article, given its id: the revision, and the scores by id."""
    weights, rules, learned = setup["weights"], setup["rules"], setup["learned"]
    recommender = Recommender.open(
        setup["collection"],
        weights=RankingSettings.model_validate_json(weights) if weights else None,
        rules=RuleSettings.model_validate_json(rules) if rules else None,
    )
    scorer = LearnedScorer.parse(learned, "the learned scorer") if learned else setup["scorer"]
    top_k, as_shown = setup["top_k"], setup["as_shown"]

    def rank(article_id: str) -> tuple[int, dict[str, float]]:
        with recommender.collection.reading() as index:
            found = recommender.rank([article_id], top_k=top_k, scorer=scorer, as_shown=as_shown)
            return index.revision, found[article_id]

    with contextlib.closing(recommender):
        yield rank


if __name__ == "__main__":
    serve(rankings_for)
