"""Processes that do tasks: results in order, and whatever becomes of a process, every task is done."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.workers import CHUNK, Workers, cores

MODULE = """
import contextlib, os, sys
from recommender.workers import serve

@contextlib.contextmanager
def start(setup):
    print("nothing of this is an answer")
    if setup == "fails":
        raise RuntimeError
    def work(task):
        if task == "end":
            os._exit(3)
        return [os.getpid(), setup, task]
    yield work

serve(start)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "doing.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return "doing"


def here(task: object) -> list[object]:
    return [os.getpid(), "here", task]


def test_results_come_in_order_wherever_they_are_made(module: str):
    tasks = list(range(40 * CHUNK))
    with Workers(module, "there", 2) as workers:
        found = list(workers.each(tasks, here))
    assert [task for _, _, task in found] == tasks
    assert {where for _, where, _ in found} <= {"here", "there"}


def test_a_process_does_what_it_is_given(module: str):
    with Workers(module, "there", 1) as workers:
        work = workers.begin(["a", "\ud800"])
        [first, second] = workers.results(work, here)
    assert first[0] != os.getpid()
    assert (first[1:], second[2]) == (["there", "a"], "\ud800")


def test_messages_larger_than_a_pipe_come_through(module: str):
    long = "x" * 300_000
    with Workers(module, "there", 1) as workers:
        works = [workers.begin([long, number]) for number in range(4)]
        found = [workers.results(work, here) for work in works]
    assert [[result[2] for result in results] for results in found] == [[long, number] for number in range(4)]


def test_what_a_process_leaves_when_it_ends_is_done_here(module: str):
    tasks = [*range(5), "end", *range(200)]
    with Workers(module, "there", 2) as workers:
        assert [task for _, _, task in workers.each(tasks, here)] == tasks


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_process_that_works_all_is_done_here(module: str, count: int):
    with Workers(module, "fails", count) as workers:
        assert list(workers.each(range(50), here)) == [here(task) for task in range(50)]


def test_a_module_that_is_missing_costs_nothing():
    with Workers("recommender.nowhere", None, 1) as workers:
        assert list(workers.each(range(3), here)) == [here(task) for task in range(3)]


def test_an_error_here_is_raised_when_it_is_its_turn(module: str):
    def fails(task: int) -> list[object]:
        if task == 7:
            raise ValueError
        return here(task)

    with Workers(module, "fails", 1) as workers:
        each = workers.each(range(20 * CHUNK), fails)
        with pytest.raises(ValueError):
            list(each)


def test_there_is_a_processor():
    assert cores() >= 1


def test_a_process_that_ended_unnoticed_is_not_written_to_again(module: str):
    with Workers(module, "there", 1) as workers:
        [[pid, _, _]] = workers.results(workers.begin(["a"]), here)
        os.kill(pid, signal.SIGKILL)
        workers._processes[0]._process.wait()
        works = [workers.begin([number]) for number in range(5)]
        assert [workers.results(work, here)[0] for work in works] == [here(number) for number in range(5)]
