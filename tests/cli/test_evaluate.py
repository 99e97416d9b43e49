"""`related evaluate` as it is run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

BEYOND = {"coverage", "gini", "diversity", "novelty", "age_days", "duplicates"}


@pytest.fixture(scope="module")
def runs(related, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs over the sample site: dense.trec, lexical.trec and shown.trec."""
    folder = tmp_path_factory.mktemp("runs")
    for name, *options in (("dense", "--scorer", "dense"), ("lexical", "--scorer", "lexical"), ("shown", "--as-shown")):
        done = related("run", "--collection", site_collection, "-k", 20, *options)
        (folder / f"{name}.trec").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def qrels(root: Path) -> Path:
    return root / "data" / "qrels" / "site.qrels"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with judgements of two articles and runs a, b and empty."""
    (tmp_path / "qrels").write_text("p 0 x 1\np 0 y 0\nq 0 x 1\nq 0 y 1\n", encoding="utf-8")
    (tmp_path / "a").write_text("p Q0 x 1 2 a\nq Q0 z 1 2 a\nq Q0 y 2 1 a\n", encoding="utf-8")
    (tmp_path / "b").write_text("p Q0 y 1 2 b\np Q0 x 2 1 b\nq Q0 x 1 1 b\n", encoding="utf-8")
    (tmp_path / "empty").write_text("", encoding="utf-8")
    return tmp_path


def figures(done: subprocess.CompletedProcess[str]) -> dict:
    """What a command printed as JSON, and nothing else."""
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def means(done: subprocess.CompletedProcess[str], metric: str) -> dict[str, float]:
    return {system["name"]: system[metric]["mean"] for system in figures(done)["systems"]}


# What is printed.


def test_a_table_has_a_line_for_each_run_and_measure(related, small: Path):
    done = related("evaluate", "qrels", "a", "b", "--metrics", "MRR,hit@1,P@2", cwd=small)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "2 judged queries; each figure with its 95 % interval",
        "     MRR                      hit@1                    P@2",
        "a    0.7500 [0.5000, 1.0000]  0.5000 [0.0000, 1.0000]  0.5000 [0.5000, 0.5000]",
        "b    0.7500 [0.5000, 1.0000]  0.5000 [0.0000, 1.0000]  0.5000 [0.5000, 0.5000]",
        "",
        "b against a",
        "  MRR        +0.0000 [-0.5000, +0.5000]  p = 1.00",
        "  hit@1      +0.0000 [-1.0000, +1.0000]  p = 1.00",
        "  P@2        +0.0000 [+0.0000, +0.0000]  p = 1.00",
        "  gained most +0.5000  q",
        "  lost most   -0.5000  p",
    ]


def test_the_sample_sites_lists_are_good(related, runs: Path, qrels: Path):
    found = means(related("evaluate", qrels, *sorted(runs.iterdir()), "--format", "json"), "nDCG@10")
    assert list(found) == ["dense.trec", "lexical.trec", "shown.trec"]
    assert found["dense.trec"] > 0.9
    assert found["dense.trec"] > found["lexical.trec"] > 0.7


def test_json_has_figures_comparisons_and_slices(related, runs: Path, qrels: Path, site_collection: Path):
    written = figures(
        related(
            *("evaluate", qrels, runs / "dense.trec", runs / "lexical.trec"),
            *("--collection", site_collection, "--format", "json"),
        )
    )
    assert written["queries"] == 74
    assert {"nDCG@10", "R@10", "MRR", "hit@1", "Judged@10"} < set(written["systems"][0])
    assert [set(system["beyond"]) for system in written["systems"]] == [BEYOND, BEYOND]
    (other,) = written["against"]
    assert other["nDCG@10"]["difference"] < 0
    assert other["nDCG@10"]["p"] < 0.05
    assert {"relevant articles", "month", "topic", "provider"} <= {part["kind"] for part in written["slices"]}


def test_with_a_collection_what_moved_has_its_title(related, runs: Path, qrels: Path, site_collection: Path):
    arguments = ("evaluate", qrels, runs / "dense.trec", runs / "lexical.trec")
    plain = related(*arguments).stdout
    titled = related(*arguments, "--collection", site_collection).stdout
    query = re.search(r"  lost most   -\d\.\d{4}  (\S+)\n", plain)
    assert query
    assert re.search(rf"  lost most   -\d\.\d{{4}}  {re.escape(query[1])}  \w.*\n", titled)
    assert "beyond accuracy, dense.trec: coverage 0." in titled
    assert "nDCG@10 by slice: dense.trec, lexical.trec\n" in titled


def test_the_same_files_give_the_same_figures(related, small: Path):
    first = related("evaluate", "qrels", "a", "b", "empty", cwd=small)
    assert first.stdout == related("evaluate", "qrels", "a", "b", "empty", cwd=small).stdout


# What is measured.


def test_a_query_that_is_not_answered_counts_0(related, small: Path):
    done = related("evaluate", "qrels", "empty", "a", "--metrics", "MRR", "--format", "json", cwd=small)
    assert means(done, "MRR") == {"empty": 0, "a": 0.75}


def test_queries_with_many_relevant_articles_can_be_left_out(related, small: Path):
    options = ("--metrics", "hit@1", "--format", "json", "--max-relevant")
    assert means(related("evaluate", "qrels", "a", *options, 1, cwd=small), "hit@1") == {"a": 1}
    assert means(related("evaluate", "qrels", "a", *options, 2, cwd=small), "hit@1") == {"a": 0.5}


def test_measures_are_in_the_order_that_they_are_named(related, small: Path):
    done = related("evaluate", "qrels", "a", "--metrics", "map, p@1,NDCG@3,MAP", cwd=small)
    assert done.stdout.splitlines()[1].split() == ["MAP", "P@1", "nDCG@3"]


def test_json_lines_are_measured_too(related, small: Path):
    (small / "a.jsonl").write_text('{"query": "p", "article": "x", "score": 1}\n', encoding="utf-8")
    done = related("evaluate", "qrels", "a.jsonl", "--metrics", "hit@1", "--format", "json", cwd=small)
    assert means(done, "hit@1") == {"a.jsonl": 0.5}


# The report.


def test_the_report_is_written_beside_the_table(related, runs: Path, qrels: Path, site_collection: Path, tmp_path):
    report = tmp_path / "report.html"
    arguments = ("evaluate", qrels, runs / "dense.trec", runs / "shown.trec", "--collection", site_collection)
    done = related(*arguments, "--html", report)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == related(*arguments).stdout
    html = report.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "shown.trec against dense.trec" in html
    assert list(tmp_path.iterdir()) == [report]


def test_the_report_alone_can_be_printed(related, small: Path):
    done = related("evaluate", "qrels", "a", "b", "--html", "-", cwd=small)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.endswith("</html>")


def test_a_report_that_can_not_be_written_is_an_error(related, small: Path):
    done = related("evaluate", "qrels", "a", "--html", "nowhere/report.html", cwd=small)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: nowhere/report.html: the file cannot be written: No such file or directory\n"


def test_a_reader_that_goes_away_is_told_nothing(runs: Path, qrels: Path):
    command = [sys.executable, "-m", "recommender.cli", "evaluate", qrels, *sorted(runs.iterdir()), "--html", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")


# What is wrong.


def test_what_can_not_be_measured_is_one_line_and_exits_with_one(related, small: Path):
    for arguments, said in [
        (["nowhere", "a"], "nowhere: the file cannot be read: No such file or directory"),
        (["qrels", "nowhere"], "nowhere: the file cannot be read: No such file or directory"),
        (["a", "a"], "a, line 1: malformed line; expected query 0 article grade"),
        (["qrels", "a", "qrels2"], "qrels2, line 1: malformed line; expected query Q0 article rank score"),
        (["empty", "a"], "no query has a relevant article; expected judgements with a grade above 0"),
        (["qrels", "a", "--metrics", "F1"], "unknown metric 'F1'; expected some of nDCG@k, R@k"),
        (["qrels", "a", "--metrics", "MRR,"], "unknown metric ''; expected some of nDCG@k, R@k"),
        (
            ["qrels", "a", "--collection", "nowhere"],
            "there is no collection here (hint: make one: related build SOURCE",
        ),
    ]:
        (small / "qrels2").write_bytes((small / "qrels").read_bytes())
        done = related("evaluate", *arguments, cwd=small)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert done.stderr.startswith("error: "), arguments
        assert done.stderr.count("\n") == 1, arguments
        assert said in done.stderr, arguments


def test_wrong_usage_exits_with_two(related, small: Path):
    for arguments, said in [
        (["qrels"], "Missing argument 'RUN'"),
        (
            ["qrels", "a", "--max-relevant", "0"],
            "Invalid value for '--max-relevant': Input should be greater than or equal to 1",
        ),
        (["qrels", "a", "--format", "csv"], "'csv' is not one of 'table', 'json'"),
        (["qrels", "a", "other/a"], "two runs have the same file name; expected distinct names"),
    ]:
        done = related("evaluate", *arguments, cwd=small)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert said in " ".join(done.stderr.replace("│", " ").split()), arguments
