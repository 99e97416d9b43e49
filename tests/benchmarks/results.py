"""Makes data/benchmarks/RESULTS.md and its plots from the newest rows: `python tests/benchmarks/results.py`.

The same rows give the same bytes. What a figure says is written from the figures; why a rival wins where it does was
written by hand and stands in `rivals_page.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from measure import RESULTS
from plots import Series, log_log, power_law
from rivals_page import rivals
from tables import Page, Row, grade, newest, table

INTRO = """# Results

Made by `tests/benchmarks/results.py` from the newest row of each measurement in the `.jsonl` files beside it; what is
written here by hand is lost. A machine and its versions have a letter, which the last section spells out; a commit that
ends in `+changes` had changes that were not committed. Times of a shared machine drift from day to day: compare within
a table, not across.
"""


def read(folder: Path) -> dict[str, list[Row]]:
    """The rows of every file, by its name, in their order."""
    rows = {}
    for file in sorted(folder.glob("*.jsonl")):
        rows[file.stem] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return rows


def write_results(folder: Path = RESULTS) -> Path:
    """Write RESULTS.md and the plots into `folder`."""
    page = Page()
    page.add(INTRO)
    rows = read(folder)
    for section in (rivals, scale, single, quality, embedding, tuning, serving, finding, nodes):
        section(page, rows)
    for name, svg in page.plots.items():
        (folder / name).write_text(svg, encoding="utf-8")
    path = folder / "RESULTS.md"
    path.write_text(page.text(), encoding="utf-8")
    return path


def scale(page: Page, rows: dict[str, list[Row]]) -> None:
    found = sorted(newest(rows.get("scale", []), lambda row: row["articles"]), key=lambda row: row["articles"])
    found = [row for row in found if "fresh_dense_ms" in row]
    if not found:
        return
    page.add("## By number of articles")
    page.add(
        "A collection of sentences of real articles recombined, with vectors mixed from the real ones; no text is "
        "encoded. Each figure of a reader is of a process of its own, which holds the collection and answers one "
        "request after another."
    )
    page.add("**An answer**: five articles with reasons for a stored one. `behind` is a reader 10,000 changes behind.")
    parts = {"median ms": "ms", "p95": "p95_ms", "p99": "p99_ms"}
    answers = {header: f"fresh_related_{unit}" for header, unit in parts.items()}
    answers |= {f"filter to 1/{n:,} ms": f"fresh_{name}_ms" for name, n in _FILTERS.items()}
    answers |= {"behind ms": "behind_related_ms", "behind p99": "behind_related_p99_ms"}
    _by_articles(
        page,
        found,
        {
            **answers,
            "opens s": "fresh_opening_s",
            "resident MB": "fresh_resident_mb",
            "of them its own": "fresh_own_mb",
        },
    )
    page.add(
        "**The two engines**, 100 candidates each. Recall is the share of the nearest 10 and 100 that are among the "
        "candidates of the vector stage; the rival compares exact cosines with numpy and hands back row numbers."
    )
    engines = {f"vectors {header}": f"fresh_dense_{unit}" for header, unit in parts.items()}
    engines |= {"recall@10": "recall@10", "recall@100": "recall@100", "rival ms": "fresh_rival_ms"}
    _by_articles(
        page, found, {**engines, **{f"words {header}": f"fresh_lexical_{unit}" for header, unit in parts.items()}}
    )
    page.add(
        "**Writing and indexing.** The index is made from stored articles and vectors: texts are read and analysed, "
        "copies and hubs found, both indexes built and tuned. Memory is the most that the process held, with all texts "
        "and vectors that the benchmark wrote before (2.5 GB of a million). The rival of "
        "1,000 changes is SQLite alone with the same rows, without index or log."
    )
    building = {"index built s": "snapshot_s", "its memory MB": "build_peak_mb", "articles written s": "write_s"}
    building |= {"1,000 changes s": "upserts_1000_s", "rival s": "rival_upserts_1000_s"}
    _by_articles(page, found, {**building, "database MB": "database_mb", "snapshot MB": "snapshot_mb"})
    _growth(page, found)


_FILTERS = {"tenth": 10, "hundredth": 100, "fivehundredth": 500}
"""The filters of `scale.py`, and what share of the articles each leaves."""


def _by_articles(page: Page, found: Sequence[Row], names: Mapping[str, str]) -> None:
    cells = []
    for row in found:
        grades = {name: grade(row["fresh_quality"].get(f"{name} related")) for name in ("recall@10", "recall@100")}
        cells.append([row["articles"], *({**row, **grades}.get(name) for name in names.values()), page.where(row)])
    page.add(table(["articles", *names, "where"], cells))


def _growth(page: Page, found: Sequence[Row]) -> None:
    """How figures grow with the number of articles: exponents, and a plot of the times of an answer."""
    measured = {
        "an answer": "fresh_related_ms",
        "the vector stage": "fresh_dense_ms",
        "the word stage": "fresh_lexical_ms",
        "comparing all vectors": "fresh_rival_ms",
        "building the index": "snapshot_s",
        "opening": "fresh_opening_s",
        "memory of a reader": "fresh_resident_mb",
        "writing 1,000 changes": "upserts_1000_s",
    }
    fits = {
        says: fit for says, name in measured.items() if (fit := power_law([(r["articles"], r[name]) for r in found]))
    }
    if not fits:
        return
    exponents = ", ".join(f"{says} {exponent:.2f}" for says, (_, exponent) in fits.items())
    page.add(
        f"From {found[0]['articles']:,} to {found[-1]['articles']:,} articles each grows as the number of articles to "
        f"the power of: {exponents}."
    )
    lines = {
        "an answer": "fresh_related_ms",
        "vectors": "fresh_dense_ms",
        "words": "fresh_lexical_ms",
        "numpy": "fresh_rival_ms",
    }
    series = [
        Series(says, [(row["articles"], row[name]) for row in found], ours=says != "numpy")
        for says, name in lines.items()
    ]
    svg = log_log("Time of an answer", "articles (logarithmic)", "median, ms (logarithmic)", series)
    page.plot("scale.svg", "time of an answer against the number of articles", svg)


def single(page: Page, rows: dict[str, list[Row]]) -> None:
    """Reading, building, answering, filling: each against its own rival on azure-site."""
    chosen = {name: rows[name][-1] for name in ("reading", "build", "related", "enrich") if rows.get(name)}
    cells: list[list[Any]] = []
    if row := chosen.get("reading"):
        kept = f"{row['quality']['articles_read']:,} read, {row['quality']['problems']} problems"
        ours, rival = f"{row['ours_ms_per_file']:.2f} ms a file", f"{row['rival_ms_per_file']:.2f} ms a file"
        cells.append(["reading files", row["files"], ours, row["rival"], rival, kept, page.where(row)])
    if row := chosen.get("build"):
        kept = f"again with nothing to do {row['unchanged_s']:.2f} s"
        ours, rival = f"{row['cold_s']:.1f} s", f"{row['rival_encode_s']:.1f} s"
        cells.append(["`related build`", row["articles"], ours, row["rival"], rival, kept, page.where(row)])
    if row := chosen.get("related"):
        kept = f"nDCG@10, lists to 10: {row['quality']['nDCG@10, lists to 10']:.4f}"
        ours, rival = f"{row['median_ms']:.2f} ms", f"{row['rival_median_ms']:.2f} ms"
        cells.append(["one answer", row["articles"], ours, row["rival"], rival, kept, page.where(row)])
    if row := chosen.get("enrich"):
        grades = row["quality"]
        kept = f"other bytes kept: {grades['other_bytes_kept']:.0%}, rival {grades['rival_other_bytes_kept']:.0%}"
        ours, rival = f"{row['first_run_s']:.2f} s", f"{row['rival_s']:.2f} s"
        cells.append(["`related enrich`", row["files"], ours, row["rival"], rival, kept, page.where(row)])
    if cells:
        page.add("## Reading, building, answering, filling", "On azure-site.")
        page.add(table(["what", "articles", "ours", "rival", "rival's figure", "quality", "where"], cells))
    if {"related", "enrich"} <= chosen.keys():
        page.add(
            "Plain cosine is faster than an answer, and PyYAML than `enrich`, because they do less: cosine hands back "
            "row numbers without filter, score or reasons; PyYAML recommends nothing and rewrites every other byte."
        )


def quality(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("quality", []), lambda row: row["data"])
    if not found:
        return
    page.add("## Scorers", "nDCG@10 of rankings.")
    cells = []
    for row in found:
        for scorer in ("default", "dense", "lexical"):
            grades = row[scorer]
            lists_to_10 = None if row["data"] == "uci-stories" else grade(grades["nDCG@10, lists to 10"])
            line = [row["data"], row["queries"], scorer, grade(grades["nDCG@10"]), lists_to_10]
            cells.append([*line, grades["ms_per_query"], page.where(row)])
    page.add(table(["data", "queries", "scorer", "nDCG@10", "lists to 10", "ms a query", "where"], cells))


def embedding(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("embedding", []), lambda row: row["data"])
    if not found:
        return
    page.add("## What runs the model")
    page.add(
        "Against PyTorch on the same texts, in turn. Overlap@10 is the share of ten exact nearest neighbours that "
        "stay; nDCG@10 is of exact cosines, on azure-site of lists to 10."
    )
    headers = ["data", "texts", "backend", "texts a s", "times PyTorch", "processor ms a text", "one text ms"]
    headers += ["first text of a process s", "least cosine", "overlap@10", "nDCG@10", "where"]
    names = ["texts_per_s", "times_as_fast_as_torch", "processor_ms_per_text", "one_text_ms"]
    names += ["first_text_of_a_process_s"]
    grades = ["least_cosine", "overlap@10", "nDCG@10"]
    cells = []
    for row in found:
        for name, figures in row["backends"].items():
            line = [*(figures.get(each) for each in names), *(grade(figures.get(each)) for each in grades)]
            cells.append([row["data"], row["texts"], name, *line, page.where(row)])
    page.add(table(headers, cells))


def tuning(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("tuning", []), lambda row: (row["data"], row.get("learned_on", "")))
    if not found:
        return
    page.add("## The learned scorer")
    page.add(
        "nDCG@10 with its interval of 95 % on articles that were set aside. One that learned on other data is tested "
        "on all queries; where it loses to the default there, it does not travel, and each site has to learn its own."
    )
    cells = []
    for row in found:
        if "nDCG@10" in row:
            means = {name: [each["mean"], each["low"], each["high"]] for name, each in row["nDCG@10"].items()}
            queries = row["queries"]["tested"]
        else:
            means, queries = row["quality"], row["quality"]["queries"]
        grades = [_interval(means.get(name)) for name in ("learned", "default", "dense")]
        better = means["learned"][0] - means["default"][0]
        learned_on = row.get("learned_on", "itself")
        cells.append([row["data"], learned_on, queries, *grades, f"{better:+.4f}", page.where(row)])
    headers = ["data", "learned on", "queries", "learned", "default", "cosine", "learned − default", "where"]
    page.add(table(headers, cells))


def _interval(figures: Sequence[float] | None) -> str | None:
    return f"{figures[0]:.4f} [{figures[1]:.4f}, {figures[2]:.4f}]" if figures else None


def serving(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("serving", []), lambda row: row["articles"])
    if not found:
        return
    page.add("## The service", "The load comes from the same machine.")
    headers = ["articles", "workers", "p50 ms at 50 a s", "p99", "most a s", "304s a s", "empty route a s"]
    headers += ["read p99 ms beside 20 writes a s", "failed", "MB a worker", "where"]
    cells = []
    for row in found:
        calm, busy = row["at_50_a_second"], row["with_20_writes_a_second"]
        failed = calm["failed"] + busy["read_failed"] + busy["write_failed"]
        line = [row["articles"], row["workers"], calm["p50_ms"], calm["p99_ms"], row["most_a_second"]]
        line += [row["unchanged_a_second"], row["rival_a_second"], busy["read_p99_ms"], failed]
        cells.append([*line, max(row["memory_mb"]), page.where(row)])
    page.add(table(headers, cells))


def finding(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("finding", []), lambda row: row["data"])
    if found:
        page.add(
            "## Search while one types",
            "The share of titles, typed to half their length, whose article is among the first five; beside it the "
            "search by whole words that was there before. Where more than five titles begin alike, nobody could tell.",
        )
        headers = ["data", "articles", "titles", "half", "whole words", "with a typo", "whole words", "ambiguous"]
        names = ("half@5", "half@5_whole_words", "half_with_typo@5", "half_with_typo@5_whole_words", "ambiguous")
        cells = [
            [row["data"], row["articles"], row["titles"], *(grade(row[name]) for name in names), page.where(row)]
            for row in found
        ]
        page.add(table([*headers, "where"], cells))
    timed = newest(rows.get("finding_scale", []), lambda row: row["articles"])
    if timed:
        kinds = {
            "typed letter by letter": "letter_by_letter",
            "half a title": "half",
            "with a typo": "half_with_typo",
            "two words of a title": "words_of_texts",
            "a page of all, with counts": "page",
            "of a topic": "page_of_topic",
            "of a provider and a year": "page_of_provider_and_year",
            "a later page": "later_page",
        }
        units = ("ms", "p95_ms", "p99_ms", "cpu_ms")
        cells = [
            [row["articles"], says, *(row[f"{name}_{unit}"] for unit in units), page.where(row)]
            for row in timed
            for says, name in kinds.items()
        ]
        page.add(table(["articles", "what", "median ms", "p95", "p99", "processor's ms", "where"], cells))


def nodes(page: Page, rows: dict[str, list[Row]]) -> None:
    found = newest(rows.get("nodes", []), lambda row: row["articles"])
    if not found:
        return
    page.add("## A folder and PostgreSQL", "In turn on one machine; a write is on the disk when it is acknowledged.")
    headers = ["kind", "articles", "writes a s, one by one", "by 100", "by 1,000", "seen by another ms", "p99"]
    headers += ["related ms", "p99", "same lists", "where"]
    cells = []
    for row in found:
        for kind in ("folder", "postgres"):
            line = [kind, row["articles"], *(row["writes"][f"{kind}_{size}_a_second"] for size in (1, 100, 1000))]
            line += [row[f"{kind}_seen_ms"][name] for name in ("median", "p99")]
            line += [row[f"{kind}_{name}"] for name in ("related_ms", "related_p99_ms")]
            cells.append([*line, f"{row['same_lists']} of {row['asked']}", page.where(row)])
    page.add(table(headers, cells))
    engines = newest(rows.get("engines", []), lambda row: row["articles"])
    if engines:
        headers = ["engine", "articles", "filled s", "related ms", "p99", "recall@100", "answers without it", "where"]
        cells = [
            [name, row["articles"], *(row[f"{name}_{what}"] for what in ENGINE_FIGURES), page.where(row)]
            for row in engines
            for name in ("milvus", "qdrant")
            if f"{name}_feed_s" in row
        ]
        page.add("Milvus' and Qdrant's cores, without a server, propose the candidates.", table(headers, cells))


ENGINE_FIGURES = ("feed_s", "related_ms", "related_p99_ms", "recall@100", "notes")


if __name__ == "__main__":
    print(write_results())
