"""`related build` as it is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.serving import listening

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder


def put(path: Path, title: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\ntitle: {title}\n---\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(6):
        put(tmp_path / "site" / f"{number}.md", f"Story number {number}")
    return tmp_path / "site"


@pytest.fixture
def built(tmp_path: Path, folder: Path, counting_encoder: Encoder) -> Path:
    """A collection of `folder`; no model has the encoder that it records, so nothing can be encoded for it."""
    build([folder], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    return tmp_path / "collection"


def error_line(done) -> str:
    """The one line that a command printed before it exited with 1."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_build_prints_its_revision_and_a_summary_and_what_it_left_out(related_process, folder: Path, tmp_path: Path):
    (folder / "0.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    put(folder / "draft.md", "Not yet\ndraft: true")
    done = related_process("build", "site", "--collection", "made", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout == "revision 1: 5 written, 0 deleted\n"
    found, *warnings, problem, summary = done.stderr.splitlines()
    assert found == "site: markdown (no generator was recognised), 5 articles read; skipped: 1 draft"
    assert warnings[0].startswith("warning: 5 of 5 articles have no address, so nothing can link to them (hint: ")
    assert all(line.startswith("warning: ") for line in warnings)
    assert problem.startswith("problem: site/0.md, line ")
    assert summary == (
        "5 articles at revision 1: 5 written, 0 deleted, 5 texts encoded, 5 read, 0 unchanged, 1 problems"
    )
    opened = Collection.open(tmp_path / "made")
    assert opened.store.encoding.settings.model == "default"
    opened.close()


def test_a_build_of_nothing_new_prints_a_summary_alone(related, folder: Path, built: Path):
    done = related("build", folder, "--collection", built)
    assert (done.returncode, done.stdout) == (0, "")
    summary = done.stderr.splitlines()[-1]
    assert summary.startswith("6 articles at revision 1: 0 written, 0 deleted, 0 texts encoded")


def test_values_that_were_lost_are_noted_and_cost_no_article(related, folder: Path, built: Path):
    put(folder / "0.md", "Story number 0\ndate: soon\ntags: [null]")
    done = related("build", folder, "--collection", built)
    assert done.returncode == 0
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert len(notes) == 2
    assert notes[0].startswith('note: 1 value of date could not be read and is left out: date is "soon" in ')
    assert "0 problems" in done.stderr.splitlines()[-1]


def test_a_deletion_is_a_revision(related, folder: Path, built: Path):
    (folder / "3.md").unlink()
    done = related("build", folder, "--collection", built)
    assert (done.returncode, done.stdout) == (0, "revision 2: 0 written, 1 deleted\n")


def test_many_deletions_need_an_option(related, folder: Path, built: Path):
    for name in ("1.md", "2.md"):
        (folder / name).unlink()
    text = error_line(related("build", folder, "--collection", built))
    assert "2 of 6 articles are gone" in text
    assert text.endswith("(hint: add --allow-deletions if that is right)\n")
    assert related("build", folder, "--collection", built, "--allow-deletions").returncode == 0


def test_articles_that_are_kept_are_counted(related, folder: Path, built: Path):
    (folder / "1.md").unlink()
    (folder / "2.md").write_text("---\nnever closed", encoding="utf-8")
    done = related("build", folder, "--collection", built)
    assert done.returncode == 3
    assert "kept: 2 articles that seem gone, because part of their source could not be read\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere: there is no such file or folder (hint: check the SOURCE path)"),
        (["site/1.md", "notes.csv"], "notes.csv: unknown kind of file; expected a site's folder, "),
        (["site", "site"], "the source lies within another one"),
        (["site", "--model", "./nowhere"], "model: there is no model folder ./nowhere"),
        (["site", "--model", "no-such/model"], "model: there is no folder no-such/model, and the model hub cannot be"),
        (["site", "--model", "site"], "the folder has no model"),
        (["site", "--config", "nowhere.toml"], "nowhere.toml: the settings cannot be read: No such file or directory"),
        (["site", "--config", "notes.csv"], "notes.csv: the settings cannot be read: Expected '='"),
        (
            ["site", "--config", "bad.toml"],
            "bad.toml: unknown setting ranking.cosin (hint: did you mean ranking.cosine?",
        ),
        (
            ["site", "--collection", "site"],
            "site: the folder has other contents, such as 0.md; expected an empty or new",
        ),
    ],
)
def test_what_can_not_be_done_is_one_line_and_exits_with_one(
    related, folder: Path, tmp_path: Path, arguments: list[str], said: str
):
    (tmp_path / "notes.csv").write_text("to be written", encoding="utf-8")
    (tmp_path / "bad.toml").write_text("[ranking]\ncosin = 1\n", encoding="utf-8")
    done = related("build", "--collection", "made", *arguments, cwd=tmp_path)
    assert said in error_line(done)


