"""Embedding models on sites in several languages, with whole bodies and with teasers only.

    python tests/benchmarks/models.py [--data DIR] [--more DIR] [--models default multilingual ...]

The sets: the linked sites that are not English, one that is, and each folder of `--more` with an `articles.jsonl` and a
`qrels.txt`. A teaser is the title and the first 120 characters. Each row has nDCG@10 of the default scorer, of vectors
alone and of words alone, and texts encoded in a second.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from measure import ROOT, ndcg, read_qrels, record

from recommender.article import Article
from recommender.build import build
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.embedding import make_encoder
from recommender.related.recommender import Recommender
from recommender.text import article_texts

LINKED = ("efcl-ja", "putaindecode-fr", "goblog")
TEASER_CHARS = 120


class Timed:
    """An encoder that counts its texts and seconds."""

    def __init__(self, settings: EncoderSettings) -> None:
        self._encoder = make_encoder(settings)
        self.fingerprint = self._encoder.fingerprint
        self._encoder.encode(["loads the model"])
        self.dimension = self._encoder.dimension
        self.texts, self.seconds = 0, 0.0

    def encode(self, texts: Sequence[str], role: Any = "passage", progress: Any = None) -> Any:
        start = time.perf_counter()
        vectors = self._encoder.encode(texts, role, progress)
        self.texts, self.seconds = self.texts + len(texts), self.seconds + time.perf_counter() - start
        return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--more", type=Path, help="A folder of further sites.")
    parser.add_argument("--models", nargs="+", default=["default", "multilingual"])
    options = parser.parse_args()
    for place in _sites(options.data, options.more):
        for teasers in (False, True):
            for model in options.models:
                with tempfile.TemporaryDirectory() as folder:
                    _measure(place, teasers, model, Path(folder))


def _sites(data: Path, more: Path | None) -> Iterator[Path]:
    yield from (data / "links" / name for name in LINKED)
    if more is not None:
        yield from sorted(folder for folder in more.iterdir() if (folder / "qrels.txt").is_file())


def _measure(place: Path, teasers: bool, model: str, folder: Path) -> None:
    articles = folder / "articles.jsonl"
    with (place / "articles.jsonl").open(encoding="utf-8") as lines, articles.open("w", encoding="utf-8") as out:
        for line in lines:
            out.write(_teaser(line) if teasers else line)
    settings = Settings(encoder=EncoderSettings(model=model))
    encoder = Timed(settings.encoder)
    build([articles], folder / "c", settings=settings, encoder=encoder)
    qrels = read_qrels(place / "qrels.txt")
    recommender = Recommender.open(folder / "c")
    quality = {
        scorer: round(ndcg(recommender.rank(list(qrels), top_k=20, scorer=scorer), qrels), 3)
        for scorer in ("default", "dense", "lexical")
    }
    recommender.close()
    record(
        "models",
        {
            "site": place.name,
            "texts": "teasers" if teasers else "whole",
            "model": model,
            "ndcg@10": quality,
            "texts_per_s": round(encoder.texts / encoder.seconds, 1),
        },
    )


def _teaser(line: str) -> str:
    record = json.loads(line)
    texts = article_texts(Article.read(record), TextSettings())
    record.pop("body", None)
    return json.dumps({**record, "excerpt": texts.rest[:TEASER_CHARS]}, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
