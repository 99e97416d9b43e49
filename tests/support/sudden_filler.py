"""A process that fills a site in workers that may be killed: `python -m support.sudden_filler SITE COLLECTION`.

For each seed on its input a worker is forked; its number is printed, then each file's path when it is done. A line
`reap` waits for the worker's end.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from random import Random

import faiss  # noqa: F401 - what takes long to import is there before a worker is forked
import tantivy  # noqa: F401

from recommender.enrich import FolderSite
from recommender.related.recommender import Recommender
from support.enriching import settings_of

COUNT = 200
NAMES = [f"{'_news/' if number % 3 else ''}{number:03}" for number in range(COUNT)]


@lru_cache
def lists_of(seed: int) -> dict[str, list[str]]:
    """What each article shows in the run of this seed; some show nothing."""
    random = Random(seed)
    return {name: random.sample([other for other in NAMES if other != name], random.randint(0, 3)) for name in NAMES}


def fill(site: Path, collection: Path, seed: int) -> None:
    settings = settings_of({name: shown for name, shown in lists_of(seed).items() if shown})
    with closing(Recommender.open(collection, weights=settings.ranking, rules=settings.rules)) as opened:
        for page in FolderSite(site, opened, settings).fill():
            say(page.path)


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(site: Path, collection: Path) -> None:
    while seed := sys.stdin.readline().strip():
        worker = os.fork()
        if not worker:
            fill(site, collection, int(seed))
            os._exit(0)
        say(worker)
        assert sys.stdin.readline() == "reap\n"
        os.waitpid(worker, 0)
        say("reaped")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
