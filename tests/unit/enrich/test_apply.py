"""Planned changes are written, each file whole or not at all."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from support.disks import fill as fill_disk
from support.enriching import Filling, article, block, settings_of, with_block

from recommender.enrich import FolderSite, Outcome, PlannedPage
from recommender.enrich.record import Record, hash_block
from recommender.errors import BusyError, RelatedError, SourceError, WriteError
from recommender.related.recommender import Recommender

LISTS = {"a": ["b"], "b": ["a"], "c": ["a"]}


def temporary(site: Path) -> list[Path]:
    return [path for path in site.rglob("*") if path.name.endswith(("-new", ".new"))]


def failed(page: PlannedPage) -> str:
    assert page.outcome is Outcome.FAILED
    assert isinstance(page.problem, RelatedError)
    assert page.edit is None
    return str(page.problem)


@pytest.fixture
def between(filling: Filling):
    """Runs `LISTS` over the site, and does something when everything is planned and nothing written."""

    def run(change):
        begin = Record.begin

        def changed(record, blocks):
            change()
            begin(record, blocks)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Record, "begin", changed)
            return filling.fill(LISTS)

    return run


# What is written.


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_a_file_keeps_its_mode(filling: Filling, mode: int):
    (filling.site / "a.md").chmod(mode)
    filling.fill(LISTS)
    assert (filling.site / "a.md").stat().st_mode & 0o7777 == mode
    assert "Bees" in filling.read("a.md")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_keeps_its_owner(filling: Filling):
    os.chown(filling.site / "a.md", 1234, 2345)
    filling.fill(LISTS)
    found = (filling.site / "a.md").stat()
    assert (found.st_uid, found.st_gid) == (1234, 2345)


def test_a_file_of_dos_lines_gets_a_block_of_dos_lines(filling: Filling):
    filling.write("a.md", article("Ants").replace("\n", "\r\n"))
    filling.fill(LISTS)
    assert filling.read("a.md") == with_block(article("Ants"), "Bees").replace("\n", "\r\n")
    assert filling.outcomes(LISTS)["a.md"] is Outcome.SAME


def test_everything_outside_the_block_keeps_every_byte(filling: Filling):
    text = "\ufeff---\n# no title yet\ntitle:   'Ants' # or aunts\n\n\nsecured: x  \n---  \n\n body\r\n\t"
    filling.write("a.md", text)
    filling.fill(LISTS)
    assert filling.read("a.md") == text.replace("secured", f"{block('Bees')}\nsecured")
    filling.fill({})
    assert filling.read("a.md") == text


def test_the_record_says_what_the_files_hold(filling: Filling):
    filling.fill({"a": ["b", "c"]})
    lines = (filling.site / ".related" / "written.jsonl").read_text(encoding="utf-8").splitlines()
    written = hash_block(block("Bees", "Crabs").encode())
    assert [json.loads(line) for line in lines] == [{"path": "a.md", "block": written, "items": ["b", "c"]}]


def test_nothing_else_is_left(filling: Filling):
    filling.fill(LISTS)
    assert sorted(path.name for path in filling.site.iterdir()) == [".related", "a.md", "b.md", "c.md"]
    assert sorted(path.name for path in (filling.site / ".related").iterdir()) == [
        ".gitignore",
        "cache.jsonl",
        "lock",
        "written.jsonl",
    ]


def test_more_files_than_a_batch_holds_are_all_written(tmp_path: Path):
    filling = Filling(tmp_path / "site", tmp_path / "collection")
    names = [f"{number:03}" for number in range(150)]
    for name in names:
        filling.write(f"{name}.md", article(f"Story {name}"))
    filling.build()
    lists = {name: [names[number - 1]] for number, name in enumerate(names)}
    assert set(filling.outcomes(lists).values()) == {Outcome.FILLED}
    assert set(filling.outcomes(lists).values()) == {Outcome.SAME}
    assert len((filling.site / ".related" / "written.jsonl").read_bytes().splitlines()) == 150


# What cannot be written.


def test_a_read_only_file_is_a_problem_and_the_rest_is_written(filling: Filling):
    (filling.site / "a.md").chmod(0o444)
    pages = filling.fill(LISTS)
    assert failed(pages["a.md"]) == f"{filling.site}/a.md: the file is read-only; expected a writable file"
    assert filling.read("a.md") == article("Ants")
    assert (pages["b.md"].outcome, pages["c.md"].outcome) == (Outcome.FILLED, Outcome.FILLED)
    (filling.site / "a.md").chmod(0o644)
    assert filling.outcomes(LISTS)["a.md"] is Outcome.FILLED


def test_a_file_that_changed_since_it_was_planned_is_as_it_was_left(filling: Filling, between):
    pages = between(lambda: filling.write("a.md", article("Aunts")))
    assert "the file changed during the run" in failed(pages["a.md"])
    assert filling.read("a.md") == article("Aunts")
    assert pages["b.md"].outcome is Outcome.FILLED
    assert temporary(filling.site) == []
    assert filling.outcomes(LISTS)["a.md"] is Outcome.FILLED


def test_a_block_that_was_written_since_it_was_planned_is_kept(filling: Filling, between):
    theirs = "---\ntitle: Ants\nrelated:\n  - title: Theirs\n---\n"
    failed(between(lambda: filling.write("a.md", theirs))["a.md"])
    assert filling.outcomes(LISTS)["a.md"] is Outcome.KEPT
    assert filling.read("a.md") == theirs


def test_a_file_that_is_deleted_since_it_was_planned_stays_so(filling: Filling, between):
    pages = between((filling.site / "a.md").unlink)
    assert "No such file" in failed(pages["a.md"])
    assert not (filling.site / "a.md").exists()
    assert temporary(filling.site) == []
    assert pages["b.md"].outcome is Outcome.FILLED


def test_a_folder_that_is_deleted_since_it_was_planned_is_a_problem(filling: Filling, between):
    filling.write("z/d.md", article("Dogs"))
    filling.build()

    def remove():
        (filling.site / "z" / "d.md").unlink()
        (filling.site / "z").rmdir()

    assert between(remove)["a.md"].outcome is Outcome.FILLED


def test_the_longest_name_that_a_file_may_have_is_filled(filling: Filling):
    name = "long" * 62
    filling.write(f"{name}.md", article("Long"))
    filling.build()
    pages = filling.fill({**LISTS, name: ["a"]})
    assert pages[f"{name}.md"].outcome is Outcome.FILLED
    assert temporary(filling.site) == []


def test_a_run_that_stops_in_the_middle_loses_nothing(filling: Filling):
    settings = settings_of(LISTS)
    with closing(Recommender.open(filling.collection, rules=settings.rules)) as opened:
        pages = FolderSite(filling.site, opened, settings).fill()
        assert next(pages).outcome is Outcome.FILLED
        pages.close()
    assert filling.read("b.md") == article("Bees")
    assert filling.outcomes(LISTS) == {
        "a.md": Outcome.SAME,
        "b.md": Outcome.FILLED,
        "c.md": Outcome.FILLED,
    }


def test_a_run_knows_what_another_one_wrote_before_it_began(filling: Filling):
    settings = settings_of(LISTS)
    with closing(Recommender.open(filling.collection, rules=settings.rules)) as opened:
        late = FolderSite(filling.site, opened, settings)
        filling.fill(LISTS)
        assert {page.outcome for page in late.fill()} == {Outcome.SAME}
    assert set(filling.outcomes(LISTS).values()) == {Outcome.SAME}


def test_where_nothing_can_be_recorded_nothing_is_written(filling: Filling):
    (filling.site / ".related" / "written.jsonl.new").mkdir(parents=True)
    filling.write(".related/written.jsonl", '{"path": "a')
    with pytest.raises(WriteError, match="cannot be recorded"):
        filling.fill(LISTS)
    assert filling.read("a.md") == article("Ants")


def test_a_second_run_at_the_same_time_is_refused(filling: Filling, between):
    def second():
        with pytest.raises(BusyError):
            filling.fill(LISTS)

    assert between(second)["a.md"].outcome is Outcome.FILLED


@pytest.mark.parametrize("name", ["nowhere", "a.md"])
def test_a_site_is_a_folder(filling: Filling, name: str):
    with pytest.raises(SourceError):
        filling.fill({}, site=filling.site / name)


# Disks.


@pytest.fixture
def disk(small_disk, tmp_path: Path) -> Filling:
    """A site of ten articles on a disk of one megabyte."""
    made = Filling(small_disk("1m") / "site", tmp_path / "collection")
    for number in range(10):
        made.write(f"{number}.md", article(f"Story {number}") + "x" * 30_000)
    made.build()
    return made


FULL = {str(number): [str((number + 1) % 10)] for number in range(10)}


@pytest.mark.parametrize("leave", [0, 4096, 8192, 16384, 65536, 131072])
def test_on_a_full_disk_each_file_is_as_it_was_or_as_it_is_to_be(disk: Filling, leave: int):
    before = {path.name: path.read_bytes() for path in disk.site.glob("*.md")}
    filler = fill_disk(disk.site.parent, leave)
    try:
        pages = disk.fill(FULL)
    except WriteError as error:
        assert "No space left" in str(error)
        pages = {}
    whole = {path: with_block(data.decode(), "x").encode() for path, data in before.items()}
    for path, data in before.items():
        found = (disk.site / path).read_bytes()
        if found != data:
            assert len(found) > len(data)
            assert len(whole[path]) <= len(found)
            assert pages[path].outcome is Outcome.FILLED
        elif path in pages:
            assert "No space left" in failed(pages[path])
    filler.unlink()
    done = disk.outcomes(FULL)
    assert set(done.values()) <= {Outcome.FILLED, Outcome.SAME}
    assert set(disk.outcomes(FULL).values()) == {Outcome.SAME}
    assert temporary(disk.site) == []
    assert disk.coverage.problems == []


def test_a_site_that_can_only_be_read_is_an_error(filling: Filling, read_only_copy):
    site = read_only_copy(filling.site)
    with pytest.raises(WriteError, match="cannot be recorded: Read-only file system"):
        filling.fill(LISTS, site=site)
