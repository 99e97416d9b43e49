"""Write a collection's next snapshot in a separate process: `python -m service.compact DIR`."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from recommender.collection import COMPACTING_NAME, Collection
from recommender.errors import RelatedError
from recommender.store.locks import exclusive


def main(path: Path) -> None:
    """Publish a snapshot of the newest revision if one is due and no other process is doing so."""
    with contextlib.suppress(OSError):
        os.nice(10)  # answering has priority
    with exclusive(path / COMPACTING_NAME, wait=False) as held:
        if held:
            collection = Collection.open(path)
            with contextlib.closing(collection):
                collection.publish()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except RelatedError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(1) from None
