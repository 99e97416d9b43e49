"""Many processes at one collection: every answer is exact for the revision that it names, and none is stale."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from bisect import bisect_left
from collections import Counter
from itertools import accumulate

import pytest
from support.encoders import CountingEncoder
from support.model import Model, check_ranking
from support.processes import start
from support.soundness import answers, answers_of_fresh, assert_sound, contents, in_order, make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.collection_folder import CACHE_VARIABLE

SECONDS = float(os.environ.get("RELATED_STRESS_SECONDS", "12"))
READERS, WRITERS = 4, 3


def run_all(path, folder):
    """Run every process for `SECONDS`, and kill one reader and the compactor in between; what each logged, by role."""
    stop = folder / "stop"
    roles = ["reader"] * READERS + ["writer"] * WRITERS + ["compactor"]
    running, logs = {}, {role: [] for role in roles}
    with contextlib.ExitStack() as stack:

        def begin(number, name):
            log = folder / f"{name}.jsonl"
            logs[roles[number]].append(log)
            # Where a server has the articles, each process is a node with snapshots of its own.
            own = {CACHE_VARIABLE: str(folder / f"node-{number}")}
            process = stack.enter_context(
                start("support.stress", roles[number], path, log, number, stop, variables=own)
            )
            stack.callback(process.kill)
            running[number] = process

        for number, role in enumerate(roles):
            begin(number, f"{role}-{number}")

        # One that ends before it is told to has failed; there is nothing to wait for then.
        def go_on(until):
            while not until() and all(process.poll() is None for process in running.values()):
                time.sleep(0.1)

        def all_have_begun():
            # The compactor writes too few lines to see them before it ends.
            return all(log.exists() and log.stat().st_size for role in ("reader", "writer") for log in logs[role])

        go_on(all_have_begun)
        began = time.monotonic()
        go_on(lambda: time.monotonic() > began + SECONDS / 3)
        for number in (0, len(roles) - 1):
            running[number].kill()
            running[number].wait()
            begin(number, f"{roles[number]}-{number}-again")
        go_on(lambda: time.monotonic() > began + SECONDS and all_have_begun())
        failed = [roles[number] for number, process in running.items() if process.poll() is not None]
        stop.touch()
        codes = [process.wait(timeout=60) for process in running.values()]
    assert not failed
    assert codes == [0] * len(roles)
    return [[entries(log) for log in logs[role]] for role in ("reader", "writer", "compactor")]


def entries(log):
    """What a process logged; the last line of one that was killed may be cut."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines(keepends=True) if line[-1] == "\n"]


def check_found(model, answer):
    """One answer against the dictionary at its revision."""
    asked, found = answer["asked"], answer["found"]
    assert answer["count"] == len(model.records)
    if asked not in model.records:
        assert found is None
        return
    assert found is not None
    ranking = [(article_id, score) for article_id, score in found]
    if answer["kind"] == "rank":
        check_ranking(model.cosines(asked), ranking, answer["top_k"])
    elif answer["kind"] == "related":
        check_ranking(model.related(asked), ranking, answer["top_k"])
    else:
        assert {article_id for article_id, _ in ranking} <= model.related(asked).keys()
        assert [score for _, score in ranking] == sorted((score for _, score in ranking), reverse=True)
    for (article_id, _), stamp in zip(ranking, answer.get("stamps", ()), strict=False):
        assert model.records[article_id]["stamp"] == stamp


