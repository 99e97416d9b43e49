"""Encodes a queue on a Ray cluster with an encoder that counts: `python -m support.ray_embedder CLUSTER PLACE LOGS`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from recommender.store.on_ray import encode_on_ray
from support.encoders import CountingEncoder


class Slow(CountingEncoder):
    """Takes its time, and tells what was kept before."""

    def __init__(self, logs: str) -> None:
        super().__init__()
        self.log = Path(logs) / f"{os.getpid()}.log"
        self.last: list[str] = []

    def encode(self, texts, role="passage", progress=None):
        with self.log.open("a") as told:
            if self.last:
                told.write(json.dumps(self.last) + "\n")
        self.last = list(texts)
        time.sleep(0.1)
        return super().encode(texts, role, progress)


def main(cluster: str, place: str, logs: str) -> None:
    done = encode_on_ray(
        cluster, place, workers=4, batch=32, device=None, until_empty=True, make_encoder=lambda *_: Slow(logs)
    )
    print(done, "encoded", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
