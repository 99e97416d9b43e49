"""The learned scorer: its trees against a plain walk, what its scores mean, its file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.encoders import CountingEncoder
from support.examples import examples
from support.tuning import hand_made, near_days, scorer_file

from recommender.errors import OutdatedScorerError, ScorerError
from recommender.ranking import learned
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.learned import MAX_LEAVES, LearnedScorer, ScorerFile, Tree

USED = ("cosine", "days_apart", "quality")
POOL = [0.0, -0.0, 1.0, 0.1, -2.5, 7.25, 3.4e38, 1e-45]


def around(value: float) -> list[float]:
    """A float32, and the float64 numbers next to it on both sides."""
    near = float(np.float32(value))
    return [near, float(np.nextafter(near, math.inf)), float(np.nextafter(near, -math.inf)), near + 0.3]


THRESHOLDS = st.sampled_from([each for value in POOL for each in around(value)])
VALUES = st.sampled_from(
    [
        math.nan,
        *(float(np.nextafter(np.float32(value), np.float32(to))) for value in POOL[:-2] for to in (-9, 9, value)),
    ]
)
# Eighths, so that their sum is exact in any order.
LEAVES = st.integers(-64, 64).map(lambda eighths: eighths / 8)


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A tree of one to eight leaves, its nodes and leaves numbered in any order."""
    leaves = draw(st.integers(1, MAX_LEAVES))
    nodes = leaves - 1
    hanging: dict[tuple[int, str], int] = {}
    free = [(0, "left"), (0, "right")] if nodes else []
    for node in range(1, nodes):
        hanging[free.pop(draw(st.integers(0, len(free) - 1)))] = node
        free += [(node, "left"), (node, "right")]
    for leaf, place in zip(draw(st.permutations(range(leaves))), free, strict=False):
        hanging[place] = -1 - leaf
    return Tree(
        feature=tuple(draw(st.integers(0, len(USED) - 1)) for _ in range(nodes)),
        threshold=tuple(draw(THRESHOLDS) for _ in range(nodes)),
        unknown_left=tuple(draw(st.booleans()) for _ in range(nodes)),
        left=tuple(hanging[node, "left"] for node in range(nodes)),
        right=tuple(hanging[node, "right"] for node in range(nodes)),
        value=tuple(draw(LEAVES) for _ in range(leaves)),
    )


def walked(tree: Tree, row: list[float]) -> float:
    """Where one pair ends, in plain Python."""
    node = 0 if tree.feature else -1
    while node >= 0:
        value = row[tree.feature[node]]
        goes_left = tree.unknown_left[node] if math.isnan(value) else value <= tree.threshold[node]
        node = tree.left[node] if goes_left else tree.right[node]
    return tree.value[-1 - node]


def pairs(rows: list[list[float]]) -> Features:
    """Features of which `USED` are given; the others say nothing."""
    features = np.full((len(rows), len(FEATURES)), 77, dtype=np.float32)
    features[:, [FEATURES.index(name) for name in USED]] = np.array(rows, dtype=np.float32).reshape(-1, len(USED))
    return features


def many_trees(count: int) -> LearnedScorer:
    """A scorer whose sum is not exact."""
    chance = np.random.default_rng(0)
    return hand_made(
        features=USED,
        trees=[
            Tree(
                feature=(number % 3,),
                threshold=(float(chance.normal()),),
                unknown_left=(bool(number % 2),),
                left=(-1,),
                right=(-2,),
                value=tuple(chance.normal(size=2).tolist()),
            )
            for number in range(count)
        ],
    )


# Trees.


@examples(150)
@given(st.lists(trees(), min_size=1, max_size=6), st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=6))
def test_the_trees_give_what_a_plain_walk_gives(some: list[Tree], rows: list[list[float]]):
    scorer = hand_made(features=USED, trees=some)
    expected = [sum(walked(tree, row) for tree in some) for row in rows]
    assert scorer.margin(pairs(rows)).tolist() == expected


def test_a_threshold_that_no_float32_reaches_parts_the_known_from_the_unknown():
    scorer = hand_made(features=USED, trees=[near_days(1e300)])
    assert scorer.margin(pairs([[3e38, 0, 0], [math.nan, 0, 0]])).tolist() == [1, -1]


