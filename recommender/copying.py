"""Copies a collection from a folder to a server, or back."""

from __future__ import annotations

import contextlib
from pathlib import Path

from recommender.collection import API_SOURCE, Collection
from recommender.progress import Progress
from recommender.sources import is_address
from recommender.store import Revision
from recommender.store.copying import copy_store


def copy_collection(
    source: Path | str, target: Path | str, on_progress: Progress = lambda stage, done, total: None
) -> Revision:
    """Copy a collection to a new place, from a folder to a server or back; an editor's judgements come along.

    Args:
        source: The collection.
        target: A new or empty place.
        on_progress: Called with what is being copied.

    Returns:
        The revision that both have.

    Raises:
        CollectionError: If the source cannot be read or was never built, or the target cannot be written or has
            articles.
        DamagedError: If the source is damaged.
    """
    with contextlib.closing(Collection.open(source)) as old:
        old.store.recorded_encoding()
        with contextlib.closing(Collection.create(target)) as new:

            def relocate(location: str) -> str:
                is_file = not is_address(location) and location != API_SOURCE
                return new.location_of(old.path / location) if is_file else location

            revision = copy_store(old.store, new.store, relocate, on_progress)
            new.keep_judgements(old.judgements())
    return revision
