"""One collection in a folder and in PostgreSQL, measured in turn.

Call it as `nodes.py COLLECTION [--writes 300] [--engines qdrant]`.

COLLECTION is a folder, such as `scale.py --keep` leaves; it is copied into a server that this starts, and both are
indexed anew. Writes are made to new collections. A second node, with a connection and an index of its own, tells when
it sees a write.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from measure import ROOT, record

sys.path.insert(0, str(ROOT / "tests"))

from support.encoders import CountingEncoder
from support.postgres import running_server

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import IndexSettings, Settings
from recommender.copying import copy_collection
from recommender.index.local.dense import search_exactly
from recommender.related.recommender import Recommender

BATCHES = (1, 100, 1000)
QUERIES = 300
SETTINGS = ("fsync=on", "shared_buffers=512MB", "autovacuum=on")

Place = Path | str


def articles(number: int, count: int) -> list[Article]:
    """Articles of which none was written before."""
    return [
        Article(id=f"a{number}-{each}", title=f"Rain {number} over hill {each}", excerpt="It rained all day. " * 20)
        for each in range(count)
    ]


def writes_a_second(places: dict[str, Place], total: int) -> dict[str, object]:
    """Articles written a second, by batch size; the kinds take turns."""
    encoder = CountingEncoder()
    opened = {name: Collection.open(place, compacts=False) for name, place in places.items()}
    number, found = 0, {}
    for size in BATCHES:
        times: dict[str, list[float]] = {name: [] for name in opened}
        for _ in range(max(5, min(total, 20 * total // size))):
            for name, collection in opened.items():
                number += 1
                batch = articles(number, size)
                start = time.perf_counter()
                collection.write(batch, encoder=encoder)
                times[name].append(time.perf_counter() - start)
        for name, each in times.items():
            found[f"{name}_{size}_a_second"] = round(size / statistics.median(each), 1)
    for collection in opened.values():
        collection.close()
    return found


def delay_ms(place: Place, count: int) -> dict[str, object]:
    """How long after a commit another node has the write in its index."""
    encoder = CountingEncoder()
    seen: dict[int, float] = {}
    done = threading.Event()

    def follow() -> None:
        with contextlib.closing(Collection.open(place, compacts=False)) as node:
            state = (0, 0)
            while not done.is_set():
                state = node.store.wait(state, 1.0)
                with node.reading() as index:
                    seen[index.revision] = time.perf_counter()

    thread = threading.Thread(target=follow)
    thread.start()
    delays = []
    with contextlib.closing(Collection.open(place, compacts=False)) as writer:
        for number in range(count):
            revision = writer.write(articles(10_000_000 + number, 1), encoder=encoder).revision
            committed = time.perf_counter()
            while max(seen, default=0) < revision:
                time.sleep(0.0005)
            delays.append(1e3 * max(0.0, seen[revision] - committed))
    done.set()
    thread.join()
    return {"median": round(statistics.median(delays), 2), "p99": round(float(np.quantile(delays, 0.99)), 2)}


def answers_ms(places: dict[str, Place]) -> dict[str, object]:
    """How long an answer takes, the kinds in turn, on articles that were not asked about before."""
    opened = {name: Recommender.open(place) for name, place in places.items()}
    with next(iter(opened.values())).collection.reading() as index:
        ids = list(islice(index.ids(), 0, None, max(1, len(index) // (QUERIES + 20))))
    times: dict[str, list[float]] = {name: [] for name in opened}
    same = 0
    for number, article_id in enumerate(ids):
        lists = []
        for name, recommender in opened.items():
            start = time.perf_counter()
            lists.append([item.article_id for item in recommender.related(article_id)])
            if number >= 20:
                times[name].append(time.perf_counter() - start)
        same += all(each == lists[0] for each in lists)
    for recommender in opened.values():
        recommender.close()
    found: dict[str, object] = {"asked": len(ids), "same_lists": same}
    for name, each in times.items():
        found[f"{name}_related_ms"] = round(1e3 * statistics.median(each), 2)
        found[f"{name}_related_p99_ms"] = round(1e3 * float(np.quantile(each, 0.99)), 2)
    return found


def engines(address: str, folder: Path, names: list[str]) -> dict[str, object]:
    """Some engines beside the same collection: time to fill each and to answer, and what it finds of the nearest."""
    found: dict[str, object] = {}
    urls = {"milvus": str(folder / "milvus.db"), "qdrant": f"edge:{folder / 'qdrant'}"}
    for name in names:
        url = urls[name]
        with contextlib.closing(Collection.open(address, compacts=False)) as opened:
            chosen = opened.store.settings.model_copy(update={"index": IndexSettings(engine=name, engine_url=url)})
            with opened.store.transaction():
                opened.store.record(chosen, opened.store.recorded_encoding())
            opened.publish(compact=True)
            start = time.perf_counter()
            opened.feed()
            found[f"{name}_feed_s"] = round(time.perf_counter() - start, 1)
        with contextlib.closing(Recommender.open(address)) as recommender:
            with recommender.collection.reading() as index:
                ids = list(islice(index.ids(), 0, None, max(1, len(index) // (QUERIES + 20))))
            times, recalls, notes = [], [], 0
            for number, article_id in enumerate(ids):
                start = time.perf_counter()
                notes += bool(recommender.related(article_id).notes)
                if number >= 20:
                    times.append(time.perf_counter() - start)
            with recommender.collection.reading() as index:
                columns = index._parts[0].segment.columns
                for article_id in ids[:100]:
                    profile = index.profile(article_id)
                    nearest = search_exactly(columns.vectors, profile.vector, 101).tolist()
                    exact = set(map(columns.article_id, nearest))
                    got = set(index.propose(profile, 100, lexical=False))
                    recalls.append(len((exact - {article_id}) & got) / len(exact - {article_id}))
        found[f"{name}_related_ms"] = round(1e3 * statistics.median(times), 2)
        found[f"{name}_related_p99_ms"] = round(1e3 * float(np.quantile(times, 0.99)), 2)
        found[f"{name}_recall@100"] = round(float(np.mean(recalls)), 4)
        found[f"{name}_notes"] = notes
    return found


@contextlib.contextmanager
def made(folder: Path, address: str) -> Iterator[dict[str, Place]]:
    """An empty collection of each kind."""
    places: dict[str, Place] = {"folder": folder / "empty", "postgres": address}
    for place in places.values():
        build([], place, settings=Settings(), encoder=CountingEncoder())
    yield places


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--writes", type=int, default=300)
    parser.add_argument(
        "--engines",
        nargs="*",
        choices=["milvus", "qdrant"],
        default=[],
        help="Their cores as well; that of Milvus takes long.",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, running_server(*SETTINGS) as server:
        folder = Path(temporary)
        os.environ["RELATED_CACHE"] = str(folder / "cache")
        with made(folder, server.address("empty")) as places:
            figures: dict[str, object] = {"writes": writes_a_second(places, options.writes)}
            figures |= {f"{name}_seen_ms": delay_ms(place, 100) for name, place in places.items()}
        start = time.perf_counter()
        revision = copy_collection(options.collection, server.address("copied"))
        figures |= {"articles": revision.articles, "copy_s": round(time.perf_counter() - start, 1)}
        both: dict[str, Place] = {"folder": options.collection, "postgres": server.address("copied")}
        for name, place in both.items():
            start = time.perf_counter()
            with contextlib.closing(Collection.open(place, compacts=False)) as opened:
                opened.publish(compact=True)
            figures[f"{name}_snapshot_s"] = round(time.perf_counter() - start, 1)
        figures |= answers_ms(both)
        record("nodes", figures)
        if options.engines:
            record(
                "engines", {"articles": revision.articles, **engines(server.address("copied"), folder, options.engines)}
            )


if __name__ == "__main__":
    main()
