"""Compute an overview in a separate process: `RELATED_COLLECTION=PLACE python -m service.compute_overview`."""

from __future__ import annotations

import contextlib

from recommender.collection import Collection
from recommender.errors import BusyError
from recommender.overview import compute
from recommender.related.recommender import Recommender
from recommender.workers import usual_count
from service.background import run


def main(place: str) -> None:
    """Compute the overview of the newest revision, unless another process is doing so."""
    collection = Collection.open(place, compacts=False)
    with contextlib.closing(Recommender(collection)) as recommender, contextlib.suppress(BusyError):
        # Half of the cores, because each process needs the memory of a reader.
        compute(recommender, workers=max(1, usual_count() // 2)).close()


if __name__ == "__main__":
    run(main)