@pytest.mark.parametrize("rounds", [1, 40])
def test_the_trees_of_lightgbm_give_what_it_predicts(lightgbm: Any, rounds: int):
    from recommender.evaluation.learning import _tree

    chance = np.random.default_rng(0)
    names = FEATURES[:6]
    rows = chance.normal(size=(800, len(names))).astype(np.float32)
    rows[:, 3] = np.round(rows[:, 3])
    for place in (1, 2):
        rows[chance.random(800) < 0.3, place] = np.nan
    target = np.nan_to_num(rows[:, 1], nan=2) + rows[:, 0] * rows[:, 3] + (rows[:, 4] > 0)
    options = {"num_leaves": MAX_LEAVES, "verbosity": -1, "num_threads": 1, "seed": 0}
    booster = lightgbm.train(options, lightgbm.Dataset(rows, target), rounds)
    made = tuple(_tree(each["tree_structure"]) for each in booster.dump_model()["tree_info"])
    # Unknown values also where none was unknown in training.
    fresh = chance.normal(size=(500, len(names))).astype(np.float32)
    fresh[chance.random(fresh.shape) < 0.2] = np.nan
    for asked in (rows, fresh):
        features = np.full((len(asked), len(FEATURES)), np.nan, dtype=np.float32)
        features[:, : len(names)] = asked
        found = hand_made(features=names, trees=made).margin(features)
        np.testing.assert_allclose(found, booster.predict(asked), rtol=0, atol=1e-9)


def test_what_a_pair_scores_does_not_hang_on_the_others():
    scorer = many_trees(200)
    features = pairs(np.random.default_rng(1).normal(size=(50, 3)).tolist())
    together = scorer.score(features)
    for place in range(50):
        assert scorer.score(features[[place]])[0] == together[place]
    assert scorer.score(features[::-1]).tolist() == together[::-1].tolist()


def test_no_pairs_have_no_scores():
    assert many_trees(3).score(pairs([])).shape == (0,)


# Probabilities.


@examples(100)
@given(st.floats(0.01, 10), st.floats(-5, 5))
@example(1e-6, 0.0)
def test_a_higher_margin_is_a_higher_probability(slope: float, intercept: float):
    scorer = hand_made(slope=slope, intercept=intercept)
    margins = (np.linspace(-20, 20, 201) - intercept) / slope
    found = scorer.probability(margins)
    assert (np.diff(found) > 0).all()
    assert ((found > 0) & (found < 1)).all()


def test_what_is_very_sure_is_still_a_probability():
    found = hand_made(slope=1e6).probability(np.array([-1e300, -1e9, 0, 1e9, 1e300]))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_the_probability_is_the_logistic_function_of_the_margin():
    expected = [1 / (1 + math.exp(-(2 * margin + 0.5))) for margin in (1, -1)]
    assert hand_made().score(feature_days(1, 9)) == pytest.approx(expected)


def test_the_one_part_of_a_score_is_the_score():
    parts = hand_made().parts(feature_days(1, 9))
    assert list(parts) == ["probability"]
    assert parts["probability"].tolist() == hand_made().score(feature_days(1, 9)).tolist()


def feature_days(*days: float) -> Features:
    """Pairs of which nothing but the days apart is known."""
    features = np.full((len(days), len(FEATURES)), np.nan, dtype=np.float32)
    features[:, FEATURES.index("days_apart")] = days
    return features


# The file.

THREE = Tree(
    feature=(0, 0), threshold=(0, 1), unknown_left=(False, True), left=(-1, -2), right=(1, -3), value=(0.1, -2, 3e-9)
)


@examples(100)
@given(st.lists(trees(), min_size=1, max_size=3), st.floats(1e-9, 1e9), st.floats(-1e9, 1e9), st.text())
def test_a_files_text_is_the_scorer(some: list[Tree], slope: float, intercept: float, about: str):
    about = about.encode("utf-8", "replace").decode()
    file = scorer_file(features=USED, trees=some, slope=slope, intercept=intercept, learned={about: [about, 1.5, None]})
    assert LearnedScorer.parse(file.text(), "a file").file == file
    assert json.loads(file.text())["trees"] == [tree.model_dump(mode="json") for tree in some]


def test_a_scorer_is_read_from_its_file(tmp_path: Path):
    file = scorer_file(trees=[THREE])
    (tmp_path / "scorer.json").write_text(file.text(), encoding="utf-8")
    assert LearnedScorer.read(tmp_path / "scorer.json").file == file


def changed(**fields: Any) -> str:
    """The text of a scorer with one thing wrong."""
    return json.dumps(json.loads(scorer_file(trees=[THREE]).text()) | fields)


def with_tree(**fields: Any) -> str:
    return changed(trees=[THREE.model_dump(mode="json") | fields])


