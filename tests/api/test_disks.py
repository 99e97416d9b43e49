"""A service whose disk is full or cannot be written to: it answers, refuses writes, and goes on when there is room."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from support.answering import ACLU, REUTERS
from support.serving import answering, path_of, problem


def test_a_full_disk_refuses_writes_and_takes_no_answer_down(site_collection: Path, small_disk):
    disk = small_disk("6m")
    filler = disk / "filler"
    with answering(Path(shutil.copytree(site_collection, disk / "collection"))) as running:
        running.writer.put(path_of("before"), json={"title": "Before"}).raise_for_status()
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        refused = running.writer.put(path_of("full"), json={"title": "A", "body": "x" * 100_000})
        problem(refused, "unusable")
        assert int(refused.headers["retry-after"]) >= 1
        assert running.related(ACLU).json()["related"][0]["id"] == REUTERS
        assert running.client.get(path_of("before")).status_code == 200
        problem(running.client.get(path_of("full")), "not-found")
        assert running.client.get("/metrics").status_code == 200
        filler.unlink()
        running.writer.put(path_of("full"), json={"title": "A"}).raise_for_status()
        assert running.client.get(path_of("full")).status_code == 200


def test_a_folder_that_cannot_be_written_to_is_served(site_collection: Path, read_only_copy):
    with answering(read_only_copy(site_collection)) as running:
        assert running.related(ACLU).json()["related"][0]["id"] == REUTERS
        problem(running.writer.put(path_of("a"), json={"title": "A"}), "unusable")
        problem(running.writer.delete(path_of(ACLU)), "unusable")
        assert running.client.get("/health/ready").status_code == 200
        assert "related_disk_free_bytes" in running.client.get("/metrics").text
