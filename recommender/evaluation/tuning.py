"""Tuning: a scorer learned from a site's judgements, tested on a part that it never saw, and kept only if it wins."""

from __future__ import annotations

import hashlib
import itertools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.errors import JudgementsError
from recommender.evaluation.learning import CUTOFF, Fit, Query, cross_validate, fit, lightgbm, platt
from recommender.evaluation.metrics import Metric, evaluate
from recommender.evaluation.significance import Comparison, compare, interval
from recommender.evaluation.splitting import FOLDS, LEARN, TEST, By, Split, refuse_leaks, split
from recommender.evaluation.trec import Qrels
from recommender.ranking.calibration import Calibration, default_min_score
from recommender.ranking.features import pair_features
from recommender.ranking.learned import LearnedScorer, ScorerFile
from recommender.ranking.scorers import Scorer
from recommender.related.recommender import Recommender
from recommender.related.scoring import Ranking
from recommender.text import own_ids, stable_hash

if TYPE_CHECKING:
    from recommender.index import Index

NEAR_IN_TIME = 60
"""How many of the articles nearest in time become candidates: on a site that relates what it published the same week,
a fifth of the related articles were found by no engine."""
LEAST_LEARNED, LEAST_TESTED = 40, 20
"""With fewer queries on either side there is nothing to learn from, or nothing to be told from chance."""
MAX_QUERIES = 5_000
BINS = 10
RANKED = 100
LEAST_SLOPE = 1e-6
MOST_MINIMUM = 0.5
"""What is more likely related than not is shown, however many pairs of a small site are as likely."""
_METRIC = Metric.parse(f"nDCG@{CUTOFF}")

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Reliability:
    """What probabilities promise and what they keep, over the ten best of each list.

    Attributes:
        bins: Ten parts of equal size by probability: mean probability, share relevant, how many.
        error: The expected calibration error: the mean distance of promise and truth (Naeini et al. 2015), weighted by
            how many.
        base_rate: The share that was relevant on the learning side.
        base_error: The error of promising the base rate every time.
    """

    bins: tuple[tuple[float, float, int], ...]
    error: float
    base_rate: float
    base_error: float


@dataclass(frozen=True)
class Tuning:
    """What was learned, and how it does on the part that it never saw.

    Attributes:
        split: Which part that is.
        queries: How many on the learning side, and how many on the other.
        left_out: Why queries or judgements could not be used, and how many.
        means: By scorer, mean nDCG@10 on the test side and its 95 % interval.
        gain: The learned scorer over the default one.
        reliability: Of its probabilities, on the test side.
        importances: By feature, the share of what its splits gained, largest first.
        rounds: How many trees.
        file: The scorer, learned from all judgements; None if it did not win.
        verdict: In words.
    """

    split: Split
    queries: tuple[int, int]
    left_out: dict[str, int]
    means: dict[str, tuple[float, float, float]]
    gain: Comparison
    reliability: Reliability
    importances: dict[str, float]
    rounds: int
    file: ScorerFile | None
    verdict: str

    def figures(self) -> dict[str, Any]:
        """All of it but the trees, as JSON values."""
        return {
            "split": {"by": self.split.by.value, "test_from": self.split.cut},
            "queries": {"learned": self.queries[0], "tested": self.queries[1], "left_out": self.left_out},
            _METRIC.name: {
                name: dict(zip(("mean", "low", "high"), _rounded(values), strict=True))
                for name, values in self.means.items()
            },
            "gain": dict(zip(("mean", "low", "high", "p"), _rounded(self.gain), strict=True)),
            "calibration": {
                "expected_calibration_error": round(self.reliability.error, 4),
                "base_rate": round(self.reliability.base_rate, 4),
                "error_of_the_base_rate": round(self.reliability.base_error, 4),
                "bins": [[*_rounded(each[:2]), each[2]] for each in self.reliability.bins],
            },
            "importances": {name: round(share, 4) for name, share in self.importances.items()},
            "trees": self.rounds,
            "verdict": self.verdict,
        }


