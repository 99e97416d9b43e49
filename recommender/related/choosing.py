"""Chooses the list for one article: candidates are proposed, scored, filtered by rules, collapsed and diversified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article, RelatedRules
from recommender.config import RuleSettings
from recommender.ranking.chance import belonging
from recommender.ranking.features import Features, pair_features
from recommender.ranking.filters import FilterSpec, has_value
from recommender.ranking.keep_previous import keep_previous
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.pool import Mask, Pool, Profile
from recommender.ranking.rules import Rules, rules_for
from recommender.ranking.scorers import Scores, total
from recommender.ranking.selection import Candidates, Fate, Limits, Selection, select
from recommender.ranking.translations import collapse_translations
from recommender.related.article_cache import ArticleCache
from recommender.related.scoring import Ranking, ScorerRef
from recommender.text import folded_hash, main_language
from recommender.text.links import find_links, link_names

if TYPE_CHECKING:
    from recommender.index import Ids, Index

LEXICAL_OVERFETCH = 3
"""The lexical engine weighs titles more than the lexical scorer does, so more candidates are fetched."""
LANGUAGE_POOL = 100
"""How many candidates without a language, the most related ones, have theirs detected."""
MAX_SHARE_OF_LANGUAGE = 0.5
"""Articles in a language that more of the site is in are proposed without asking for them."""

ALL = FilterSpec()
OnStage = Callable[[str, float], None]
"""Called with a stage (`search`, `features`, `score`, `collapse`) and its seconds."""


@dataclass(frozen=True)
class Scored:
    """Candidates with their features and scores.

    Attributes:
        pool: The candidates.
        features: See `pair_features`, shape (n, len(FEATURES)).
        parts: The terms that each score is the sum of, by name, each of shape (n,).
        raw: The scores, float64, shape (n,).
    """

    pool: Pool
    features: Features
    parts: Mapping[str, Scores]
    raw: Scores


@dataclass(frozen=True)
class Chosen:
    """The list for one article, and the outcome of every candidate.

    Attributes:
        scored: The candidates.
        calibrate: Returns the calibrated scores of raw ones.
        order: Their places, best first, shape (n,).
        selection: The list, and the fate of each candidate.
        copies: Ids of the copies of the article asked about.
        translations: Ids of its translations.
        removed: By place, why a rule removes a candidate.
        limits: What the list may hold.
        notes: Editor's rules that could not be followed.
        keeps: Whether a rule says that the article's related field stays as it is.
    """

    scored: Scored
    calibrate: Callable[[Scores], Scores]
    order: NDArray[np.int64]
    selection: Selection
    copies: Sequence[str]
    translations: Ids
    removed: dict[int, str]
    limits: Limits
    notes: list[str]
    keeps: bool = False

    def calibrated(self, places: Sequence[int]) -> list[float]:
        """Return the calibrated scores of some candidates."""
        found: list[float] = self.calibrate(self.scored.raw[places]).tolist()
        return found

    def outcome(self, place: int) -> str:
        """Return the outcome for a candidate, in words."""
        ids = self.scored.pool.ids
        match Fate(self.selection.fates[place]):
            case Fate.RULED_OUT:
                return f"left out: {self.removed[place]}"
            case Fate.COPY_OF_ASKED:
                return "a copy of the article asked about"
            case Fate.UNDER_MINIMUM:
                if self.limits.min_score == np.inf:
                    return "the article has too little in common with any other"
                return f"under the minimum of {self.limits.min_score:.4g}"
            case Fate.COLLAPSED:
                return f"collapsed into {ids[int(self.selection.stays[place])]}"
            case Fate.CAPPED:
                return f"capped: {self.limits.max_per_provider} of its provider are shown"
            case Fate.GAVE_WAY:
                return "gave way to a more diverse list"
            case Fate.BEYOND:
                return f"not among the best {self.limits.top_k}"
            case shown:
                return shown.name.lower()


class Chooser:
    """Ranks and chooses with one index.

    Args:
        index: The source of candidates.
        ranking: Its scorers and calibration.
        rules: The site's rules, for every article.
        articles: Caches the articles of the collection.
        languages: Detects the language of articles without one.
        on_stage: Called with the seconds of each stage.
    """

    def __init__(
        self,
        index: Index,
        ranking: Ranking,
        rules: RuleSettings,
        articles: ArticleCache,
        languages: LanguageDetector,
        on_stage: OnStage | None = None,
    ) -> None:
        self._index = index
        self._ranking = ranking
        self._rules = rules
        self._articles = articles
        self._languages = languages
        self._on_stage = on_stage

    def score(
        self,
        asked: Profile,
        ref: ScorerRef,
        top_k: int,
        *,
        as_shown: bool,
        where: FilterSpec = ALL,
        further: Sequence[FilterSpec] = (),
        more: Iterable[str] = (),
    ) -> Scored:
        """Score what the engines propose.

        Args:
            asked: The article asked about.
            ref: The scorer, by name or learned.
            top_k: How many are wanted in the end.
            as_shown: Whether to control hubs, as in readers' lists.
            where: The filter that all candidates must pass.
            further: Narrower filters to propose under, each in turn; `where` alone if empty.
            more: Ids of further candidates.
        """
        depth = max(self._ranking.weights.candidates, 2 * top_k)
        if ref == "lexical":
            depth = max(depth, LEXICAL_OVERFETCH * top_k)
        scorer = self._ranking.scorer(ref, as_shown=as_shown)
        with self._timed("search"):
            proposed = [
                self._index.propose(
                    asked,
                    depth,
                    each,
                    dense=ref != "lexical",
                    lexical=ref != "dense",
                    near_in_time=scorer.near_in_time,
                )
                for each in further or (where,)
            ]
        with self._timed("features"):
            pool = self._index.gather(asked, *proposed, more)
            if where:
                # Engines may filter loosely, and `more` was not filtered at all.
                pool = pool.take(where.passing(pool))
            features = pair_features(asked, pool)
        with self._timed("score"):
            parts = scorer.parts(features)
            return Scored(pool, features, parts, total(parts))

    def _timed(self, stage: str) -> AbstractContextManager[None]:
        return nullcontext() if self._on_stage is None else _timing(self._on_stage, stage)

    def choose(
        self,
        article: Article,
        asked: Profile,
        scorer: ScorerRef,
        limits: Limits,
        where: FilterSpec = ALL,
        *,
        explain: bool = False,
        previous: Sequence[str] = (),
        margin: float = 0.0,
        edited: RelatedRules | None = None,
    ) -> Chosen:
        """Choose the list that a reader sees.

        Args:
            article: The article asked about.
            asked: Its profile.
            scorer: The scorer.
            limits: What the list may hold.
            where: Which articles may be shown.
            explain: Keep candidates that rules remove, to show their outcome; the list does not change.
            previous: Ids of the previous list, in order; they stay unless others beat them.
            margin: By what share of its score a previous item must be beaten (see `keep_previous`).
            edited: The rules that editors set for this article.
        """
        rules = rules_for(article, self._rules, edited)
        pins, notes = self._pins(rules, asked)
        previous = [each for each in previous if each != asked.article_id]
        # Pins and previous items are candidates even if no engine proposes them; otherwise they could not stay.
        scored = self.score(
            asked,
            scorer,
            limits.top_k,
            as_shown=True,
            where=where,
            further=self._filters(article, rules, where, explain=explain),
            more=[*pins, *previous],
        )
        # From here on a candidate is its place in the pool. All arrays are parallel to the pool, which is sorted by id,
        # so the lower place wins every tie.
        pool = scored.pool
        favoured, kept = scored.raw, pool.places_of(previous)
        if kept:
            # A previous item fails the minimum only if it does so with the margin added. The answer still gives its
            # plain score.
            favoured = favoured.copy()
            favoured[kept] += margin * np.abs(favoured[kept])
        # A pinned copy of the article asked about is shown, so it is not named among the copies.
        copies = [each for each in self._index.copies(asked) if each not in pins] if pins else self._index.copies(asked)
        copied = pool.is_named(copies)
        belongs = self._belongs(
            scored.features[~copied] if copied.any() else scored.features, limits.belonging, margin if kept else 0.0
        )
        if not belongs:
            limits = replace(limits, min_score=np.inf)
        candidates = Candidates.of(pool, scored.raw, self._ranking.reaching(scorer, favoured, limits.min_score))
        pinned = pool.places_of(pins)
        # Rules come before copies are collapsed: a removed article must not replace a copy that may be shown.
        removed, foreign = self._remove(article, asked, rules, candidates, pool)
        if self._rules.linked == "hide":
            named = dict.fromkeys(pool.places_of(self._linked(article)), "the text links to it already")
            removed = named | removed
        for place in pinned:
            # A pin overrules all other rules; `_pins` has left out what is blocked.
            removed.pop(place, None)
        ruled_out = np.zeros(len(pool), dtype=bool)
        ruled_out[list(removed)] = True
        with self._timed("collapse"):
            select_with = partial(select, ruled_out=ruled_out, copies=copied, preferred=~foreign, pinned=pinned)
            selection = select_with(candidates, limits)
            least = min(limits.always, limits.top_k)
            if len(selection.chosen) < least:
                all_reach = replace(candidates, reaching=np.ones(len(pool), dtype=bool))
                selection = select_with(all_reach, replace(limits, top_k=least))
            # Last, because it needs the fates: only a previous item that nothing else removed may stay.
            if kept:
                selection = keep_previous(selection, candidates, limits, kept, margin, ~foreign)
        translations = self._index.translations(article)
        order, keeps = candidates.order, rules.keeps
        calibrate = partial(self._ranking.calibrate, scorer)
        return Chosen(scored, calibrate, order, selection, copies, translations, removed, limits, notes, keeps)

    def _linked(self, article: Article) -> list[str]:
        """Return the ids of the articles that an article's text links to."""
        linked = (link_names(link.target, article.id or "", article.web_url) for link in find_links(article.body or ""))
        references = dict.fromkeys(name for names in linked for name in (*names.addresses, *names.paths))
        return list(dict.fromkeys(found for each in references for found in self._index.resolve(each)))

    def _belongs(self, features: Features, least: float, margin: float) -> bool:
        """Return whether the article has as much in common with one of the candidates as it must have for a list."""
        if least == -np.inf or not len(features):
            return True
        return bool(belonging(features, self._ranking.weights).max() >= (1 - margin) * least)

    def _pins(self, rules: Rules, asked: Profile) -> tuple[list[str], list[str]]:
        """Return the ids of the pinned articles, in order, and notes on those that cannot be shown."""
        pins, notes = list[str](), list[str]()
        if not rules.pinned:
            return pins, notes
        blocked = {each for reference in rules.blocked for each in self._index.resolve(reference)}
        for reference in rules.pinned:
            named = self._index.resolve(reference)
            found = [each for each in named if each != asked.article_id]
            if named and not found:
                notes.append(f"the article {reference} is pinned to itself; it is not shown")
            elif not found:
                notes.append(f"the pinned article {reference} is not in the collection")
            elif blocked.intersection(found):
                notes.append(f"the article {reference} is pinned and blocked; it is not shown")
            else:
                pins.append(found[0])
        return list(dict.fromkeys(pins)), notes

    def _remove(
        self, article: Article, asked: Profile, rules: Rules, candidates: Candidates, pool: Pool
    ) -> tuple[dict[int, str], Mask]:
        """Return why candidates are removed, by place, and which are in another language than the article."""
        verdicts = rules.verdicts(pool)
        removed = {place: rules.rules[verdicts[place]].reason for place in (verdicts >= 0).nonzero()[0].tolist()}
        foreign = self._foreign(article, rules, pool, candidates, verdicts < 0)
        found = collapse_translations(pool, article, asked.language, candidates)
        if rules.language == "same":
            detected = dict.fromkeys(foreign.nonzero()[0].tolist(), "its language was found to be another")
            return detected | removed | found, foreign
        return removed | found, foreign

    def _foreign(self, article: Article, rules: Rules, pool: Pool, candidates: Candidates, allowed: Mask) -> Mask:
        """Return which candidates are in another language than the article asked about.

        Of those without a language that may be shown, the best `LANGUAGE_POOL` have theirs detected, unless the policy
        is `auto`. The rest count as foreign, because they might be.
        """
        foreign = np.zeros(len(pool), dtype=bool)
        detects = rules.language in {"prefer", "same"}
        language = self._language(article) if detects else _stated(article) if rules.language == "auto" else None
        if language is None:
            return foreign
        foreign[:] = (pool.languages != 0) & (pool.languages != np.uint64(folded_hash(language)))
        if not detects:
            return foreign
        likely = allowed & candidates.reaching & (pool.languages == 0)
        unknown = candidates.order[likely[candidates.order]]
        for place in unknown[:LANGUAGE_POOL].tolist():
            theirs = self._language(self._articles.get(pool.ids[place]))
            foreign[place] = theirs is not None and theirs != language
        foreign[unknown[LANGUAGE_POOL:]] = True
        return foreign

    def _language(self, article: Article) -> str | None:
        return _stated(article) or self._languages.detect(self._articles.texts(article).whole)

    def _filters(self, article: Article, rules: Rules, where: FilterSpec, *, explain: bool) -> list[FilterSpec]:
        """Return the filters under which candidates are proposed."""
        strict = where & rules.spec
        filters = [strict, where] if explain and rules.rules else [strict]
        language = _stated(article)
        wanted = bool(article.translation_key) or rules.language in {"auto", "prefer"}
        if language and wanted and self._index.share("language", language) < MAX_SHARE_OF_LANGUAGE:
            # On a site in thirty languages others would fill the candidates, without those in the reader's language.
            filters.append(strict & FilterSpec((has_value("language", [language]),)))
        return filters


@contextmanager
def _timing(on_stage: OnStage, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    on_stage(stage, time.perf_counter() - start)


def _stated(article: Article) -> str | None:
    """Return the code of the language that an article names, without its region."""
    language = main_language(article.language)
    return language.strip().casefold() if language else None
