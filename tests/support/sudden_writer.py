"""A process that writes a collection until it is killed: `python -m support.sudden_writer COLLECTION LOG SEED`.

Before a batch it is logged, after it its revision is printed. It waits for a line on its input before it begins.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random

import faiss  # noqa: F401 - what takes long to import is there before the waiting ends
import tantivy  # noqa: F401

from recommender.article import Article
from recommender.related.recommender import Recommender
from support.encoders import CountingEncoder
from support.writing import random_batch

POOL = 90


def say(*words: object) -> None:
    print(*words, flush=True)


def main(path: str, log_path: Path, seed: int) -> None:
    random = Random(seed)
    encoder = CountingEncoder()
    say("ready")
    sys.stdin.readline()
    recommender = Recommender.open(path)
    collection = recommender.collection
    database = collection.store
    with log_path.open("a", encoding="utf-8") as log:
        while True:
            stored = [row[0] for row in database.rows("SELECT article_id FROM articles ORDER BY article_id")]
            upserts, deletes = random_batch(random, stored, POOL)
            revision = database.revision().number + 1
            log.write(json.dumps({"revision": revision, "upserts": upserts, "deletes": deletes}) + "\n")
            log.flush()
            written = collection.write([Article.read(record) for record in upserts], deletes, encoder=encoder)
            assert written.revision in {0, revision}, (written.revision, revision)
            if written.revision:
                say("revision", revision)
            choice = random.random()
            if choice < 0.12:
                say("compacting")
                collection.publish(compact=True)
                say("compacted")
            elif choice < 0.3:
                recommender.rank(stored[:3] and [name for name in stored[:3] if name not in deletes])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