@dataclass
class _Gathered:
    """Judged queries with their candidates, and what could not be used."""

    learned: list[Query] = field(default_factory=list)
    tested: list[Query] = field(default_factory=list)
    relevant: dict[int, dict[int, int]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)


def tune(
    recommender: Recommender,
    qrels: Qrels,
    *,
    by: By = By.auto,
    test_from: float | None = None,
    on_progress: OnProgress = lambda what, done, total: None,
) -> Tuning:
    """Learn a scorer from judgements of a collection's articles.

    A part of the articles is set aside. From pairs of the others regression trees are learned by LambdaRank (Burges
    2010, "From RankNet to LambdaRank to LambdaMART"), with the candidates that nobody judged as negatives; how many
    trees is found by cross-validation. Ranking the part set aside says whether they win over the default scorer. If
    they do, they are learned anew from all judgements.

    Args:
        recommender: Of the collection; its ranking settings say how many candidates there are.
        qrels: The judgements; ids as TREC's files have them.
        by: What decides which part is set aside.
        test_from: Where time is cut, in days since 1970.
        on_progress: Called often.

    Raises:
        JudgementsError: If there are too few, or none is of this collection.
        ConfigError: If lightgbm is not there.
    """
    lightgbm()
    with recommender.collection.reading() as index:
        ranking = recommender.ranking_of(index)
        ids = list(index.ids())
        judged, left_out = _resolved(ids, qrels)
        rows = sorted({row for query, grades in judged.items() for row in (query, *grades)})
        every_day = index.days(ids)
        days = np.full(len(ids), np.nan)
        days[rows] = every_day[rows]
        parted = split(judged, {row: ids[row] for row in rows}, days, by, test_from)
        if parted.by is By.time:
            # What is not judged has its side too: a pair that is learned from lies wholly before the cut.
            parted.put(np.arange(len(ids)), every_day)
        gathered = _gather(index, ids, ranking, judged, parted, left_out, on_progress)
        if len(gathered.learned) < LEAST_LEARNED or len(gathered.tested) < LEAST_TESTED:
            raise JudgementsError(
                f"too few judged articles to learn from: {len(gathered.learned)} to learn and "
                f"{len(gathered.tested)} to test on",
                expected=f"at least {LEAST_LEARNED} and {LEAST_TESTED} that have a related one",
                hint="judge more (related judge), or use what the site has (related qrels)",
            )
        refuse_leaks(_pairs(gathered.learned), _pairs(gathered.tested))
        return _learned(index, ranking, gathered, parted, qrels, on_progress)


def _resolved(ids: Sequence[str], qrels: Qrels) -> tuple[dict[int, dict[int, int]], dict[str, int]]:
    """Judgements by the articles' places in `ids`, and how many could not be used."""
    places = {article_id: place for place, article_id in enumerate(ids)}

    def row_of(name: str) -> int | None:
        return next((places[each] for each in own_ids(name) if each in places), None)

    judged: dict[int, dict[int, int]] = {}
    left_out = dict.fromkeys(("queries that are not in the collection", "judged articles that are not"), 0)
    for name, grades in qrels.items():
        query = row_of(name)
        if query is None:
            left_out["queries that are not in the collection"] += 1
            continue
        rows = ((row_of(other), grade) for other, grade in grades.items())
        found = {row: max(0, grade) for row, grade in rows if row is not None and row != query}
        left_out["judged articles that are not"] += len(grades) - len(found)
        if found:
            judged[query] = found
    if not judged:
        raise JudgementsError(
            "no judgement names articles of this collection",
            expected="the ids of its articles, as related qrels writes them",
        )
    if len(judged) > MAX_QUERIES:
        left_out[f"queries beyond {MAX_QUERIES:,}, drawn at random"] = len(judged) - MAX_QUERIES
        chosen = sorted(judged, key=lambda row: stable_hash(ids[row]))[:MAX_QUERIES]
        judged = {row: judged[row] for row in chosen}
    # The order that queries are learned in tells, if little; it is not to hang on the order of the judgements.
    return dict(sorted(judged.items())), left_out


