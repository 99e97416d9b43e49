"""Related articles for content sites: given one article, which others should its reader see next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender.article import Article, Image, Provider
    from recommender.config import Settings
    from recommender.errors import RelatedError
    from recommender.related.answer import RelatedArticles, RelatedItem
    from recommender.related.options import Options
    from recommender.related.recommender import Recommender

__all__ = [
    "Article",
    "Image",
    "Options",
    "Provider",
    "Recommender",
    "RelatedArticles",
    "RelatedError",
    "RelatedItem",
    "Settings",
]

_PLACES = {
    "Article": "article",
    "Image": "article",
    "Provider": "article",
    "Recommender": "related.recommender",
    "RelatedArticles": "related.answer",
    "RelatedError": "errors",
    "RelatedItem": "related.answer",
    "Settings": "config",
    "Options": "related.options",
}


def __getattr__(name: str) -> object:
    # Imported when first used, so that `import recommender` costs nothing.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"recommender.{_PLACES[name]}"), name)
