"""The numbers that ranking and filters need of one article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from recommender.article import Article
from recommender.text import facet, folded_hash, main_language, stable_hash, url_key

SECONDS_PER_DAY = 86_400.0
_NO_FACETS = {"title", "excerpt", "body", "related", "relatedRules", "secured", "images", "publishedDateTime"}
"""Fields that cannot be filtered by value: long texts, images, related items and their rules, and the date, which is
filtered by range."""


class ArticleColumns(NamedTuple):
    """One article's values for the columns; hashes are 0 for none.

    Attributes:
        day: Days since 1970, NaN if unknown.
        quality: Clipped to the range of float32, NaN if unknown.
        topics: Facets, ascending; `authors` likewise.
        facets: The `facet` hash of each value of each field, ascending.
    """

    day: float
    provider: int
    language: int
    translation: int
    url: int
    quality: float
    topics: list[int]
    authors: list[int]
    facets: list[int]


def article_columns(article: Article) -> ArticleColumns:
    """Return the column values of an article."""
    provider = article.provider
    name = (provider.domain or provider.name) if provider else None
    key = url_key(article.web_url)
    moment = article.published_date_time
    return ArticleColumns(
        day=moment.timestamp() / SECONDS_PER_DAY if moment else float("nan"),
        provider=folded_hash(name),
        language=folded_hash(main_language(article.language)),
        translation=folded_hash(article.translation_key),
        url=stable_hash(key) if key else 0,
        quality=_quality(article.quality),
        topics=_facets("topics", article.topics),
        authors=_facets("authors", article.authors),
        facets=sorted({facet(field, value) for field, value in _fields(article.to_record())}),
    )


def _facets(field: str, values: Iterable[str]) -> list[int]:
    return sorted({facet(field, value) for value in values if value.strip()})


def _fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if name in _NO_FACETS:
            continue
        for path, leaf in _leaves(name, value):
            # A filter may name a provider by its name or its domain.
            if path in {"provider.name", "provider.domain"}:
                yield "provider", leaf
            yield path, (main_language(leaf) or "") if path == "language" else leaf


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(path, inner)
    elif isinstance(value, bool):
        yield path, str(value)
    elif value is not None:
        yield path, repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _quality(quality: float | None) -> float:
    """Clip a quality to the range of float32; NaN for none."""
    limit = float(np.finfo(np.float32).max)
    return float("nan") if quality is None else float(min(max(quality, -limit), limit))