def _gather(
    index: Index,
    ids: Sequence[str],
    ranking: Ranking,
    judged: dict[int, dict[int, int]],
    parted: Split,
    left_out: dict[str, int],
    on_progress: OnProgress,
) -> _Gathered:
    found = _Gathered(left_out=left_out)
    sides, depth = parted.sides, ranking.weights.candidates
    for done, (query, grades) in enumerate(judged.items(), start=1):
        on_progress("comparing", done, len(judged))
        side = sides[query]
        # What both sides of a pair stand on: a related article of the other side is neither right nor wrong here.
        relevant = {row: grade for row, grade in grades.items() if grade > 0 and sides[row] == side}
        if side not in {LEARN, TEST} or not relevant:
            why = (
                "queries without a date" if side not in {LEARN, TEST} else "queries without a related one on their side"
            )
            left_out[why] = left_out.get(why, 0) + 1
            continue
        profile = index.profile(ids[query])
        proposed = index.propose(profile, depth)
        near = index.propose(profile, depth, dense=False, lexical=False, near_in_time=NEAR_IN_TIME)
        pool = index.gather(profile, proposed, near)
        rows = np.array([bisect_left(ids, each) for each in pool.ids], dtype=np.int64)
        grade = np.array([relevant.get(row, 0) for row in rows.tolist()], dtype=np.int64)
        elsewhere = np.array([grades.get(row, 0) > 0 and row not in relevant for row in rows.tolist()], dtype=bool)
        whole = Query(
            query,
            rows,
            pair_features(profile, pool),
            grade,
            pool.is_named(proposed),
            int(parted.folds[query]),
            parted.folds[rows],
        )
        if side == LEARN:
            kept = whole.only(~elsewhere & (sides[rows] != TEST))
            if (kept.grades > 0).any():
                found.learned.append(kept)
                found.relevant[query] = relevant
        else:
            found.tested.append(whole.only(~elsewhere))
            found.relevant[query] = relevant
    return found


def _pairs(queries: Sequence[Query]) -> NDArray[np.int64]:
    return np.concatenate(
        [np.stack([np.full(len(query.rows), query.row), query.rows], axis=1) for query in queries]
    ).astype(np.int64)


def _learned(
    index: Index, ranking: Ranking, gathered: _Gathered, parted: Split, qrels: Qrels, on_progress: OnProgress
) -> Tuning:
    steps = itertools.count(1)

    def on_step() -> None:
        on_progress("learning", next(steps), FOLDS + 2)

    rounds, margins = cross_validate(gathered.learned, on_step)
    shown = Shown.of(margins, gathered.learned)
    if not len(shown.margins):
        raise JudgementsError(
            "what is learned from is one story, so that no part of it can say how many trees are best",
            hint="related tune --split article",
        )
    fitted = fit(gathered.learned, rounds)
    on_step()
    scorer = _scorer(ranking, fitted, shown, {})
    systems: dict[str, Scorer] = {
        "learned": scorer,
        "default": ranking.scorer("default", as_shown=False),
        "dense": ranking.scorer("dense"),
        "lexical": ranking.scorer("lexical"),
    }
    values = {name: _measure(each, gathered) for name, each in systems.items()}
    gain = compare(values["learned"], values["default"])
    tested = Shown.of([scorer.margin(query.features) for query in gathered.tested], gathered.tested)
    wins = gain.low > 0
    figures = f"{_METRIC.name} {gain.difference:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    tuning = Tuning(
        split=parted,
        queries=(len(gathered.learned), len(gathered.tested)),
        left_out={why: count for why, count in gathered.left_out.items() if count},
        means={name: (float(each.mean()), *interval(each)) for name, each in values.items()},
        gain=gain,
        reliability=_reliability(scorer.probability(tested.margins), tested.relevant, float(shown.relevant.mean())),
        importances=dict(sorted(fitted.importances.items(), key=lambda each: -each[1])),
        rounds=rounds,
        file=None,
        verdict=f"it {'wins over' if wins else 'does not beat'} the default scorer: {figures}",
    )
    if not wins:
        return tuning
    everything = fit([*gathered.learned, *gathered.tested], rounds)
    on_step()
    about = {"judgements": _hash(qrels), "articles": len(index), "revision": index.revision, **tuning.figures()}
    # What a margin means is read off lists whose articles the trees that made them had not seen.
    return replace(tuning, file=_scorer(ranking, everything, shown.and_(tested), about).file)