LOOP = {
    "feature": [0, 0, 0],
    "threshold": [0, 0, 0],
    "unknown_left": [True] * 3,
    "left": [-1, 2, 1],
    "right": [-2, -3, -4],
    "value": [1, 2, 3, 4],
}
NINE = {
    "feature": [0] * 8,
    "threshold": [0] * 8,
    "unknown_left": [True] * 8,
    "left": [*range(1, 8), -9],
    "right": [-1, -2, -3, -4, -5, -6, -7, -8],
    "value": [0] * 9,
}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("scorer", id="no JSON"),
        pytest.param("[" * 100_000, id="deeply nested"),
        *(pytest.param(text, id=text) for text in ("null", "[]", "7", "{}")),
        pytest.param(scorer_file().text()[:-9], id="cut off"),
        pytest.param(changed(format=3), id="another format"),
        pytest.param(changed(format="2"), id="a format that is a text"),
        pytest.param(changed(more=1), id="an extra key"),
        pytest.param(with_tree(more=1), id="an extra key of a tree"),
        pytest.param(changed(slope=0), id="no slope"),
        pytest.param(changed(slope=-1), id="a slope downwards"),
        pytest.param(changed(min_score=1.5), id="a minimum that is no probability"),
        pytest.param(changed(near_in_time=-1), id="fewer than none near in time"),
        pytest.param(changed(near_in_time=10**9), id="everything near in time"),
        pytest.param(changed(trees=[]), id="no tree"),
        pytest.param(changed(features=[]), id="no feature"),
        pytest.param(changed(features=["fame"]), id="an unknown feature"),
        *(pytest.param(changed(intercept=value), id=f"{value}") for value in (math.nan, math.inf, "0", None, True)),
        pytest.param(changed(intercept=7).replace(" 7", " 1e999"), id="a number beyond all"),
        pytest.param(changed(intercept=7).replace(" 7", f" {10**400}"), id="a whole number beyond all"),
        pytest.param(with_tree(threshold=[math.nan, 0]), id="a threshold that is no number"),
        pytest.param(with_tree(value=[0, -math.inf, 0]), id="a leaf without end"),
        pytest.param(with_tree(feature=[0, 1]), id="a feature that is not listed"),
        pytest.param(with_tree(feature=[0, -1]), id="a feature from the end"),
        pytest.param(with_tree(feature=[0, 10**30]), id="a feature beyond all"),
        pytest.param(with_tree(value=[1, 2]), id="a leaf too few"),
        pytest.param(with_tree(threshold=[0]), id="a threshold too few"),
        pytest.param(with_tree(value=[]), id="no leaf"),
        pytest.param(with_tree(left=[-1, -1]), id="a leaf that hangs twice"),
        pytest.param(with_tree(left=[-1, -4]), id="a leaf that is not there"),
        pytest.param(with_tree(right=[0, -3]), id="a root that hangs on itself"),
        pytest.param(with_tree(right=[2, -3]), id="a node that is not there"),
        pytest.param(with_tree(left=[-1, 1], right=[-2, -3]), id="a node that hangs on itself"),
        pytest.param(changed(trees=[LOOP]), id="leaves that no way leads to"),
        pytest.param(changed(trees=[NINE]), id="nine leaves"),
    ],
)
def test_what_is_no_scorer_is_refused_in_one_way(text: str):
    with pytest.raises(ScorerError) as caught:
        LearnedScorer.parse(text, "some file")
    assert str(caught.value).startswith("some file: ")
    assert "\n" not in str(caught.value)


def test_what_is_wrong_is_named_with_its_place():
    with pytest.raises(ScorerError, match=r"trees\.0\.threshold\.1: .* valid number"):
        LearnedScorer.parse(with_tree(threshold=[0, "x"]), "some file")


def test_an_unknown_feature_is_named_with_what_helps():
    with pytest.raises(ScorerError, match="uses the feature fame, which this version does not know") as caught:
        hand_made(features=("fame",))
    assert caught.value.hint == "learn it again: related tune"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe{}", "the file is not UTF-8"),
        (None, "the scorer cannot be read: No such file or directory"),
        (b" " * 101, "the file has more than 100 bytes"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes | None, said: str
):
    monkeypatch.setattr(learned, "MAX_BYTES", 100)
    path = tmp_path / "scorer.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ScorerError) as caught:
        LearnedScorer.read(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_folder_is_no_scorer(tmp_path: Path):
    with pytest.raises(ScorerError, match="the scorer cannot be read: Is a directory"):
        LearnedScorer.read(tmp_path)


def test_vectors_of_another_encoder_are_refused_with_what_helps():
    scorer = hand_made()
    scorer.refuse_vectors_of(CountingEncoder.fingerprint)
    with pytest.raises(ScorerError, match="learned with another encoder") as caught:
        scorer.refuse_vectors_of("other")
    assert caught.value.hint == "learn it again on this collection: related tune"


def test_a_scorer_says_how_many_candidates_are_to_be_near_in_time():
    assert hand_made(near_in_time=7).near_in_time == 7


def test_a_scorers_file_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        scorer_file().slope = 3.0  # type: ignore[misc]
    assert isinstance(scorer_file(), ScorerFile)


def test_a_scorer_of_an_older_version_is_told_as_such():
    with pytest.raises(OutdatedScorerError) as caught:
        LearnedScorer.parse(changed(format=1), "here")
    assert str(caught.value) == "here: the scorer was learned by an older version, on other features"
    assert caught.value.hint == "learn it again: related tune"
