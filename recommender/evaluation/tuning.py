"""Tuning: learn a scorer from judgements, test it on held-out articles, and keep it only if it beats the default."""

from __future__ import annotations

import hashlib
import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
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
from recommender.progress import Progress
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
"""How many of the articles nearest in time become candidates: on one site that relates articles of the same week, no
engine found a fifth of the related ones."""
MIN_LEARNED, MIN_TESTED = 40, 20
"""With fewer queries on a side, learning or testing is meaningless."""
MAX_QUERIES = 5_000
BINS = 10
RANKED = 100
MIN_SLOPE = 1e-6
MAX_MIN_SCORE = 0.5
"""The highest minimum score: an article that is more likely related than not is always shown."""
_METRIC = Metric.parse(f"nDCG@{CUTOFF}")


@dataclass(frozen=True)
class Reliability:
    """Calibration of the probabilities of the ten best articles of each list.

    Attributes:
        bins: Mean probability, relevant share and size of ten bins of equal size.
        error: Expected calibration error (Naeini et al. 2015): mean |probability - share| over bins, weighted by size.
        base_rate: Relevant share on the learning side.
        base_error: Error of always predicting the base rate.
        brier: Brier score (1950): mean squared difference between probability and relevance, 1 or 0.
        base_brier: Brier score of always predicting the base rate.
    """

    bins: tuple[tuple[float, float, int], ...]
    error: float
    base_rate: float
    base_error: float
    brier: float
    base_brier: float


@dataclass(frozen=True)
class Tuning:
    """A learned scorer and its results on the test side.

    Attributes:
        split: The split.
        queries: Number of queries on the learning side and on the test side.
        left_out: Numbers of queries and judgements that could not be used, by reason.
        means: By scorer, mean nDCG@10 on the test side and its 95 % interval.
        gain: The learned scorer compared with the default one.
        reliability: Calibration of the learned scorer on the test side.
        importances: By feature, its share of the gain of all splits, largest first.
        rounds: Number of trees.
        file: The scorer, learned from all judgements; None if it did not win.
        verdict: The outcome, in words.
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
        """Return everything but the trees, as JSON values."""
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
                "brier_score": round(self.reliability.brier, 4),
                "brier_score_of_the_base_rate": round(self.reliability.base_brier, 4),
                "bins": [[*_rounded(each[:2]), each[2]] for each in self.reliability.bins],
            },
            "importances": {name: round(share, 4) for name, share in self.importances.items()},
            "trees": self.rounds,
            "verdict": self.verdict,
        }


@dataclass
class _Gathered:
    """Judged queries with their candidates, and counts of what could not be used."""

    learned: list[Query] = field(default_factory=list)
    tested: list[Query] = field(default_factory=list)
    relevant: dict[int, dict[int, int]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def tune(
    recommender: Recommender,
    qrels: Qrels,
    *,
    by: By = By.auto,
    test_from: float | None = None,
    on_progress: Progress = lambda stage, done, total: None,
) -> Tuning:
    """Learn a scorer from judgements of a collection's articles.

    Regression trees are learned by LambdaRank (Burges 2010, "From RankNet to LambdaRank to LambdaMART") from pairs of
    articles on the learning side, with unjudged candidates as negatives; cross-validation chooses the number of trees.
    If they beat the default scorer on the test side, they are learned again from all judgements.

    Args:
        recommender: The collection's recommender; its ranking settings give the number of candidates.
        qrels: The judgements.
        by: How to split articles into the two sides.
        test_from: Start of the test side in days since 1970, for a split by time.
        on_progress: Called after each query and each training.

    Raises:
        JudgementsError: If there are too few judgements, or none of them is of this collection.
        ConfigError: If lightgbm is not installed or cannot be loaded.
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
            # Unjudged articles need a side too: both articles of a learned pair must be from before the cut.
            parted.put(np.arange(len(ids)), every_day)
        gathered = _gather(index, ids, ranking, judged, parted, left_out, on_progress)
        if len(gathered.learned) < MIN_LEARNED or len(gathered.tested) < MIN_TESTED:
            raise JudgementsError(
                f"too few judged articles: {len(gathered.learned)} to learn from and {len(gathered.tested)} to test on",
                expected=f"at least {MIN_LEARNED} and {MIN_TESTED} that have a related one",
                hint="judge more (related judge), or export the site's own lists (related qrels)",
            )
        refuse_leaks(_pairs(gathered.learned), _pairs(gathered.tested))
        return _learned(index, ranking, gathered, parted, qrels, on_progress)


