"""Sets of articles whose stories are known, and how well ways to join them do; see `stories.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measure import ROOT
from scipy.sparse import csr_matrix, diags

from recommender.collection import Collection
from recommender.overview.stories.ties import Material

Array = np.ndarray[Any, Any]
StoryOf = Callable[[int], Array]
LABELS = ROOT / "data" / "qrels"


class Query(NamedTuple):
    """An article, the places of its story, those that nobody can tell, how much it counts, and its half."""

    place: int
    members: Array
    ignored: Array
    weight: float
    half: int


class Labelled(NamedTuple):
    """A collection whose stories are known."""

    name: str
    material: Material
    words: csr_matrix
    queries: list[Query]


def material_of(collection: Path) -> tuple[Material, csr_matrix]:
    """What ties are made of, and the tf-idf of the beginnings of texts, as unit rows."""
    opened = Collection.open(collection)
    with opened.reading() as index:
        material = Material.of(index)
        [(columns, rows)] = index.located(index.ids())
        row_of = {columns.article_id(row): row for row in rows.tolist()}
    lead = columns.lead
    idf = np.log1p((len(rows) - lead.document_frequency + 0.5) / (lead.document_frequency + 0.5))
    shape = len(rows), len(columns.vocabulary)
    weights = csr_matrix((idf[lead.ids], lead.ids.astype(np.int64), lead.indptr), shape)
    norms = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
    words = (diags(1 / np.maximum(norms, 1e-9)) @ weights).tocsr()[[row_of[each] for each in material.ids]]
    opened.close()
    return material, words


def half_of(name: str) -> int:
    return blake2b(name.encode()).digest()[0] % 2


def azure(material: Material, *, sampled: bool) -> list[Query]:
    """The articles of labelled stories, each story counted alike; or those of the sample, each article alike."""
    place = {article_id: at for at, article_id in enumerate(material.ids)}
    stories: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    in_sample, unsure = set[int](), list[int]()
    for line in (LABELS / "azure-site.stories.tsv").read_text(encoding="utf-8").splitlines():
        sample, story, event, article_id = line.split("\t")
        at = place[article_id]
        if sample == "every-14th":
            in_sample.add(at)
        if story == "?":
            unsure.append(at)
        else:
            stories[story][event].append(at)
    queries = []
    for story, events in stories.items():
        series = story.partition("/")[0]
        alike = sum(other.partition("/")[0] == series for other in stories) * sum(event != "-" for event in events)
        whole = {at for members in events.values() for at in members}
        for event, members in events.items():
            # What belongs to the story but to no event of it may be joined or not, and so may its other events.
            ignored = np.array(sorted(whole.difference(members).union(unsure)), dtype=np.int64)
            for at in members:
                alone = np.array([at]) if event == "-" else np.array(members)
                if sampled and at in in_sample:
                    more = np.union1d(ignored, members) if event == "-" else ignored
                    queries.append(Query(at, alone, more[more != at], 1.0, half_of(series)))
                elif not sampled and event != "-" and not story.startswith("alone-"):
                    queries.append(Query(at, alone, ignored, 1 / len(members) / alike, half_of(series)))
    return queries


def uci(material: Material, qrels: Path) -> list[Query]:
    place = {article_id: at for at, article_id in enumerate(material.ids)}
    stories: dict[str, list[str]] = defaultdict(list)
    for line in qrels.read_text(encoding="utf-8").splitlines():
        query, _, article_id, _ = line.split()
        stories[query].append(article_id)
    queries = []
    for query, others in stories.items():
        members = np.array([place[each] for each in (query, *others)])
        queries.append(Query(place[query], members, np.empty(0, dtype=np.int64), 1.0, half_of(min(query, *others))))
    return queries


def sample_site(material: Material) -> list[Query]:
    """The pairs of grade 2; those of grade 1 may be joined or not."""
    place = {article_id: at for at, article_id in enumerate(material.ids)}
    graded: dict[int, dict[str, list[int]]] = defaultdict(lambda: {"1": [], "2": []})
    for line in (LABELS / "site.qrels").read_text(encoding="utf-8").splitlines():
        query, _, article_id, grade = line.split()
        graded[place[query]][grade].append(place[article_id])
    return [
        Query(at, np.array([at, *graded[at]["2"]]), np.array(graded[at]["1"]), 1.0, half_of(material.ids[at][:17]))
        for at in range(len(material))
    ]


def measured(queries: list[Query], story_of: StoryOf, half: int) -> dict[str, float]:
    """Pairwise precision, recall and F1, and those of B-cubed (Bagga & Baldwin 1998), of one half."""
    counts, means, total = np.zeros(3), np.zeros(2), 0.0
    for query in queries:
        if query.half != half:
            continue
        found = np.setdiff1d(story_of(query.place), query.ignored)
        right = np.isin(found, query.members).sum()
        counts += right - 1, len(found) - right, len(query.members) - right
        means += query.weight * right / len(found), query.weight * right / len(query.members)
        total += query.weight
    pairs = counts[0] / max(1, counts[0] + counts[1]), counts[0] / max(1, counts[0] + counts[2])
    cubed = means / total
    return {"P": pairs[0], "R": pairs[1], "F1": f1(*pairs), "B3 P": cubed[0], "B3 R": cubed[1], "B3 F1": f1(*cubed)}


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / max(1e-9, precision + recall)
