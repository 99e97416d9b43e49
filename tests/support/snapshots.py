"""Snapshots of a few articles, made, opened and searched."""

from __future__ import annotations

import numpy as np

from recommender.article import Article
from recommender.index.local import snapshot
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.lexical import QueryTerms
from recommender.index.local.segment import Segment
from recommender.index.local.snapshot import FORMAT, Manifest, SnapshotSource, building, publish_snapshot
from recommender.ranking.calibration import Samples

SOURCE = SnapshotSource(collection="c" * 32, encoder="e", text="t")
WANTED = Manifest(format=FORMAT, source=SOURCE, revision=7, articles=3, digest=11)


def split(text):
    return text.lower().split()


def vectors_of(count):
    return np.eye(4, dtype=np.float32)[:count]


def samples_of(columns):
    return Samples(columns.vectors * 2, columns.vectors[:, 0], len(columns))


def publish(root, wanted=WANTED, sampled=samples_of):
    root.mkdir(exist_ok=True)
    builder = ColumnsBuilder(split)
    for name in "abcd"[: wanted.articles]:
        builder.add(name, Article(id=name, title=f"Rain {name}"), f"Rain {name}", "falls")
    columns = builder.build(vectors_of(wanted.articles))
    with building(root) as aside:
        publish_snapshot(aside, wanted, Segment(columns), sampled(columns))
    return root / str(wanted.revision)


def load_snapshot(root, wanted=WANTED):
    return snapshot.load_snapshot(root / str(wanted.revision), wanted.source, wanted.digest)


def matches(found):
    """The rows that the two engines of a loaded snapshot find for the second article and for all terms."""
    columns = found.segment.columns
    weights = np.ones(len(columns.vocabulary), dtype=np.float32)
    every = QueryTerms(columns.vocabulary, weights, columns.vocabulary, weights)
    near = found.segment.search_dense(vectors_of(3)[1], 1, None)
    return near.tolist(), found.segment.search_lexical(every, 10, None).tolist()
