"""The learned scorer: regression trees over pair features, and its file format."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.errors import OutdatedScorerError, ScorerError
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import Scores

MAX_LEAVES = 8
"""The leaves of a tree are the bits of one byte."""
MAX_BYTES = 16 * 1024 * 1024

_ALL = np.uint8(0xFF)
_LOWEST_BIT = np.array([0, *((byte & -byte).bit_length() - 1 for byte in range(1, 256))], dtype=np.uint8)

FiniteNumber = Annotated[float, Field(allow_inf_nan=False, strict=True)]


class _FrozenModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tree(_FrozenModel):
    """A regression tree: inner nodes in any order from the root at 0, and leaves.

    Attributes:
        feature: The feature that each inner node tests, as a place in the scorer's features.
        threshold: Values up to this go left.
        unknown_left: Whether unknown values (NaN) go left.
        left: The next node on the left, or -1 - leaf.
        right: Likewise on the right.
        value: What each leaf adds to the score.
        count: How many pairs of the training reached each leaf; empty where that is not known.
    """

    feature: tuple[int, ...]
    threshold: tuple[FiniteNumber, ...]
    unknown_left: tuple[bool, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: Annotated[tuple[FiniteNumber, ...], Field(min_length=1, max_length=MAX_LEAVES)]
    count: tuple[Annotated[int, Field(ge=0)], ...] = ()

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        nodes = len(self.value) - 1
        if any(len(each) != nodes for each in (self.feature, self.threshold, self.unknown_left, self.left, self.right)):
            raise ValueError("a tree must have one inner node less than leaves")
        if self.count and len(self.count) != len(self.value):
            raise ValueError("every leaf must have a count, or none")
        if sorted((*self.left, *self.right)) != [*range(-nodes - 1, 0), *range(1, nodes + 1)][: 2 * nodes]:
            raise ValueError("each leaf and each node but the root must have one parent")
        if nodes and len(self.leaves_under(0)) != nodes + 1:
            raise ValueError("every leaf must be reachable from the root")
        return self

    def leaves_under(self, node: int) -> list[int]:
        """Return the leaves under an inner node (or the leaf itself, for -1 - leaf), from left to right."""
        found, waiting = list[int](), [node]
        while waiting and len(found) <= MAX_LEAVES:
            at = waiting.pop()
            if at < 0:
                found.append(-1 - at)
            else:
                waiting += [self.right[at], self.left[at]]
        return found


FORMAT: Literal[2] = 2
"""Increased when a feature gets another meaning, for which trees learned before are worthless."""
_OLDER = re.compile(r'"format":\s*1\b')
_HEAD_CHARS = 100


class ScorerFile(_FrozenModel):
    """The contents of a learned scorer's file.

    Attributes:
        format: Format of the file.
        encoder: Fingerprint of the encoder it was learned with.
        features: The pair features it uses.
        near_in_time: How many of the articles nearest in time are additional candidates.
        min_score: Least probability that is shown.
        slope: With `intercept`, the logistic function that maps the sum of the trees to a probability (Platt 1999).
        trees: The trees; their sum ranks.
        learned: Training data, quality and feature importance, for people to read.
    """

    format: Literal[2] = FORMAT
    encoder: str
    features: Annotated[tuple[str, ...], Field(min_length=1)]
    near_in_time: Annotated[int, Field(ge=0, le=1000)]
    min_score: Annotated[FiniteNumber, Field(ge=0, le=1)]
    slope: Annotated[FiniteNumber, Field(gt=0)]
    intercept: FiniteNumber
    learned: dict[str, Any]
    trees: Annotated[tuple[Tree, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _asks_for_its_features(self) -> Self:
        if any(not 0 <= place < len(self.features) for tree in self.trees for place in tree.feature):
            raise ValueError("a tree tests a feature that is not listed")
        return self

    def text(self) -> str:
        """Return the text of the file, one tree per line."""
        record = self.model_dump(mode="json")
        trees = ",\n".join(json.dumps(tree, separators=(",", ":")) for tree in record.pop("trees"))
        head = json.dumps(record, ensure_ascii=False, indent=1)
        return f'{head[:-2]},\n "trees": [\n{trees}\n]}}\n'


class LearnedScorer:
    """Scores pairs with trees learned from judgements; the score is the probability that a pair is related.

    The trees are walked as QuickScorer does (Lucchese et al. 2015, "QuickScorer: a fast algorithm to rank documents
    with additive ensembles of regression trees", section 3): every inner node that sends a pair right removes the
    leaves on its left, and the first remaining leaf is the one that the pair reaches.

    Args:
        file: The contents of its file.
        where: Its location, for errors.

    Raises:
        ScorerError: If it uses unknown features.
    """

    name = "learned"

    def __init__(self, file: ScorerFile, where: str) -> None:
        unknown = [name for name in file.features if name not in FEATURES]
        if unknown:
            raise ScorerError(
                f"the scorer uses the feature {unknown[0]}, which this version does not know",
                where=where,
                hint="learn it again: related tune",
            )
        self.file = file
        self._where = where

    @classmethod
    def parse(cls, text: str, where: str) -> LearnedScorer:
        """Parse the text of a scorer's file.

        Raises:
            OutdatedScorerError: If an older version learned it.
            ScorerError: If the text is invalid.
        """
        try:
            if _OLDER.search(text[:_HEAD_CHARS]):
                raise OutdatedScorerError(
                    "the scorer was learned by an older version, on other features",
                    where=where,
                    hint="learn it again: related tune",
                )
            return cls(ScorerFile.model_validate_json(text), where)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ScorerError(
                f"invalid learned scorer: {f'{place}: ' if place else ''}{first['msg'][:200]}",
                where=where,
                expected="a file that related tune wrote",
            ) from None

    @classmethod
    def read(cls, path: Path) -> LearnedScorer:
        """Read a scorer's file.

        Raises:
            ScorerError: If the file cannot be read or is invalid.
        """
        try:
            with path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise ScorerError(f"the file has more than {MAX_BYTES:,} bytes", where=str(path))
            return cls.parse(data.decode(), str(path))
        except UnicodeDecodeError:
            raise ScorerError("the file is not UTF-8", where=str(path)) from None
        except OSError as error:
            raise ScorerError(
                f"the scorer cannot be read: {error.strerror or error}",
                where=str(path),
                expected="default, dense, lexical, learned or a file that related tune wrote",
            ) from None

    def refuse_vectors_of(self, fingerprint: str) -> None:
        """Refuse vectors of another encoder than the one it was learned with.

        Raises:
            ScorerError: If `fingerprint` is another.
        """
        if fingerprint != self.file.encoder:
            raise ScorerError(
                "the scorer was learned with another encoder",
                where=self._where,
                expected=f"{fingerprint}, not {self.file.encoder}",
                hint="learn it again on this collection: related tune",
            )

    @property
    def near_in_time(self) -> int:
        """How many of the articles nearest in time are additional candidates."""
        return self.file.near_in_time

    def parts(self, features: Features) -> Mapping[str, Scores]:
        """Return the probability alone; a sum of trees has no parts by feature."""
        return {"probability": self.score(features)}

    def score(self, features: Features) -> Scores:
        """Return the probability that each pair is related, float64, shape (n,).

        Args:
            features: See `features.pair_features`.
        """
        return self.probability(self.margin(features))

    def probability(self, margins: Scores) -> Scores:
        """Map sums of the trees to probabilities, float64, shape (n,)."""
        # Clipped, because exp would overflow; the probability is 0 or 1 there anyway.
        exponent = np.clip(self.file.slope * margins + self.file.intercept, -500, 500)
        probabilities: Scores = 1 / (1 + np.exp(-exponent))
        return probabilities

    def margin(self, features: Features) -> Scores:
        """Return the sum of the trees, float64, shape (n,)."""
        columns = np.ascontiguousarray(features[:, self._columns].T)
        has_unknown = bool(np.isnan(columns).any())
        asked, threshold, unknown_left, masks, values = self._arrays
        left = np.full((len(values), len(features)), _ALL)
        for slot in range(len(asked)):
            known = columns[asked[slot]]
            goes_right = known > threshold[slot]
            if has_unknown:
                goes_right |= np.isnan(known) & ~unknown_left[slot]
            left &= np.where(goes_right, masks[slot], _ALL)
        ends = _LOWEST_BIT[left]
        # Added one tree at a time: numpy sums a single column in another order than several, and the score of a pair
        # must not depend on how many others are scored with it.
        total: Scores = np.zeros(len(features))
        for added in np.take_along_axis(values, ends, axis=1):
            total += added
        return total

    def contributions(self, features: Features) -> Mapping[str, Scores]:
        """Return how much each feature moves the logarithm of the odds of each pair, each of shape (n,).

        Every test on a pair's way through a tree moves its expected score from that of the node to that of the next;
        the difference is the contribution of the tested feature (Saabas 2014, "Interpreting random forests"). Together
        with `start`, the expected score of any pair, they sum to the logarithm of the odds of `score`.
        """
        columns = features[:, self._columns].astype(np.float64)
        found = {name: np.zeros(len(features)) for name in ("start", *self.file.features)}
        found["start"] += self.file.intercept
        for tree in self.file.trees:
            expected = _expected(tree)
            found["start"] += self.file.slope * (expected[0] if tree.feature else tree.value[0])
            at = np.zeros(len(features), dtype=np.int64)
            for node in range(len(tree.feature)):
                # A node comes before those under it, so that every pair has come as far as it can.
                here = (at == node).nonzero()[0]
                values = columns[here, tree.feature[node]]
                goes_left = np.where(np.isnan(values), tree.unknown_left[node], values <= tree.threshold[node])
                for side, next_node in ((goes_left, tree.left[node]), (~goes_left, tree.right[node])):
                    rows = here[side]
                    moved = (tree.value[-1 - next_node] if next_node < 0 else expected[next_node]) - expected[node]
                    found[self.file.features[tree.feature[node]]][rows] += self.file.slope * moved
                    at[rows] = next_node
        return found

    @cached_property
    def _columns(self) -> list[int]:
        return [FEATURES.index(name) for name in self.file.features]

    @cached_property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        """By slot and tree: feature, threshold, whether unknown values go left, mask; by tree and leaf: value.

        A slot is one inner node of each tree; the unused slots of smaller trees remove no leaf.
        """
        trees = self.file.trees
        slots = max(len(tree.feature) for tree in trees)
        feature = np.zeros((slots, len(trees)), dtype=np.int64)
        threshold = np.full((slots, len(trees), 1), np.inf, dtype=np.float32)
        unknown_left = np.ones((slots, len(trees), 1), dtype=bool)
        mask = np.full((slots, len(trees), 1), _ALL)
        value = np.zeros((len(trees), MAX_LEAVES))
        for number, tree in enumerate(trees):
            order = tree.leaves_under(0) if tree.feature else [0]
            value[number, : len(order)] = [tree.value[leaf] for leaf in order]
            bit = {leaf: 1 << place for place, leaf in enumerate(order)}
            for node in range(len(tree.feature)):
                feature[node, number] = tree.feature[node]
                threshold[node, number] = _float32_below(tree.threshold[node])
                unknown_left[node, number] = tree.unknown_left[node]
                mask[node, number] = 0xFF & ~sum(bit[leaf] for leaf in tree.leaves_under(tree.left[node]))
        return feature, threshold, unknown_left, mask, value


def _expected(tree: Tree) -> list[float]:
    """Return the expected score of the pairs that reach each inner node; all leaves count alike if nothing is known."""
    counts = tree.count if sum(tree.count) else (1,) * len(tree.value)
    expected = []
    for node in range(len(tree.feature)):
        leaves = tree.leaves_under(node)
        weight = sum(counts[leaf] for leaf in leaves) or 1
        expected.append(sum(counts[leaf] * tree.value[leaf] for leaf in leaves) / weight)
    return expected


def _float32_below(value: float) -> np.float32:
    """Return the largest float32 up to `value`; a float32 feature is above both or above neither."""
    with np.errstate(over="ignore"):  # a threshold may exceed every float32
        rounded = np.float32(value)
    return rounded if float(rounded) <= value or math.isinf(value) else np.nextafter(rounded, np.float32(-np.inf))
