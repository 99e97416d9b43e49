"""A process that encodes texts of a queue, slowly: `python -m support.embedder PLACE LOG`."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from pathlib import Path

from recommender.collection import Collection
from recommender.embedding import encode_texts
from support.encoders import CountingEncoder


def main(place: str, log: Path) -> None:
    encoder = CountingEncoder()
    with closing(Collection.open(place, compacts=False)) as opened, log.open("w", encoding="utf-8") as told:
        queue = opened.store.queue
        while True:
            with queue.claim(encoder.fingerprint, 32) as claim:
                claim.keep(encode_texts(claim.texts, encoder))
                time.sleep(0.02)
            if claim.texts:
                print("kept", json.dumps(list(claim.texts.values())), file=told, flush=True)
            else:
                queue.wait(0.5)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
