"""Places of articles on a plane, and clusters of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PERPLEXITY = 30.0
ROUNDS = 500
DIMENSIONS = 50
"""The vectors are brought to so many dimensions first."""
LEAST_CLUSTERED = 12
"""Fewer articles are one heap."""
LEAST_CLUSTERS, MOST_CLUSTERS = 3, 12


def lay_out(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Place articles so that near neighbours stay near.

    t-SNE (van der Maaten & Hinton 2008; Barnes-Hut, 2014) from the principal components, which keeps the large shapes
    in place (Kobak & Linderman, "Initialization is critical for preserving global data structure in both t-SNE and
    UMAP", 2021). The same vectors are always placed alike.

    Args:
        vectors: Unit rows, float32, shape (n, dimension).

    Returns:
        Places around the origin, 98 of 100 within a distance of 1, float32, shape (n, 2).
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(vectors)
    if count < LEAST_CLUSTERED:
        return _scaled(plane(vectors)[2])
    reduced = PCA(min(DIMENSIONS, count, vectors.shape[1]), random_state=0).fit_transform(vectors)
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    tsne = TSNE(2, init="pca", perplexity=perplexity, max_iter=ROUNDS, random_state=0)
    return _scaled(tsne.fit_transform(reduced))


def plane(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Project vectors on their two principal components (Pearson, "On lines and planes of closest fit", 1901).

    Returns:
        The mean, the axes, float32, shape (dimension, 2), and the places, float32, shape (n, 2).
    """
    dimension = vectors.shape[1]
    if not len(vectors):
        axes = np.zeros((dimension, 2), dtype=np.float32)
        return np.zeros(dimension, dtype=np.float32), axes, np.zeros((0, 2), dtype=np.float32)
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    first = axes[:, ::-1][:, :2].astype(np.float32)
    # The sign of an axis is arbitrary; fix it, or equal data could be mirrored.
    first *= np.sign(first[np.abs(first).argmax(axis=0), np.arange(2)])
    return mean, first, centred @ first


def cluster(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Part articles into clusters by spherical k-means (Dhillon & Modha 2001), with more clusters on larger sites.

    Args:
        vectors: Unit rows, float32, shape (n, dimension).

    Returns:
        The cluster of each article, the largest cluster first, int64, shape (n,); and how central each is there, the
        cosine with the centre, float32, shape (n,). A single cluster for fewer than `LEAST_CLUSTERED` articles.
    """
    from sklearn.cluster import KMeans

    count = len(vectors)
    if count < LEAST_CLUSTERED:
        return np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.float32)
    centred = vectors - vectors.mean(axis=0)
    # Copies make no clusters.
    distinct = len(np.unique(centred.round(4), axis=0))
    wanted = min(distinct, int(np.clip(round(np.sqrt(count) / 3), LEAST_CLUSTERS, MOST_CLUSTERS)))
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    found = KMeans(wanted, n_init=4, random_state=0).fit(centred)
    order = np.argsort(-np.bincount(found.labels_, minlength=wanted), kind="stable")
    rank = np.empty(wanted, dtype=np.int64)
    rank[order] = np.arange(wanted)
    centres = found.cluster_centers_ / np.maximum(np.linalg.norm(found.cluster_centers_, axis=1, keepdims=True), 1e-12)
    central = np.einsum("ij,ij->i", centred, centres[found.labels_]).astype(np.float32)
    labels: NDArray[np.int64] = rank[found.labels_]
    return labels, central


def _scaled(places: NDArray[np.floating]) -> NDArray[np.float32]:
    if not len(places):
        return places.astype(np.float32)
    centred = places - (places.max(axis=0) + places.min(axis=0)) / 2
    reach = float(np.quantile(np.linalg.norm(centred, axis=1), 0.98)) or 1.0
    scaled: NDArray[np.float32] = (centred / reach).astype(np.float32)
    return scaled
