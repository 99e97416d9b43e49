"""Write a collection's next snapshot in a separate process: `RELATED_COLLECTION=PLACE python -m service.compact`."""

from __future__ import annotations

import contextlib

from recommender.collection import Collection
from recommender.collection_folder import COMPACTING_NAME
from recommender.store.locks import exclusive
from service.background import run


def main(place: str) -> None:
    """Publish a snapshot of the newest revision if one is due and no other process is doing so."""
    with (
        contextlib.closing(Collection.open(place)) as collection,
        exclusive(collection.path / COMPACTING_NAME, wait=False) as held,
    ):
        if held:
            collection.publish()


if __name__ == "__main__":
    run(main)
