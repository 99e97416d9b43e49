"""An editor's rules: pinned, blocked, time policy, language, topics, quality; each can say what it removed and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article, LanguagePolicy
from recommender.config import RuleSettings
from recommender.text import facet, folded_hash, main_language, stable_hash, url_key

Mask = NDArray[np.bool_]

MILLISECONDS_PER_DAY = 86_400_000


class RuledColumns(Protocol):
    """What rules look at in stored articles (see `collection.columns.Columns`)."""

    def __len__(self) -> int: ...
    @property
    def milliseconds(self) -> NDArray[np.float64]: ...
    @property
    def languages(self) -> NDArray[np.uint64]: ...
    @property
    def qualities(self) -> NDArray[np.float32]: ...
    @property
    def urls(self) -> NDArray[np.uint64]: ...
    def rows_with(self, value: int) -> NDArray[np.uint32]: ...
    def row_of(self, article_id: str) -> int | None: ...


@dataclass(frozen=True)
class Rule:
    """One reason to leave articles out.

    Attributes:
        says: The reason, for people, such as `older than 30 days`.
        removes: Which rows of some columns it leaves out, bool, shape (n,).
    """

    says: str
    removes: Callable[[RuledColumns], Mask]


@dataclass(frozen=True)
class Rules:
    """The rules that hold for one article.

    Attributes:
        rules: In the order in which they are asked.
        pinned: Ids or webUrls of the articles that come first.
        blocked: Ids or webUrls of those that never come; `rules` has them too.
        language: What is to be done about languages that no field tells.
        language_known: Whether the article's own field tells its language.
    """

    rules: tuple[Rule, ...] = ()
    pinned: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    language: LanguagePolicy = "any"
    language_known: bool = False

    def mask(self, columns: RuledColumns, day: float) -> Mask:
        """Which rows no rule leaves out, bool, shape (len(columns),)."""
        passing = np.ones(len(columns), dtype=bool)
        for rule in self.rules:
            passing &= ~rule.removes(columns)
        return passing

    def verdicts(self, columns: RuledColumns, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first rule that leaves each of `rows` out, as its place in `rules`; -1 where none does."""
        verdict = np.full(len(rows), -1)
        for number, rule in reversed(list(enumerate(self.rules))):
            verdict[rule.removes(columns)[rows]] = number
        return verdict


def rules_for(article: Article, settings: RuleSettings) -> Rules:
    """The rules for the related ones of an article: its own, and the site's where it has none.

    Lists of what is blocked add up, what is pinned is the article's own first; every other rule of the article stands
    in place of the site's. What is not known (a date, a language, a quality) passes.
    """
    own = article.related_rules
    names = ("time", "max_days_older", "max_days_newer", "language", "min_quality")
    said: dict[str, Any] = {
        name: getattr(settings, name) if own is None or getattr(own, name) is None else getattr(own, name)
        for name in names
    }
    topics = own.topics if own and own.topics else settings.topics

    def both(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(getattr(own, name) if own else ()), *getattr(settings, name))))

    blocked = both("blocked")
    rules = [Rule(f"{name} is blocked", _is(name)) for name in blocked]
    rules += [Rule(f"the provider {name} is blocked", _has("provider", [name])) for name in both("blocked_providers")]
    rules += [Rule(f"the topic {name} is blocked", _has("topics", [name])) for name in both("blocked_topics")]
    if topics:
        has_topic = _has("topics", topics)
        rules.append(Rule(f"it has none of the topics {', '.join(topics)}", lambda columns: ~has_topic(columns)))
    if said["min_quality"] is not None:
        least = said["min_quality"]
        rules.append(Rule(f"its quality is under {least:g}", lambda columns: columns.qualities < least))
    rules += _time_rules(article, said)
    language = folded_hash(main_language(article.language))
    if said["language"] == "same" and language:
        rules.append(Rule("it is in another language", _in_another(language)))
    return Rules(tuple(rules), _pinned(article, settings), blocked, said["language"], bool(language))


def _pinned(article: Article, settings: RuleSettings) -> tuple[str, ...]:
    pinned = list(article.related_rules.pinned) if article.related_rules else []
    names = {article.id, url_key(article.web_url)} - {None}
    for name, references in settings.pinned.items():
        if name in names or url_key(name) in names:
            pinned += references
    return tuple(dict.fromkeys(pinned))


def _time_rules(article: Article, said: dict[str, Any]) -> list[Rule]:
    moment = article.published_date_time
    if moment is None:
        return []
    at = round(moment.timestamp() * 1000)
    older, newer = said["max_days_older"], said["max_days_newer"]
    rules = []
    if said["time"] == "older":
        rules.append(Rule("it is newer", lambda columns: columns.milliseconds > at))
    if said["time"] == "newer":
        rules.append(Rule("it is older", lambda columns: columns.milliseconds < at))
    if older is not None:
        rules.append(
            Rule(
                f"it is more than {older:g} days older",
                lambda columns: columns.milliseconds < at - older * MILLISECONDS_PER_DAY,
            )
        )
    if newer is not None:
        rules.append(
            Rule(
                f"it is more than {newer:g} days newer",
                lambda columns: columns.milliseconds > at + newer * MILLISECONDS_PER_DAY,
            )
        )
    return rules


def _is(reference: str) -> Callable[[RuledColumns], Mask]:
    key = url_key(reference)
    url = np.uint64(stable_hash(key)) if key else None

    def removes(columns: RuledColumns) -> Mask:
        found = np.zeros(len(columns), dtype=bool) if url is None else columns.urls == url
        row = columns.row_of(reference)
        if row is not None:
            found[row] = True
        return found

    return removes


def _has(field: str, values: Sequence[str]) -> Callable[[RuledColumns], Mask]:
    def removes(columns: RuledColumns) -> Mask:
        found = np.zeros(len(columns), dtype=bool)
        for value in values:
            found[columns.rows_with(facet(field, value))] = True
        return found

    return removes


def _in_another(language: int) -> Callable[[RuledColumns], Mask]:
    return lambda columns: (columns.languages != 0) & (columns.languages != np.uint64(language))
