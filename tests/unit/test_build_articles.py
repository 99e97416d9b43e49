"""Which article has an id or an address, and what becomes of lines that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.building import Build, ids, note, problem, put, put_lines, put_many, summary

from recommender.errors import (
    DuplicateIdError,
    SharedUrlError,
)

pytestmark = pytest.mark.usefixtures("settled")


# Ids and addresses.


def test_an_id_in_two_files_is_listed_at_every_build(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", id="same")
    put(folder / "b.md", "Second", id="same")
    for _ in range(3):
        report = run()
        text = problem(report, DuplicateIdError)
        assert text.startswith(f"{folder / 'b.md'}: the id same is already that of {folder / 'a.md'}")
        assert (report.articles, report.revision) == (1, 1)
    assert collection().store.get("same").article.title == "First"


def test_files_that_differ_in_suffix_alone_share_an_id(folder: Path, run: Build):
    put(folder / "a.md", "First")
    put(folder / "a.markdown", "Second")
    for _ in range(2):
        report = run()
        assert "the id a is already that of" in problem(report, DuplicateIdError)
        assert report.articles == 1


def test_a_duplicate_takes_the_place_of_the_first_when_that_is_gone(folder: Path, run: Build, collection):
    first = put(folder / "a.md", "First", id="same")
    put(folder / "b.md", "Second", id="same")
    run()
    first.unlink()
    report = run()
    assert (summary(report), report.problems) == ({"read": 1, "written": 1, "encoded": 1}, [])
    assert collection().store.get("same").article.title == "Second"


def test_a_file_that_comes_before_one_with_its_id_takes_it_over(folder: Path, run: Build, collection):
    put(folder / "b.md", "Second", id="same")
    run()
    put(folder / "a.md", "First", id="same")
    for _ in range(2):
        assert str(folder / "b.md") in problem(run(), DuplicateIdError)
    assert collection().store.get("same").article.title == "First"


def test_an_id_of_another_source_is_listed_and_left_alone(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    lines = put_lines(tmp_path / "lines.jsonl", {"id": "a", "title": "Thief"}, {"id": "b", "title": "Honest"})
    for _ in range(2):
        report = run(lines)
        assert "lines.jsonl, line 1: the id a belongs to another source (../site" in problem(report, DuplicateIdError)
    stored = collection()
    assert ids(stored) == ["a", "b"]
    assert stored.store.get("a").article.title == "First"


def test_an_address_that_articles_share_is_listed_and_both_are_kept(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", webUrl="https://a.example/x")
    put(folder / "b.md", "Second", webUrl="http://www.a.example/x/?utm_source=y")
    put(folder / "c.md", "Third", webUrl="https://a.example/z")
    for _ in range(2):
        assert "a.example/x is shared by 2 articles: a, b" in note(run(), SharedUrlError)
    assert ids(collection()) == ["a", "b", "c"]


def test_a_renamed_file_with_an_id_of_its_own_stays_the_same_article(folder: Path, run: Build, counting_encoder):
    put_many(folder, 2)
    file = put(folder / "old.md", "Third", id="mine")
    run()
    counting_encoder.batches.clear()
    file.rename(folder / "0-new.md")
    assert summary(run()) == {"read": 1, "unchanged": 2, "written": 1}
    assert counting_encoder.batches == []
    assert summary(run()) == {"unchanged": 3}


def test_a_renamed_file_without_one_is_another_article(folder: Path, run: Build, collection):
    files = put_many(folder, 6)
    run()
    files[0].rename(folder / "new.md")
    assert summary(run()) == {"read": 1, "unchanged": 5, "written": 1, "deleted": 1}
    assert ids(collection()) == ["01", "02", "03", "04", "05", "new"]


# JSON lines.


def test_broken_lines_are_listed_and_the_others_built(tmp_path: Path, run: Build, collection):
    lines = put_lines(tmp_path / "a.jsonl", {"id": "a", "title": "One"}, "{", {"id": "b", "title": "Two"}, {"id": "c"})
    for _ in range(2):
        report = run(lines)
        assert [str(one).split(": ")[0] for one in report.problems] == [f"{lines}, line 2", f"{lines}, line 4"]
        assert report.articles == 2
    assert ids(collection()) == ["a", "b"]


def test_an_unchanged_file_of_lines_is_not_read(tmp_path: Path, run: Build):
    lines = put_lines(tmp_path / "a.jsonl", {"id": "a", "title": "One"}, {"webUrl": "https://b.example", "title": "2"})
    run(lines)
    assert summary(run(lines)) == {"unchanged": 2}


def test_a_line_that_is_gone_is_deleted(tmp_path: Path, run: Build):
    stories = [{"id": f"{number}", "title": f"Story {number}"} for number in range(6)]
    lines = put_lines(tmp_path / "a.jsonl", *stories)
    run(lines)
    put_lines(lines, *stories[1:])
    assert summary(run(lines)) == {"read": 5, "deleted": 1}


def test_what_is_gone_is_kept_while_a_line_is_broken(tmp_path: Path, run: Build):
    stories = [{"id": f"{number}", "title": f"Story {number}"} for number in range(6)]
    lines = put_lines(tmp_path / "a.jsonl", *stories)
    run(lines)
    put_lines(lines, *stories[1:], "{")
    assert summary(run(lines)) == {"read": 5, "kept": 1}


@pytest.mark.parametrize("key", ["title", "note", "secured"])
def test_a_line_with_half_a_character_is_listed_and_the_others_built(tmp_path: Path, run: Build, key: str):
    lines = put_lines(tmp_path / "a.jsonl", {"id": "a", "title": "One"}, {"id": "b", "title": "Two", key: "\ud800"})
    report = run(lines)
    assert [str(one).partition(": ")[0] for one in report.problems] == [f"{lines}, line 2"]
    assert report.articles == 1


def test_an_id_twice_in_one_file_is_listed_and_the_first_kept(tmp_path: Path, run: Build, collection):
    lines = put_lines(tmp_path / "a.jsonl", {"id": "a", "title": "One"}, {"id": "a", "title": "Two"})
    for _ in range(2):
        assert "line 2: the id a is already that of" in problem(run(lines), DuplicateIdError)
    assert collection().store.get("a").article.title == "One"
