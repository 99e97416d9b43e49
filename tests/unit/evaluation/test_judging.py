"""The append-only judgements file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.processes import start

from recommender.errors import BusyError, ConfigError, InputError, WriteError
from recommender.evaluation import Judgement, Judgements, qrels_lines, read_judgements, read_qrels
from recommender.evaluation.judging import judge_name, merge_grades, read_judges


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "judgements.jsonl"


def line(query: str = "q", article: str = "a", grade: object = 1, **more: object) -> str:
    fields = {"query": query, "article": article, "grade": grade, "at": "2026-01-01T00:00:00Z", **more}
    return json.dumps(fields) + "\n"


def add(file: Path, *grades: tuple[str, str, Judgement | None], judge: str = "") -> None:
    with Judgements(file, judge) as judgements:
        for grade in grades:
            judgements.grade(*grade)


def test_a_grade_is_one_line_with_a_timestamp(file: Path):
    add(file, ("q", "two words", 2))
    (fields,) = map(json.loads, file.read_text().splitlines())
    assert list(fields) == ["query", "article", "grade", "at"]
    assert (fields["query"], fields["article"], fields["grade"]) == ("q", "two words", 2)
    assert fields["at"].endswith("Z")


def test_the_last_grade_of_a_pair_counts(file: Path):
    add(file, ("q", "a", 0), ("q", "b", 1), ("r", "a", 1))
    add(file, ("q", "a", 2))
    assert read_judgements(file) == {"q": {"a": 2, "b": 1}, "r": {"a": 1}}


def test_a_grade_can_be_taken_back_and_given_again(file: Path):
    with Judgements(file) as judgements:
        judgements.grade("q", "a", 2)
        judgements.grade("q", "a", None)
        assert (len(judgements), judgements.of("q")) == (0, {})
        judgements.grade("q", "never", None)
        judgements.grade("q", "a", 0)
        assert (len(judgements), judgements.of("q"), judgements.of("other")) == (1, {"a": 0}, {})
    assert len(file.read_text().splitlines()) == 4


def test_a_file_is_only_appended_to(file: Path):
    add(file, ("q", "a", 0))
    before = file.read_bytes()
    add(file, ("q", "a", 1), ("q", "a", None))
    assert file.read_bytes().startswith(before)


IDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=8)


@examples(60)
@given(st.lists(st.tuples(IDS, IDS, st.sampled_from([0, 1, 2, None])), max_size=20))
def test_grades_survive_a_round_trip(tmp_path_factory: pytest.TempPathFactory, grades):
    file = tmp_path_factory.mktemp("graded") / "judgements.jsonl"
    expected: dict[tuple[str, str], int] = {}
    for query, article, grade in grades:
        expected.pop((query, article), None)
        if grade is not None:
            expected[query, article] = grade
    add(file, *grades)
    found = read_judgements(file)
    assert {(query, article): grade for query, judged in found.items() for article, grade in judged.items()} == expected
    with Judgements(file) as judgements:
        assert len(judgements) == len(expected)


def test_qrels_are_sorted_with_white_space_encoded_and_can_be_read(file: Path, tmp_path: Path):
    add(file, ("z", "b", 1), ("two words", "é", 0), ("z", "a", 2), ("z", "gone", 1), ("z", "gone", None))
    assert list(qrels_lines(read_judgements(file))) == ["two%20words 0 é 0", "z 0 a 2", "z 0 b 1"]
    with Judgements(file) as judgements:
        (tmp_path / "qrels.txt").write_text(judgements.qrels(), encoding="utf-8")
    assert read_qrels(tmp_path / "qrels.txt") == {"two%20words": {"é": 0}, "z": {"a": 2, "b": 1}}


def test_without_grades_there_are_no_qrels(file: Path):
    with Judgements(file) as judgements:
        assert judgements.qrels() == ""


WHOLE = (line() + line(article="ö", grade=2)).encode()
LAST = line(article="last", grade=0).encode()


def test_a_torn_last_line_does_not_affect_others(file: Path):
    for written in range(len(LAST)):
        file.write_bytes(WHOLE + LAST[:written])
        known = {"a": 1, "ö": 2} | ({"last": 0} if written == len(LAST) - 1 else {})
        assert read_judgements(file) == {"q": known}, written
        add(file, ("q", "next", 1))
        assert read_judgements(file) == {"q": {**known, "next": 1}}, written
        assert file.read_bytes().startswith(WHOLE), written


def test_trailing_zeros_of_a_power_loss_are_ignored(file: Path):
    file.write_bytes(WHOLE + b"\0" * 40)
    add(file, ("q", "next", 1))
    assert read_judgements(file) == {"q": {"a": 1, "ö": 2, "next": 1}}


def test_a_killed_process_loses_no_grade_that_it_acknowledged(file: Path):
    with start("support.sudden_judge", file) as process:
        assert process.stdout is not None
        graded = [process.stdout.readline().strip() for _ in range(5)]
        process.kill()
    assert process.wait() != 0
    found = read_judgements(file)["q"]
    assert set(graded) <= set(found)
    add(file, ("q", "after", 2))
    assert read_judgements(file)["q"] == {**found, "after": 2}


def test_a_full_disk_is_an_error_and_leaves_no_half_line(small_disk):
    disk = small_disk("64k")
    file, filler = disk / "judgements.jsonl", disk / "filler"
    filler.write_bytes(b"x" * 16_384)
    with Judgements(file) as judgements:
        with pytest.raises(WriteError, match="the judgements cannot be written: No space left on device"):
            for number in range(500):
                judgements.grade("q", f"{number:0400}", number % 3)
        kept = judgements.of("q")
        assert kept
        assert file.read_bytes().endswith(b"}\n")
        filler.unlink()
        judgements.grade("q", "after", 2)
    assert read_judgements(file) == {"q": {**kept, "after": 2}}


def test_a_damaged_line_is_named_and_nothing_is_changed(file: Path):
    for damaged in [
        "{",
        "[]",
        "1",
        '{"query": "q", "article": "a"}',
        line(grade=3),
        line(grade=True),
        line(grade=1.0),
        line(grade="1"),
        line(grade="skip"),
        line(grade=["unsure"]),
        line(query=""),
        line(article=None),  # type: ignore[arg-type]
        '{"query": "q", "article": "\\ud800", "grade": 1}',
        line(judge=7),
        line(judge=None),
        "[" * 100_000,
        "\0",
    ]:
        content = f"{line()}\n{damaged.rstrip()}\n{line(article='b')}"
        file.write_text(content, encoding="utf-8")
        for read in (read_judgements, Judgements):
            with pytest.raises(InputError) as caught:
                read(file)
            form = '{"query": "ID", "article": "ID", "grade": 0, 1, 2, "unsure" or null}'
            assert str(caught.value) == f"{file}, line 3: malformed line; expected {form}", damaged
            assert caught.value.hint, damaged
        assert file.read_text(encoding="utf-8") == content, damaged


def test_a_foreign_last_line_is_not_removed(file: Path):
    file.write_text(line() + "my notes", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: malformed line"):
        Judgements(file)
    assert file.read_text(encoding="utf-8").endswith("my notes")


def test_one_session_at_a_time_adds_to_a_file(file: Path):
    with Judgements(file) as judgements:
        with pytest.raises(BusyError, match="another session is adding to these judgements") as caught:
            Judgements(file)
        assert "--judgements" in (caught.value.hint or "")
        judgements.grade("q", "a", 1)
        assert read_judgements(file) == {"q": {"a": 1}}
    Judgements(file).close()


def test_an_unusable_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"nowhere: the judgements cannot be read: No such file or directory"):
        read_judgements(tmp_path / "nowhere")
    with pytest.raises(WriteError, match=r"x: the judgements cannot be written: No such file or directory"):
        Judgements(tmp_path / "nowhere" / "x")
    with pytest.raises(WriteError, match="the judgements cannot be written: Is a directory"):
        Judgements(tmp_path)


# Several judges, and judges who are unsure.


def test_a_judge_sees_nobody_elses_grades(file: Path):
    add(file, ("q", "a", 2))
    add(file, ("q", "a", 0), ("q", "b", 1), judge="anna")
    add(file, ("q", "c", 1), judge="ben")
    for judge, expected in (("", {"a": 2}), ("anna", {"a": 0, "b": 1}), ("ben", {"c": 1}), ("new", {})):
        with Judgements(file, judge) as judgements:
            assert (judgements.of("q"), len(judgements)) == (expected, len(expected))
            assert judgements.qrels() == "".join(f"q 0 {name} {grade}\n" for name, grade in expected.items())
            assert judgements.judged("q") == {"a", "b", "c"}


def test_a_named_judges_lines_have_the_name_and_others_are_as_they_were(file: Path):
    add(file, ("q", "a", 2))
    add(file, ("q", "a", 0), judge="Zoë")
    first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert "judge" not in first
    assert second["judge"] == "Zoë"


def test_a_judge_takes_back_only_the_own_grade(file: Path):
    add(file, ("q", "a", 2))
    add(file, ("q", "a", 1), ("q", "a", None), judge="anna")
    assert read_judges([file]) == {"": {"q": {"a": 2}}, "anna": {"q": {}}}


def test_unsure_is_kept_and_is_no_grade(file: Path):
    add(file, ("q", "a", "unsure"), ("q", "b", 1), ("q", "c", 2), ("q", "c", "unsure"))
    with Judgements(file) as judgements:
        assert judgements.of("q") == {"a": "unsure", "b": 1, "c": "unsure"}
        assert len(judgements) == 1
        assert judgements.qrels() == "q 0 b 1\n"
    assert read_judgements(file) == {"q": {"b": 1}}


@pytest.mark.parametrize(
    ("grades", "merged"), [((0,), 0), ((0, 2), 0), ((1, 2), 1), ((2, 0, 2), 2), ((2, 1, 0), 1), ((0, 1, 2, 2), 1)]
)
def test_grades_are_merged_to_their_lower_median(grades: tuple[int, ...], merged: int):
    by_judge = {f"j{number}": {"q": {"a": grade}} for number, grade in enumerate(grades)}
    assert merge_grades({**by_judge, "unsure": {"q": {"a": "unsure"}}}) == {"q": {"a": merged}}


def test_several_files_are_read_as_one_the_later_first(file: Path, tmp_path: Path):
    other = tmp_path / "other.jsonl"
    add(file, ("q", "a", 0), ("q", "b", 1), judge="anna")
    add(other, ("q", "a", 2), judge="anna")
    add(other, ("q", "a", 2), ("r", "a", 1), judge="ben")
    assert read_judges([file, other]) == {"anna": {"q": {"a": 2, "b": 1}}, "ben": {"q": {"a": 2}, "r": {"a": 1}}}
    assert read_judgements(file, other) == {"q": {"a": 2, "b": 1}, "r": {"a": 1}}


def test_a_judges_name_is_one_line_of_text():
    assert judge_name(" Zoe\u0308 ") == "Zoë"
    for text in ("", "  ", "a\nb", "a\0", "x" * 101):
        with pytest.raises(ConfigError, match="invalid name of a judge"):
            judge_name(text)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_stays_open_after_a_failure(file: Path):
    file.write_text("damaged\n", encoding="utf-8")
    before = open_files()
    for _ in range(3):
        with pytest.raises(InputError):
            Judgements(file)
    assert open_files() == before
