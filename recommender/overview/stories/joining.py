"""Joins tied articles into stories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.overview.stories.ties import Floats, Places, Ties

COHESION = 0.03
"""How strongly each article of a story is tied to all others of it on average, at least."""
MOST_ROUNDS, MOST_LEVELS = 30, 5


def join_stories(copies: Places, ties: Ties, *, cohesion: float = COHESION) -> Places:
    """Join articles into stories by their ties, so that no chain of ties makes one story of many.

    Maximises the constant Potts model (Traag, Van Dooren & Nesterov, "Narrow scope for resolution-limit-free community
    detection", 2011): the sum over all pairs within stories of the strength of their tie, 0 where there is none, minus
    `cohesion`. So an article joins a story only if its ties to all articles there are worth `cohesion` on average.
    Articles move to the best story in the order of time until none does, and then whole stories join alike (Blondel et
    al. 2008). At last what no ties connect is parted, which moves may leave behind (Traag, Waltman & van Eck 2019).
    Nothing is drawn by chance: the same articles make the same stories.

    Copies stay together. An article without ties or copies is alone.

    Args:
        copies: Equal for copies of one another, int64, shape (n,).
        ties: Pairs of places below n.
        cohesion: See `COHESION`.

    Returns:
        The lowest place of each article's story, int64, shape (n,).
    """
    # A node is a group of copies at first, and a story later.
    node_of = _numbered(copies)
    sizes = np.bincount(node_of)
    for _ in range(MOST_LEVELS):
        graph = _Graph.of(node_of[ties.first], node_of[ties.second], ties.strength, sizes)
        labels = _numbered(_move(graph, cohesion))
        if labels.max(initial=-1) + 1 == len(sizes):
            break
        node_of = labels[node_of]
        sizes = np.bincount(node_of)
    inside = node_of[ties.first] == node_of[ties.second]
    return _connected(copies, ties.first[inside], ties.second[inside])


class _Graph:
    """Nodes with their neighbours, as lists: element access is what the moves consist of."""

    def __init__(self, starts: list[int], others: list[int], weights: list[float], sizes: list[int]) -> None:
        self.starts, self.others, self.weights, self.sizes = starts, others, weights, sizes

    @classmethod
    def of(cls, first: Places, second: Places, strength: Floats, sizes: Places) -> _Graph:
        """Sum the ties of all articles of two nodes; those within a node do not matter."""
        count = len(sizes)
        apart = first != second
        ends = np.concatenate([first[apart], second[apart]])
        keys = ends * count + np.concatenate([second[apart], first[apart]])
        pairs, place = np.unique(keys, return_inverse=True)
        weights = np.bincount(place, np.concatenate([strength[apart]] * 2), minlength=len(pairs))
        starts = np.searchsorted(pairs, np.arange(count + 1) * count)
        return cls(starts.tolist(), (pairs % max(count, 1)).tolist(), weights.tolist(), sizes.tolist())


def _move(graph: _Graph, cohesion: float) -> Places:
    """Return the label of each node once no move of a single node betters the sum, int64, shape (n,)."""
    count = len(graph.sizes)
    labels, totals = list(range(count)), list(graph.sizes)
    waiting = [node for node in range(count) if graph.starts[node] < graph.starts[node + 1]]
    for _ in range(MOST_ROUNDS):
        moved = set[int]()
        for node in waiting:
            size, own = graph.sizes[node], labels[node]
            gains: dict[int, float] = {}
            for at in range(graph.starts[node], graph.starts[node + 1]):
                label = labels[graph.others[at]]
                gains[label] = gains.get(label, 0.0) + graph.weights[at]
            totals[own] -= size
            best, most = own, gains.get(own, 0.0) - cohesion * size * totals[own]
            for label, tied in gains.items():
                gain = tied - cohesion * size * totals[label]
                if gain > most + 1e-9 or (gain > most - 1e-9 and label < best):
                    best, most = label, gain
            if most < 0:
                # Alone is better.
                best = len(totals)
                totals.append(0)
            totals[best] += size
            if best != own:
                labels[node] = best
                moved.update(graph.others[graph.starts[node] : graph.starts[node + 1]])
        if not moved:
            break
        # Only what has a neighbour that moved can have a better place now.
        waiting = sorted(moved)
    return np.array(labels, dtype=np.int64)


def _numbered(labels: NDArray[np.int64]) -> Places:
    """Return labels as numbers from 0 in the order in which each comes first."""
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    found: Places = rank[number]
    return found


def _connected(copies: Places, first: Places, second: Places) -> Places:
    """Return the lowest place that each article is connected with by ties and copies."""
    lowest = np.arange(len(copies))
    _, leader, group = np.unique(copies, return_index=True, return_inverse=True)
    first = np.concatenate([first, lowest])
    second = np.concatenate([second, leader[group]])
    while True:
        least = np.minimum(lowest[first], lowest[second])
        before = lowest.copy()
        np.minimum.at(lowest, first, least)
        np.minimum.at(lowest, second, least)
        lowest = lowest[lowest]
        if np.array_equal(before, lowest):
            return lowest