def _resolved(ids: Sequence[str], qrels: Qrels) -> tuple[dict[int, dict[int, int]], Counter[str]]:
    """Return the judgements by the articles' rows in `ids`, and counts of those that could not be used, by reason."""
    rows_by_id = {article_id: row for row, article_id in enumerate(ids)}

    def row_of(name: str) -> int | None:
        return next((rows_by_id[each] for each in own_ids(name) if each in rows_by_id), None)

    judged: dict[int, dict[int, int]] = {}
    left_out = Counter({"queries that are not in the collection": 0, "judged articles that are not": 0})
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
            "no judgement is about articles of this collection",
            expected="ids of its articles, as written by related qrels",
        )
    if len(judged) > MAX_QUERIES:
        left_out[f"queries beyond {MAX_QUERIES:,}, drawn at random"] = len(judged) - MAX_QUERIES
        chosen = sorted(judged, key=lambda row: stable_hash(ids[row]))[:MAX_QUERIES]
        judged = {row: judged[row] for row in chosen}
    # Sorted, because the order of the queries affects the trees a little, and that of the file must not.
    return dict(sorted(judged.items())), left_out


def _gather(
    index: Index,
    ids: Sequence[str],
    ranking: Ranking,
    judged: dict[int, dict[int, int]],
    parted: Split,
    left_out: Counter[str],
    on_progress: Progress,
) -> _Gathered:
    found = _Gathered(left_out=left_out)
    sides, depth = parted.sides, ranking.weights.candidates
    for done, (query, grades) in enumerate(judged.items(), start=1):
        on_progress("comparing", done, len(judged))
        side = sides[query]
        # A related article on the other side counts as neither relevant nor irrelevant here.
        relevant = {row: grade for row, grade in grades.items() if grade > 0 and sides[row] == side}
        if side not in {LEARN, TEST} or not relevant:
            why = "a date" if side not in {LEARN, TEST} else "a related one on their side"
            found.left_out[f"queries without {why}"] += 1
            continue
        profile = index.profile(ids[query])
        proposed = index.propose(profile, depth)
        near = index.propose(profile, depth, dense=False, lexical=False, near_in_time=NEAR_IN_TIME)
        pool = index.gather(profile, proposed, near)
        rows = np.array([bisect_left(ids, each) for each in pool.ids], dtype=np.int64)
        grade = np.array([relevant.get(row, 0) for row in rows.tolist()], dtype=np.int64)
        elsewhere = np.array([grades.get(row, 0) > 0 and row not in relevant for row in rows.tolist()], dtype=bool)
        features, fold = pair_features(profile, pool), int(parted.folds[query])
        whole = Query(query, rows, features, grade, pool.is_named(proposed), fold, parted.folds[rows])
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
    pairs = [np.stack([np.full(len(query.rows), query.row), query.rows], axis=1) for query in queries]
    return np.concatenate(pairs).astype(np.int64)


def _learned(
    index: Index, ranking: Ranking, gathered: _Gathered, parted: Split, qrels: Qrels, on_progress: Progress
) -> Tuning:
    steps = itertools.count(1)

    def on_step() -> None:
        on_progress("learning", next(steps), FOLDS + 2)

    rounds, margins = cross_validate(gathered.learned, on_step)
    shown = Shown.of(margins, gathered.learned)
    if not len(shown.margins):
        raise JudgementsError(
            "cannot choose the number of trees: all articles to learn from are of one story",
            hint="related tune --split article",
        )
    fitted = fit(gathered.learned, rounds)
    on_step()
    scorer = _scorer(ranking, fitted, shown, {})
    systems: dict[str, Scorer] = {"learned": scorer, "default": ranking.scorer("default", as_shown=False)}
    systems |= {name: ranking.scorer(name) for name in ("dense", "lexical")}
    values = {name: _measure(each, gathered) for name, each in systems.items()}
    gain = compare(values["learned"], values["default"])
    test_margins = [scorer.margin(query.features) for query in gathered.tested]
    tested = Shown.of(test_margins, gathered.tested)
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
    queries = [*gathered.learned, *gathered.tested]
    everything = fit(queries, rounds)
    on_step()
    about = {"judgements": _hash(qrels), "articles": len(index), "revision": index.revision, **tuning.figures()}
    # Calibrated on margins of trees that had not seen the lists' articles.
    return replace(tuning, file=_scorer(ranking, everything, Shown.of([*margins, *test_margins], queries), about).file)


