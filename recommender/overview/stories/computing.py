"""Computes the stories of a collection and keeps them beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from recommender.collection import Collection
from recommender.collection_folder import STORIES_LOCK_NAME, STORIES_NAME
from recommender.overview.aside import sole
from recommender.overview.stories.file import State, Story, StoryFile, keep_stories
from recommender.overview.stories.joining import join_stories
from recommender.overview.stories.labels import label
from recommender.overview.stories.ties import Material, find_ties

if TYPE_CHECKING:
    from recommender.index import Index
    from recommender.store import Packed, Store


def compute_stories(collection: Collection) -> bool:
    """Compute the stories of a collection's newest revision, unless they are known or another process is at it.

    Whatever happens meanwhile, the file of before stays until the new one is whole.

    Returns:
        Whether they were computed.

    Raises:
        CollectionError: If the collection cannot be read, or the file not written.
    """
    with sole(collection.path / STORIES_LOCK_NAME, "stories", collection.path / STORIES_NAME) as held:
        if not held:
            return False
        started = time.monotonic()
        with collection.reading() as index:
            state = State.of(collection.store)
            known = StoryFile.open(collection.path)
            if known is not None:
                known.close()
                if known.state == state:
                    return False
            stories = list(_stories(index, collection.store))
        keep_stories(collection.path, state, stories, time.monotonic() - started)
    return True


def _stories(index: Index, store: Store) -> Iterator[Story]:
    """Yield the stories of two or more articles, by their earliest article."""
    material = Material.of(index)
    labels = join_stories(material.copies, find_ties(material))
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    for places in np.split(order, borders) if len(order) else []:
        if len(places) > 1:
            ids = [material.ids[place] for place in places.tolist()]
            # Of copies the earliest speaks.
            _, first = np.unique(material.copies[places], return_index=True)
            telling = [ids[place] for place in np.sort(first).tolist()]
            told = _packed(store, index, telling if len(telling) > 1 else ids)
            yield Story(ids, label(index, told), ids[0])


def _packed(store: Store, index: Index, ids: list[str]) -> list[Packed]:
    """Return what was packed of some articles, in their order, without those that have nothing packed."""
    found = {row.article_id: row.packed for row in store.packed(index.packer.form, sorted(ids))}
    return [packed for each in ids if (packed := found.get(each)) is not None]