@pytest.mark.timeout(SECONDS * 4 + 240)
def test_every_answer_is_exact_for_its_revision(collection_place, tmp_path):
    path = make_collection(collection_place)
    readers, writers, compactions = run_all(path, tmp_path)
    batches = {batch["revision"]: batch for log in writers for batch in log}
    newest, records, sealed = contents(path)
    # Each revision was made by one writer, and none is missing.
    assert sorted(batches) == list(range(1, newest + 1))
    assert len(batches) == sum(map(len, writers))
    assert all(log for log in (*readers, *writers))
    assert any(compactions)
    # What was acknowledged before a read began is seen by it; what began after it ended is not.
    acknowledged = sorted((batch["ended"], number) for number, batch in batches.items())
    times = [moment for moment, _ in acknowledged]
    least = [0, *accumulate((number for _, number in acknowledged), max)]
    for log in readers:
        seen = [answer["revision"] for answer in log]
        assert seen == sorted(seen), "a reader went back"
        for answer in log:
            assert answer["revision"] >= least[bisect_left(times, answer["begun"])], "a write was not seen"
            if answer["revision"]:
                assert batches[answer["revision"]]["begun"] < answer["ended"]
    model, kinds = Model(), Counter()
    by_revision = sorted((answer for log in readers for answer in log), key=lambda answer: answer["revision"])
    place = 0
    for number in range(newest + 1):
        if number:
            assert model.apply(batches[number]["upserts"], batches[number]["deletes"])
        while place < len(by_revision) and by_revision[place]["revision"] == number:
            check_found(model, by_revision[place])
            kinds[by_revision[place]["kind"] if by_revision[place]["found"] is not None else "not there"] += 1
            place += 1
    assert place == len(by_revision)
    assert (records, sealed) == (model.records, model.sealed)
    assert_sound(path)
    from_memory = answers(path)
    for asked, best in from_memory["dense"].items():
        check_ranking(model.cosines(asked), list(best.items()), 100)
    assert answers_after_compaction(path) == in_order(answers_of_fresh(model, tmp_path / "fresh"))
    seen_revisions = len({answer["revision"] for answer in by_revision})
    compacted = sum(map(len, compactions))
    print(
        f"{place} answers {dict(kinds)} at {seen_revisions} revisions of {newest}, {compacted} compactions",
        file=sys.stderr,
    )


def answers_after_compaction(path):
    with contextlib.closing(Collection.open(path)) as collection:
        collection.publish(compact=True)
    return in_order(answers(path))


class Interrupted(CountingEncoder):
    """Something happens while it first encodes."""

    def __init__(self, interruption):
        super().__init__()
        self.interruption = interruption

    def encode(self, texts, role="passage", progress=None):
        if not self.batches:
            self.interruption()
        return super().encode(texts, role, progress)


def test_a_batch_is_written_whole_though_another_changes_part_of_it_meanwhile(tmp_path):
    first, second = Article(id="x", title="First"), Article(id="x", title="Second")
    path = make_collection(tmp_path / "collection", [first])

    def interrupt():
        with contextlib.closing(Collection.open(path)) as other:
            assert other.write([second], encoder=CountingEncoder()).revision == 2

    with contextlib.closing(Collection.open(path)) as collection:
        new = Article(id="y", title="New")
        assert collection.write([first, new], encoder=Interrupted(interrupt)).revision == 3
    # Revision 3 is that batch: after it the articles are as it has them.
    _, records, _ = contents(path)
    assert [record["title"] for record in records.values()] == ["First", "New"]
    assert_sound(path)


def test_a_revision_is_read_at_one_moment_though_another_writes(tmp_path):
    path = make_collection(tmp_path / "collection", [Article(id="x", title="First")])
    titles = iter(["Second", "Third", "Fourth", "Fifth"])
    with contextlib.closing(Collection.open(path)) as other, contextlib.closing(Collection.open(path)) as collection:

        def interrupt(statement):
            if statement.startswith("SELECT"):
                other.write([Article(id="x", title=next(titles))], encoder=CountingEncoder())

        # Before each statement that reads, another process writes.
        collection.store.connection.set_trace_callback(interrupt)
        seen = collection.store.revision()
        collection.store.connection.set_trace_callback(None)
        assert 1 <= seen.number <= other.store.revision().number
        assert seen == collection.store.revision_at(seen.number)
