"""Building a collection: what is read, encoded, written, deleted and refused."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import recommender.build
from recommender.build import BuildReport, Progress, build
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings
from recommender.embedding import Encoder
from recommender.errors import (
    CollectionError,
    DuplicateIdError,
    EncoderError,
    EncoderMismatchError,
    FrontMatterError,
    RelatedError,
    SharedUrlError,
    SourceError,
    TooManyDeletionsError,
    VectorError,
)
from recommender.ranking.calibration import unrelated_texts

Build = Callable[..., BuildReport]


class OtherEncoder:
    """Another model than `counting_encoder`: other vectors, of another length."""

    fingerprint = "other-encoder"
    dimension = 3

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: list[str], role: str = "passage", progress: object = None) -> np.ndarray:
        self.texts += texts
        rows = np.array([[len(text), 1, text.count("e")] for text in texts], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as at rest, so that their states are recorded at once."""
    monkeypatch.setattr("recommender.sources.base.SETTLED_AFTER_S", -3600.0)


pytestmark = pytest.mark.usefixtures("settled")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for Markdown files."""
    made = tmp_path / "site"
    made.mkdir()
    return made


@pytest.fixture
def run(tmp_path: Path, folder: Path, counting_encoder: Encoder) -> Build:
    """Builds `folder`, or the sources given, with the counting encoder."""

    def call(*sources: Path, settings: Settings | None = None, **options: object) -> BuildReport:
        options.setdefault("encoder", counting_encoder)
        return build(
            sources or (folder,),
            tmp_path / "collection",
            settings=settings or Settings(),
            **options,  # type: ignore[arg-type]
        )

    return call


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Callable[[], Collection]]:
    """Opens the collection that `run` builds."""
    opened: list[Collection] = []

    def call() -> Collection:
        opened.append(Collection.open(tmp_path / "collection"))
        return opened[-1]

    yield call
    for one in opened:
        one.close()


def put(path: Path, title: str, body: str = "", **fields: object) -> Path:
    """Write a Markdown file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in {"title": title, **fields}.items())
    path.write_text(f"---\n{front}---\n{body}", encoding="utf-8")
    return path


def put_many(folder: Path, count: int) -> list[Path]:
    return [put(folder / f"{number:02}.md", f"Story number {number}") for number in range(count)]


def put_lines(path: Path, *lines: object) -> Path:
    """Write a JSONL file; text stands as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def ids(collection: Collection) -> list[str]:
    return [stored.article_id for stored in collection.database.articles()]


def summary(report: BuildReport) -> dict[str, int]:
    """The counts of a report that are not nought."""
    names = ("read", "unchanged", "written", "deleted", "encoded", "kept")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def problem(report: BuildReport, kind: type[RelatedError]) -> str:
    """The text of the report's only problem."""
    assert [type(one) for one in report.problems] == [kind]
    return str(report.problems[0])


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
    assert counting_encoder.batches == [list(unrelated_texts()), ["First. Something."]]


def test_equal_texts_are_encoded_once(folder: Path, run: Build, counting_encoder):
    for name in "abc":
        put(folder / f"{name}.md", "The same words")
    report = run()
    assert summary(report) == {"read": 3, "written": 3, "encoded": 1}
    assert counting_encoder.texts.count("The same words") == 1


def test_an_empty_source_makes_an_empty_collection(folder: Path, run: Build):
    report = run()
    assert (report.revision, report.articles, report.published, summary(report)) == (0, 0, True, {})


def test_several_sources_make_one_collection(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "In a folder")
    one = put(tmp_path / "single.md", "On its own")
    lines = put_lines(tmp_path / "lines.jsonl", {"id": "line", "title": "In a line"})
    report = run(folder, one, lines)
    assert report.problems == []
    assert ids(collection()) == ["a", "line", "single"]


