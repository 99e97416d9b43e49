"""Compute stories and map in a separate process: `RELATED_COLLECTION=PLACE python -m service.compute_stories`."""

from __future__ import annotations

import contextlib

from recommender.collection import Collection
from recommender.overview.landscape import compute_landscape
from recommender.overview.stories import compute_stories
from service.background import run


def main(place: str) -> None:
    """Compute both of the newest revision, unless they are known or another process is doing so."""
    with contextlib.closing(Collection.open(place, compacts=False)) as collection:
        compute_stories(collection)
        compute_landscape(collection)


if __name__ == "__main__":
    run(main)
