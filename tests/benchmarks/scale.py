"""A large collection: opening, answering, writing, falling behind; `scale.py DATA --articles 100000`."""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from corpus import mixed_articles, mixed_vectors, read_real
from measure import record

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.index.local.dense import search_exactly
from recommender.ranking.chance import ENGLISH, recorded_as
from recommender.related.options import Options
from recommender.related.recommender import Recommender
from recommender.store.encoding import Encoding
from recommender.text import article_texts

BATCH = 2000
QUERIES = 420
WARM_UP = 20
FILTERS = {"tenth": 10, "hundredth": 100, "fivehundredth": 500}
"""A field for each filter, and how many values it has."""

ENCODE = """
import sys, json
from pathlib import Path
import numpy as np
sys.path.insert(0, sys.argv[3])
from corpus import read_real
from recommender.config import EncoderSettings, TextSettings
from recommender.embedding import SentenceTransformerEncoder
from recommender.ranking.calibration import unrelated_cosines
from recommender.ranking.chance import UnrelatedTexts, unrelated
from recommender.text import article_texts
encoder = SentenceTransformerEncoder(EncoderSettings())
texts = [article_texts(article, TextSettings()).whole for article in read_real(Path(sys.argv[1]))]
np.save(sys.argv[2] + "/real.npy", encoder.encode(texts))
english = UnrelatedTexts("en", encoder.encode(unrelated()["en"]))
cosines = unrelated_cosines(english.vectors)
about = {"fingerprint": encoder.fingerprint, "cosines": cosines, "chance": english.text()}
Path(sys.argv[2], "encoder.json").write_text(json.dumps(about))
"""


class ReadyVectors:
    """Gives vectors that are known beforehand, by text."""

    dimension = 384

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.known: dict[str, Any] = {}

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> Any:
        return np.stack([self.known[text] for text in texts])