def test_articles_beyond_one_pool_are_committed_pool_by_pool(folder: Path, run: Build, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recommender.build, "POOL_ARTICLES", 2)
    put_many(folder, 5)
    commits: list[tuple[int, int, int]] = []
    report = run(on_commit=lambda *commit: commits.append(commit))
    assert commits == [(1, 2, 0), (2, 2, 0), (3, 1, 0)]
    assert (report.revision, report.articles) == (3, 5)


def test_progress_names_what_is_going_on(folder: Path, run: Build):
    put_many(folder, 2)
    seen: list[Progress] = []
    run(on_progress=seen.append)
    assert seen == [Progress("reading", 1, 0), Progress("reading", 2, 0), Progress("indexing", 0, 0)]


def test_an_encoders_progress_is_passed_on(folder: Path, run: Build, counting_encoder, monkeypatch):
    encode = counting_encoder.encode

    def telling(texts, role="passage", progress=None):
        if progress is not None:
            progress(len(texts), len(texts))
        return encode(texts, role)

    monkeypatch.setattr(counting_encoder, "encode", telling)
    put_many(folder, 2)
    seen: list[Progress] = []
    run(on_progress=seen.append)
    assert Progress("encoding", 2, 2) in seen


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


def test_a_damaged_snapshot_is_made_again_without_a_revision(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 2)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    report = run()
    assert (summary(report), report.revision, report.published) == ({"unchanged": 2}, 1, True)


def test_a_missing_vector_is_encoded_by_the_next_build(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 2)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    with sqlite3.connect(tmp_path / "collection" / "articles.db") as database:
        database.execute("DELETE FROM vectors")
    database.close()
    assert run().encoded == 2


def test_two_builds_at_once_leave_no_article_without_a_vector(
    tmp_path: Path, folder: Path, run: Build, counting_encoder, monkeypatch: pytest.MonkeyPatch
):
    other = tmp_path / "other"
    put(other / "kept.md", "Stays")
    file = put(other / "old.md", "A text that both have")
    run(other)
    encode = counting_encoder.encode

    def meanwhile(texts, role="passage", progress=None):
        monkeypatch.setattr(counting_encoder, "encode", encode)
        file.unlink()
        run(other, allow_deletions=True)
        return encode(texts, role)

    monkeypatch.setattr(counting_encoder, "encode", meanwhile)
    put(folder / "first.md", "A text that both have")
    put(folder / "second.md", "A text of its own")
    assert run(folder).articles == 3


def test_vectors_that_no_article_needs_are_dropped(folder: Path, run: Build, collection):
    file = put(folder / "a.md", "First")
    run()
    put(file, "Second one")
    run()
    stored = collection().database
    assert stored.drop_unused_vectors("counting-encoder") == 0
    assert stored.count() == 1


# Deleting.


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
    assert stored.database.get("04").article.title == "Changed in the same build"
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
    files[1].write_text("no front matter", encoding="utf-8")
    report = run()
    assert summary(report) == {"unchanged": 6, "kept": 2}
    assert "01.md: line 1 is not ---" in problem(report, FrontMatterError)
    assert len(ids(collection())) == 8
    files[1].write_text(good, encoding="utf-8")
    assert summary(run()) == {"read": 1, "unchanged": 6, "deleted": 1}
    assert ids(collection()) == [f"{number:02}" for number in range(1, 8)]


def test_a_broken_file_is_listed_at_every_build(folder: Path, run: Build):
    put(folder / "a.md", "First")
    put(folder / "b.md", "Second", publishedDateTime="soon")
    for _ in range(2):
        report = run()
        assert 'b.md, line 3: publishedDateTime is "soon"' in str(report.problems[0])
        assert (len(report.problems), report.articles) == (1, 1)


def test_a_folder_that_can_not_be_listed_keeps_its_articles(folder: Path, run: Build):
    file = put(folder / "a.md", "First")
    put(folder / "sub" / "b.md", "Second")
    run()
    os.utime(file)

    def take_away(progress: Progress) -> None:
        # The folder was listed as there, and is gone when it is its turn.
        shutil.rmtree(folder / "sub", ignore_errors=True)

    report = run(on_progress=take_away)
    assert f"{folder / 'sub'}: the folder can not be listed" in problem(report, SourceError)
    assert (report.kept, report.articles) == (1, 2)