def test_another_model_is_refused_with_a_hint(related, folder: Path, built: Path, tmp_path: Path):
    config = tmp_path / "other.toml"
    config.write_text("[encoder]\nmax_seq_length = 64\n", encoding="utf-8")
    text = error_line(related("build", folder, "--collection", built, "--config", config))
    assert "the collection was built with the model default (counting-encoder), not with default (" in text
    assert "hint: add --recreate" in text


def test_what_else_was_left_out_is_listed_where_deletions_are_refused(
    related, folder: Path, built: Path, tmp_path: Path
):
    for file in folder.glob("*.md"):
        file.unlink()
    (tmp_path / "broken.md").write_text("---\nnever closed", encoding="utf-8")
    done = related("build", folder, tmp_path / "broken.md", "--collection", built)
    assert done.returncode == 1
    assert "problem: " in done.stderr
    assert "broken.md: the front matter is never closed" in done.stderr
    assert "are gone from this source" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_traceback_is_shown_with_debug_alone(related, tmp_path: Path, place: str):
    arguments = ["build", "nowhere", "--collection", "made"]
    arguments = ["--debug", *arguments] if place == "before" else [*arguments, "--debug"]
    done = related(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "recommender.errors.SourceError: nowhere: there is no such file or folder" in done.stderr


def test_a_damaged_collection_can_be_recreated(related, built: Path, folder: Path):
    (built / "articles.db").write_bytes(b"no database" * 1000)
    for suffix in ("-wal", "-shm"):
        (built / f"articles.db{suffix}").unlink(missing_ok=True)
    assert related("build", folder, "--collection", built, "--recreate").returncode == 0


def test_a_revision_is_printed_when_it_is_committed(folder: Path, tmp_path: Path, counting_encoder: Encoder):
    first = tmp_path / "first"
    put(first / "a.md", "Here to be deleted")
    for number in range(5):
        put(first / f"b{number}.md", f"Here to stay {number}")
    build([first], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    (first / "a.md").unlink()
    # The second source is a pipe: the build waits there until it is closed.
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "recommender.cli", "build", first, pipe, "--collection", tmp_path / "collection"]
    output = tmp_path / "output"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with (
        output.open("wb") as stdout,
        subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, env=environment) as process,
    ):
        try:
            # Opening waits for the other side, which by then has committed the deletion.
            with pipe.open("wb"):
                printed = output.read_text(encoding="utf-8")
        finally:
            process.communicate(timeout=60)
    assert printed == "revision 2: 0 written, 1 deleted\n"


def test_an_empty_collection_is_made_and_filled_over_http(related, tmp_path: Path):
    done = related("build", "--empty", "--collection", "made", cwd=tmp_path)
    assert done.returncode == 0
    assert "0 articles at revision 0" in done.stderr
    with listening(tmp_path / "made", warm_model=False) as server:
        written = server.writer.put("/v1/articles/7", json={"title": "Bees on the town hall"})
        assert written.json() == {"id": "7", "status": "written", "revision": 1}
        assert server.related("7").json()["related"] == []


@pytest.mark.parametrize("arguments", [[], ["site", "--empty"]], ids=["nothing", "both"])
def test_a_source_or_empty_is_needed(related, tmp_path: Path, arguments: list[str]):
    done = related("build", *arguments, "--collection", "made", cwd=tmp_path)
    assert done.returncode == 2
    assert "--empty" in done.stderr
    assert not (tmp_path / "made").exists()
