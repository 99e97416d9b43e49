"""Learning to rank: regression trees by LambdaRank, and what their scores mean. The only file that imports lightgbm."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.splitting import FOLDS
from recommender.ranking.features import DIRECTIONS, FEATURES, Features
from recommender.ranking.learned import Tree

USED = tuple(name for name in FEATURES if name not in {"hubness", "rare_title_words", "same_language"})
"""What is learned on. What the others tell made no list better, on a news site and on headlines: hubness, a cosine
corrected by it, how many of the shared title words are rare, whether the language is the same."""
MAX_ROUNDS = 120
CUTOFF = 10
_PARAMETERS = {
    "objective": "lambdarank",
    "metric": "ndcg",
    "eval_at": [CUTOFF],
    "num_leaves": 8,
    "learning_rate": 0.1,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "lambdarank_truncation_level": 2 * CUTOFF,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 0,
    "num_threads": 1,  # folds are learned side by side; threads that wait for one another cost more than they bring
    "verbosity": -1,
}
_PAIRS_PER_LEAF = 50
"""At least so many pairs in a leaf where judgements abound, fewer where they are few."""


@dataclass(frozen=True)
class Query:
    """One article and its candidates.

    Attributes:
        row: The article's.
        rows: The candidates', shape (n,).
        features: See `pair_features`, shape (n, len(FEATURES)).
        grades: What they were judged, 0 where they were not, int64, shape (n,).
        proposed: Which of them the engines propose without those nearest in time, shape (n,).
        fold: Which part of the learning side the article is in.
        folds: Which part each candidate is in, -1 where it is never asked about, shape (n,).
    """

    row: int
    rows: NDArray[np.int64]
    features: Features
    grades: NDArray[np.int64]
    proposed: NDArray[np.bool_]
    fold: int
    folds: NDArray[np.int8]

    def only(self, chosen: NDArray[np.bool_]) -> Query:
        """The same with some of the candidates."""
        return Query(
            self.row,
            self.rows[chosen],
            self.features[chosen],
            self.grades[chosen],
            self.proposed[chosen],
            self.fold,
            self.folds[chosen],
        )


Margins = list[NDArray[np.float64]]
OnStep = Callable[[], None]


@dataclass(frozen=True)
class Fit:
    """Trees over `features`, and the importance of each: the share of the gain that its splits brought, by name."""

    features: tuple[str, ...]
    trees: tuple[Tree, ...]
    importances: dict[str, float]


def lightgbm() -> ModuleType:
    """The library.

    Raises:
        ConfigError: If it is not there, or cannot be loaded.
    """
    try:
        import lightgbm as found
    except ImportError:
        hint = "pip install 'related-articles[tune]'"
        raise ConfigError("learning a scorer needs lightgbm, which is not installed", hint=hint) from None
    except OSError as error:
        raise ConfigError(
            f"lightgbm cannot be loaded: {error}", hint="install libgomp1, or your system's OpenMP"
        ) from None
    return found


def cross_validate(queries: Sequence[Query], on_step: OnStep) -> tuple[int, Margins]:
    """How many rounds are best, and what trees that never saw a query make of it.

    The queries are parted in `FOLDS`; what is learned for one fold sees no pair with an article of that fold.

    Returns:
        The number of rounds with the best mean nDCG@10 over the folds, and the margins of each query's candidates.
    """
    library, grades = lightgbm(), _grades(queries)

    def learn(fold: int) -> tuple[Any, list[float]] | None:
        learned = [query.only(query.folds != fold) for query in queries if query.fold != fold]
        held = [query for query in queries if query.fold == fold]
        if not (_with_answers(learned) and _with_answers(held)):
            return None
        history: dict[str, dict[str, list[float]]] = {}
        booster = library.train(
            _parameters(learned, grades),
            _dataset(library, learned, grades),
            MAX_ROUNDS,
            valid_sets=[_dataset(library, held, grades)],
            callbacks=[library.record_evaluation(history)],
        )
        return booster, next(iter(history["valid_0"].values()))

    found = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for each in pool.map(learn, range(FOLDS)):
            found.append(each)
            on_step()
    curves = [each[1] for each in found if each is not None]
    rounds = 1 + int(np.argmax(np.mean(curves, axis=0))) if curves else 1
    margins: Margins = [np.full(len(query.rows), np.nan) for query in queries]
    for place, query in enumerate(queries):
        learner = found[query.fold]
        if learner is not None and len(query.rows):
            margins[place] = learner[0].predict(_matrix(query), num_iteration=rounds)
    return rounds, margins


def fit(queries: Sequence[Query], rounds: int) -> Fit:
    """Trees learned from all of the queries."""
    library, grades = lightgbm(), _grades(queries)
    booster = library.train(_parameters(queries, grades), _dataset(library, queries, grades), rounds)
    gains = booster.feature_importance("gain")
    shares = gains / max(float(gains.sum()), 1e-12)
    trees = tuple(_tree(each["tree_structure"]) for each in booster.dump_model()["tree_info"])
    return Fit(USED, trees, dict(zip(USED, shares.tolist(), strict=True)))


def platt(margins: NDArray[np.float64], relevant: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept of the logistic function that makes probabilities of margins.

    Platt, "Probabilistic outputs for support vector machines" (1999), section 2.2: targets are drawn in from 0 and 1 by
    how few examples there are, so that nothing is called certain.

    Args:
        margins: Shape (n,).
        relevant: Shape (n,), some true and some not.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    right = int(np.count_nonzero(relevant))
    targets = np.where(relevant, (right + 1) / (right + 2), 1 / (len(relevant) - right + 2))
    # A target between 0 and 1 is an example of both, weighted.
    examples = np.concatenate([margins, margins])[:, None]
    classes = np.repeat([1, 0], len(margins))
    found = LogisticRegression(C=1e6).fit(examples, classes, sample_weight=np.concatenate([targets, 1 - targets]))
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def _with_answers(queries: Sequence[Query]) -> list[Query]:
    """Those with a relevant candidate: the others say nothing of an order."""
    return [query for query in queries if (query.grades > 0).any()]


def _matrix(query: Query) -> Features:
    return query.features[:, [FEATURES.index(name) for name in USED]]


def _dataset(library: ModuleType, queries: Sequence[Query], grades: NDArray[np.int64]) -> Any:
    kept = _with_answers(queries)
    return library.Dataset(
        np.concatenate([_matrix(query) for query in kept]),
        # The gain of a label is the grade itself; a label is its place among the grades.
        np.searchsorted(grades, np.concatenate([query.grades for query in kept])),
        group=[len(query.rows) for query in kept],
        feature_name=list(USED),
    )


def _grades(queries: Sequence[Query]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([[0], *(query.grades for query in queries)]))


def _parameters(queries: Sequence[Query], grades: NDArray[np.int64]) -> dict[str, Any]:
    relevant = sum(int(np.count_nonzero(query.grades > 0)) for query in queries)
    return {
        **_PARAMETERS,
        "min_data_in_leaf": int(np.clip(relevant // 20, 5, _PAIRS_PER_LEAF)),
        "monotone_constraints": [DIRECTIONS.get(name, 0) for name in USED],
        "label_gain": (grades / grades[-1]).tolist(),
    }


def _tree(structure: dict[str, Any]) -> Tree:
    """A tree as `Tree` has it, from LightGBM's nested form."""
    nodes: list[dict[str, Any]] = []
    values: list[float] = []

    def place(node: dict[str, Any]) -> int:
        if "split_feature" not in node:
            values.append(float(node["leaf_value"]))
            return -len(values)
        number = len(nodes)
        nodes.append({})
        threshold = float(node["threshold"])
        # Where no value was unknown in training, LightGBM takes an unknown one for 0.
        unknown_left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0
        nodes[number] = {
            "feature": node["split_feature"],
            "threshold": threshold,
            "unknown_left": bool(unknown_left),
            "left": place(node["left_child"]),
            "right": place(node["right_child"]),
        }
        return number

    place(structure)
    names = ("feature", "threshold", "unknown_left", "left", "right")
    return Tree(**{name: tuple(node[name] for node in nodes) for name in names}, value=tuple(values))