def scale(data: Path, articles: int, words: int = 0, keep: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(keep or temporary)
        arguments = [str(data), str(place), str(Path(__file__).parent)]
        subprocess.run([sys.executable, "-c", ENCODE, *arguments], check=True)
        about = json.loads((place / "encoder.json").read_text())
        encoder = ReadyVectors(about["fingerprint"])
        figures: dict[str, object] = {
            "articles": articles,
            "words_of_a_body": words,
            "made_of": "sentences of real articles recombined; vectors mixed from the real ones with noise",
        }
        figures |= _fill(place, data, articles, words, encoder, about)
        figures |= _reader(place / "c", "fresh")
        figures |= _upserts(place, encoder)
        figures |= _reader(place / "c", "behind")
        record("scale", figures)


def _fill(
    place: Path, data: Path, articles: int, words: int, encoder: ReadyVectors, about: dict[str, Any]
) -> dict[str, object]:
    collection = Collection.create(place / "c")
    with collection.store.transaction():
        encoding = Encoding(EncoderSettings(), encoder.fingerprint, 384, tuple(about["cosines"]))
        collection.store.record(Settings(), encoding)
        collection.store.set_meta(recorded_as(ENGLISH), about["chance"])
    real, vectors = read_real(data), np.load(place / "real.npy")
    start = time.perf_counter()
    written = 0.0
    for batch in _batches(mixed_articles(real, articles)):
        ready = _with_vectors(batch, vectors, encoder, words)
        began = time.perf_counter()
        collection.write(ready, encoder=encoder)
        written += time.perf_counter() - began
    made = time.perf_counter() - start - written
    start = time.perf_counter()
    collection.publish()
    published = time.perf_counter() - start
    collection.close()
    folder = place / "c"
    size = sum(file.stat().st_size for file in (folder / "snapshots").rglob("*") if file.is_file())
    return {
        "write_s": round(written, 1),
        "corpus_s": round(made, 1),
        "snapshot_s": round(published, 1),
        "build_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "database_mb": round((folder / "articles.db").stat().st_size / 1e6),
        "snapshot_mb": round(size / 1e6),
    }


def _batches(articles: Iterator[Any]) -> Iterator[list[Any]]:
    batch = []
    for item in articles:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _with_vectors(batch: list[Any], real: Any, encoder: ReadyVectors, words: int) -> list[Article]:
    vectors = mixed_vectors(real, [parents for _, parents in batch], seed=int(batch[0][0].id.rpartition("/")[2]))
    ready = []
    for (mixed, _), vector in zip(batch, vectors, strict=True):
        number = int(mixed.id.rpartition("/")[2])
        draw = (number * 2654435761) % (1 << 32)
        values = {name: draw % count for name, count in FILTERS.items()}
        article = Article.read({**mixed.to_record(), **values, "body": _body(batch, number, words)})
        encoder.known[article_texts(article, TextSettings()).whole] = vector
        ready.append(article)
    return ready


def _body(batch: list[Any], number: int, words: int) -> str | None:
    """About so many words: teasers of other articles, some several times, as a text comes back to its subject."""
    if not words:
        return None
    draw = random.Random(number)
    few = [draw.choice(batch)[0].excerpt for _ in range(4)]
    body: list[str] = []
    while sum(map(len, body)) < 6 * words:
        body.append(draw.choice(few) if draw.random() < 0.5 else draw.choice(batch)[0].excerpt)
    return "\n\n".join(body)


def _upserts(place: Path, encoder: ReadyVectors) -> dict[str, object]:
    """Changes 10,000 articles, a thousand at a time; the rival writes the same rows and nothing else."""
    collection = Collection.open(place / "c")
    changed = 10
    ours, rival = [], []
    stored = [item.article for item in islice(collection.store.articles(), changed * 1000)]
    draw = np.random.default_rng(7)
    for number in range(changed):
        batch = []
        for before in stored[number * 1000 : (number + 1) * 1000]:
            article = before.model_copy(update={"title": f"{before.title} again"})
            vector = draw.standard_normal(384).astype(np.float32)
            encoder.known[article_texts(article, TextSettings()).whole] = vector / np.linalg.norm(vector)
            batch.append(article)
        start = time.perf_counter()
        collection.write(batch, encoder=encoder)
        ours.append(time.perf_counter() - start)
        rival.append(_plain_write(place / f"plain-{number}.db", batch, encoder))
    collection.close()
    return {
        "upserts_1000_s": round(statistics.median(ours), 3),
        "rival_upserts": "SQLite alone: the same JSON and vectors in one durable transaction, no index, no log",
        "rival_upserts_1000_s": round(statistics.median(rival), 3),
    }


def _plain_write(path: Path, batch: list[Article], encoder: ReadyVectors) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE a (id TEXT PRIMARY KEY, record TEXT, vector BLOB)")
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for article in batch:
        vector = encoder.known[article_texts(article, TextSettings()).whole]
        row = (article.id, json.dumps(article.to_record()), vector.tobytes())
        connection.execute("INSERT OR REPLACE INTO a VALUES (?, ?, ?)", row)
    connection.execute("COMMIT")
    taken = time.perf_counter() - start
    connection.close()
    return taken


def _reader(collection: Path, name: str) -> dict[str, object]:
    """What a process of its own finds, so that its memory and its opening are a reader's."""
    command = [sys.executable, __file__, "--read", str(collection)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    if done.returncode:
        raise SystemExit(done.stderr)
    return {f"{name}_{key}": value for key, value in json.loads(done.stdout).items()}


def read(collection: Path) -> dict[str, object]:
    start = time.perf_counter()
    recommender = Recommender.open(collection)
    with recommender.collection.reading() as view:
        changes = view.changes
    opening = time.perf_counter() - start
    opened_mb = _resident_mb()
    with recommender.collection.reading() as view:
        ids = list(view.ids())
        chosen = [ids[place] for place in np.random.default_rng(1).choice(len(ids), QUERIES, replace=False).tolist()]
    for article_id in chosen[:WARM_UP]:
        recommender.related(article_id)
    filtered = {name: Options(where={name: ["3"]}) for name in FILTERS}
    times: dict[str, list[float]] = {name: [] for name in ("related", *filtered, "dense", "lexical")}

    def timed(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        times[name].append(time.perf_counter() - start)

    for article_id in chosen[WARM_UP:]:
        timed("related", lambda: recommender.related(article_id))  # noqa: B023 - called at once
    for name, options in filtered.items():
        for article_id in chosen[WARM_UP:]:
            timed(name, lambda: recommender.related(article_id, options))  # noqa: B023
    resident_mb, own_mb = _resident_mb(), _own_mb()
    with recommender.collection.reading() as view:
        for profile in map(view.profile, chosen):
            timed("dense", lambda: view.propose(profile, 100, lexical=False))  # noqa: B023
            timed("lexical", lambda: view.propose(profile, 100, dense=False))  # noqa: B023
    found: dict[str, object] = {"changes": changes, "opening_s": round(opening, 2)}
    for name, each in times.items():
        found[f"{name}_ms"] = round(1e3 * statistics.median(each), 2)
        for percent in (95, 99):
            found[f"{name}_p{percent}_ms"] = round(1e3 * float(np.quantile(each, percent / 100)), 2)
    found |= {"opened_mb": opened_mb, "resident_mb": resident_mb, "own_mb": own_mb}
    found |= _compared(recommender, ids, chosen[:100], filtered)
    recommender.close()
    return found


def _compared(
    recommender: Recommender, ids: list[str], chosen: list[str], filtered: dict[str, Options]
) -> dict[str, object]:
    """What the vector stage finds of the nearest, beside a rival that compares all vectors."""
    rival: list[float] = []
    recalls: dict[str, list[float]] = {}
    with recommender.collection.reading() as view:
        everything = view.gather(None, ids)
        vectors, places = everything.vectors, {name: place for place, name in enumerate(ids)}
        for profile in map(view.profile, chosen):
            start = time.perf_counter()
            near = vectors @ profile.vector
            top = np.argpartition(-near, 101)[:101]
            top[np.argsort(-near[top])]
            rival.append(time.perf_counter() - start)
            for name, options in (("related", Options()), *filtered.items()):
                where = options.filter_spec(profile.day)
                passing = where.passing(everything)
                passing[places[profile.article_id]] = False
                got = [places[each] for each in view.propose(profile, 100, where, lexical=False)]
                for top_k in (10, 100):
                    exact = search_exactly(vectors, profile.vector, top_k, np.flatnonzero(passing))
                    share = len(np.intersect1d(exact, got)) / max(1, len(exact))
                    recalls.setdefault(f"recall@{top_k} {name}", []).append(share)
    return {
        "rival": "exact cosine with numpy over all vectors, ids only",
        "rival_ms": round(1e3 * statistics.median(rival), 2),
        "quality": {name: round(float(np.mean(each)), 4) for name, each in recalls.items()},
    }


def _own_mb() -> int:
    """What no other process shares and no file holds."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.partition("RssAnon:")[2].split()[0]) / 1e3)


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=0, help="Words of each article's body.")
    parser.add_argument("--keep", help="An empty folder that the collection stays in.")
    options = parser.parse_args()
    scale(options.data, options.articles, options.words, options.keep)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(Path(sys.argv[2]))))
    else:
        main()
