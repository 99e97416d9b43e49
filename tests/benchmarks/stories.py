"""Ways to join articles into stories, side by side; adds a row `stories` and makes `stories.md` anew.

    python tests/benchmarks/stories.py --data DIR [--keep DIR]

| way | how articles are joined |
| --- | --- |
| `cosine` | each pair above a threshold, nothing more: a story need not be the same for two articles of it |
| `cosine, connected` | the same, and whatever is connected is one story |
| `average linkage` | on our ties: the two stories with the strongest mean tie are joined until it is too weak |
| `single pass` | on our ties: in the order of days, each article joins the story of its five best ties (TDT) |
| `label propagation` | on our ties: each article takes the label that its ties favour (Raghavan et al. 2007) |
| `ours, not centred` | without taking the mean off the vectors |
| `ours, not fading` | whatever the time between two articles |
| `ours, words too` | ties are 0.7 of the cosine and 0.3 of the tf-idf cosine of titles and the beginnings of texts |
| `ours` | `recommender.overview.stories` |

One threshold holds for all sets. It is chosen on one half of the stories, by the mean of pairwise and B-cubed F1 over
the sets, and measured on the other, both ways round; `cosine, own threshold` may choose one for each set.

The labelled sets: all stories of `azure-site` that are labelled in `data/qrels/azure-site.stories.tsv`, each counted
alike; every 14th article of the same site, whatever it is; `uci-stories`; and the sample site, by its pairs of grade 2.
The times of `uci-stories` are those of a crawl that went story by story, within seconds: so nothing may look at times
within a day, and orders in time begin with whole days.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from answers import built
from measure import RESULTS, ROOT, record
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from story_sets import Array, Labelled, StoryOf, azure, material_of, measured, sample_site, uci

from recommender.overview.stories.joining import join_stories
from recommender.overview.stories.ties import FREE_DAYS, LEAST_TIE, Material, Ties, find_ties

Grid = dict[tuple[str, int, float], dict[str, float]]
"""By set, half and threshold, the measures."""
LOOSEST = 0.12
WORDS = 0.3
UNLABELLED = ("goblog", "18f", "aakinshin", "mtlynch", "artsy", "pypy", "influxdocs", "efcl-ja", "putaindecode-fr")


def by_label(labels: Array) -> StoryOf:
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    return lambda place: order[slice(*np.searchsorted(ordered, [labels[place], labels[place] + 1]))]


def neighbours(count: int, ties: Ties) -> csr_matrix:
    ends = np.concatenate([ties.first, ties.second]), np.concatenate([ties.second, ties.first])
    return csr_matrix((np.concatenate([ties.strength] * 2), ends), (count, count))


def of_least(ties: Ties, least: float) -> Ties:
    kept = ties.strength >= least
    return Ties(*(column[kept] for column in ties))


def cosine_ties(data: Labelled) -> Ties:
    vectors, found = data.material.vectors, []
    for start in range(0, len(vectors), 1024):
        products = vectors[start : start + 1024] @ vectors.T
        rows, others = np.nonzero(products >= 0.32)
        kept = others > rows + start
        found.append((rows[kept] + start, others[kept], products[rows[kept], others[kept]]))
    return Ties(*(np.concatenate(column) for column in zip(*found, strict=True)))


def pairs_alone(data: Labelled, ties: Ties, least: float) -> StoryOf:
    near = neighbours(len(data.material), of_least(ties, least))
    return lambda place: np.append(near.indices[near.indptr[place] : near.indptr[place + 1]], place)


def connected(data: Labelled, ties: Ties, least: float) -> StoryOf:
    return by_label(connected_components(neighbours(len(data.material), of_least(ties, least)), directed=False)[1])


def ours(data: Labelled, ties: Ties, least: float) -> StoryOf:
    return by_label(join_stories(data.material.copies, of_least(ties, least)))


def our_ties(data: Labelled) -> Ties:
    return find_ties(data.material, least=LOOSEST)


def not_centred(data: Labelled) -> Ties:
    return find_ties(data.material, least=LOOSEST, centred=False)


def not_fading(data: Labelled) -> Ties:
    return find_ties(data.material, least=LOOSEST, fades_in_days=math.inf)


def with_words(data: Labelled) -> Ties:
    ties, days = our_ties(data), data.material.days
    apart = np.maximum(days[ties.second] - days[ties.first] - FREE_DAYS, 0)
    shared = np.concatenate(
        [
            np.asarray(data.words[first].multiply(data.words[second]).sum(axis=1)).ravel()
            for first, second in zip(_chunks(ties.first), _chunks(ties.second), strict=True)
        ]
    )
    words = shared * np.exp(-apart / data.material.fades_in_days)
    return ties._replace(strength=(1 - WORDS) * ties.strength + WORDS * words)


def _chunks(values: Array) -> Iterator[Array]:
    yield from np.array_split(values, max(1, len(values) // 100_000))


def average_linkage(data: Labelled, ties: Ties, least: float) -> StoryOf:
    """Join the two stories with the strongest mean tie, where pairs without a tie have none, until it is too weak."""
    count = len(data.material)
    near: list[dict[int, float]] = [{} for _ in range(count)]
    for first, second, strength in zip(*(column.tolist() for column in of_least(ties, 0.2)), strict=True):
        near[first][second] = near[second][first] = strength
    sizes, versions, parent = [1] * count, [0] * count, list(range(count))
    heap = [(-tie, one, other, 0, 0) for one in range(count) for other, tie in near[one].items() if one < other]
    heapq.heapify(heap)
    while heap and -heap[0][0] >= least:
        _, one, other, version, other_version = heapq.heappop(heap)
        if (versions[one], versions[other]) != (version, other_version):
            continue
        if sizes[one] < sizes[other]:
            one, other = other, one
        parent[other] = one
        sizes[one] += sizes[other]
        versions[one], versions[other] = versions[one] + 1, -1
        near[one].pop(other, None)
        for third, tie in near[other].items():
            if third != one:
                del near[third][other]
                near[one][third] = near[third][one] = near[one].get(third, 0.0) + tie
        for third, tie in near[one].items():
            mean = tie / (sizes[one] * sizes[third])
            heapq.heappush(heap, (-mean, one, third, versions[one], versions[third]))
    labels = np.array(parent)
    while (labels[labels] != labels).any():
        labels = labels[labels]
    return by_label(labels)


def in_order_of_days(material: Material) -> list[int]:
    hashed = [blake2b(each.encode()).hexdigest() for each in material.ids]
    days = np.floor(material.days).tolist()
    return sorted(range(len(material)), key=lambda place: (days[place], hashed[place]))


def single_pass(data: Labelled, ties: Ties, least: float) -> StoryOf:
    """Let each article join the story whose five strongest ties to it are the strongest on average."""
    near = neighbours(len(data.material), ties)
    labels, sizes = np.full(len(data.material), -1), defaultdict[int, int](int)
    for place in in_order_of_days(data.material):
        row = slice(near.indptr[place], near.indptr[place + 1])
        best: dict[int, list[float]] = defaultdict(list)
        for other, tie in sorted(zip(near.indices[row], near.data[row], strict=True), key=lambda pair: -pair[1]):
            if labels[other] >= 0 and len(best[labels[other]]) < 5:
                best[labels[other]].append(tie)
        means = {story: sum(found) / min(5, sizes[story]) for story, found in best.items() if found}
        story = max(means, key=lambda each: means[each], default=place)
        labels[place] = story if means.get(story, 0) >= least else place
        sizes[labels[place]] += 1
    return by_label(labels)


def label_propagation(data: Labelled, ties: Ties, least: float) -> StoryOf:
    near = neighbours(len(data.material), of_least(ties, least))
    labels = np.arange(len(data.material))
    for _ in range(20):
        before = labels.copy()
        for place in in_order_of_days(data.material):
            row = slice(near.indptr[place], near.indptr[place + 1])
            if len(near.indices[row]):
                found, at = np.unique(labels[near.indices[row]], return_inverse=True)
                labels[place] = found[np.argmax(np.bincount(at, near.data[row]))]
        if (labels == before).all():
            break
    return by_label(labels)


PLAIN = (0.4, 0.48, 0.56, 0.6, 0.64, 0.68, 0.72)
CLOSE = (0.38, 0.42, 0.46, 0.5, 0.54)
WAYS: dict[str, tuple[Callable[[Labelled], Ties], Callable[[Labelled, Ties, float], StoryOf], tuple[float, ...]]] = {
    "cosine": (cosine_ties, pairs_alone, PLAIN),
    "cosine, connected": (cosine_ties, connected, (0.64, 0.68, 0.72, 0.76, 0.8)),
    "average linkage": (our_ties, average_linkage, (0.22, 0.26, 0.3, 0.34)),
    "single pass": (our_ties, single_pass, (0.34, 0.38, 0.42, 0.46, 0.5)),
    "label propagation": (our_ties, label_propagation, CLOSE),
    "ours, not centred": (not_centred, ours, (0.5, 0.54, 0.58, 0.62, 0.66)),
    "ours, not fading": (not_fading, ours, (*CLOSE, 0.58, 0.62)),
    "ours, words too": (with_words, ours, (0.28, 0.32, 0.34, 0.36, 0.4)),
    "ours": (our_ties, ours, CLOSE),
}


def compared(sets: list[Labelled]) -> dict[str, Any]:
    """The measures of each way on each set, with the thresholds that were chosen."""
    found: dict[str, Any] = {}
    materials = {id(data.material): data for data in sets}
    for name, (ties_of, join, thresholds) in WAYS.items():
        ties = {key: ties_of(data) for key, data in materials.items()}
        grid: Grid = {}
        for least in thresholds:
            stories = {key: join(data, ties[key], least) for key, data in materials.items()}
            for data in sets:
                for half in (0, 1):
                    measures = measured(data.queries, stories[id(data.material)], half)
                    grid[data.name, half, least] = measures
        names = [data.name for data in sets]
        found[name] = chosen(grid, thresholds, names)
        if name == "cosine":
            own = [chosen(grid, thresholds, [each]) for each in names]
            found["cosine, own threshold"] = {key: value for each in own for key, value in each.items()}
            found["cosine, own threshold"]["thresholds"] = [each["thresholds"] for each in own]
        print(name, json.dumps(found[name]), flush=True)
    return found


def chosen(grid: Grid, thresholds: tuple[float, ...], names: list[str]) -> Any:
    """The measures on the half on which the threshold was not chosen, both ways round."""
    parts: dict[str, list[dict[str, float]]] = defaultdict(list)
    picked = []
    for half in (0, 1):
        best = max(thresholds, key=lambda least: np.mean([_both(grid[name, half, least]) for name in names]))
        picked.append(best)
        for name in names:
            parts[name].append(grid[name, 1 - half, best])
    means = {
        name: {key: round(float(np.mean([part[key] for part in both])), 3) for key in both[0]}
        for name, both in parts.items()
    }
    return {"thresholds": picked, **means}


def _both(measures: dict[str, float]) -> float:
    return (measures["F1"] + measures["B3 F1"]) / 2


def sizes(material: Material, linked: set[frozenset[str]]) -> dict[str, Any]:
    """How large our stories are, and how many of their pairs the authors link."""
    begun = time.perf_counter()
    labels = join_stories(material.copies, find_ties(material))
    seconds = time.perf_counter() - begun
    story_of = by_label(labels)
    counts = np.bincount(labels)
    pairs = [
        frozenset((material.ids[label], material.ids[each]))
        for label in np.flatnonzero(counts > 1)
        for each in story_of(label)
        if each != label
    ]
    return {
        "articles": len(labels),
        "stories": int((counts > 1).sum()),
        "in one": round(float(counts[counts > 1].sum() / max(1, len(labels))), 3),
        "largest": int(counts.max(initial=0)),
        "linked with its first": f"{sum(pair in linked for pair in pairs)} of {len(pairs)}" if linked else "",
        "seconds": round(seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--keep", type=Path, help="A folder for the collections, which are built once.")
    options = parser.parse_args()
    data = options.data
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)

        def read(name: str, source: Path) -> tuple[Material, csr_matrix]:
            return material_of(built(folder / name, source))

        azure_site = read("azure-site", data / "azure-site" / "articles.jsonl")
        uci_stories = read("uci-stories", data / "uci-stories" / "articles.jsonl")
        site = read("site", ROOT / "data" / "site")
        sets = [
            Labelled("azure-site", *azure_site, azure(azure_site[0], sampled=False)),
            Labelled("every 14th of azure-site", *azure_site, azure(azure_site[0], sampled=True)),
            Labelled("uci-stories", *uci_stories, uci(uci_stories[0], data / "uci-stories" / "qrels.txt")),
            Labelled("sample site", *site, sample_site(site[0])),
        ]
        large = {each.name: sizes(each.material, set()) for each in sets if "every" not in each.name}
        for name in UNLABELLED:
            material, _ = read(name, data / "links" / name / "articles.jsonl")
            lines = (data / "links" / name / "qrels.txt").read_text(encoding="utf-8").splitlines()
            large[name] = sizes(material, {frozenset(line.split()[::2][:2]) for line in lines})
        found = compared(sets)
    record("stories", {"least": LEAST_TIE, "ways": found, "sizes": large})
    (RESULTS / "stories.md").write_text(page(found, large, [each.name for each in sets]), encoding="utf-8")


def page(found: dict[str, Any], large: dict[str, Any], names: list[str]) -> str:
    lines = ["# Ways to join articles into stories", ""]
    lines += ["Made by `tests/benchmarks/stories.py`, which says what each way and each set is."]
    lines += ["", "Each cell: pairwise precision / recall / F1, B-cubed F1; the mean is over sets of both F1s."]
    lines += ["", f"| way | {' | '.join(names)} | mean | worst |", "| --- |" + " --- |" * (len(names) + 2)]
    for way, row in found.items():
        cells = ["{P:.2f} / {R:.2f} / {F1:.3f}, {B3 F1:.3f}".format(**row[name]) for name in names]
        both = [_both(row[name]) for name in names]
        lines.append(f"| {way} | {' | '.join(cells)} | {np.mean(both):.3f} | {min(both):.3f} |")
    lines += ["", "The stories of `ours` on every set, labelled or not:", ""]
    columns = list(next(iter(large.values())))
    lines += [f"| data | {' | '.join(columns)} |", "| --- |" + " --- |" * len(columns)]
    lines += [f"| {name} | {' | '.join(str(row[column]) for column in columns)} |" for name, row in large.items()]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
