"""Files of judgements and runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.errors import InputError
from recommender.evaluation import read_qrels, read_run


def put(folder: Path, content: str | bytes, name: str = "file.trec") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def run_line(**fields: object) -> str:
    return lines({"query": "q", "article": "a", "score": 1, **fields})


def qrels_line(**fields: object) -> str:
    return lines({"query": "q", "article": "a", "grade": 1, **fields})


def test_judgements_are_read_by_query(tmp_path: Path):
    path = put(tmp_path, "q1 0 a 1\nq2\t0\tb\t-2\nq1 0 b 0")
    assert read_qrels(path) == {"q1": {"a": 1, "b": 0}, "q2": {"b": -2}}


def test_a_run_is_read_by_query_and_its_ranks_are_not(tmp_path: Path):
    path = put(tmp_path, "q1 Q0 a 9 0.5 x\nq2 Q0 b 1 -1e-3 x\nq1 Q0 b 9 2 x\n")
    assert read_run(path) == {"q1": {"a": 0.5, "b": 2.0}, "q2": {"b": -0.001}}


@pytest.mark.parametrize("name", ["file.jsonl", "file.NDJSON"])
def test_json_lines_are_equivalent(tmp_path: Path, name: str):
    assert read_qrels(put(tmp_path, qrels_line(extra=[]) + qrels_line(article="b", grade=0), name)) == {
        "q": {"a": 1, "b": 0}
    }
    assert read_run(put(tmp_path, run_line(rank=3) + run_line(article="b", score=-0.5), name)) == {
        "q": {"a": 1.0, "b": -0.5}
    }


def test_white_space_in_an_id_is_percent_encoded(tmp_path: Path):
    path = put(tmp_path, run_line(query="two words", article="a\u00a0b\n"), "run.jsonl")
    assert read_run(path) == {"two%20words": {"a%C2%A0b%0A": 1.0}}


@pytest.mark.parametrize("name", ["file.trec", "file.jsonl"])
def test_a_byte_order_mark_blank_lines_and_line_ends_of_windows_do_not_count(tmp_path: Path, name: str):
    text = "q 0 a 1\n" if name == "file.trec" else qrels_line()
    path = put(tmp_path, f"\ufeff\n{text} \t\n\n".replace("\n", "\r\n"), name)
    assert read_qrels(path) == {"q": {"a": 1}}


def test_an_empty_file_holds_nothing(tmp_path: Path):
    assert (read_qrels(put(tmp_path, "")), read_run(put(tmp_path, "\ufeff"))) == ({}, {})


def test_a_repeated_judgement_is_accepted(tmp_path: Path):
    assert read_qrels(put(tmp_path, "q 0 a 1\nq 1 a 1\n")) == {"q": {"a": 1}}


def test_letters_of_any_script_are_kept(tmp_path: Path):
    assert read_run(put(tmp_path, "é Q0 \U0001f600 1 1 x\n")) == {"é": {"\U0001f600": 1.0}}


def test_malformed_judgements_are_located_with_the_expected_form(tmp_path: Path):
    for text, said in [
        ("q 0 a 1\nq a 1\n", "line 2: malformed line; expected query 0 article grade"),
        ("q 0 a 1 1\n", "line 1: malformed line; expected query 0 article grade"),
        ("q 0 a b c 1\n", "line 1: malformed line"),
        ("\n\nq 0 a 0.5\n", "line 3: malformed line"),
        ("q 0 a 99999999999\n", "line 1: invalid grade 99999999999; expected a whole number of at most 32 bits"),
        ("q 0 a 1\nq 0 b 1\nq 0 a 2\n", "line 3: conflicting grades of a for q: 1 and 2"),
    ]:
        path = put(tmp_path, text)
        with pytest.raises(InputError) as caught:
            read_qrels(path)
        assert str(caught.value).startswith(f"{path}, {said}"), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("q Q0 a 1 x\n", "line 1: malformed line; expected query Q0 article rank score name"),
        ("q Q0 two words 1 1 x\n", "line 1: malformed line"),
        ("q Q0 a 1 high x\n", "line 1: malformed line"),
        ("q Q0 a 1 1 x\nq Q0 a 2 0 x\n", "line 2: a appears twice in the list of q; expected once"),
        *(
            (f"q Q0 a 1 {score} x\n", f"line 1: invalid score {said}; expected a finite number")
            for score, said in (("inf", "inf"), ("-Infinity", "-inf"), ("nan", "nan"), ("1e999", "inf"))
        ),
    ],
)
def test_a_malformed_run_is_located_with_the_expected_form(tmp_path: Path, text: str, said: str):
    path = put(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_run(path)
    assert str(caught.value).startswith(f"{path}, {said}")


OTHER_FORM = 'malformed line; expected {"query": "...", "article": "...", "score": "..."}'


def test_malformed_json_lines_are_located_too(tmp_path: Path):
    for text, said in [
        ("q Q0 a 1 1 x\n", OTHER_FORM),
        ("[]\n", OTHER_FORM),
        ("[" * 100_000 + "\n", OTHER_FORM),
        (lines({"query": "q", "article": "a"}), OTHER_FORM),
        (run_line(query=1), OTHER_FORM),
        (run_line(article=None), OTHER_FORM),
        (run_line(article=""), OTHER_FORM),
        (run_line(article="\ud800"), OTHER_FORM),
        (run_line(score=True), "invalid score True; expected a finite number"),
        (run_line(score="1"), "invalid score '1'; expected a finite number"),
        (run_line(score=None), "invalid score None"),
        (run_line(score=float("nan")), "invalid score nan"),
        (run_line(score=float("inf")), "invalid score inf"),
        (run_line(score=10**400), "invalid score 1000"),
    ]:
        path = put(tmp_path, run_line(article="first") + text, "run.jsonl")
        with pytest.raises(InputError) as caught:
            read_run(path)
        assert str(caught.value).startswith(f"{path}, line 2: {said}"), text


def test_a_grade_is_a_whole_number(tmp_path: Path):
    for grade in [1.0, "1", True, None, 2**31, -(10**400)]:
        path = put(tmp_path, qrels_line(grade=grade), "qrels.jsonl")
        with pytest.raises(InputError, match=r"line 1: invalid grade .*; expected a whole number of at most 32 bits"):
            pytest.fail(f"{grade!r} is read as {read_qrels(path)}")


def test_a_large_integer_score_is_accepted(tmp_path: Path):
    assert read_run(put(tmp_path, run_line(score=10**300), "run.jsonl")) == {"q": {"a": 1e300}}


@pytest.mark.parametrize("read", [read_qrels, read_run])
def test_an_unreadable_file_is_named(tmp_path: Path, read):
    with pytest.raises(InputError, match=r"nowhere: the file cannot be read: No such file or directory"):
        read(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"the file cannot be read: Is a directory"):
        read(tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path):
    path = put(tmp_path, "é 0 a 1\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"file.trec: the file is not UTF-8"):
        read_qrels(path)
