"""The record of blocks written into a site."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.enrich.record import FOLDER, Block, Record, hash_block, spare_name
from recommender.errors import BusyError, InputError, WriteError

OLD, NEW = Block(hash_block(b"related: old\n"), ("x",)), Block(hash_block(b"related: new\n"), ("x", "y"))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    for name in ("a.md", "b.md"):
        (tmp_path / name).touch()
    return tmp_path


def file_of(site: Path) -> Path:
    return site / FOLDER / "written.jsonl"


def lines(site: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file_of(site).read_text(encoding="utf-8").splitlines()]


def written(site: Path, **blocks: Block) -> Record:
    """A record that says what the files of that name hold, saved."""
    record = Record(site)
    record.begin([(f"{name}.md", block) for name, block in blocks.items()])
    for name, block in blocks.items():
        record.settle(f"{name}.md", block.hash, block)
    record.save()
    return record


# What is known.


def test_a_site_without_a_record_has_nothing_of_ours(tmp_path: Path):
    assert Record(tmp_path).find("a.md", OLD.hash) is None


def test_what_was_written_is_known_in_the_next_run(site: Path):
    written(site, a=OLD)
    assert Record(site).find("a.md", OLD.hash) == OLD
    assert lines(site) == [{"path": "a.md", "block": OLD.hash, "items": ["x"]}]


def test_another_block_is_not_known(site: Path):
    written(site, a=OLD)
    assert Record(site).find("a.md", NEW.hash) is None


def test_a_block_of_a_file_that_is_there_is_not_known_in_another(site: Path):
    written(site, a=OLD)
    assert Record(site).find("b.md", OLD.hash) is None


def test_no_block_is_never_known(site: Path):
    record = Record(site)
    record.begin([("a.md", Block("", ()))])
    assert record.find("a.md", "") is None


def test_line_ends_do_not_count():
    assert hash_block(b"related:\r\n  - title: x\r\n") == hash_block(b"related:\n  - title: x\n")
    assert hash_block(b"related:\n") != hash_block(b"related: \n")
    assert hash_block(b"") == ""


def test_a_block_goes_with_its_file(site: Path):
    written(site, a=OLD)
    (site / "a.md").rename(site / "moved.md")
    record = Record(site)
    assert record.find("moved.md", OLD.hash) == OLD
    record.settle("moved.md", OLD.hash, OLD)
    record.forget_gone()
    record.save()
    assert [line["path"] for line in lines(site)] == ["moved.md"]


@pytest.mark.parametrize("path", ["ü/ñ.md", 'quote".md', "line\nend.md", "half\udcff.md", "\u2028.md"])
def test_any_file_name_is_kept(site: Path, path: str):
    record = Record(site)
    record.begin([(path, OLD)])
    record.settle(path, OLD.hash, OLD)
    record.save()
    found = Record(site)
    assert (found.find(path, OLD.hash), found.problems) == (OLD, [])


# A run that is cut off.


def test_what_was_begun_and_what_was_there_are_both_known(site: Path):
    written(site, a=OLD)
    Record(site).begin([("a.md", NEW)])
    record = Record(site)
    assert (record.find("a.md", OLD.hash), record.find("a.md", NEW.hash)) == (OLD, NEW)


@pytest.mark.parametrize(("found", "gone"), [(OLD, NEW), (NEW, OLD)])
def test_when_it_is_seen_which_one_the_file_holds_the_other_is_forgotten(site: Path, found: Block, gone: Block):
    written(site, a=OLD)
    Record(site).begin([("a.md", NEW)])
    record = Record(site)
    record.settle("a.md", found.hash, found)
    record.save()
    assert lines(site) == [{"path": "a.md", "block": found.hash, "items": list(found.items)}]
    assert Record(site).find("a.md", gone.hash) is None


def test_what_is_not_looked_at_stays_begun(site: Path):
    written(site, a=OLD, b=OLD)
    Record(site).begin([("a.md", NEW)])
    record = Record(site)
    record.settle("b.md", OLD.hash, OLD)
    record.save()
    again = Record(site)
    assert (again.find("a.md", OLD.hash), again.find("a.md", NEW.hash)) == (OLD, NEW)


def test_the_file_that_was_written_beside_an_article_is_removed(site: Path):
    spare = site / spare_name("a.md")
    Record(site).begin([("a.md", NEW)])
    spare.touch()
    Record(site).settle("a.md", "", None)
    assert not spare.exists()


def test_a_file_of_that_name_of_which_nothing_was_begun_stays(site: Path):
    spare = site / spare_name("a.md")
    spare.touch()
    Record(site).settle("a.md", "", None)
    assert spare.exists()


def test_the_file_beside_an_article_that_is_gone_is_removed(site: Path):
    spare = site / spare_name("a.md")
    Record(site).begin([("a.md", NEW)])
    spare.touch()
    (site / "a.md").unlink()
    record = Record(site)
    record.forget_gone()
    record.save()
    assert not spare.exists()
    assert lines(site) == []


def test_the_file_beside_an_article_stands_in_its_folder():
    assert spare_name("_news/x/a.md") == f"_news/x/{spare_name('a.md')}"
    assert spare_name("a.md").startswith(".")
    assert spare_name("a.md") != spare_name("b.md")


# A record that is not whole.


def test_a_last_line_that_was_not_written_whole_is_passed_over(site: Path):
    written(site, a=OLD, b=NEW)
    data = file_of(site).read_bytes()
    for length in range(data.index(b"\n") + 1, len(data) - 1):
        file_of(site).write_bytes(data[:length])
        record = Record(site)
        assert record.problems == []
        assert record.find("a.md", OLD.hash) == OLD
        assert record.find("b.md", NEW.hash) is None


def test_a_last_line_without_its_line_end_counts(site: Path):
    written(site, a=OLD)
    file_of(site).write_bytes(file_of(site).read_bytes()[:-1])
    Record(site).begin([("b.md", NEW)])
    record = Record(site)
    assert (record.find("a.md", OLD.hash), record.find("b.md", NEW.hash), record.problems) == (OLD, NEW, [])


def test_two_runs_that_are_cut_off_one_after_the_other_are_no_problem(site: Path):
    written(site, a=OLD)
    with file_of(site).open("ab") as stream:
        stream.write(b'{"path": "b.md", "blo')
    Record(site).begin([("b.md", NEW)])
    record = Record(site)
    assert (record.find("a.md", OLD.hash), record.find("b.md", NEW.hash), record.problems) == (OLD, NEW, [])


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "7",
        "{}",
        '{"path": "a.md", "block": 7, "items": []}',
        '{"path": "a.md", "block": "7", "items": 7}',
        '{"path": "a.md", "block": "7", "items": [7]}',
        '{"path": 7, "block": "7", "items": []}',
        "\xff",
    ],
)
def test_a_broken_line_in_the_middle_is_a_problem_and_the_others_count(site: Path, line: str):
    written(site, a=OLD, b=NEW)
    second = file_of(site).read_bytes().splitlines(keepends=True)[1]
    file_of(site).write_bytes(line.encode("latin-1") + b"\n" + second)
    record = Record(site)
    assert record.find("a.md", OLD.hash) is None
    assert record.find("b.md", NEW.hash) == NEW
    (problem,) = record.problems
    assert isinstance(problem, InputError)
    assert problem.where == f"{file_of(site)}, line 1"
    assert "counts as someone else's" in str(problem)


def test_a_broken_line_is_told_of_once(site: Path):
    file_of(site).write_bytes(b"nonsense\n")
    Record(site).save()
    assert Record(site).problems == []


def test_a_record_that_cannot_be_read_is_an_error(site: Path):
    file_of(site).mkdir()
    with pytest.raises(WriteError, match="the record of written blocks cannot be read"):
        Record(site)


def test_nothing_is_written_where_nothing_changed(site: Path):
    written(site, a=OLD)
    before = file_of(site).stat()
    record = Record(site)
    record.settle("a.md", OLD.hash, OLD)
    record.save()
    assert file_of(site).stat() == before


# One run at a time.


def test_a_second_run_is_refused(tmp_path: Path):
    with Record(tmp_path).held(), pytest.raises(BusyError, match="another run is filling this site"):  # noqa: SIM117
        with Record(tmp_path).held():
            raise AssertionError
    with Record(tmp_path).held():
        pass


def test_git_leaves_out_what_belongs_to_one_machine(tmp_path: Path):
    with Record(tmp_path).held():
        pass
    assert (tmp_path / FOLDER / ".gitignore").read_text(encoding="utf-8").split() == [
        "cache.jsonl",
        "lock",
        "review.jsonl",
    ]


def test_an_empty_list_that_a_full_disk_left_is_written_again(tmp_path: Path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ".gitignore").touch()
    with Record(tmp_path).held():
        pass
    assert (tmp_path / FOLDER / ".gitignore").read_text(encoding="utf-8").split() == [
        "cache.jsonl",
        "lock",
        "review.jsonl",
    ]


def test_a_site_that_cannot_be_written_to_is_an_error(tmp_path: Path):
    record = Record(tmp_path)
    (tmp_path / FOLDER).touch()
    with pytest.raises(WriteError, match="cannot be recorded"), record.held():
        raise AssertionError


# What was handed out as lines.


def test_the_newest_blocks_of_an_article_are_remembered(site: Path):
    blocks = [Block(hash_block(b"%d" % number), ("x",)) for number in range(10)]
    for block in blocks:
        record = Record(site, of_lines=True)
        record.begin([("a", block)])
        record.remember("a", blocks[0], block)
        record.save()
    record = Record(site, of_lines=True)
    assert [record.find("a", block.hash) == block for block in blocks] == [True, False, False] + [True] * 7


def test_lists_without_items_leave_no_trace(site: Path):
    record = Record(site, of_lines=True)
    record.begin([("a", Block("", ()))])
    record.remember("a", None, Block("", ()))
    record.save()
    assert (site / FOLDER / "written-lines.jsonl").read_bytes() == b""


def test_lines_and_files_have_records_of_their_own(site: Path):
    written(site, a=OLD)
    assert Record(site, of_lines=True).find("a.md", OLD.hash) is None
