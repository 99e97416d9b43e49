from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(site_collection: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site_collection, tmp_path / "collection"))


def test_a_sound_collection(related, folder):
    done = related("doctor", "--collection", folder)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", name] for name in ("database", "snapshots", "model", "recall", "disk")
    ]


def test_damage_is_a_line_with_a_hint_and_an_exit_code_of_1_until_it_is_repaired(related, folder):
    file = next((folder / "snapshots").rglob("text.ids.npy"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 255
    file.write_bytes(data)
    done = related("doctor", "--collection", folder, "--format", "json")
    assert done.returncode == 1
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    found = next(finding for finding in findings if finding["status"] == "problem")
    assert "text.ids.npy is damaged" in found["what"]
    assert "--repair" in found["hint"]
    done = related("doctor", "--collection", folder, "--repair")
    assert done.returncode == 0
    assert "repaired  snapshots" in done.stdout


def test_no_collection_is_an_error_of_one_line(related, tmp_path):
    done = related("doctor", "--collection", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
