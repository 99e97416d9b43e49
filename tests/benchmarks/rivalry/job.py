"""The job that every rival is given, timed the same way: build an index of the articles, answer for each one asked.

    python RIVAL.py FOLDER RESULT [VARIANT]

FOLDER holds `job.json` (articles with id, title, text and day; which are judged, which are timed) and `vectors.npy`, a
row for each article. RESULT is written as JSON; with `RIVALS_JUDGE=0` in the environment nothing is judged. Only the
standard library is imported here, so that a rival may run under any Python, and a process has nothing in its memory but
its rival.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

WINDOW_DAYS = 365
"""An answer holds only what was published at most so many days before or after the article asked about."""
NARROW_DAYS = 30
"""A window that leaves most of a year's articles out."""
SHOWN = 5
RANKED = 20
"""How many are ranked to be judged."""

Found = list[tuple[str, float]]


class Article(NamedTuple):
    """What a rival is told of an article; `day` counts from 1970."""

    id: str
    title: str
    text: str
    day: float


class Job(NamedTuple):
    """The articles, the ids that are judged and those that are timed, and where their vectors lie."""

    articles: list[Article]
    judged: list[str]
    timed: list[str]
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> Job:
        told = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        return cls([Article(*each) for each in told["articles"]], told["judged"], told["timed"], folder)


class Rival:
    """One system; what it does of the whole job is told by `does`, in the order of the work."""

    name: str
    does: tuple[str, ...]
    settings: str

    def build(self, job: Job, disk: Path) -> None:
        """Index the articles; what is kept goes to the empty folder `disk`."""
        raise NotImplementedError

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        """The ids and scores of those most related, best first, without the article itself.

        Args:
            article: One of those indexed.
            top_k: How many at most.
            days: The first and the last day that one may be published on; None for any.
        """
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError

    def memory_mb(self) -> float:
        """The most that this process held; a rival with a server adds the server's."""
        return peak_mb("self")

    def others(self) -> dict[str, Callable[[Article], Any]]:
        """More to time for each article, by name."""
        return {}

    def close(self) -> None:
        """Stop what was started."""


def peak_mb(process: int | str) -> float:
    """The peak of a process's resident memory, as the kernel counted it since the program started."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


def folder_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def run(rival: Rival) -> None:
    """Give `rival` the job that the command line names."""
    job, result = Job.read(Path(sys.argv[1])), Path(sys.argv[2])
    disk = result.with_suffix(".disk")
    disk.mkdir()
    by_id = {article.id: article for article in job.articles}

    def shown(article: Article, top_k: int, days: int) -> Found:
        return rival.best(article, top_k, (article.day - days, article.day + days))

    start = time.perf_counter()
    rival.build(job, disk)
    build_s = time.perf_counter() - start
    try:
        judged = [by_id[each] for each in job.judged] if os.environ.get("RIVALS_JUDGE") != "0" else []
        ranked = {article.id: rival.best(article, RANKED, None) for article in judged}
        narrow = {article.id: shown(article, 10, NARROW_DAYS) for article in judged}
        timed = [by_id[each] for each in job.timed]
        work = {
            "query": lambda article: shown(article, SHOWN, WINDOW_DAYS),
            "narrow": lambda article: shown(article, SHOWN, NARROW_DAYS),
            **rival.others(),
        }
        figures: dict[str, Any] = {
            "name": rival.name,
            "does": rival.does,
            "settings": rival.settings,
            "version": rival.version(),
            "build_s": build_s,
            "seconds": {name: warm(each, timed) for name, each in work.items()},
            "memory_mb": rival.memory_mb(),
            "disk_mb": folder_mb(disk),
            "ranked": ranked,
            "narrow": narrow,
        }
    finally:
        rival.close()
    result.write_text(json.dumps(figures), encoding="utf-8")


def warm(work: Callable[[Article], Any], articles: list[Article]) -> list[float]:
    """Seconds for each article, after a round that is not counted."""
    for article in articles:
        work(article)
    seconds = []
    for article in articles:
        start = time.perf_counter()
        work(article)
        seconds.append(time.perf_counter() - start)
    return seconds
