"""`related judge` as it is run; what it serves is tested with the service."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.encoders import CountingEncoder

from recommender.build import build
from recommender.cli import judge as judge_command
from recommender.config import Settings
from recommender.doctor import examine
from recommender.evaluation import Judgements, krippendorff_alpha, read_judgements, read_qrels
from service.judging import Plan


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


@pytest.fixture
def several(tmp_path: Path) -> list[Path]:
    """Judgements of three judges, in two files."""
    files = [tmp_path / "judgements.jsonl", tmp_path / "other.jsonl"]
    for file, judge, grades in (
        (files[0], "", (2, 0, 1)),
        (files[0], "anna", (2, 1, "unsure")),
        (files[1], "ben", (2, 2)),
    ):
        with Judgements(file, judge) as judgements:
            for article, grade in zip("abc", grades, strict=False):
                judgements.grade("q 1", article, grade)
    return files


def test_the_grades_of_several_judges_are_merged_to_the_lower_median(related, several: list[Path]):
    first, second = several
    done = related("judge", "--export", "--judgements", first)
    assert done.stdout == "q%201 0 a 2\nq%201 0 b 0\nq%201 0 c 1\n"
    done = related("judge", "--export", "--judgements", first, "--judgements", second)
    assert done.stdout == "q%201 0 a 2\nq%201 0 b 1\nq%201 0 c 1\n"


def test_agreement_is_printed_with_what_judges_differ_on(related, several: list[Path]):
    named = [argument for file in several for argument in ("--judgements", file)]
    done = related("judge", "--agreement", *named)
    assert (done.returncode, done.stderr) == (0, "")
    first, *others = done.stdout.splitlines()
    alpha = krippendorff_alpha([[2, 2, 2], [0, 1, 2], [1]])
    assert first == f"Krippendorff's alpha (ordinal) {alpha:.3f}"
    assert others == [
        "3 judges, 3 pairs graded, 2 of them by two or more, 1 unsure",
        "",
        "graded differently: 1 pair",
        "  q%201 b: (unnamed) 0, anna 1, ben 2",
    ]
    # Beside the judgements, which are the data, it is a message.
    both = related("judge", "--export", "--agreement", *named)
    assert both.stdout == related("judge", "--export", *named).stdout
    assert both.stderr == f"3 judgements\n{done.stdout}"


def test_one_judge_alone_agrees_with_nobody(related, judged: Path):
    done = related("judge", "--agreement", "--judgements", judged)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "Krippendorff's alpha (ordinal) is not defined: no pair was graded by two judges",
    )


def test_wrong_usage_exits_with_two(related, tmp_path: Path):
    for arguments, said in [
        ([], "the collection is missing"),
        (["--export"], "the collection is missing"),
        (["--judgements", "j.jsonl"], "the collection is missing"),
        (["--export", "--collection", "c", "--run", "a.trec"], "cannot be combined with --queries or --run"),
        (["--export", "--collection", "c", "--judge", "anna"], "cannot be combined with --judge"),
        (["--agreement", "--collection", "c", "--run", "a.trec"], "--agreement is of all grades"),
        (["--collection", "c", "--judgements", "a", "--judgements", "b"], "grades are kept in one file"),
        (["--collection", "c", "--judge", " "], "invalid name of a judge"),
        (["--collection", "c", "--order", "random"], "--order"),
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


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Has a session end where it would be served; the plans of those sessions."""
    plans: list[Plan] = []
    monkeypatch.setattr(judge_command, "serve_until_stopped", lambda host, port: plans.append(read_plan()))
    return plans


def read_plan() -> Plan:
    return Plan.model_validate_json(Path(os.environ["RELATED_JUDGING"]).read_bytes())


def test_a_run_that_does_not_answer_every_article_is_named(
    related, site_collection: Path, tmp_path: Path, unserved: list[Plan]
):
    queries, run, grades = tmp_path / "queries.txt", tmp_path / "a.trec", tmp_path / "judgements.jsonl"
    queries.write_text(first_id(site_collection), encoding="utf-8")
    run.write_text("other Q0 a 1 1 x\n", encoding="utf-8")
    arguments = ("--queries", queries, "--run", run, "--judgements", grades)
    done = related("judge", "--collection", site_collection, *arguments)
    assert done.returncode == 0
    first, second, third = done.stderr.splitlines()
    assert first == f"note: {run} has 0 of the 1 query articles"
    assert second == f"1 query articles, 0 judgements in {grades}"
    assert third.startswith("judge at http://127.0.0.1:8000/judge#key=")
    assert len(unserved) == 1


def test_a_named_judge_begins_with_what_is_uncertain(related, site_copy: Path, unserved: list[Plan]):
    from recommender.evaluation.pooling import sample_queries, uncertain_first
    from recommender.related.recommender import Recommender

    arguments = ("--judge", "anna", "--order", "uncertain", "--number", 8, "--depth", 5)
    done = related("judge", "--collection", site_copy, *arguments)
    assert f"8 query articles, 0 judgements of anna in {site_copy / 'judgements.jsonl'}" in done.stderr
    (plan,) = unserved
    assert plan.judge == "anna"
    with contextlib.closing(Recommender.open(site_copy)) as opened:
        with opened.collection.reading() as index:
            sample = sample_queries(index.ids(), 8)
        assert plan.queries == uncertain_first(opened, sample, 5) != sample


def test_a_second_session_on_the_same_grades_is_refused(related, site_copy: Path, unserved: list[Plan]):
    with Judgements(site_copy / "judgements.jsonl"):
        done = related("judge", "--collection", site_copy, "--port", 1)
    assert (done.returncode, done.stdout) == (1, "")
    assert "another session is adding to these judgements (hint: stop it, or name another file" in done.stderr
    assert unserved == []


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
