"""Building a collection: what is read, encoded and written, and from where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.building import Build, ids, put, put_lines, put_many, summary

import recommender.store.writing
from recommender.build import build
from recommender.config import Settings
from recommender.errors import (
    CollectionError,
    SourceError,
)
from recommender.index.local import segment
from recommender.ranking.chance import unrelated
from recommender.text import text_hash

pytestmark = pytest.mark.usefixtures("settled")


# What a first build does.


def test_a_first_build_reads_encodes_and_writes_everything(folder: Path, run: Build, collection):
    put_many(folder, 3)
    report = run()
    assert summary(report) == {"read": 3, "written": 3, "encoded": 3}
    assert (report.revision, report.articles, report.published, report.problems) == (1, 3, True, [])
    assert ids(collection()) == ["00", "01", "02"]


def test_the_encoder_sees_each_text_once_and_the_unrelated_texts(folder: Path, run: Build, counting_encoder):
    put(folder / "a.md", "First", excerpt="Something.")
    run()
    assert counting_encoder.batches == [list(unrelated()["en"]), ["First. Something."]]


def test_unrelated_texts_in_the_language_of_most_articles_are_encoded_once(folder: Path, run: Build, counting_encoder):
    put(folder / "a.md", "Premier", language="fr")
    run()
    assert counting_encoder.batches[-1] == list(unrelated()["fr"])
    put(folder / "b.md", "Second", language="fr")
    run()
    assert counting_encoder.batches[-1] == ["Second"]


def test_equal_texts_are_encoded_once(folder: Path, run: Build, counting_encoder):
    for name in "abc":
        put(folder / f"{name}.md", "The same words")
    report = run()
    assert summary(report) == {"read": 3, "written": 3, "encoded": 1}
    assert counting_encoder.texts.count("The same words") == 1


def test_no_source_makes_an_empty_collection(tmp_path: Path, counting_encoder):
    report = build([], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    assert (report.revision, report.articles, report.published, summary(report)) == (0, 0, True, {})


def test_a_source_without_an_article_is_an_error_before_the_model_is_loaded(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First", draft=True)
    put(folder / "README.md", "Read me")
    (folder / "notes.txt").write_text("A story.", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        run(encoder=None, settings=Settings.parse({"encoder": {"model": "./no-such-model"}}))
    assert str(caught.value) == (
        f"{folder}: there is no article: 1 not an article: README (such as README.md); 1 draft (such as a.md); "
        "1 kind .txt (such as notes.txt); expected articles that readers may see"
    )
    assert 'include = ["*.txt"]' in (caught.value.hint or "")
    assert not (tmp_path / "collection").exists()


def test_a_new_source_without_an_article_is_an_error_and_the_others_are_read(tmp_path: Path, folder: Path, run: Build):
    put(folder / "a.md", "First")
    run()
    (tmp_path / "empty").mkdir()
    put(folder / "b.md", "Second")
    with pytest.raises(SourceError, match="empty: there is no article: it is empty"):
        run(tmp_path / "empty", folder)
    assert summary(run()) == {"unchanged": 2}


def test_a_bad_value_costs_no_article_and_is_counted(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", date="soon", tags=["x", None])
    put(folder / "b.md", "Second", tags=[None])
    report = run()
    assert (report.problems, report.articles) == ([], 2)
    assert collection().store.get("a").article.topics == ("x",)
    ((_, survey),) = report.surveys
    assert survey.lost.total() == 3
    assert survey.notes() == [
        f"2 values of tags could not be read and are left out: tags.1 is null in {folder / 'a.md'}; expected a name",
        f'1 value of date could not be read and is left out: date is "soon" in {folder / "a.md"}; expected a date such '
        "as 2021-04-16, 2021-04-16T20:54:00Z or Fri, 16 Apr 2021 20:54:00 +0000",
    ]


def test_files_are_read_again_once_they_are_read_otherwise(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", headline="Second")
    run()
    report = run(settings=Settings.parse({"fields": {"title": "headline"}}))
    assert summary(report) == {"read": 1, "written": 1, "encoded": 1}
    assert collection().store.get("a").article.title == "Second"


def test_several_sources_make_one_collection(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "In a folder")
    one = put(tmp_path / "single.md", "On its own")
    lines = put_lines(tmp_path / "lines.jsonl", {"id": "line", "title": "In a line"})
    report = run(folder, one, lines)
    assert report.problems == []
    assert ids(collection()) == ["a", "line", "single"]


def test_articles_beyond_one_pool_are_committed_pool_by_pool(folder: Path, run: Build, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recommender.store.writing, "POOL_ARTICLES", 2)
    put_many(folder, 5)
    commits: list[tuple[int, int, int]] = []
    report = run(on_commit=lambda *commit: commits.append(commit))
    assert commits == [(1, 2, 0), (2, 2, 0), (3, 1, 0)]
    assert (report.revision, report.articles) == (3, 5)


def test_progress_names_what_is_going_on(folder: Path, run: Build):
    put_many(folder, 2)
    seen: list[tuple[str, int, int]] = []
    run(on_progress=lambda *told: seen.append(told))
    stages = [("reading", 0), ("loading the model", 0), ("reading", 1), ("reading", 2), ("indexing", 0)]
    assert [told[:2] for told in seen] == stages
    del seen[:]
    run(on_progress=lambda *told: seen.append(told))
    assert [told[:2] for told in seen] == [*stages[2:4], stages[4]]


def test_progress_tells_how_many_articles_are_indexed(folder: Path, run: Build, monkeypatch: pytest.MonkeyPatch):
    put_many(folder, 2)
    monkeypatch.setattr(segment, "_PROGRESS_EVERY", 1)
    seen: list[tuple[str, int, int]] = []
    run(on_progress=lambda *told: seen.append(told))
    counted = [told for told in seen if told[0] == "indexing"]
    assert counted == [("indexing", done, total) for done, total in ((0, 0), (1, 2), (2, 2), (0, 0))]


def test_an_encoders_progress_is_passed_on(folder: Path, run: Build, counting_encoder, monkeypatch):
    encode = counting_encoder.encode

    def telling(texts, role="passage", progress=None):
        if progress is not None:
            progress("encoding", len(texts), len(texts))
        return encode(texts, role)

    monkeypatch.setattr(counting_encoder, "encode", telling)
    put_many(folder, 2)
    seen: list[tuple[str, int, int]] = []
    run(on_progress=lambda *told: seen.append(told))
    assert ("encoding", 2, 2) in seen


# What a later build does.


def test_nothing_changed_costs_nothing(folder: Path, run: Build, counting_encoder):
    put_many(folder, 3)
    run()
    counting_encoder.batches.clear()
    commits: list[tuple[int, int, int]] = []
    report = run(on_commit=lambda *commit: commits.append(commit))
    assert summary(report) == {"unchanged": 3}
    assert (report.revision, report.published, commits, counting_encoder.batches) == (1, False, [], [])


def test_files_that_may_still_change_are_read_again_and_write_nothing(
    folder: Path, run: Build, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommender.sources.base.SETTLED_AFTER_S", 3600.0)
    put_many(folder, 2)
    run()
    assert summary(run()) == {"read": 2}


def test_one_changed_file_costs_one_text(folder: Path, run: Build, counting_encoder):
    files = put_many(folder, 4)
    run()
    counting_encoder.batches.clear()
    put(files[1], "Another title now")
    report = run()
    assert summary(report) == {"read": 1, "unchanged": 3, "written": 1, "encoded": 1}
    assert (report.revision, report.published) == (2, True)
    assert counting_encoder.texts == ["Another title now"]


def test_a_change_beside_the_text_is_written_without_encoding(folder: Path, run: Build, counting_encoder):
    file = put(folder / "a.md", "First", quality=1)
    run()
    counting_encoder.batches.clear()
    put(file, "First", quality=20)
    assert summary(run()) == {"read": 1, "written": 1}
    assert counting_encoder.batches == []


def test_a_file_that_was_touched_is_read_and_not_written(folder: Path, run: Build):
    file = put(folder / "a.md", "First")
    run()
    os.utime(file, (1_600_000_000, 1_600_000_000))
    report = run()
    assert (summary(report), report.revision) == ({"read": 1}, 1)


def test_a_new_file_is_added(folder: Path, run: Build):
    put_many(folder, 2)
    run()
    put(folder / "new.md", "Brand new")
    assert summary(run()) == {"read": 1, "unchanged": 2, "written": 1, "encoded": 1}


def test_vectors_that_no_article_needs_are_dropped(folder: Path, run: Build, collection):
    file = put(folder / "a.md", "First")
    run()
    put(file, "Second one")
    run()
    found = collection().store.load_vectors("counting-encoder", [text_hash("First"), text_hash("Second one")])
    assert found.keys() == {text_hash("Second one")}


# Where sources lie.


def test_a_source_is_the_same_from_every_working_directory(
    tmp_path: Path, folder: Path, run: Build, monkeypatch: pytest.MonkeyPatch
):
    put_many(folder, 2)
    run()
    monkeypatch.chdir(folder)
    assert summary(run(Path())) == {"unchanged": 2}
    monkeypatch.chdir(tmp_path)
    assert summary(run(Path("site"))) == {"unchanged": 2}


def test_a_collection_that_moves_together_with_its_source_still_knows_it(
    tmp_path: Path, folder: Path, run: Build, counting_encoder
):
    put_many(folder, 6)
    run()
    moved = tmp_path / "moved"
    moved.mkdir()
    folder.rename(moved / "site")
    (tmp_path / "collection").rename(moved / "collection")
    (moved / "site" / "00.md").unlink()
    report = build([moved / "site"], moved / "collection", settings=Settings(), encoder=counting_encoder)
    assert (summary(report), report.problems) == ({"unchanged": 5, "deleted": 1}, [])


@pytest.mark.parametrize(("first", "second"), [("site", "site/sub"), ("site/sub", "site"), ("site", "site/../site")])
def test_a_source_within_another_is_refused_before_anything_is_made(
    tmp_path: Path, folder: Path, run: Build, first: str, second: str
):
    put(folder / "sub" / "a.md", "First")
    with pytest.raises(SourceError, match="the source lies within another one"):
        run(tmp_path / first, tmp_path / second)
    assert not (tmp_path / "collection").exists()


def test_sources_whose_names_begin_alike_are_not_nested(tmp_path: Path, folder: Path, run: Build):
    put(folder / "a.md", "First")
    other = put(tmp_path / "site-two" / "b.md", "Second").parent
    assert run(folder, other).articles == 2


def test_a_source_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path, folder: Path, run: Build):
    with pytest.raises(SourceError, match="there is no such file or folder"):
        run(folder, tmp_path / "nowhere")
    assert not (tmp_path / "collection").exists()


def test_a_file_whose_name_is_not_utf8_is_listed_and_the_others_built(folder: Path, run: Build):
    put(folder / "a.md", "First")
    with open(os.fsencode(folder) + b"/\xff.md", "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(b"---\ntitle: Second\n---\n")
    report = run()
    assert (report.articles, len(report.problems)) == (1, 1)


def test_a_folder_that_holds_something_else_is_not_built_into(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First")
    (tmp_path / "collection").mkdir()
    (tmp_path / "collection" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match=r"the folder has other contents, such as thesis\.txt"):
        run()
