"""The command in a process of its own: its exit codes, its streams, and its locale."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.build import build
from recommender.config import Settings
from recommender.embedding import Encoder


@pytest.fixture
def collection(tmp_path: Path, counting_encoder: Encoder) -> Path:
    source = tmp_path / "articles.jsonl"
    articles = [{"id": "a", "title": "Malmö – £17m tram"}, {"id": "b", "title": "Harbour tram"}]
    source.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    build([source], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    return tmp_path / "collection"


def test_the_module_is_the_command(related_process):
    done = related_process("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_wrong_usage_exits_with_two(related_process, tmp_path: Path):
    done = related_process("build", "--collection", "c", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_an_error_is_one_line_and_exits_with_one(related_process, tmp_path: Path):
    done = related_process("export", "--collection", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("error: nowhere: there is no collection here")


def test_output_is_utf8_in_a_plain_locale(related_process, collection: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
    for output in ("table", "json"):
        done = related_process("query", "b", "--collection", collection, "--min-score", 0, "--format", output)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Malmö – £17m tram" in done.stdout


def test_an_id_that_is_not_utf8_is_one_line(related_process, collection: Path):
    done = related_process("query", "\udcff", "--collection", collection)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_stdout_is_one_line(collection: Path, monkeypatch: pytest.MonkeyPatch):
    # Buffered, as in a shell: what cannot be written must not fail again at exit.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "recommender.cli", "query", "b", "--collection", collection]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("error: stdout: the output cannot be written: ")
