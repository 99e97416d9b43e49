"""A writer that is killed at any moment loses nothing that it was told is written, and leaves nothing half done."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import time
from random import Random

import pytest
from support.model import check_ranking, replay
from support.processes import start
from support.soundness import answers, answers_of, answers_of_fresh, assert_healthy, contents, in_order, make_collection

from recommender.collection import Collection
from recommender.related.recommender import Recommender

COLLECTIONS = 5
KILLS = 10
"""For each collection, one after another; the collection goes on from what the last one left."""


class Victim:
    """A writer process; it is started ahead of time and begins when told to."""

    def __init__(self, path, log, seed):
        self.process = start("support.sudden_writer", path, log, seed)
        self.lines = []

    def kill(self, random, *, while_compacting):
        """Let it begin, and kill it at some moment after some of its writes."""
        try:
            assert self._next() == "ready"
            self.process.stdin.write("begin\n")
            self.process.stdin.flush()
            for _ in range(random.randint(0, 12)):
                self._next()
            longest = 0.02
            if while_compacting:
                while self._next() != "compacting":
                    pass
                longest = 0.06
            # The moment is what is random here; nothing is waited for.
            time.sleep(random.uniform(0, longest))
            assert self.process.poll() is None, "the writer ended by itself"
        finally:
            self.process.kill()
            rest, _ = self.process.communicate()
        self.lines += rest.splitlines()
        revisions = [int(line.split()[1]) for line in self.lines if line.startswith("revision")]
        compactions = self.lines.count("compacting"), self.lines.count("compacted")
        return revisions, compactions

    def _next(self):
        line = self.process.stdout.readline().strip()
        assert line, "the writer ended by itself"
        self.lines.append(line)
        return line


@contextlib.contextmanager
def victims(path, log, seeds):
    """One victim after another; the next one starts while the last is looked at."""
    started = []

    def each():
        started.append(Victim(path, log, next(seeds)))
        while True:
            started.append(Victim(path, log, next(seeds)))
            yield started[-2]

    try:
        yield each()
    finally:
        for victim in started:
            if victim.process.poll() is None:
                victim.process.kill()
            with contextlib.suppress(ValueError, subprocess.SubprocessError):
                victim.process.communicate()


@pytest.mark.parametrize("seed", range(COLLECTIONS))
def test_a_killed_writer_leaves_every_acknowledged_revision(collection_place, tmp_path, seed):
    random = Random(seed)
    path, log = make_collection(collection_place), tmp_path / "log.jsonl"
    log.touch()  # The first writer may be killed before it writes a line.
    _, records, _ = contents(path)
    assert records == {}
    last, interrupted, printed_in_all = 0, 0, 0
    with victims(path, log, itertools.count(1000 * seed)) as each:
        for number, victim in zip(range(KILLS), each, strict=False):
            printed, (begun, done) = victim.kill(random, while_compacting=number % 2 == 1)
            interrupted += begun - done
            printed_in_all += len(printed)
            # One revision after another, and the first goes on from what was found after the last kill.
            assert printed == list(range(last + 1, last + 1 + len(printed)))
            found, records, sealed = contents(path)
            acknowledged = printed[-1] if printed else last
            assert acknowledged <= found <= acknowledged + 1
            model = replay(log.read_text(encoding="utf-8").splitlines(), found)
            assert records == model.records
            assert sealed == model.sealed
            assert_healthy(path)
            check_answers(path, model, tmp_path / "fresh" if number in {2, 6, KILLS - 1} else None)
            last = found
    assert printed_in_all > KILLS
    assert interrupted > 0, "no compaction was ever interrupted"


def check_answers(path, model, fresh):
    """Exact answers at once; after a compaction those of a collection built afresh, and nothing left behind."""
    with contextlib.closing(Recommender.open(path)) as recommender:
        for asked, best in recommender.rank(scorer="dense", top_k=20).items():
            check_ranking(model.cosines(asked), list(best.items()), 20)
        assert len(recommender.rank(top_k=20)) == len(model.records)
        if fresh is None:
            return
        written = recommender.collection.publish(compact=True)
        wanted = in_order(answers_of_fresh(model, fresh))
        assert in_order(answers_of(recommender)) == wanted
    assert in_order(answers(path)) == wanted
    if written:
        with contextlib.closing(Collection.open(path)) as opened:
            entries = list(opened.snapshots.iterdir())
        assert not [entry for entry in entries if entry.name.startswith((".building-", ".old-"))]
