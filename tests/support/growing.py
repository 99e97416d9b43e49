"""Views of records in memory, made at once or grown change by change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from recommender.article import Article
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.local_index import LocalIndex
from recommender.index.local.part import Part
from recommender.index.local.sampling import sample_pairs
from recommender.index.local.segment import Segment
from recommender.index.local.snapshot import FORMAT, Manifest, Snapshot, SnapshotSource
from recommender.store import Encoding
from recommender.text import article_texts
from recommender.text.analysis import Analyzer

DIMENSION = 16
TERMS = Analyzer("english").terms
ENCODING = Encoding(EncoderSettings(), "e", DIMENSION, (0.0,))

Records = dict[str, dict[str, Any]]
"""By id an article's fields, and under `vector` its place in `VECTORS`."""
Step = tuple[Records, Iterable[str], int]
"""What is written, what is deleted, and how readily parts are merged."""


def _vectors() -> np.ndarray:
    # Of a sixteenth each, so that a sum of products is exact in any order.
    found = np.random.default_rng(0).choice([-0.25, 0.25], (8, DIMENSION)).astype(np.float32)
    found[6:] = found[0]
    found[6, :1] *= -1
    found[7, :2] *= -1
    return found


VECTORS = _vectors()
"""Unit rows; the last but one has a cosine of 0.875 with the first, the last one of 0.75."""


def segment_of(records: Records) -> Segment:
    """A segment of records in the order of their ids."""
    builder = ColumnsBuilder(TERMS)
    titles = []
    for article_id in sorted(records):
        article = Article.read({**records[article_id], "id": article_id})
        texts = article_texts(article, TextSettings())
        titles.append(texts.title)
        builder.add(article_id, article, *texts, language="en")
    columns = builder.build(VECTORS[[records[article_id]["vector"] for article_id in sorted(records)]])
    return Segment(columns, titles=titles)


def view_of(records: Records) -> LocalIndex:
    """A view of one part."""
    made = segment_of(records)
    snapshot = Snapshot(
        Manifest(FORMAT, SnapshotSource("c", "e", "t"), 1, len(made), 0), made, sample_pairs(made.columns)
    )
    return LocalIndex([Part.whole(made)], 1, Settings(), ENCODING, snapshot)


def grown(first: Records, steps: Iterable[Step]) -> tuple[LocalIndex, Records]:
    """The view after all steps, and the articles that there are then."""
    view, live = view_of(first), dict(first)
    for written, deleted, ratio in steps:
        ids = sorted({*written, *deleted})
        live = {name: record for name, record in live.items() if name not in deleted} | written
        if ratio:
            _ = view._copies  # a reader between asked, so that there is something to carry over
        merged, old = view.to_merge(len(ids), ratio)
        wanted = {name for name in old if name not in ids} | set(written)
        view = view.changed(view.revision + 1, view.settings, ids, segment_of({n: live[n] for n in wanted}), merged)
    return view, live
