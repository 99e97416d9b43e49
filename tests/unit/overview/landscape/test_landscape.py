"""Articles near in meaning are near on the plane, and clusters are named."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from recommender.collection import Collection
from recommender.collection_folder import MAP_LOCK_NAME, MAP_NAME, MAP_SPARE_NAME
from recommender.errors import CollectionError
from recommender.overview.landscape import Landscape, compute_landscape, read_landscape
from recommender.overview.landscape.layout import MOST_CLUSTERS, cluster, lay_out
from recommender.store.locks import exclusive

ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"


@pytest.fixture(scope="module")
def landscape(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Landscape:
    copy = shutil.copytree(site_collection, tmp_path_factory.mktemp("landscape") / "collection")
    with closing(Collection.open(copy)) as opened:
        assert compute_landscape(opened)
        found = read_landscape(opened.path)
        assert found is not None
        return found


def heaps(count: int, each: int, seed: int = 0) -> np.ndarray:
    """Unit vectors in heaps that lie apart."""
    draw = np.random.default_rng(seed)
    vectors = np.repeat(np.eye(count, 16), each, axis=0) + 0.1 * draw.standard_normal((count * each, 16))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_neighbours_stay_neighbours():
    vectors = heaps(5, 20)
    places = lay_out(vectors)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    assert (nearest // 20 == np.arange(100) // 20).all()
    assert np.quantile(np.linalg.norm(places, axis=1), 0.97) <= 1


def test_the_same_vectors_are_placed_alike():
    vectors = heaps(3, 12)
    assert np.array_equal(lay_out(vectors), lay_out(vectors))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 11, 12])
def test_few_articles_have_places_too(count: int):
    vectors = heaps(4, 3)[:count]
    places = lay_out(vectors)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_equal_vectors_do_no_harm():
    vectors = np.repeat(heaps(1, 1), 40, axis=0)
    assert np.isfinite(lay_out(vectors)).all()
    labels, central = cluster(vectors)
    assert len(labels) == len(central) == 40


def test_heaps_are_clusters_and_the_largest_is_the_first():
    vectors = np.concatenate([heaps(2, 40), heaps(3, 10, seed=1)[20:]])
    labels, central = cluster(vectors)
    assert labels.max() < MOST_CLUSTERS
    sizes = np.bincount(labels)
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)
    assert labels[-1] not in labels[:80]
    assert (central > 0).all()


def test_clusters_are_named_by_what_their_titles_share(landscape: Landscape):
    assert sum(each["articles"] for each in landscape.clusters) == len(landscape.ids) == 82
    of_aclu = landscape.clusters[landscape.labels[landscape.ids.index(ACLU)]]
    assert "Clearview AI" in of_aclu["terms"]
    assert any("Clearview" in each["title"] for each in of_aclu["examples"])


def test_points_have_their_fields(landscape: Landscape):
    at = landscape.ids.index(ACLU)
    assert landscape.values["year"][landscape.codes["year"][at]] == "2021"
    assert landscape.values["year"] == sorted(landscape.values["year"])
    assert max(landscape.codes["topic"]) == len(landscape.values["topic"]) - 1 <= 8


def test_it_is_computed_once_for_a_revision(collection: Collection):
    assert compute_landscape(collection)
    assert not compute_landscape(collection)


def test_another_process_that_is_at_it_is_left_alone(collection: Collection):
    with exclusive(collection.path / MAP_LOCK_NAME, wait=False):
        assert not compute_landscape(collection)
    assert not (collection.path / MAP_NAME).exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format":1}', b'{"format":99}'])
def test_a_damaged_one_is_made_anew(collection: Collection, damage: bytes):
    (collection.path / MAP_NAME).write_bytes(damage)
    assert read_landscape(collection.path) is None
    assert compute_landscape(collection)
    assert read_landscape(collection.path) is not None


def test_it_rests_after_a_change(collection: Collection):
    compute_landscape(collection)
    found = read_landscape(collection.path)
    assert found is not None
    stale = (collection.path / MAP_NAME).read_text().replace(found.state.digest, "another")
    (collection.path / MAP_NAME).write_text(stale)
    assert not compute_landscape(collection)
    os.utime(collection.path / MAP_NAME, (0, 0))
    assert compute_landscape(collection)


def test_a_folder_that_cannot_be_written_is_an_error(collection: Collection):
    (collection.path / MAP_SPARE_NAME).mkdir()
    with pytest.raises(CollectionError, match="the map cannot be written"):
        compute_landscape(collection)
