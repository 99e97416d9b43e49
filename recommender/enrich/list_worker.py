"""A process that makes the related lists of articles for another one; see `workers`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from recommender.config import Settings
from recommender.enrich.lists import Lists
from recommender.related.recommender import Recommender
from recommender.workers import serve


@contextlib.contextmanager
def lists_for(setup: dict[str, Any]) -> Iterator[Callable[[Any], Any]]:
    """Yield what makes the list of an article, given its id and its previous items."""
    settings = Settings.model_validate_json(setup["settings"])
    recommender = Recommender.open(setup["collection"], weights=settings.ranking, rules=settings.rules)
    with contextlib.closing(recommender):
        lists = Lists(recommender, settings, with_ids=setup["with_ids"])
        yield lambda task: lists.make(task[0], task[1])


if __name__ == "__main__":
    serve(lists_for)
