"""`related enrich` of JSON lines, and of a folder into JSON lines, as it is run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from support.enriching import Filling, Lined, address, article, json_article, json_entry, with_block

PINS = '[ranking]\nmin_score = 1\n[rules.pinned]\na = ["b"]\n'


@pytest.fixture
def lined(tmp_path: Path) -> Lined:
    """Two articles in a file of JSON lines, of which a shows b."""
    made = Lined(tmp_path)
    made.file.write_text(json_article("a") + json_article("b"), encoding="utf-8")
    (tmp_path / "related.toml").write_text(PINS, encoding="utf-8")
    return made


FILLED = json_article("a", related=[json_entry("b")]) + json_article("b", related=[])


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def enrich(related, tmp_path: Path):
    """Runs the command in the folder of the site."""

    def run(site: str, *options: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        config = () if "--config" in options or site == "site" else ("--config", "related.toml")
        done = related("enrich", site, "--collection", "collection", *config, *options, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done

    return run


# Lines.


def test_lines_are_written_to_another_file(enrich, lined: Lined, tmp_path: Path):
    before = lined.file.read_bytes()
    done = enrich("articles.jsonl", "--out", "out.jsonl")
    assert done.stdout == "filled     a  1 item\n"
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == FILLED
    assert lined.file.read_bytes() == before


def test_a_file_may_take_its_own_place(enrich, lined: Lined):
    enrich("articles.jsonl", "--out", "articles.jsonl")
    assert lined.file.read_text(encoding="utf-8") == FILLED
    done = enrich("articles.jsonl", "--out", "articles.jsonl")
    assert (done.stdout, lined.file.read_text(encoding="utf-8")) == ("", FILLED)
    assert "1 same" in done.stderr


def test_on_stdout_there_are_lines_and_nothing_else(enrich, lined: Lined):
    assert enrich("articles.jsonl", "--out", "-").stdout == FILLED


def test_a_pipe_is_written_to_and_stays(enrich, lined: Lined, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    enrich("articles.jsonl", "--out", "pipe")
    reader.join(timeout=60)
    assert read == [FILLED]
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_stdout_is_said(lined: Lined, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "recommender.cli", "enrich", "articles.jsonl", "--collection", "collection"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*command, "--out", "-"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: stdout: the output cannot be written: ")


def test_the_report_is_a_page_of_its_own(enrich, lined: Lined, tmp_path: Path):
    enrich("articles.jsonl", "--out", "out.jsonl", "--report", "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<title>Related articles of articles.jsonl</title>" in page
    assert "1 of 2 that were asked for" in page


def test_the_report_may_be_stdout_and_then_it_is_alone_there(enrich, folder: Filling):
    page = enrich("site", "--report", "-").stdout
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert "<li>c.md</li>" in page


def test_broken_lines_are_passed_on_and_listed(enrich, lined: Lined, tmp_path: Path):
    lined.file.write_text("{]\n" + json_article("a") + json_article("new") + "\n{", encoding="utf-8")
    done = enrich("articles.jsonl", "--out", "out.jsonl", code=3)
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == (
        "{]\n" + json_article("a", related=[json_entry("b")]) + json_article("new") + "\n{"
    )
    problems = [line for line in done.stderr.splitlines() if line.startswith("problem: ")]
    assert [line.split(":")[1] for line in problems] == [f" articles.jsonl, line {number}" for number in (1, 3, 5)]
    assert "the article new is not in the collection (hint: build the collection again" in problems[1]


def test_what_is_kept_is_listed_until_it_is_taken_over(enrich, lined: Lined, tmp_path: Path):
    theirs = json_article("a", related=["Theirs"])
    lined.file.write_text(theirs, encoding="utf-8")
    done = enrich("articles.jsonl", "--out", "out.jsonl")
    assert done.stderr.startswith("kept: a has a related field that this command did not write\n")
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == theirs
    assert enrich("articles.jsonl", "--out", "out.jsonl", "--overwrite").stdout == "taken over a  1 item\n"


@pytest.mark.parametrize(("option", "code"), [("--dry-run", 0), ("--check", 4)])
@pytest.mark.parametrize("out", [[], ["--out", "out.jsonl"]])
def test_without_writing_it_is_said_what_would_change(
    enrich, lined: Lined, tmp_path: Path, option: str, code: int, out: list[str]
):
    before = snapshot(tmp_path)
    assert enrich("articles.jsonl", option, *out, code=code).stdout == "filled     a  1 item\n"
    assert snapshot(tmp_path) == before


def test_a_check_of_what_was_written_finds_nothing(enrich, lined: Lined):
    enrich("articles.jsonl", "--out", "articles.jsonl")
    assert enrich("articles.jsonl", "--check").stdout == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "name another file with --out F, or - for stdout"),
        (["--out", "out.jsonl", "--changed-since", "P1D"], "the lines of a .jsonl file have none"),
        (["--out", "out.jsonl", "--limit", "1"], "--out writes every article"),
        (["--out", "-", "--report", "-"], "--out and --report name the same file"),
        (["--check", "--limit", "1"], "--limit is for files that are changed in place"),
    ],
)
def test_what_lines_can_not_do_is_wrong_usage(enrich, lined: Lined, tmp_path: Path, options: list[str], message: str):
    before = snapshot(tmp_path)
    done = enrich("articles.jsonl", *options, code=2)
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert snapshot(tmp_path) == before


def test_an_error_leaves_the_old_file(enrich, lined: Lined, tmp_path: Path):
    (tmp_path / "out.jsonl").write_text("old\n", encoding="utf-8")
    (tmp_path / ".related").write_text("in the way of the record", encoding="utf-8")
    before = snapshot(tmp_path)
    done = enrich("articles.jsonl", "--out", "out.jsonl", code=1)
    assert done.stderr.startswith("error: .related/")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("out", ["nowhere/out.jsonl", "collection"])
def test_a_place_that_can_not_be_written_to_is_said_in_one_line(enrich, lined: Lined, tmp_path: Path, out: str):
    files = {path for path in snapshot(tmp_path) if ".related" not in path.parts}
    done = enrich("articles.jsonl", "--out", out, code=1)
    assert done.stderr.startswith(f"error: {out}: the file cannot be written: ")
    assert {path for path in snapshot(tmp_path) if ".related" not in path.parts} == files


# A folder.


@pytest.fixture
def folder(tmp_path: Path) -> Filling:
    """Articles of which a shows b, and c has a list of its own."""
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name in "ab":
        made.write(f"{name}.md", article(name.upper()))
    made.write("c.md", with_block(article("C"), "Theirs"))
    made.build()
    made.write("related.toml", PINS)
    return made


EXPORTED = [
    {"id": "a", "path": "a.md", "related": [{"title": "B", "webUrl": address("B"), "id": "b"}]},
    {"id": "b", "path": "b.md", "related": []},
    {"id": "c", "path": "c.md", "related": [{"title": "Theirs", "webUrl": address("Theirs")}]},
]


def test_a_folder_gives_one_line_per_article_and_stays_as_it_is(enrich, folder: Filling, tmp_path: Path):
    before = snapshot(folder.site)
    done = enrich("site", "--out", "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == EXPORTED
    assert "kept: c.md has a related field" in done.stderr
    assert snapshot(folder.site) == before


def test_a_folder_that_is_filled_gives_the_same(enrich, folder: Filling):
    enrich("site")
    done = enrich("site", "--out", "-")
    assert [json.loads(line) for line in done.stdout.splitlines()] == EXPORTED


def test_some_of_a_folder_may_be_chosen_and_taken_over(enrich, folder: Filling):
    done = enrich("site", "--out", "-", "--only", "c.md", "--overwrite")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"id": "c", "path": "c.md", "related": []}]


def test_a_field_that_can_not_be_read_is_listed_and_gives_no_line(enrich, folder: Filling):
    crooked = "---\ntitle: C\nrelated:\n    - title: x\n   - title: y\n---\n"
    file = folder.write("c.md", crooked)
    done = enrich("site", "--out", "-", code=3)
    assert [json.loads(line) for line in done.stdout.splitlines()] == EXPORTED[:2]
    assert done.stderr.startswith(f"problem: {file.relative_to(folder.site.parent)}: the related field cannot be read")


def test_a_folder_has_no_limit_with_out(enrich, folder: Filling):
    assert "--out writes every article" in " ".join(enrich("site", "--out", "-", "--limit", 1, code=2).stderr.split())
