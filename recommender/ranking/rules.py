"""An editor's rules for one article: pins, blocks, dates, language, topics and quality."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article, LanguagePolicy, RelatedRules
from recommender.config import RuleSettings
from recommender.ranking.filters import (
    Condition,
    FilterSpec,
    InLanguage,
    LacksFacet,
    Published,
    QualityFrom,
    has_value,
    is_not,
)
from recommender.ranking.pool import MILLISECONDS_PER_DAY, Pool
from recommender.text import folded_hash, main_language, url_key

_T = TypeVar("_T")


@dataclass(frozen=True)
class Rule:
    """A condition that candidates must meet, and the reason for those that do not: `it is in another language`."""

    reason: str
    condition: Condition


@dataclass(frozen=True)
class Rules:
    """The rules that hold for one article.

    Attributes:
        rules: The rules, in the order of checking.
        pinned: Ids or webUrls of the articles that come first.
        blocked: Ids or webUrls of articles that are never shown; `rules` has them too.
        language: What to do about articles without a language.
        keeps: Whether the article's related field stays as it is.
    """

    rules: tuple[Rule, ...] = ()
    pinned: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    language: LanguagePolicy = "auto"
    keeps: bool = False

    @property
    def spec(self) -> FilterSpec:
        """The filter that passes what no rule removes."""
        return FilterSpec(tuple(rule.condition for rule in self.rules))

    def verdicts(self, pool: Pool) -> NDArray[np.int64]:
        """Return the first rule that removes each candidate, as its place in `rules`, shape (n,); -1 for none."""
        verdict = np.full(len(pool), -1)
        for number, rule in reversed(list(enumerate(self.rules))):
            verdict[~rule.condition.keeps(pool)] = number
        return verdict


def rules_for(article: Article, settings: RuleSettings, edited: RelatedRules | None = None) -> Rules:
    """Return the rules for the related articles of an article: its own, and the site's where it has none.

    What editors set comes before the article's front matter, and that before the settings for this article. Block lists
    are merged, and the article's own pins come first; every other rule of the article replaces the site's. Unknown
    values (a date, a language, a quality) pass.

    Args:
        article: The article.
        settings: The site's rules.
        edited: What editors set for this article.
    """
    own = _own_rules(article, settings, edited)
    if own is None and not _has_effect(settings):
        return Rules(language=settings.language)
    names = ("time", "max_days_older", "max_days_newer", "language", "min_quality")
    effective: dict[str, Any] = {
        name: getattr(settings, name) if own is None or getattr(own, name) is None else getattr(own, name)
        for name in names
    }
    topics = own.topics if own and own.topics else settings.topics

    def both(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(getattr(own, name) if own else ()), *getattr(settings, name))))

    blocked = both("blocked")
    rules = [Rule(f"{name} is blocked", is_not(name)) for name in blocked]
    for kind, field in (("provider", "provider"), ("topic", "topics")):
        rules += [
            Rule(f"the {kind} {name} is blocked", LacksFacet(has_value(field, [name]).facets))
            for name in both(f"blocked_{kind}s")
        ]
    if topics:
        rules.append(Rule(f"it has none of the topics {', '.join(topics)}", has_value("topics", topics)))
    if effective["min_quality"] is not None:
        rules.append(Rule(f"its quality is under {effective['min_quality']:g}", QualityFrom(effective["min_quality"])))
    rules += _time_rules(article, effective)
    language = folded_hash(main_language(article.language))
    if effective["language"] == "same" and language:
        rules.append(Rule("it is in another language", InLanguage(language)))
    pinned = [*(own.pinned if own else ()), *_named(article, settings.pinned)]
    keeps = bool(own and own.keep)
    return Rules(tuple(rules), tuple(dict.fromkeys(pinned)), blocked, effective["language"], keeps)


def _has_effect(settings: RuleSettings) -> bool:
    """Return whether a site's rules do anything but say what languages come first."""
    lists = (settings.blocked, settings.blocked_providers, settings.blocked_topics, settings.topics, settings.pinned)
    bounds = (settings.min_quality, settings.max_days_older, settings.max_days_newer)
    limits = settings.time != "both" or settings.language == "same"
    return limits or any(lists) or any(bound is not None for bound in bounds)


def _own_rules(article: Article, settings: RuleSettings, edited: RelatedRules | None) -> RelatedRules | None:
    own = article.related_rules if edited is None else edited
    if edited is not None and article.related_rules is not None:
        own = edited.over(article.related_rules)
    for rules in _named(article, {name: (rules,) for name, rules in settings.articles.items()}):
        own = rules if own is None else own.over(rules)
    return own


def _named(article: Article, values: Mapping[str, Iterable[_T]]) -> list[_T]:
    """Return the values under the id or webUrl of an article."""
    if not values:
        return []
    names = {article.id, url_key(article.web_url)} - {None}
    return [each for name, some in values.items() if name in names or url_key(name) in names for each in some]


def _time_rules(article: Article, effective: dict[str, Any]) -> list[Rule]:
    moment = article.published_date_time
    if moment is None:
        return []
    at = round(moment.timestamp() * 1000)
    older, newer = effective["max_days_older"], effective["max_days_newer"]
    rules = []
    if effective["time"] == "older":
        rules.append(Rule("it is newer", _until(at)))
    if effective["time"] == "newer":
        rules.append(Rule("it is older", Published(since_ms=at, undated=True)))
    if older is not None:
        since = at - older * MILLISECONDS_PER_DAY
        rules.append(Rule(f"it is more than {older:g} days older", Published(since_ms=since, undated=True)))
    if newer is not None:
        rules.append(Rule(f"it is more than {newer:g} days newer", _until(at + newer * MILLISECONDS_PER_DAY)))
    return rules


def _until(last_ms: float) -> Published:
    # Dates are whole milliseconds.
    return Published(before_ms=math.floor(last_ms) + 1, undated=True)