# Ids and addresses.


def test_an_id_in_two_files_is_listed_at_every_build(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", id="same")
    put(folder / "b.md", "Second", id="same")
    for _ in range(3):
        report = run()
        text = problem(report, DuplicateIdError)
        assert text.startswith(f"{folder / 'b.md'}: the id same is already that of {folder / 'a.md'}")
        assert (report.articles, report.revision) == (1, 1)
    assert collection().database.get("same").article.title == "First"


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
    assert collection().database.get("same").article.title == "Second"


def test_a_file_that_comes_before_one_with_its_id_takes_it_over(folder: Path, run: Build, collection):
    put(folder / "b.md", "Second", id="same")
    run()
    put(folder / "a.md", "First", id="same")
    for _ in range(2):
        assert str(folder / "b.md") in problem(run(), DuplicateIdError)
    assert collection().database.get("same").article.title == "First"


def test_an_id_of_another_source_is_listed_and_left_alone(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    lines = put_lines(tmp_path / "lines.jsonl", {"id": "a", "title": "Thief"}, {"id": "b", "title": "Honest"})
    for _ in range(2):
        report = run(lines)
        assert "lines.jsonl, line 1: the id a belongs to another source, ../site" in problem(report, DuplicateIdError)
    stored = collection()
    assert ids(stored) == ["a", "b"]
    assert stored.database.get("a").article.title == "First"


def test_an_address_that_articles_share_is_listed_and_both_are_kept(folder: Path, run: Build, collection):
    put(folder / "a.md", "First", webUrl="https://a.example/x")
    put(folder / "b.md", "Second", webUrl="http://www.a.example/x/?utm_source=y")
    put(folder / "c.md", "Third", webUrl="https://a.example/z")
    for _ in range(2):
        assert "a.example/x is shared by 2 articles: a, b" in problem(run(), SharedUrlError)
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
    assert collection().database.get("a").article.title == "One"


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


# Settings and models.


def test_settings_are_recorded(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    chosen = Settings.parse({"ranking": {"min_score": 0.5}, "text": {"body_chars": 10}})
    run(settings=chosen)
    assert collection().settings == chosen
    run(settings=Settings())
    assert collection().settings == Settings()


def test_changed_text_settings_embed_anew_what_they_change(folder: Path, run: Build, counting_encoder, collection):
    put(folder / "a.md", "First", body="Long body text.")
    put(folder / "b.md", "Second")
    run()
    counting_encoder.batches.clear()
    settings = Settings.parse({"text": {"body_chars": 0}})
    report = run(settings=settings)
    assert summary(report) == {"unchanged": 2, "written": 1, "encoded": 1}
    assert counting_encoder.texts == ["First"]
    with collection().reading() as view:
        assert view.columns.text.lengths.tolist() == [1, 1]
    assert summary(run(settings=settings)) == {"unchanged": 2}


def test_text_settings_reach_the_sources_that_are_not_named(tmp_path: Path, folder: Path, run: Build, counting_encoder):
    put(folder / "a.md", "First", body="Long body text.")
    other = put(tmp_path / "other" / "b.md", "Second", body="Another body text.").parent
    run(folder, other)
    counting_encoder.batches.clear()
    run(other, settings=Settings.parse({"text": {"body_chars": 0}}))
    assert sorted(counting_encoder.texts) == ["First", "Second"]


def test_a_text_setting_that_changes_no_text_still_makes_new_indexes(folder: Path, run: Build):
    put(folder / "a.md", "Die Türen")
    run()
    report = run(settings=Settings.parse({"text": {"language": "german"}}))
    assert (summary(report), report.revision, report.published) == ({"unchanged": 1}, 1, True)


def test_excluded_files_are_deleted(folder: Path, run: Build, collection):
    put_many(folder, 6)
    run()
    assert run(settings=Settings.parse({"sources": {"exclude": ["03.md"]}})).deleted == 1
    assert "03" not in ids(collection())


@pytest.mark.parametrize("changed", [False, True], ids=["nothing new", "something new"])
def test_another_encoder_is_refused_and_nothing_written(folder: Path, run: Build, collection, changed: bool):
    put(folder / "a.md", "First")
    run()
    if changed:
        put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError):
        run(encoder=OtherEncoder())
    assert ids(collection()) == ["a"]
    assert run().articles == 1 + changed


def test_recreating_encodes_everything_with_the_other_encoder(folder: Path, run: Build, collection):
    put_many(folder, 3)
    run()
    before = collection().uuid
    other = OtherEncoder()
    report = run(encoder=other, recreate=True)
    assert summary(report) == {"read": 3, "written": 3, "encoded": 3}
    assert len(other.texts) == 3 + len(unrelated_texts())
    assert report.revision > 1
    after = collection()
    assert after.uuid != before
    assert (after.encoding.fingerprint, after.encoding.dimension) == ("other-encoder", 3)
    assert summary(run(encoder=other)) == {"unchanged": 3}


def test_recreating_forgets_sources_that_are_not_named(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    other = put(tmp_path / "other" / "b.md", "Second").parent
    run(folder, other)
    run(other, recreate=True)
    assert ids(collection()) == ["b"]


def test_recreating_with_an_unknown_model_leaves_the_collection(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    unknown = Settings(encoder=EncoderSettings(model="./no-such-model"))
    with pytest.raises(EncoderError, match="there is no model folder"):
        run(encoder=None, settings=unknown, recreate=True)
    assert ids(collection()) == ["a"]


def test_settings_that_name_an_unknown_model_are_refused(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    unknown = Settings(encoder=EncoderSettings(model="./no-such-model"))
    with pytest.raises(EncoderError, match="there is no model folder"):
        run(encoder=None, settings=unknown)
    assert collection().settings == Settings()


def test_settings_of_another_encoder_are_refused(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError) as caught:
        run(encoder=None, settings=Settings(encoder=EncoderSettings(max_seq_length=64)))
    assert "--recreate" in (caught.value.hint or "")
    assert ids(collection()) == ["a"]


def test_the_recorded_model_is_not_opened_where_nothing_is_new(folder: Path, run: Build):
    # No model that can be opened has the recorded fingerprint, so that any use of it would fail.
    put_many(folder, 6)
    run()
    (folder / "00.md").unlink()
    assert summary(run(encoder=None)) == {"unchanged": 5, "deleted": 1}


def test_the_recorded_model_must_be_the_one_that_made_the_vectors(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    with pytest.raises(EncoderMismatchError, match="is not the one that made the vectors"):
        run(encoder=None)
    assert ids(collection()) == ["a"]


def test_a_vector_that_is_none_stops_the_build_and_nothing_is_written(
    folder: Path, run: Build, counting_encoder, collection, monkeypatch: pytest.MonkeyPatch
):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    monkeypatch.setattr(counting_encoder, "encode", lambda texts, **_: np.full((len(texts), 8), np.nan, np.float32))
    with pytest.raises(VectorError, match="holds a value that is no number"):
        run()
    assert ids(collection()) == ["a"]
    monkeypatch.undo()
    assert run().articles == 2


def test_a_folder_that_holds_something_else_is_not_built_into(folder: Path, run: Build, tmp_path: Path):
    (tmp_path / "collection").mkdir()
    (tmp_path / "collection" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match=r"the folder holds something else \(thesis.txt\)"):
        run()


def test_recreating_deletes_nothing_where_there_is_no_collection(folder: Path, run: Build, tmp_path: Path):
    photo = tmp_path / "collection" / "snapshots" / "photo.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_text("mine", encoding="utf-8")
    (tmp_path / "collection" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match="the folder holds something else"):
        run(recreate=True)
    assert photo.exists()


def test_a_build_that_was_stopped_before_the_first_table_can_be_done_again(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First")
    (tmp_path / "collection").mkdir()
    (tmp_path / "collection" / "articles.db").touch()
    assert run().articles == 1
