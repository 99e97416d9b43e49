"""A process that ranks articles, or makes their lists, for another one; see `workers`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from recommender.config import RankingSettings, RuleSettings
from recommender.ranking.learned import LearnedScorer
from recommender.related.options import Options
from recommender.related.recommender import Recommender
from recommender.related.shown_lists import ShownList
from recommender.related.stamp import Stamp
from recommender.workers import serve


@contextlib.contextmanager
def answers_for(setup: dict[str, Any]) -> Iterator[Callable[[Any], Any]]:
    """Yield what answers about an article, given its id: its list or its ranking, each with what it is of."""
    weights, rules = setup["weights"], setup["rules"]
    recommender = Recommender.open(
        setup["collection"],
        weights=RankingSettings.model_validate_json(weights) if weights else None,
        rules=RuleSettings.model_validate_json(rules) if rules else None,
    )
    with contextlib.closing(recommender):
        if not setup.get("lists"):
            yield _ranking(recommender, setup)
            return
        # One moment for all of them, as in the process that asks.
        with recommender.collection.reading():
            stamp, options = Stamp.of(recommender.collection.store).text, Options(top_k=setup["top_k"])
            yield lambda article_id: (stamp, ShownList.of(recommender.related(article_id, options, reasons=False)))


def _ranking(recommender: Recommender, setup: dict[str, Any]) -> Callable[[str], tuple[int, dict[str, float]]]:
    """Return what ranks an article: the revision, and the scores by id."""
    learned, top_k, as_shown = setup["learned"], setup["top_k"], setup["as_shown"]
    scorer = LearnedScorer.parse(learned, "the learned scorer") if learned else setup["scorer"]

    def rank(article_id: str) -> tuple[int, dict[str, float]]:
        with recommender.collection.reading() as index:
            found = recommender.rank([article_id], top_k=top_k, scorer=scorer, as_shown=as_shown)
            return index.revision, found[article_id]

    return rank


if __name__ == "__main__":
    serve(answers_for)