class Shown(NamedTuple):
    """Margin and relevance of the ten best articles of each list, each of shape (n,)."""

    margins: NDArray[np.float64]
    relevant: NDArray[np.bool_]

    @classmethod
    def of(cls, margins: Sequence[NDArray[np.float64]], queries: Sequence[Query]) -> Shown:
        """Take the ten best of each query by `margins`, leaving out NaN."""
        best = [np.argsort(-each, kind="stable")[:CUTOFF] for each in margins]
        scores = np.concatenate([each[places] for each, places in zip(margins, best, strict=True)])
        relevant = np.concatenate([query.grades[places] > 0 for query, places in zip(queries, best, strict=True)])
        known = ~np.isnan(scores)
        return cls(scores[known], relevant[known])


def _scorer(ranking: Ranking, fitted: Fit, shown: Shown, about: dict[str, Any]) -> LearnedScorer:
    """Build a scorer: trees, calibration, and a minimum as far above chance as the default scorer's."""
    slope, intercept = platt(shown.margins, shown.relevant) if 0 < shown.relevant.mean() < 1 else (1.0, 0.0)
    file = ScorerFile(
        encoder=ranking.encoding.fingerprint,
        features=fitted.features,
        near_in_time=NEAR_IN_TIME,
        min_score=0.0,
        slope=max(slope, MIN_SLOPE),
        intercept=intercept,
        learned=about,
        trees=fitted.trees,
    )
    where = "the learned scorer"
    scorer = LearnedScorer(file, where)
    chance = Calibration(scorer, ranking.samples, ranking.encoding.unrelated_cosines)
    least = min(MAX_MIN_SCORE, chance.score_at(default_min_score(ranking.samples.articles)))
    return LearnedScorer(file.model_copy(update={"min_score": least}), where)


def _measure(scorer: Scorer, gathered: _Gathered) -> NDArray[np.float64]:
    """Return nDCG@10 of each query of the test side, float64, shape (n_queries,)."""
    run: dict[str, dict[str, float]] = {}
    for query in gathered.tested:
        chosen = np.ones(len(query.rows), dtype=bool) if scorer.near_in_time else query.proposed
        rows, scores = query.rows[chosen], scorer.score(query.features[chosen])
        best = np.argsort(-scores, kind="stable")[:RANKED]
        run[str(query.row)] = dict(zip(map(str, rows[best].tolist()), scores[best].tolist(), strict=True))
    relevant = {query.row: gathered.relevant[query.row] for query in gathered.tested}
    qrels = {str(row): {str(other): grade for other, grade in grades.items()} for row, grades in relevant.items()}
    values: NDArray[np.float64] = evaluate(run, qrels, [_METRIC], list(qrels))[0]
    return values


def _reliability(probabilities: NDArray[np.float64], relevant: NDArray[np.bool_], base_rate: float) -> Reliability:
    parts = np.array_split(np.argsort(probabilities, kind="stable"), BINS)
    bins = tuple(
        (float(probabilities[part].mean()), float(relevant[part].mean()), len(part)) for part in parts if len(part)
    )
    error = sum(count * abs(mean - share) for mean, share, count in bins) / max(1, len(relevant))
    return Reliability(
        bins,
        error,
        base_rate,
        base_error=abs(base_rate - float(relevant.mean())),
        brier=float(((probabilities - relevant) ** 2).mean()),
        base_brier=float(((base_rate - relevant) ** 2).mean()),
    )


def _hash(qrels: Qrels) -> str:
    """Hash the judgements, independently of their order."""
    lines = sorted(f"{query} {article} {grade}" for query, each in qrels.items() for article, grade in each.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in values]
