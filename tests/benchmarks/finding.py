"""Search while one types, and lists: `finding.py DATA` for quality, `finding.py DATA --articles 100000` for times."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import random
import statistics
import string
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from corpus import mixed_articles, read_real
from measure import record

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings
from recommender.related.options import Filters
from recommender.search.browsing import browse
from recommender.search.finding import _in_texts, search, today
from recommender.sources import ReadArticle, open_source
from recommender.store.encoding import Encoding
from recommender.text.typed import opening

SETS = ("azure-site", "uci-stories", "links/artsy", "links/efcl-ja", "links/pypy", "links/putaindecode-fr")
TITLES, AMONG, SEED = 200, 5, 21
SHOWN = 8
"""How many suggestions the explorer asks for."""
BATCH = 2000
NAMES = 150_000
"""Made-up names that are put into titles by Zipf's law: real articles recombined have too few different words."""


class HashedVectors:
    """Vectors that say nothing: neither titles nor lists need any."""

    fingerprint, dimension = "hashed", 8

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> Any:
        rows = [np.frombuffer(hashlib.blake2b(text.encode(), digest_size=8).digest(), np.uint8) for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 8) + 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make(place: Path, articles: Iterable[Article]) -> tuple[Collection, float]:
    """A collection, and the seconds that its snapshot took."""
    collection = Collection.create(place)
    with collection.store.transaction():
        collection.store.record(Settings(), Encoding(EncoderSettings(), HashedVectors.fingerprint, 8, (0.0, 0.5)))
    batch: list[Article] = []
    for article in articles:
        batch.append(article)
        if len(batch) == BATCH:
            collection.write(batch, encoder=HashedVectors())
            batch = []
    collection.write(batch, encoder=HashedVectors())
    start = time.perf_counter()
    collection.publish(compact=True)
    return collection, time.perf_counter() - start


