"""`related judge` as it is run; what it serves is tested with the service."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.encoders import CountingEncoder
from support.serving import judging

from recommender.build import build
from recommender.config import Settings
from recommender.doctor import examine
from recommender.evaluation import Judgements, read_judgements, read_qrels


@pytest.fixture
def site_copy(site_collection: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site_collection, tmp_path / "collection"))


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """Some judgements."""
    file = tmp_path / "judgements.jsonl"
    with Judgements(file) as judgements:
        for article, grade in (("two words", 2), ("b", 0), ("c", 1), ("c", None)):
            judgements.grade("q 1", article, grade)
    return file


def test_grades_are_exported_as_qrels(related, judged: Path, tmp_path: Path):
    done = related("judge", "--export", "--judgements", judged)
    assert (done.returncode, done.stderr) == (0, "2 judgements\n")
    assert done.stdout == "q%201 0 b 0\nq%201 0 two%20words 2\n"
    (tmp_path / "qrels.txt").write_text(done.stdout, encoding="utf-8")
    assert read_qrels(tmp_path / "qrels.txt") == {"q%201": {"b": 0, "two%20words": 2}}


def test_grades_lie_in_the_collections_folder_unless_a_file_is_named(related, judged: Path):
    done = related("judge", "--export", "--collection", judged.parent)
    assert done.stdout == related("judge", "--export", "--judgements", judged).stdout


def test_without_grades_nothing_is_exported(related, tmp_path: Path):
    (tmp_path / "empty.jsonl").touch()
    done = related("judge", "--export", "--judgements", tmp_path / "empty.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "0 judgements\n")


def test_grades_are_exported_while_they_are_given(related, judged: Path):
    with Judgements(judged) as judgements:
        judgements.grade("q 1", "d", 1)
        done = related("judge", "--export", "--judgements", judged)
    assert (done.returncode, done.stdout.count("\n")) == (0, 3)


def test_wrong_usage_exits_with_two(related, tmp_path: Path):
    for arguments, said in [
        ([], "the collection is missing"),
        (["--export"], "the collection is missing"),
        (["--judgements", "j.jsonl"], "the collection is missing"),
        (["--export", "--collection", "c", "--run", "a.trec"], "cannot be combined with --queries or --run"),
        (["--collection", "c", "--depth", "0"], "--depth"),
        (["--collection", "c", "--number", "0"], "--number"),
        (["--collection", "c", "--port", "0"], "--port"),
    ]:
        done = related("judge", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in " ".join(done.stderr.replace("│", " ").split())
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--collection", "nowhere"], "nowhere: there is no collection here"),
        (["--queries", "nowhere.txt"], "nowhere.txt: the queries cannot be read"),
        (["--queries", "unknown.txt"], "unknown.txt, line 2: there is no article unknown"),
        (["--queries", "empty.txt"], "empty.txt: no query articles; expected at least one article"),
        (["--run", "nowhere.trec"], "nowhere.trec: the file cannot be read"),
        (["--run", "unknown.txt"], "unknown.txt, line 1: malformed line"),
        (["--judgements", "damaged.jsonl"], "damaged.jsonl, line 1: malformed line"),
        (["--judgements", "no/j.jsonl"], "no/j.jsonl: the judgements cannot be written: No such file"),
        (["--export", "--judgements", "no.jsonl"], "no.jsonl: the judgements cannot be read: No such file"),
        (["--export", "--judgements", "damaged.jsonl"], "damaged.jsonl, line 1: malformed line"),
    ],
)
def test_what_can_not_be_judged_is_one_line_before_anything_is_served(
    related, site_collection: Path, tmp_path: Path, arguments: list[str], said: str
):
    (tmp_path / "unknown.txt").write_text(f"{first_id(site_collection)}\nunknown\n", encoding="utf-8")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "damaged.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    kept = [] if "--judgements" in arguments else ["--judgements", tmp_path / "kept.jsonl"]
    done = related("judge", "--collection", site_collection, *kept, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


def first_id(collection: Path) -> str:
    from recommender.collection import Collection

    opened = Collection.open(collection)
    try:
        return next(opened.store.articles()).article_id
    finally:
        opened.close()


def test_a_run_that_does_not_answer_every_article_is_named(site_copy: Path, tmp_path: Path):
    queries, run = tmp_path / "queries.txt", tmp_path / "a.trec"
    queries.write_text(first_id(site_copy), encoding="utf-8")
    run.write_text("other Q0 a 1 1 x\n", encoding="utf-8")
    with judging(site_copy, "--queries", queries, "--run", run) as running:
        first, second, *_ = running.log().splitlines()
        assert first == f"note: {run} has 0 of the 1 query articles"
        assert second == f"1 query articles, 0 judgements in {site_copy / 'judgements.jsonl'}"
        assert running.stop() == 0


def test_a_second_session_on_the_same_grades_is_refused(related, site_copy: Path):
    with judging(site_copy, "--number", 1):
        done = related("judge", "--collection", site_copy, "--port", 1)
    assert (done.returncode, done.stdout) == (1, "")
    assert "another session is adding to these judgements (hint: stop it, or name another file" in done.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped(site_copy: Path, stop: signal.Signals):
    # A shell's background job has Ctrl-C turned off, and what it starts would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with judging(site_copy, "--number", 1) as running:
        running.process.send_signal(stop)
        assert running.process.wait(60) == 0
    Judgements(site_copy / "judgements.jsonl").close()


def test_without_the_services_packages_one_line_says_what_to_install(site_collection: Path):
    code = (
        "import sys; sys.modules['fastapi'] = sys.modules['pydantic_settings'] = None\n"
        f"sys.argv = ['related', 'judge', '--collection', {str(site_collection)!r}]\n"
        "from recommender.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the service needs ")
    assert done.stderr.endswith("which is not installed (hint: pip install 'related-articles[service]')\n")


# The grades outlive what is done to the collection.


def test_grades_outlive_a_new_start_a_check_and_a_lost_database(site: Path, tmp_path: Path):
    here, encoder = tmp_path / "collection", CountingEncoder()
    build([site], here, settings=Settings(), encoder=encoder)
    with Judgements(here / "judgements.jsonl") as judgements:
        judgements.grade("q", "a", 1)
    (here / ".compacting").touch()
    build([site], here, settings=Settings(), encoder=encoder, recreate=True)
    assert "problem" not in {found.status for found in examine(here, repair=True, encoder=encoder)}
    (here / "articles.db").write_bytes(b"no database" * 1000)
    for name in ("articles.db-wal", "articles.db-shm"):
        (here / name).unlink(missing_ok=True)
    assert build([site], here, settings=Settings(), encoder=encoder, recreate=True).problems == []
    assert read_judgements(here / "judgements.jsonl") == {"q": {"a": 1}}
