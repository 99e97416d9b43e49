"""Encodes a data set's texts once and writes the job for every rival: `prepare.py SOURCE QRELS FOLDER NAME SIZES`.

SIZES, such as `0,100`, makes a job of all articles in `FOLDER/all`, and one of a hundred in `FOLDER/100`. What it cost
is written to `FOLDER/encoding.json`.
"""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import numpy as np

from recommender.article import Article
from recommender.config import EncoderSettings, Settings
from recommender.embedding import SentenceTransformerEncoder
from recommender.ranking.chance import unrelated
from recommender.sources import ReadArticle, open_source
from recommender.text import article_texts

TIMED = 300
"""How many articles are asked for their time."""
PER_STORY = 4
"""How many judged articles a query brings along into a small job."""


def main() -> None:
    source, judged, folder, name, sizes = sys.argv[1:]
    articles = [found.article for found in open_source(Path(source)).scan({}) if isinstance(found, ReadArticle)]
    articles = [article for article in articles if article.published_date_time]
    texts = list(dict.fromkeys(article_texts(article, Settings().text).whole for article in articles))
    start = time.perf_counter()
    encoder = SentenceTransformerEncoder(EncoderSettings())
    encoder.encode(texts[:1])
    loaded = time.perf_counter()
    # Of all languages, because earlier versions encode them all.
    apart = dict.fromkeys(text for some in unrelated().values() for text in some)
    every = [*texts, *(text for text in apart if text not in set(texts))]
    vectors = encoder.encode(texts)
    encoded = time.perf_counter()
    vectors = np.concatenate([vectors, encoder.encode(every[len(texts) :])])
    cost = {
        "data": name,
        "articles": len(articles),
        "texts": len(texts),
        "load_s": round(loaded - start, 2),
        "encode_s": round(encoded - loaded, 2),
        "sentence_transformers": version("sentence-transformers"),
    }
    qrels = read_grades(Path(judged))
    for size in map(int, sizes.split(",")):
        chosen = of_size(articles, qrels, size) if size else articles
        write(Path(folder) / (str(size) if size else "all"), chosen, qrels, every, vectors, encoder.fingerprint)
    (Path(folder) / "encoding.json").write_text(json.dumps(cost), encoding="utf-8")


def read_grades(path: Path) -> dict[str, list[str]]:
    """For each query what is relevant to it."""
    relevant: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        query, _, article, grade = line.split()
        if int(grade) > 0 and article != query:
            relevant.setdefault(query, []).append(article)
    return relevant


def of_size(articles: list[Article], qrels: dict[str, list[str]], size: int) -> list[Article]:
    """Some judged articles with some of what is relevant to them, and a third of others; always the same."""
    by_id = {str(article.id): article for article in articles}
    draw = random.Random(7)
    queries = sorted(query for query in qrels if query in by_id)
    draw.shuffle(queries)
    kept: dict[str, None] = {}
    for query in queries:
        near = [article for article in qrels[query] if article in by_id]
        kept |= dict.fromkeys([query, *draw.sample(near, min(PER_STORY, len(near)))])
        if len(kept) >= 2 * size // 3:
            break
    others = sorted(by_id.keys() - kept)
    draw.shuffle(others)
    names = {*[*kept, *others][:size]}
    return [article for article in articles if article.id in names]


def write(
    folder: Path,
    articles: list[Article],
    qrels: dict[str, list[str]],
    texts: list[str],
    vectors: np.ndarray,
    fingerprint: str,
) -> None:
    folder.mkdir(parents=True)
    rows = {text: row for row, text in enumerate(texts)}
    wholes = [article_texts(article, Settings().text) for article in articles]
    told = []
    for article, text in zip(articles, wholes, strict=True):
        assert article.published_date_time
        moment = article.published_date_time
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        told.append((article.id, text.title, text.whole, moment.timestamp() / 86_400))
    ids = [str(article.id) for article in articles]
    known = set(ids)
    judged = sorted(query for query, near in qrels.items() if query in known and known.intersection(near))
    timed = sorted(random.Random(1).sample(ids, min(TIMED, len(ids))))
    random.Random(2).shuffle(timed)
    job = {"articles": told, "judged": judged, "timed": timed}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    (folder / "encoder.json").write_text(json.dumps({"fingerprint": fingerprint, "texts": texts}), encoding="utf-8")
    np.save(folder / "encoded.npy", vectors)
    np.save(folder / "vectors.npy", vectors[[rows[text.whole] for text in wholes]])
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as stream:
        for article in articles:
            stream.write(json.dumps(article.to_record(), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
