"""Locks between processes: held alone or together, and let go by whoever ends."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from recommender.store import locks
from recommender.store.locks import exclusive, hold_shared, unless_held

HOLDER = """
import sys
from pathlib import Path
from recommender.store.locks import exclusive
with exclusive(Path(sys.argv[1]), wait=False) as held:
    print(held, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "lock"
    made.touch()
    return made


@pytest.fixture
def holder(file):
    """Another process that holds the file alone."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("wait", [False, True])
def test_a_free_file_is_held(file, wait):
    with exclusive(file, wait=wait) as held:
        assert held


def test_a_file_that_is_not_there_is_made(tmp_path):
    with exclusive(tmp_path / "new", wait=False):
        assert (tmp_path / "new").exists()


def test_a_file_that_can_not_be_made_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), exclusive(tmp_path / "nowhere" / "lock", wait=False):
        pass


def test_what_is_held_is_not_held_again(file):
    with exclusive(file, wait=False), exclusive(file, wait=False) as held:
        assert not held


def test_another_processes_lock_counts(file, holder):
    with exclusive(file, wait=False) as held:
        assert not held


def test_a_lock_ends_with_the_process_that_holds_it(file, holder):
    holder.kill()
    holder.wait()
    with exclusive(file, wait=False) as held:
        assert held


def test_who_waits_gets_the_lock_when_it_is_free(file, holder):
    got = []

    def wait():
        with exclusive(file, wait=True) as held:
            got.append(held)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert got == []
    holder.communicate("done\n")
    waiting.join()
    assert got == [True]


def test_an_error_inside_lets_go(file):
    with pytest.raises(ZeroDivisionError), exclusive(file, wait=False):
        raise ZeroDivisionError
    with exclusive(file, wait=False) as held:
        assert held


def test_many_hold_a_file_together(file):
    handles = [hold_shared(file) for _ in range(3)]
    assert len(set(handles)) == 3
    for handle in handles:
        os.close(handle)


def test_what_is_held_together_is_not_held_alone(file):
    handle = hold_shared(file)
    with exclusive(file, wait=False) as held:
        assert not held
    os.close(handle)


def test_the_last_to_let_go_frees_the_file(file):
    first, second = hold_shared(file), hold_shared(file)
    os.close(first)
    with unless_held(file) as free:
        assert not free
    os.close(second)
    with unless_held(file) as free:
        assert free


def test_a_file_that_is_not_there_can_not_be_held_together(tmp_path):
    with pytest.raises(FileNotFoundError):
        hold_shared(tmp_path / "nowhere")


def test_a_file_that_is_removed_before_it_is_held_is_not_there(file, monkeypatch):
    lock = locks._lock

    def removed_meanwhile(handle, kind):
        file.unlink()
        return lock(handle, kind)

    monkeypatch.setattr(locks, "_lock", removed_meanwhile)
    with pytest.raises(FileNotFoundError):
        hold_shared(file)


def test_a_file_that_could_not_be_held_is_not_left_open(file, monkeypatch):
    monkeypatch.setattr(locks, "_lock", lambda handle, kind: file.unlink())
    gc.collect()  # what earlier tests left open must not go meanwhile
    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(FileNotFoundError):
        hold_shared(file)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_nobody_holds_a_file_that_is_not_there(tmp_path):
    with unless_held(tmp_path / "nowhere") as free:
        assert free
    assert not (tmp_path / "nowhere").exists()


def test_nobody_can_hold_a_file_together_while_it_is_looked_at(file):
    with unless_held(file) as free:
        assert free
        with exclusive(file, wait=False) as held:
            assert not held
