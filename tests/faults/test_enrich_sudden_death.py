"""A run over a site that is killed at any moment leaves each file as it was or as it is to be, and knows its blocks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from support.enriching import Filling, article, with_block
from support.processes import start
from support.sudden_filler import NAMES, lists_of

from recommender.enrich import Outcome
from recommender.enrich.record import Record, hash_block
from recommender.sources.syntaxes.yaml_front import find_related

KILLS = 20
WHOLE_EVERY = 5
"""After so many kills a run is left to end."""
THEIRS = {"_news/001", "003", "150"}
"""Files whose field an editor filled."""


def title(name: str) -> str:
    return f"Story {name[-3:]}"


def first(name: str) -> bytes:
    text = article(title(name))
    return (with_block(text, "An editor's") if name in THEIRS else text).encode()


def wanted(name: str, seed: int) -> bytes:
    """What the run of this seed makes of a file."""
    shown = lists_of(seed)[name]
    return first(name) if name in THEIRS or not shown else with_block(article(title(name)), *map(title, shown)).encode()


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name in NAMES:
        made.write(f"{name}.md", first(name).decode())
    made.build()
    return made


class Runs:
    """Runs over a site, in a process of their own."""

    def __init__(self, filling: Filling) -> None:
        self.process = start("support.sudden_filler", filling.site, filling.collection)

    def kill(self, seed: int, after: int, wait_s: float) -> bool:
        """Run, and kill it some time after so many files; whether it was still at work."""
        worker = int(self._ask(seed))
        done = 0
        while done < after:
            assert self._line()
            done += 1
        # The moment is what is random here; nothing is waited for.
        time.sleep(wait_s)
        os.kill(worker, signal.SIGKILL)
        self._ask("reap", until="reaped")
        return done < len(NAMES)

    def _ask(self, words: object, until: str = "") -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        line = self._line()
        while until and line != until:
            line = self._line()
        return line

    def _line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        assert line, "the runs ended by themselves"
        return line


@pytest.fixture
def runs(filling: Filling) -> Iterator[Runs]:
    made = Runs(filling)
    with contextlib.closing(made.process.stdin), contextlib.closing(made.process.stdout), made.process:
        try:
            yield made
        finally:
            made.process.kill()


def contents(site: Path) -> dict[str, bytes]:
    return {name: (site / f"{name}.md").read_bytes() for name in NAMES}


def blocks(site: Path) -> dict[str, str]:
    """The hash of each file's block; empty for none."""
    return {name: hash_block(find_related(data).block) for name, data in contents(site).items()}


def temporary(site: Path) -> list[str]:
    known = {f"{name}.md" for name in NAMES} | {f".related/{name}" for name in (".gitignore", "lock")}
    found = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    return sorted(found - known - {".related/cache.jsonl", ".related/written.jsonl"})


def assert_ours(site: Path) -> None:
    """Every block that was not an editor's is known to be ours, and theirs is not."""
    record = Record(site)
    assert record.problems == []
    for name, block_hash in blocks(site).items():
        if block_hash:
            assert (record.find(f"{name}.md", block_hash) is None) == (name in THEIRS), name


def test_a_killed_run_leaves_every_file_whole_and_every_block_known(filling: Filling, runs: Runs):
    random, cut_off, written = Random(5), 0, 0
    before = contents(filling.site)
    for seed in range(KILLS):
        after = random.choice([0, random.randint(1, len(NAMES) - 1), random.randint(1, len(NAMES) - 1), len(NAMES)])
        cut_off += runs.kill(seed, after, random.uniform(0, 0.01 if after else 0.3))
        found = contents(filling.site)
        for name, data in found.items():
            assert data in {before[name], wanted(name, seed)}, name
        written += sum(found[name] != before[name] for name in NAMES)
        assert_ours(filling.site)
        before = found
        if seed % WHOLE_EVERY == WHOLE_EVERY - 1:
            # As for the run that was killed, so that only what is left of it is done.
            assert_whole_run(filling, seed)
            before = contents(filling.site)
    assert cut_off > KILLS // 2
    assert written > KILLS


def assert_whole_run(filling: Filling, seed: int) -> None:
    """A run that ends finds nothing foreign but what is, and leaves the files, the record and nothing else."""
    lists = {name: shown for name, shown in lists_of(seed).items() if shown}
    pages = filling.fill(lists)
    assert {name for name in NAMES if pages[f"{name}.md"].outcome is Outcome.KEPT} == THEIRS
    assert filling.coverage.problems == []
    assert contents(filling.site) == {name: wanted(name, seed) for name in NAMES}
    assert temporary(filling.site) == []
    lines = (filling.site / ".related" / "written.jsonl").read_text(encoding="utf-8").splitlines()
    ours = {name: block_hash for name, block_hash in blocks(filling.site).items() if block_hash and name not in THEIRS}
    assert [json.loads(line) for line in lines] == [
        {"path": f"{name}.md", "block": ours[name], "items": lists[name]} for name in sorted(ours, key="{}.md".format)
    ]
    assert set(filling.outcomes(lists).values()) <= {Outcome.SAME, Outcome.EMPTY, Outcome.KEPT}
