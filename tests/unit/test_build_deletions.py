"""What is gone from a source is deleted, unless that may be a mistake."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from support.building import Build, ids, problem, put, put_lines, put_many, summary

from recommender.errors import (
    ArticleError,
    FrontMatterError,
    SourceError,
    TooManyDeletionsError,
)

pytestmark = pytest.mark.usefixtures("settled")


def test_an_article_whose_file_is_gone_is_deleted(folder: Path, run: Build, collection):
    files = put_many(folder, 6)
    run()
    files[2].unlink()
    commits: list[tuple[int, int, int]] = []
    report = run(on_commit=lambda *commit: commits.append(commit))
    assert summary(report) == {"unchanged": 5, "deleted": 1}
    assert commits == [(2, 0, 1)]
    assert "02" not in ids(collection())


def test_exactly_a_fifth_may_go(folder: Path, run: Build):
    files = put_many(folder, 5)
    run()
    files[0].unlink()
    assert run().deleted == 1


def test_more_than_a_fifth_is_not_deleted_but_what_was_read_is_written(folder: Path, run: Build, collection):
    files = put_many(folder, 5)
    run()
    files[0].unlink()
    files[1].unlink()
    put(files[4], "Changed in the same build")
    with pytest.raises(TooManyDeletionsError) as caught:
        run()
    assert "2 of 5 articles are gone from this source, 00 among them; none was deleted" in str(caught.value)
    assert "--allow-deletions" in (caught.value.hint or "")
    stored = collection()
    assert ids(stored) == ["00", "01", "02", "03", "04"]
    assert stored.store.get("04").article.title == "Changed in the same build"
    assert summary(run(allow_deletions=True)) == {"unchanged": 3, "deleted": 2}


def test_a_refused_deletion_leaves_usable_indexes(folder: Path, run: Build, collection):
    files = put_many(folder, 3)
    run()
    files[0].unlink()
    put(folder / "new.md", "New in the same build")
    with pytest.raises(TooManyDeletionsError):
        run()
    with collection().reading() as view:
        assert len(view) == 4


def test_a_refused_deletion_does_not_stop_the_other_sources(tmp_path: Path, folder: Path, run: Build, collection):
    files = put_many(folder, 2)
    lines = put_lines(tmp_path / "z.jsonl", {"id": "z1", "title": "One"})
    run(folder, lines)
    files[0].unlink()
    put_lines(lines, {"id": "z1", "title": "One"}, {"id": "z2", "title": "Two"})
    with pytest.raises(TooManyDeletionsError):
        run(folder, lines)
    assert ids(collection()) == ["00", "01", "z1", "z2"]


def test_a_source_that_is_not_named_loses_nothing(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    other = put(tmp_path / "other" / "b.md", "Second").parent
    run(other)
    assert ids(collection()) == ["a", "b"]


def test_what_is_gone_is_kept_while_a_file_can_not_be_read(folder: Path, run: Build, collection):
    files = put_many(folder, 8)
    run()
    files[0].unlink()
    good = files[1].read_text(encoding="utf-8")
    files[1].write_text("---\nnever closed", encoding="utf-8")
    report = run()
    assert summary(report) == {"unchanged": 6, "kept": 2}
    assert "01.md: the front matter is never closed" in problem(report, FrontMatterError)
    assert len(ids(collection())) == 8
    files[1].write_text(good, encoding="utf-8")
    assert summary(run()) == {"read": 1, "unchanged": 6, "deleted": 1}
    assert ids(collection()) == [f"{number:02}" for number in range(1, 8)]


def test_a_broken_file_is_listed_at_every_build(folder: Path, run: Build):
    put(folder / "a.md", "First")
    put(folder / "b.md", "Second", id="a\nb")
    for _ in range(2):
        report = run()
        assert "b.md, line 3: id holds a control character" in problem(report, ArticleError)
        assert report.articles == 1


def test_an_article_that_readers_may_not_see_any_more_is_deleted(folder: Path, run: Build, collection):
    put_many(folder, 6)
    run()
    put(folder / "00.md", "Story number 0", draft=True)
    report = run()
    assert summary(report) == {"unchanged": 5, "deleted": 1}
    assert report.surveys[0][1].skipped == {"draft": 1}
    assert "00" not in ids(collection())


def test_a_folder_that_can_not_be_listed_keeps_its_articles(folder: Path, run: Build):
    file = put(folder / "a.md", "First")
    put(folder / "sub" / "b.md", "Second")
    run()
    os.utime(file)

    def take_away(stage: str, done: int, total: int) -> None:
        # The folder was listed as there, and is gone when it is its turn.
        shutil.rmtree(folder / "sub", ignore_errors=True)

    report = run(on_progress=take_away)
    assert f"{folder / 'sub'}: the folder cannot be listed" in problem(report, SourceError)
    assert (report.kept, report.articles) == (1, 2)


def test_what_became_a_draft_leaves_the_answers_however_much_it_is(folder: Path, run: Build, collection):
    files = put_many(folder, 4)
    run()
    for file in files[:3]:
        put(file, "Not yet", draft=True)
    report = run()
    assert summary(report) == {"unchanged": 1, "deleted": 3}
    assert ids(collection()) == ["03"]


def test_a_draft_leaves_the_answers_while_another_file_can_not_be_read(folder: Path, run: Build, collection):
    files = put_many(folder, 3)
    run()
    put(files[0], "Not yet", draft=True)
    files[1].write_text("---\ntitle: [\n---\n")
    assert summary(run()) == {"unchanged": 1, "deleted": 1, "kept": 1}
    assert ids(collection()) == ["01", "02"]
