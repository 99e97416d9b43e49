"""File states, and when they prove that a file has not changed."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from recommender.sources.base import FileState, reason

NOW_NS = time.time_ns()
LONG_AGO_NS = NOW_NS - 3600 * 10**9
IN_AN_HOUR_NS = NOW_NS + 3600 * 10**9


def test_a_state_is_size_times_and_inode(tmp_path: Path):
    file = tmp_path / "a.md"
    file.write_bytes(b"12345")
    stat = file.stat()
    assert FileState.of(stat) == FileState(5, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def test_a_file_left_alone_keeps_its_state(tmp_path: Path):
    file = tmp_path / "a.md"
    file.write_bytes(b"12345")
    before = FileState.of(file.stat())
    file.read_bytes()
    assert FileState.of(file.stat()) == before


def test_a_file_that_took_the_place_of_another_has_another_state(tmp_path: Path):
    file, other = tmp_path / "a.md", tmp_path / "b.md"
    file.write_bytes(b"12345")
    other.write_bytes(b"54321")
    before = file.stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)
    assert FileState.of(file.stat()) != FileState.of(before)


@pytest.mark.parametrize(
    ("mtime_ns", "ctime_ns", "settled"),
    [
        (LONG_AGO_NS, LONG_AGO_NS, True),
        (IN_AN_HOUR_NS, LONG_AGO_NS, False),
        (LONG_AGO_NS, IN_AN_HOUR_NS, False),
    ],
    ids=["both", "changed ahead", "dated ahead"],
)
def test_a_file_is_settled_once_both_its_times_lie_back(mtime_ns: int, ctime_ns: int, settled: bool):
    assert FileState(1, mtime_ns, ctime_ns, 1).is_settled() is settled


def test_a_file_dated_ahead_is_not_settled(tmp_path: Path):
    file = tmp_path / "a.md"
    file.write_bytes(b"1")
    os.utime(file, ns=(IN_AN_HOUR_NS, IN_AN_HOUR_NS))
    assert not FileState.of(file.stat()).is_settled()


def test_a_reason_is_what_the_system_said_alone():
    assert reason(OSError(errno.ENOENT, os.strerror(errno.ENOENT), "/a/b")) == "No such file or directory"


def test_an_error_without_a_number_gives_its_text():
    assert reason(OSError("odd")) == "odd"