def with_typo(text: str, draw: random.Random) -> str:
    """One letter too many, too few or wrong, or two that are swapped."""
    kind = draw.choice(["insert", "delete", "replace", "swap"] if len(text) > 1 else ["insert", "replace"])
    place = draw.randrange(len(text) - (kind == "swap"))
    letter = draw.choice([each for each in string.ascii_lowercase if each != text[place].lower()])
    if kind == "insert":
        return text[:place] + letter + text[place:]
    if kind == "delete":
        return text[:place] + text[place + 1 :]
    if kind == "replace":
        return text[:place] + letter + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def quality(data: Path, name: str) -> None:
    """Of how many titles the article is among the first five, when half of each is typed."""
    source = open_source(data / name / "articles.jsonl")
    articles = [found.article for found in source.scan({}) if isinstance(found, ReadArticle)]
    draw = random.Random(SEED)
    chosen = draw.sample(articles, min(TITLES, len(articles)))
    openings = [opening(article.title) for article in articles]
    with tempfile.TemporaryDirectory() as folder:
        collection, _ = make(Path(folder) / "c", articles)
        with contextlib.closing(collection):
            figures: dict[str, Any] = {"data": name, "articles": len(articles), "titles": len(chosen)}
            for kind in ("half", "half_with_typo"):
                hits, words, ambiguous, times = 0, 0, 0, []
                for article in chosen:
                    half = article.title[: max(1, len(article.title) // 2)]
                    typed = half if kind == "half" else with_typo(half, draw)
                    start = time.perf_counter()
                    found = search(collection, typed, limit=AMONG)
                    times.append(time.perf_counter() - start)
                    hits += article.id in {each.article_id for each in found}
                    with collection.reading() as index:
                        where = Filters().filter_spec(today())
                        words += article.id in _in_texts(index, typed, AMONG, where)
                    ambiguous += sum(each.startswith(opening(half)) for each in openings) > AMONG
                figures |= {
                    f"{kind}@{AMONG}": round(hits / len(chosen), 4),
                    f"{kind}@{AMONG}_whole_words": round(words / len(chosen), 4),
                    f"{kind}_ms": round(1e3 * statistics.median(times), 2),
                }
                # More than five titles begin so: nobody could tell which is meant.
                figures["ambiguous"] = round(ambiguous / len(chosen), 4)
    record("finding", figures)


def times(data: Path, count: int, keep: str | None) -> None:
    """How long a suggestion and a page take."""
    draw = random.Random(SEED)
    names = ["".join(draw.choice(_syllables()) for _ in range(draw.randint(2, 4))).capitalize() for _ in range(NAMES)]
    weights = list(accumulate(1 / (rank + 20) for rank in range(NAMES)))

    def renamed() -> Iterable[Article]:
        for article, _ in mixed_articles(read_real(data), count):
            words = article.title.split()
            for name in draw.choices(names, cum_weights=weights, k=draw.randint(1, 3)):
                words[draw.randrange(len(words))] = name
            yield article.model_copy(update={"title": " ".join(words)})

    with tempfile.TemporaryDirectory() as folder:
        place = Path(keep or folder) / "c"
        is_there = place.exists()
        collection, snapshot_s = (Collection.open(place), 0.0) if is_there else make(place, renamed())
        with contextlib.closing(collection):
            figures: dict[str, Any] = {"articles": count}
            if not is_there:
                figures["snapshot_s"] = round(snapshot_s, 1)
            start = time.perf_counter()
            search(collection, "a", limit=SHOWN)
            figures["first_search_s"] = round(time.perf_counter() - start, 2)
            ids = collection.store.ids()
            titles = [collection.store.get(each).article.title for each in draw.sample(ids, TITLES)]  # type: ignore[union-attr]
            halves = [title[: len(title) // 2] for title in titles]
            typed = {
                "letter_by_letter": [half[:end] for half in halves[:50] for end in range(1, len(half) + 1)],
                "half": halves,
                "half_with_typo": [with_typo(half, draw) for half in halves],
                "words_of_texts": [" ".join(draw.sample(title.split(), 2)) for title in titles],
            }
            for name, each in typed.items():
                figures |= _timed(name, [lambda text=text: search(collection, text, limit=SHOWN) for text in each])
            figures["titles_mb"] = round(_size(place, "titles") / 1e6, 1)
            figures |= _pages(collection)
            record("finding_scale", figures)


def _pages(collection: Collection) -> dict[str, float]:
    found = browse(collection, limit=20, facets=10)
    topic, provider = (found.facets[name][0].value for name in ("topic", "provider"))
    year = found.facets["year"][0].value
    filters = {
        "page": Filters(),
        "page_of_topic": Filters(topic=(topic,)),
        "page_of_provider_and_year": Filters.read({"provider": [provider], "after": f"{year}-01-01"}),
    }
    figures: dict[str, float] = {}
    for name, each in filters.items():
        figures |= _timed(name, [lambda each=each: browse(collection, each, limit=20, facets=10)] * 50)
    cursor = found.cursor
    for _ in range(20):
        cursor = browse(collection, limit=100, cursor=cursor).cursor
    return figures | _timed("later_page", [lambda: browse(collection, limit=20, cursor=cursor)] * 50)


def _timed(name: str, calls: Sequence[Callable[[], object]]) -> dict[str, float]:
    taken, worked = [], []
    for call in calls:
        start, began = time.perf_counter(), time.process_time()
        call()
        taken.append(1e3 * (time.perf_counter() - start))
        worked.append(1e3 * (time.process_time() - began))
    return {
        f"{name}_ms": round(statistics.median(taken), 2),
        # On a machine that others use as well, the processor's time says more.
        f"{name}_cpu_ms": round(statistics.median(worked), 2),
        f"{name}_p95_ms": round(float(np.quantile(taken, 0.95)), 2),
        f"{name}_p99_ms": round(float(np.quantile(taken, 0.99)), 2),
    }


def _size(place: Path, name: str) -> int:
    return sum(file.stat().st_size for file in place.glob(f"snapshots/*/{name}/*"))


def _syllables() -> list[str]:
    vowels = ("a", "e", "i", "o", "u", "ar", "en", "il", "on", "us")
    return [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in vowels]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, help="Measure times with so many articles instead of quality.")
    parser.add_argument("--keep", help="A folder that the collection of so many articles stays in.")
    options = parser.parse_args()
    if options.articles:
        times(options.data, options.articles, options.keep)
    else:
        for name in SETS:
            quality(options.data, name)


if __name__ == "__main__":
    main()
