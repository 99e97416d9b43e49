"""Filters as data, which any index engine can run and which are checked again on the pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.pool import Hashes, Mask
from recommender.text import facet, main_language, stable_hash, url_key


class Filterable(Protocol):
    """Articles that conditions can be checked on: a `Pool`, or the columns of an engine."""

    def __len__(self) -> int: ...
    @property
    def milliseconds(self) -> NDArray[np.float64]: ...
    @property
    def languages(self) -> Hashes: ...
    @property
    def qualities(self) -> NDArray[np.float32]: ...
    @property
    def urls(self) -> Hashes: ...
    def has_facet(self, facet: int) -> Mask: ...
    def is_named(self, ids: Iterable[str]) -> Mask: ...


class Condition(Protocol):
    """One condition of a filter, as plain values that an engine can translate."""

    def keeps(self, articles: Filterable) -> Mask:
        """Return which articles meet it, bool, shape (len(articles),)."""
        ...


@dataclass(frozen=True)
class Published:
    """A date from `since_ms` on and before `before_ms`, in milliseconds since 1970; `undated` keeps those without."""

    since_ms: float = -np.inf
    before_ms: float = np.inf
    undated: bool = False

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        moments = articles.milliseconds
        # A comparison with NaN, where there is no date, is false.
        kept: Mask = (moments >= self.since_ms) & (moments < self.before_ms)
        return kept | np.isnan(moments) if self.undated else kept


@dataclass(frozen=True)
class HasFacet:
    """At least one of some facets, as `text.facet` hashes them."""

    facets: tuple[int, ...]

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        return _having(articles, self.facets)


@dataclass(frozen=True)
class LacksFacet:
    """None of some facets."""

    facets: tuple[int, ...]

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        return ~_having(articles, self.facets)


@dataclass(frozen=True)
class NotNamed:
    """None of some ids, nor of some addresses by the hash of their `text.url_key`."""

    ids: frozenset[str]
    urls: frozenset[int] = frozenset()

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        kept = ~articles.is_named(self.ids)
        for url in self.urls:
            kept &= articles.urls != np.uint64(url)
        return kept


@dataclass(frozen=True)
class HasUrl:
    """An address, without which nothing can link to an article."""

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        kept: Mask = articles.urls != 0
        return kept


@dataclass(frozen=True)
class InLanguage:
    """A language by its hash, or none known."""

    language: int

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        kept: Mask = (articles.languages == 0) | (articles.languages == np.uint64(self.language))
        return kept


@dataclass(frozen=True)
class QualityFrom:
    """At least this quality, or none known."""

    least: float

    def keeps(self, articles: Filterable) -> Mask:
        """See `Condition`."""
        kept: Mask = ~(articles.qualities < self.least)
        return kept


def _having(articles: Filterable, facets: Iterable[int]) -> Mask:
    having = np.zeros(len(articles), dtype=bool)
    for each in facets:
        having |= articles.has_facet(each)
    return having


@dataclass(frozen=True)
class FilterSpec:
    """A filter: an article passes if it meets every condition. Without conditions every article passes."""

    conditions: tuple[Condition, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def __and__(self, other: FilterSpec) -> FilterSpec:
        return FilterSpec((*self.conditions, *other.conditions))

    def passing(self, articles: Filterable) -> Mask:
        """Return which articles pass, bool, shape (len(articles),)."""
        passing = np.ones(len(articles), dtype=bool)
        for condition in self.conditions:
            passing &= condition.keeps(articles)
        return passing


def has_value(name: str, values: Iterable[str]) -> HasFacet:
    """Return the condition that a front matter field has one of some values; a language counts without its region."""
    folded = ((main_language(value) or "") if name == "language" else value for value in values)
    return HasFacet(tuple(facet(name, value) for value in folded))


def is_not(reference: str) -> NotNamed:
    """Return the condition that leaves out the article with this id or webUrl."""
    key = url_key(reference)
    return NotNamed(frozenset({reference}), frozenset({stable_hash(key)}) if key else frozenset())
