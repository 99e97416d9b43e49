"""Processes that read and write one collection at once: `python -m support.stress ROLE COLLECTION LOG SEED STOP`.

A role is `reader`, `writer` or `compactor`. Each goes on until the file STOP is there and logs what it did, one JSON
object a line. Times are of the one monotonic clock of the machine.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from recommender.article import Article
from recommender.errors import NotFoundError
from recommender.related.recommender import Recommender
from support.encoders import CountingEncoder
from support.writing import random_batch

POOL = 120
LEAST = 20
"""What each process does at least, however short the time."""
REOPEN_EVERY = 40
COMPACT_EVERY = 60

Log = Callable[..., None]


def write(path: str, log: Log, random: Random, turns: Iterator[int]) -> None:
    """Write batches; every article in them differs from any other that was ever written."""
    recommender = Recommender.open(path)
    encoder = CountingEncoder()
    for turn in turns:
        with recommender.collection.reading() as view:
            stored = list(view.ids())
        upserts, deletes = random_batch(random, stored, POOL)
        for number, record in enumerate(upserts):
            record["stamp"] = f"{turn}-{number}-{random.random()}"
        begun = time.monotonic()
        written = recommender.collection.write([Article.read(record) for record in upserts], deletes, encoder=encoder)
        ended = time.monotonic()
        if written.revision:
            log(revision=written.revision, begun=begun, ended=ended, upserts=upserts, deletes=deletes)
            with recommender.collection.reading() as view:
                assert view.revision >= written.revision
        if turn % COMPACT_EVERY == COMPACT_EVERY - 1:
            recommender.collection.publish(compact=True)


def read(path: str, log: Log, random: Random, turns: Iterator[int]) -> None:
    """Ask for what is stored, and now and then for what may be not."""
    recommender = Recommender.open(path)
    for turn in turns:
        if turn % REOPEN_EVERY == REOPEN_EVERY - 1:
            recommender.close()
            recommender = Recommender.open(path)
        top_k = random.choice((1, 5, 20, 200))
        kind = random.choice(("rank", "rank", "related", "shown"))
        begun = time.monotonic()
        answer = {"top_k": top_k, "kind": kind, "begun": begun}
        with recommender.collection.reading() as view:
            names = list(view.ids()) if random.random() < 0.9 else []
            asked = random.choice(names) if names else f"a{random.randrange(POOL)}"
            answer |= {"asked": asked, "revision": view.revision, "count": len(view), "found": None}
            with contextlib.suppress(NotFoundError):
                answer |= ask(recommender, kind, asked, top_k)
        log(**answer, ended=time.monotonic())


def ask(recommender: Recommender, kind: str, asked: str, top_k: int) -> dict[str, Any]:
    if kind == "rank":
        best = recommender.rank([asked], scorer="dense", top_k=top_k)[asked]
        return {"found": list(best.items())}
    scorer = "dense" if kind == "related" else "default"
    related = recommender.related(asked, scorer=scorer, top_k=top_k)
    return {
        "revision": related.revision,
        "found": [(item.article_id, item.score) for item in related],
        "stamps": [item.article.to_record()["stamp"] for item in related],
    }


def compact(path: str, log: Log, random: Random, turns: Iterator[int]) -> None:
    """Write a snapshot whenever some revisions were written since the last."""
    recommender = Recommender.open(path)
    database = recommender.collection.store
    last = 0
    for _ in turns:
        revision = database.revision().number
        if revision < last + 25:
            time.sleep(0.005)
            continue
        last = revision
        begun = time.monotonic()
        published = recommender.collection.publish(compact=True)
        log(revision=revision, published=published, begun=begun, ended=time.monotonic())


def main(role: str, path: str, log_path: Path, seed: int, stop: Path) -> None:
    def turns() -> Iterator[int]:
        turn = 0
        while turn < LEAST or not stop.exists():
            yield turn
            turn += 1

    roles = {"reader": read, "writer": write, "compactor": compact}
    with log_path.open("w", encoding="utf-8") as file:
        roles[role](path, lambda **what: print(json.dumps(what), file=file), Random(seed), turns())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