class Shown(NamedTuple):
    """The ten best of each list: their margins, and whether they are relevant, each of shape (n,)."""

    margins: NDArray[np.float64]
    relevant: NDArray[np.bool_]

    @classmethod
    def of(cls, margins: Sequence[NDArray[np.float64]], queries: Sequence[Query]) -> Shown:
        """Those of the lists that are ranked by `margins`; NaN is no margin."""
        best = [np.argsort(-each, kind="stable")[:CUTOFF] for each in margins]
        scores = np.concatenate([each[places] for each, places in zip(margins, best, strict=True)])
        relevant = np.concatenate([query.grades[places] > 0 for query, places in zip(queries, best, strict=True)])
        known = ~np.isnan(scores)
        return cls(scores[known], relevant[known])

    def and_(self, other: Shown) -> Shown:
        """Both."""
        return Shown(*(np.concatenate(each) for each in zip(self, other, strict=True)))


def _scorer(ranking: Ranking, fitted: Fit, shown: Shown, about: dict[str, Any]) -> LearnedScorer:
    """Trees with what their margins mean, and the minimum that is as much rarer than chance as the default scorer's."""
    slope, intercept = platt(shown.margins, shown.relevant) if 0 < shown.relevant.mean() < 1 else (1.0, 0.0)
    file = ScorerFile(
        encoder=ranking.encoding.fingerprint,
        features=fitted.features,
        near_in_time=NEAR_IN_TIME,
        min_score=0.0,
        slope=max(slope, LEAST_SLOPE),
        intercept=intercept,
        learned=about,
        trees=fitted.trees,
    )
    where = "the scorer that was learned"
    scorer = LearnedScorer(file, where)
    chance = Calibration(scorer, ranking.samples, ranking.encoding.unrelated_cosines)
    least = min(MOST_MINIMUM, chance.score_at(default_min_score(ranking.samples.articles)))
    return LearnedScorer(file.model_copy(update={"min_score": least}), where)


def _measure(scorer: Scorer, gathered: _Gathered) -> NDArray[np.float64]:
    """nDCG@10 of each query of the test side, float64, shape (n_queries,)."""
    run: dict[str, dict[str, float]] = {}
    for query in gathered.tested:
        chosen = np.ones(len(query.rows), dtype=bool) if scorer.near_in_time else query.proposed
        rows, scores = query.rows[chosen], scorer.score(query.features[chosen])
        best = np.argsort(-scores, kind="stable")[:RANKED]
        run[str(query.row)] = dict(zip(map(str, rows[best].tolist()), scores[best].tolist(), strict=True))
    qrels = {
        str(query.row): {str(row): grade for row, grade in gathered.relevant[query.row].items()}
        for query in gathered.tested
    }
    values: NDArray[np.float64] = evaluate(run, qrels, [_METRIC], list(qrels))[0]
    return values


def _reliability(probabilities: NDArray[np.float64], relevant: NDArray[np.bool_], base_rate: float) -> Reliability:
    parts = np.array_split(np.argsort(probabilities, kind="stable"), BINS)
    bins = tuple(
        (float(probabilities[part].mean()), float(relevant[part].mean()), len(part)) for part in parts if len(part)
    )
    error = sum(count * abs(mean - share) for mean, share, count in bins) / max(1, len(relevant))
    return Reliability(bins, error, base_rate, abs(base_rate - float(relevant.mean())))


def _hash(qrels: Qrels) -> str:
    """The same for the same judgements, in whatever order they stand."""
    lines = sorted(f"{query} {article} {grade}" for query, each in qrels.items() for article, grade in each.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in values]
