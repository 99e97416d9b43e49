"""Chooses what a reader sees: candidates of the index, scored, filtered by rules, deduplicated and diversified."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.config import RuleSettings
from recommender.ranking.features import Features, pair_features
from recommender.ranking.filters import FilterSpec, has_value
from recommender.ranking.keep_previous import keep_previous
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.pool import Mask, Pool, Profile
from recommender.ranking.rules import Rules, rules_for
from recommender.ranking.scorers import Scores, total
from recommender.ranking.selection import Candidates, Fate, Limits, Selection, select
from recommender.ranking.translations import collapse_translations
from recommender.related.scoring import Ranking, ScorerRef
from recommender.text import article_texts, folded_hash, main_language

if TYPE_CHECKING:
    from recommender.index import Ids, Index

LEXICAL_OVERFETCH = 3
"""The lexical engine weighs titles more than the lexical scorer does, so more is fetched than is asked for."""
LANGUAGE_POOL = 100
"""So many candidates, the most related ones, have their language detected where no field tells it."""

ALL = FilterSpec()
OnStage = Callable[[str, float], None]
"""Called with a stage (`search`, `features`, `score`, `collapse`) and its seconds."""


@dataclass(frozen=True)
class Scored:
    """Candidates with their features and scores.

    Attributes:
        pool: The candidates.
        features: See `pair_features`, shape (n, len(FEATURES)).
        parts: The terms of the sum that a score is, by name, each of shape (n,).
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
        calibrated: What their scores mean, shape (n,).
        order: Their places, best first, shape (n,).
        selection: What is shown, and what became of the others.
        copies: Ids of the copies of the article asked about.
        translations: Ids of its translations.
        removed: Why each candidate that a rule removes is removed, by place.
        limits: What the list may hold.
        notes: What an editor's rules ask for and cannot be done.
    """

    scored: Scored
    calibrated: Scores
    order: NDArray[np.int64]
    selection: Selection
    copies: Sequence[str]
    translations: Ids
    removed: dict[int, str]
    limits: Limits
    notes: list[str]

    def outcome(self, place: int) -> str:
        """Return what became of a candidate, in words."""
        ids = self.scored.pool.ids
        match Fate(self.selection.fates[place]):
            case Fate.RULED_OUT:
                return f"left out: {self.removed[place]}"
            case Fate.COPY_OF_ASKED:
                return "a copy of the article asked about"
            case Fate.UNDER_MINIMUM:
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
        index: Where candidates come from.
        ranking: Its scorers and calibration.
        rules: An editor's, for every article.
        stored: Article id -> article.
        languages: Detects languages that no field tells.
        on_stage: Told how long each stage took.
    """

    def __init__(
        self,
        index: Index,
        ranking: Ranking,
        rules: RuleSettings,
        stored: Callable[[str], Article],
        languages: LanguageDetector,
        on_stage: OnStage | None = None,
    ) -> None:
        self._index = index
        self._ranking = ranking
        self._rules = rules
        self._stored = stored
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
            as_shown: Whether hubs are held back.
            where: No candidate fails this filter.
            further: What is proposed under each of these narrower filters is taken together; `where` alone if empty.
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
                # Engines may filter loosely, and further candidates were not filtered at all.
                pool = pool.take(where.passing(pool))
            features = pair_features(asked, pool)
        with self._timed("score"):
            parts = scorer.parts(features)
            return Scored(pool, features, parts, total(parts))

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        if self._on_stage is not None:
            self._on_stage(stage, time.perf_counter() - start)

    def choose(
        self,
        article: Article,
        asked: Profile,
        ref: ScorerRef,
        limits: Limits,
        where: FilterSpec = ALL,
        *,
        explain: bool = False,
        previous: Sequence[str] = (),
        margin: float = 0.0,
    ) -> Chosen:
        """Choose what a reader sees.

        Args:
            article: The article asked about.
            asked: Its profile.
            ref: The scorer; scores of single features have no meaning that a minimum can be set on.
            limits: What the list may hold.
            where: Which articles may be shown.
            explain: Look at what rules remove too, to tell of it; it changes nothing of what is chosen.
            previous: Ids of the list before, in its order; they stay unless others beat them.
            margin: By what share of its score one of them must be beaten (see `keep_previous`).
        """
        rules = rules_for(article, self._rules)
        pins, notes = self._pins(rules, asked)
        previous = [each for each in previous if each != asked.article_id]
        scored = self.score(
            asked,
            ref,
            limits.top_k,
            as_shown=True,
            where=where,
            further=_filters(article, rules, where, explain=explain),
            more=[*pins, *previous],
        )
        pool = scored.pool
        calibrated = enough = self._ranking.calibrate(ref, scored.raw)
        kept = pool.places_of(previous)
        if kept:
            # An item of the list before falls under the minimum only if it would with the margin on top.
            enough, favoured = calibrated.copy(), scored.raw[kept]
            enough[kept] = self._ranking.calibrate(ref, favoured + margin * np.abs(favoured))
        candidates = Candidates.of(pool, scored.raw, enough)
        passing = enough >= limits.min_score
        pinned = pool.places_of(pins)
        removed, foreign = self._remove(article, asked, rules, candidates, pool, passing)
        for place in pinned:
            # An editor named what is pinned, whatever the other rules say.
            removed.pop(place, None)
        out = np.zeros(len(pool), dtype=bool)
        out[list(removed)] = True
        # A copy that an editor pinned is shown, not named as one that is not.
        copies = [each for each in self._index.copies(asked) if each not in pins] if pins else self._index.copies(asked)
        with self._timed("collapse"):
            selection = select(
                candidates, limits, ruled_out=out, copies=pool.is_named(copies), preferred=~foreign, pinned=pinned
            )
            if kept:
                selection = keep_previous(selection, candidates, limits, kept, margin, ~foreign)
        translations = self._index.translations(article)
        return Chosen(scored, calibrated, candidates.order, selection, copies, translations, removed, limits, notes)

    def _pins(self, rules: Rules, asked: Profile) -> tuple[list[str], list[str]]:
        """The ids of what is pinned, in order, and what of it cannot be shown."""
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
        self, article: Article, asked: Profile, rules: Rules, candidates: Candidates, pool: Pool, passing: Mask
    ) -> tuple[dict[int, str], Mask]:
        """Why candidates are removed, by place, and which are in another language than the article asked about."""
        verdicts = rules.verdicts(pool)
        removed = {place: rules.rules[verdicts[place]].says for place in np.flatnonzero(verdicts >= 0).tolist()}
        likely = candidates.order[(verdicts[candidates.order] < 0) & passing[candidates.order]]
        foreign = self._foreign(article, rules, pool, likely.tolist())
        found = collapse_translations(pool, article, asked.language, candidates.ranks, passing)
        if rules.language == "same":
            told = dict.fromkeys(np.flatnonzero(foreign).tolist(), "its language was found to be another")
            return told | removed | found, foreign
        return removed | found, foreign

    def _foreign(self, article: Article, rules: Rules, pool: Pool, places: Sequence[int]) -> Mask:
        """Return which candidates are in another language than the article asked about, as far as that can be told.

        Of those whose language no field tells the first `LANGUAGE_POOL` are looked at; the others count as foreign, so
        nothing is shown that might have been left out had it been looked at.
        """
        foreign = np.zeros(len(pool), dtype=bool)
        language = self._language(article) if rules.language != "any" else None
        if language is None:
            return foreign
        foreign[:] = (pool.languages != 0) & (pool.languages != np.uint64(folded_hash(language)))
        unsaid = [place for place in places if pool.languages[place] == 0]
        for place in unsaid[:LANGUAGE_POOL]:
            theirs = self._language(self._stored(pool.ids[place]))
            foreign[place] = theirs is not None and theirs != language
        foreign[unsaid[LANGUAGE_POOL:]] = True
        return foreign

    def _language(self, article: Article) -> str | None:
        said = main_language(article.language)
        if said:
            return said.strip().casefold()
        return self._languages.detect(article_texts(article, self._index.settings.text).whole)


def _filters(article: Article, rules: Rules, where: FilterSpec, *, explain: bool) -> list[FilterSpec]:
    """The filters under which candidates are proposed."""
    strict = where & rules.spec
    filters = [strict, where] if explain and rules.rules else [strict]
    if article.translation_key and article.language:
        # Of a page in thirty languages the reader's own may not be among the nearest.
        filters.append(strict & FilterSpec((has_value("language", [article.language]),)))
    return filters
