"""Learning to rank with LightGBM: LambdaRank trees and their calibration; the only module that imports lightgbm."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ConfigError
from recommender.evaluation.splitting import FOLDS
from recommender.ranking.features import DIRECTIONS, FEATURES, Features
from recommender.ranking.learned import Tree

USED = tuple(name for name in FEATURES if name not in {"hubness", "rare_title_words", "same_language"})
"""The features to learn from. The others improved no list, neither on a news site nor on headlines."""
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
    "num_threads": 1,  # folds are learned in parallel
    "verbosity": -1,
}
_PAIRS_PER_LEAF = 50
"""The minimum number of pairs in a leaf; fewer if there are few judgements."""


@dataclass(frozen=True)
class Query:
    """One article and its candidates.

    Attributes:
        row: The article's row.
        rows: The candidates' rows, shape (n,).
        features: Features of the pairs (see `pair_features`), shape (n, len(FEATURES)).
        grades: Grades of the candidates, 0 if not judged, int64, shape (n,).
        proposed: Whether an engine proposed the candidate, rather than its date, bool, shape (n,).
        fold: The article's fold.
        folds: The candidates' folds, -1 for articles that are never queries, shape (n,).
    """

    row: int
    rows: NDArray[np.int64]
    features: Features
    grades: NDArray[np.int64]
    proposed: NDArray[np.bool_]
    fold: int
    folds: NDArray[np.int8]

    def only(self, chosen: NDArray[np.bool_]) -> Query:
        """Return the query with some of its candidates."""
        names = ("rows", "features", "grades", "proposed", "folds")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})


Margins = list[NDArray[np.float64]]
OnStep = Callable[[], None]


@dataclass(frozen=True)
class Fit:
    """Trees over `features`; an importance is a feature's share of the gain of all splits, by name."""

    features: tuple[str, ...]
    trees: tuple[Tree, ...]
    importances: dict[str, float]


def lightgbm() -> ModuleType:
    """Import and return LightGBM.

    Raises:
        ConfigError: If it is not installed or cannot be loaded.
    """
    try:
        import lightgbm as found
    except ImportError:
        hint = "pip install 'related-articles[tune]'"
        raise ConfigError("learning a scorer needs lightgbm, which is not installed", hint=hint) from None
    except OSError as error:
        hint = "install libgomp1, or your system's OpenMP"
        raise ConfigError(f"lightgbm cannot be loaded: {error}", hint=hint) from None
    return found


def cross_validate(queries: Sequence[Query], on_step: OnStep) -> tuple[int, Margins]:
    """Choose the number of boosting rounds, and score each query with trees that were not trained on it.

    The trees for a fold see no pair with an article of that fold.

    Returns:
        The number of rounds with the best mean nDCG@10 over the folds, and the margins of each query's candidates, NaN
        where nothing could be learned.
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
    """Learn trees from all of the queries."""
    library, grades = lightgbm(), _grades(queries)
    booster = library.train(_parameters(queries, grades), _dataset(library, queries, grades), rounds)
    gains = booster.feature_importance("gain")
    shares = gains / max(float(gains.sum()), 1e-12)
    trees = tuple(_tree(each["tree_structure"]) for each in booster.dump_model()["tree_info"])
    return Fit(USED, trees, dict(zip(USED, shares.tolist(), strict=True)))


def platt(margins: NDArray[np.float64], relevant: NDArray[np.bool_]) -> tuple[float, float]:
    """Fit the slope and intercept of the logistic function that turns margins into probabilities.

    Platt, "Probabilistic outputs for support vector machines" (1999), section 2.2: targets are smoothed, more so the
    fewer the examples, to avoid probabilities of 0 and 1.

    Args:
        margins: Margins of pairs, float64, shape (n,).
        relevant: Whether each pair is relevant, bool, shape (n,); both values must occur.
    """
    from sklearn.linear_model import LogisticRegression

    right = int(np.count_nonzero(relevant))
    targets = np.where(relevant, (right + 1) / (right + 2), 1 / (len(relevant) - right + 2))
    # A target between 0 and 1 becomes two weighted examples.
    examples = np.concatenate([margins, margins])[:, None]
    classes = np.repeat([1, 0], len(margins))
    found = LogisticRegression(C=1e6).fit(examples, classes, sample_weight=np.concatenate([targets, 1 - targets]))
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def _with_answers(queries: Sequence[Query]) -> list[Query]:
    """Return the queries with a relevant candidate; the others give no order to learn."""
    return [query for query in queries if (query.grades > 0).any()]


def _matrix(query: Query) -> Features:
    return query.features[:, [FEATURES.index(name) for name in USED]]


def _dataset(library: ModuleType, queries: Sequence[Query], grades: NDArray[np.int64]) -> Any:
    kept = _with_answers(queries)
    return library.Dataset(
        np.concatenate([_matrix(query) for query in kept]),
        # A label is the grade's position among all grades; its gain is the grade itself (`label_gain`).
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
    """Convert LightGBM's nested form of a tree."""
    nodes: list[dict[str, Any]] = []
    values: list[float] = []
    counts: list[int] = []

    def place(node: dict[str, Any]) -> int:
        if "split_feature" not in node:
            values.append(float(node["leaf_value"]))
            counts.append(int(node.get("leaf_count", 0)))
            return -len(values)
        number = len(nodes)
        nodes.append({})
        threshold = float(node["threshold"])
        # If no value was missing in training, LightGBM treats a missing one as 0.
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
    return Tree(
        **{name: tuple(node[name] for node in nodes) for name in names}, value=tuple(values), count=tuple(counts)
    )
