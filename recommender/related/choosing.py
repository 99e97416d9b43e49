"""Choose: candidates -> features -> score -> rules -> collapse -> diversify, for one article in one view."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.config import RuleSettings
from recommender.index.local.columns import locate
from recommender.index.where import All, Where
from recommender.ranking.features import FEATURES, Features, Rows, pair_features
from recommender.ranking.keep_previous import hold
from recommender.ranking.languages import LanguageDetector
from recommender.ranking.rules import Rules, rules_for
from recommender.ranking.scorers import Scores, total
from recommender.ranking.selection import Candidates, Fate, Limits, Selection, select
from recommender.related.scoring import Choice, Ranking
from recommender.text import article_texts, folded_hash, main_language

if TYPE_CHECKING:
    from recommender.index.local.columns import Profile
    from recommender.index.local.view import LocalIndex
    from recommender.index.where import Filter

LEXICAL_OVERFETCH = 3
"""The lexical engine weighs titles more than the lexical scorer does, so more is fetched than is asked for."""
LANGUAGE_POOL = 100
"""So many candidates, the most related ones, have their language detected where no field tells it."""

Mask = NDArray[np.bool_]
OnStage = Callable[[str, float], None]
_QUALITY = FEATURES.index("quality")


class Scored(NamedTuple):
    """Candidates, and what they have in common with the article asked about, one row each."""

    rows: Rows
    features: Features
    parts: Mapping[str, Scores]
    raw: Scores


class Chosen(NamedTuple):
    """What was chosen for one article.

    Attributes:
        scored: The candidates.
        meant: What their scores mean.
        order: Their places, best first.
        selection: What is shown, and what became of the others.
        copies: Rows of the copies of the article asked about.
        translations: Rows of its translations.
        ruled_out: Why each candidate that a rule leaves out is left out, by place.
        limits: What the list may hold.
        notes: What an editor's rules ask for that cannot be done.
    """

    scored: Scored
    meant: Scores
    order: Rows
    selection: Selection
    copies: Rows
    translations: Rows
    ruled_out: dict[int, str]
    limits: Limits
    notes: list[str]


class Chooser:
    """Ranks and chooses in one view.

    Args:
        view: What is searched.
        ranking: Scorers and calibration for it.
        rules: An editor's, for every article.
        stored: Article id -> article.
        languages: Detects languages that no field tells.
        on_stage: Told how many seconds each stage took: `search`, `features`, `score`, `collapse`.
    """

    def __init__(
        self,
        view: LocalIndex,
        ranking: Ranking,
        rules: RuleSettings,
        stored: Callable[[str], Article],
        languages: LanguageDetector,
        on_stage: OnStage | None = None,
    ) -> None:
        self._on_stage = on_stage
        self._view = view
        self._ranking = ranking
        self._rules = rules
        self._stored = stored
        self._languages = languages

    def score(
        self,
        profile: Profile,
        choice: Choice,
        top_k: int,
        *,
        as_shown: bool,
        wheres: Sequence[Filter | None] = (None,),
        more: Sequence[int] = (),
    ) -> Scored:
        """Score what the engines propose.

        Args:
            profile: The article asked about.
            choice: Of the scorer.
            top_k: How many are wanted in the end.
            as_shown: Whether hubs are held back.
            wheres: What is proposed under each of these filters is taken together.
            more: Further rows.
        """
        depth = max(self._ranking.weights.candidates, 2 * top_k)
        if choice == "lexical":
            depth = max(depth, LEXICAL_OVERFETCH * top_k)
        scorer = self._ranking.scorer(choice, as_shown=as_shown)
        with self._timed("search"):
            proposed = [
                self._view.candidates(
                    profile,
                    depth,
                    where=where,
                    dense=choice != "lexical",
                    lexical=choice != "dense",
                    near_in_time=scorer.near_in_time,
                )
                for where in wheres
            ]
            rows = proposed[0] if len(proposed) == 1 else np.unique(np.concatenate(proposed))
            if more:
                rows = np.union1d(rows, np.array(more, dtype=np.int64))
        with self._timed("features"):
            features = pair_features(profile, self._view, rows)
        with self._timed("score"):
            parts = scorer.parts(features)
            return Scored(rows, features, parts, total(parts))

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        if self._on_stage is not None:
            self._on_stage(stage, time.perf_counter() - start)

    def choose(
        self,
        asked: Article,
        profile: Profile,
        choice: Choice,
        limits: Limits,
        where: Where | None = None,
        *,
        everything: bool = False,
        held: Sequence[int] = (),
        margin: float = 0.0,
    ) -> Chosen:
        """Choose what a reader sees.

        Args:
            asked: The article asked about.
            profile: The same as ranking sees it.
            choice: Of the scorer; scores of single features have no meaning that a minimum can be set on.
            limits: What the list may hold.
            where: What the request asks for.
            everything: Look at what rules leave out too, to tell of it; it changes nothing of what is chosen.
            held: Rows of the items of the list before, in its order; they stay unless others beat them.
            margin: By what share of its score one of them must be beaten (see `steady.hold`).
        """
        view, rules = self._view, rules_for(asked, self._rules)
        pins, notes = self._pins(rules, profile, where)
        filters: list[Filter] = [each for each in (where, rules if rules.rules else None) if each]
        strict: Filter | None = All(tuple(filters)) if filters else None
        wheres = [strict, where] if everything and rules.rules else [strict]
        if asked.translation_key and asked.language:
            # Of a page in thirty languages the reader's own may not be among the nearest.
            own = Where(fields=(("language", (asked.language,)),))
            wheres.append(All((*filters, own)))
        scored = self.score(profile, choice, limits.top_k, as_shown=True, wheres=wheres, more=[*pins, *held])
        rows = scored.rows
        meant = self._ranking.meant(choice, scored.raw)
        holding = np.searchsorted(rows, np.array(held, dtype=np.int64))
        enough = meant
        if len(holding):
            enough, favoured = meant.copy(), scored.raw[holding]
            enough[holding] = self._ranking.meant(choice, favoured + margin * np.abs(favoured))
        order = view.ordered(rows, scored.raw, len(rows))
        ranks = np.empty(len(rows), dtype=np.int64)
        ranks[order] = np.arange(len(rows))
        pinned = np.searchsorted(rows, pins)
        verdicts = self._verdicts(rules, rows)
        ruled_out = {place: rules.rules[verdicts[place]].says for place in np.flatnonzero(verdicts >= 0).tolist()}
        foreign = self._foreign(asked, rules, rows, order[(verdicts[order] < 0) & (enough[order] >= limits.min_score)])
        translations = view.translations_of(asked, profile.row)
        ruled_out |= self._translated(asked, profile, rows, ranks, enough >= limits.min_score)
        if rules.language == "same":
            told = dict.fromkeys(np.flatnonzero(foreign).tolist(), "its language was found to be another")
            ruled_out = told | ruled_out
        # An editor named what is pinned, whatever the other rules say.
        for place in pinned.tolist():
            ruled_out.pop(place, None)
        out = np.zeros(len(rows), dtype=bool)
        out[list(ruled_out)] = True
        # A copy that an editor pinned is shown, not named as one that is not.
        copies = view.copies.of(profile)
        if pins:
            copies = np.setdiff1d(copies, np.array(pins, dtype=np.int64))
        groups = view.copies.labels(rows)
        candidates = Candidates(
            scores=scored.raw,
            meant=enough,
            ranks=ranks,
            by_id=self._by_id(rows, groups),
            groups=groups,
            qualities=scored.features[:, _QUALITY],
            days=view.column("days", rows),
            owners=view.column("providers", rows),
            vectors=lambda places: view.vectors(rows[places]),
        )
        with self._timed("collapse"):
            selection = select(
                candidates, limits, ruled_out=out, copies=locate(copies, rows)[1], preferred=~foreign, pinned=pinned
            )
        if len(holding):
            selection = _held(selection, hold(selection, candidates, limits, holding.tolist(), margin, ~foreign))
        return Chosen(scored, meant, order, selection, copies, translations, ruled_out, limits, notes)

    def _translated(self, asked: Article, profile: Profile, rows: Rows, ranks: Rows, enough: Mask) -> dict[int, str]:
        """Why candidates are left out that are translations: of the article asked about, or of one that is shown.

        Of a page in several languages the one in the language of the article asked about stays, else the best.
        """
        groups = self._view.column("translations", rows)
        left = np.flatnonzero(groups)
        if not len(left):
            return {}
        own = np.uint64(folded_hash(asked.translation_key))
        out = dict.fromkeys(left[groups[left] == own].tolist(), "a translation of the article asked about")
        left = left[groups[left] != own]
        foreign = self._view.column("languages", rows)[left] != np.uint64(profile.language)
        left = left[np.lexsort((ranks[left], foreign, ~enough[left]))]
        _, first = np.unique(groups[left], return_index=True)
        stays = dict(zip(groups[left[first]].tolist(), left[first].tolist(), strict=True))
        for place in left.tolist():
            kept = stays[int(groups[place])]
            if kept != place:
                out[place] = f"a translation of {self._view.article_id(int(rows[kept]))}"
        return out

    def fate(self, chosen: Chosen, place: int) -> str:
        """What became of a candidate, in words."""
        selection, limits = chosen.selection, chosen.limits
        match Fate(selection.fates[place]):
            case Fate.RULED_OUT:
                return f"left out: {chosen.ruled_out[place]}"
            case Fate.COPY_OF_ASKED:
                return "a copy of the article asked about"
            case Fate.UNDER_MINIMUM:
                return f"under the minimum of {limits.min_score:.4g}"
            case Fate.COLLAPSED:
                return f"collapsed into {self._view.article_id(int(chosen.scored.rows[selection.stays[place]]))}"
            case Fate.CAPPED:
                return f"capped: {limits.max_per_provider} of its provider are shown"
            case Fate.GAVE_WAY:
                return "gave way to a more diverse list"
            case Fate.BEYOND:
                return f"not among the best {limits.top_k}"
            case shown:
                return shown.name.lower()

    def _pins(self, rules: Rules, profile: Profile, where: Where | None) -> tuple[list[int], list[str]]:
        """The rows of what is pinned, in order, and what of it cannot be shown."""
        view, rows, notes = self._view, list[int](), list[str]()
        if not rules.pinned:
            return rows, notes
        blocked = {row for reference in rules.blocked for row in view.rows_of(reference)}
        for reference in rules.pinned:
            named = view.rows_of(reference)
            found = [row for row in named if row != profile.row]
            if named and not found:
                notes.append(f"the article {reference} is pinned to itself; it is not shown")
            elif not found:
                notes.append(f"the pinned article {reference} is not in the collection")
            elif blocked.intersection(found):
                notes.append(f"the article {reference} is pinned and blocked; it is not shown")
            elif not where or view.passes(found[0], where, profile.day):
                rows.append(found[0])
        return list(dict.fromkeys(rows)), notes

    def _verdicts(self, rules: Rules, rows: Rows) -> Rows:
        """Which rule leaves each candidate out, -1 where none does."""
        if not rules.rules:
            return np.full(len(rows), -1)
        found = [rules.verdicts(columns, places) for columns, places in self._view.parts(rows)]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _by_id(self, rows: Rows, groups: Rows) -> Rows:
        """The place of each of `rows` among those of its group of copies in the order of their ids."""
        places: Rows = np.arange(len(rows))
        if self._view.parts_count > 1:
            _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
            several = np.flatnonzero(sizes[group] > 1)
            ids = {place: self._view.article_id(int(rows[place])) for place in several.tolist()}
            places[sorted(ids, key=ids.__getitem__)] = np.arange(len(ids))
        return places

    def _foreign(self, asked: Article, rules: Rules, rows: Rows, places: Iterable[int]) -> Mask:
        """Which candidates are in another language than the article asked about, as far as that can be told.

        Of those whose language no field tells the first `LANGUAGE_POOL` are looked at; the others count as foreign, so
        that nothing is shown that might have been left out had it been looked at.
        """
        foreign = np.zeros(len(rows), dtype=bool)
        language = self._language(asked) if rules.language != "any" else None
        if language is None:
            return foreign
        wanted, fields = np.uint64(folded_hash(language)), self._view.column("languages", rows)
        foreign[:] = (fields != 0) & (fields != wanted)
        unsaid = [place for place in places if fields[place] == 0]
        for place in unsaid[:LANGUAGE_POOL]:
            theirs = self._language(self._stored(self._view.article_id(int(rows[place]))))
            foreign[place] = theirs is not None and theirs != language
        foreign[unsaid[LANGUAGE_POOL:]] = True
        return foreign

    def _language(self, article: Article) -> str | None:
        said = main_language(article.language)
        if said:
            return said.strip().casefold()
        return self._languages.detect(article_texts(article, self._view.settings.text).whole)


def _held(selection: Selection, steady: list[int]) -> Selection:
    """The selection with a list that was held steady."""
    fates = selection.fates.copy()
    fates[[place for place in selection.chosen if place not in steady]] = Fate.BEYOND
    fates[[place for place in steady if fates[place] != Fate.PINNED]] = Fate.SHOWN
    return replace(selection, chosen=steady, fates=fates)
