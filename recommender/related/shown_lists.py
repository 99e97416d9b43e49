"""The lists that readers see, of many articles at once, without texts."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from recommender.related.options import Options
from recommender.related.recommender import MANY, Recommender
from recommender.related.stamp import Stamp
from recommender.workers import Workers

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.related.answer import RelatedArticles

_DAY_S = 86_400


class ShownList(NamedTuple):
    """The list of one article.

    Attributes:
        items: Article ids, best first.
        scores: Their calibrated scores, in [0, 1].
        ages: Days by which each is older than the article; None if a date is missing.
        collapsed: Number of duplicates collapsed into the items.
        copies: Number of copies of the article.
        translations: Number of its translations.
        empty_because: Why there are no items.
    """

    items: tuple[str, ...]
    scores: tuple[float, ...]
    ages: tuple[float | None, ...]
    collapsed: int = 0
    copies: int = 0
    translations: int = 0
    empty_because: str | None = None

    @classmethod
    def of(cls, answer: RelatedArticles) -> Self:
        """Return the list of an answer."""
        return cls(
            tuple(item.article_id for item in answer.items),
            tuple(round(item.score, 6) for item in answer.items),
            tuple(days_older(item.article, answer.article) for item in answer.items),
            sum(len(item.duplicates) for item in answer.items),
            len(answer.duplicates),
            len(answer.translations),
            answer.empty_because,
        )

    @classmethod
    def parse(cls, values: Sequence[Any]) -> Self:
        """Return a list as another process sent it: JSON has no tuples."""
        items, scores, ages, *rest = values
        return cls(tuple(items), tuple(scores), tuple(ages), *rest)


def days_older(item: Article, article: Article) -> float | None:
    """Return by how many days an item is older than its article; None if a date is missing."""
    if item.published_date_time is None or article.published_date_time is None:
        return None
    return round((article.published_date_time - item.published_date_time).total_seconds() / _DAY_S, 3)


def list_each(
    recommender: Recommender, article_ids: Sequence[str], *, top_k: int, workers: int = 1
) -> Generator[ShownList, None, None]:
    """Yield the list of each article in order, all of one revision, as a request without further options gets it.

    Args:
        recommender: The recommender.
        article_ids: Ids of stored articles.
        top_k: How many items at most.
        workers: How many processes make lists where there are many articles, this one among them.
    """
    options = Options(top_k=top_k)
    with recommender.collection.reading():
        if workers == 1 or len(article_ids) < MANY:
            yield from (_made(recommender, article_id, options) for article_id in article_ids)
            return
        stamp = Stamp.of(recommender.collection.store).text

        def here(article_id: str) -> tuple[str, ShownList]:
            return stamp, _made(recommender, article_id, options)

        setup = {**recommender.opening(), "lists": True, "top_k": top_k}
        with Workers("recommender.related.answer_worker", setup, workers - 1) as beside:
            for article_id, (state, made) in zip(article_ids, beside.each(article_ids, here), strict=True):
                # Another process may have been opened after a later write.
                yield ShownList.parse(made) if state == stamp else _made(recommender, article_id, options)


def _made(recommender: Recommender, article_id: str, options: Options) -> ShownList:
    return ShownList.of(recommender.related(article_id, options, reasons=False))
