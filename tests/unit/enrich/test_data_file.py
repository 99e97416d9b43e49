"""The data file is written whole, and never replaces someone else's file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from support.enriching import Filling, Lists, address, article, settings_of

from recommender.enrich import DataFile, Outcome
from recommender.enrich.record import Record
from recommender.errors import BusyError, ConfigError, WriteError
from recommender.related.recommender import Recommender

LISTS = {"a": ["b", "c"], "b": ["a"]}
TITLES = {"a": "Ants", "b": "Bees", "c": "Crabs"}


@pytest.fixture
def file(filling: Filling) -> Path:
    return filling.site / "_data" / "related.json"


@contextmanager
def opened(filling: Filling, file: Path, lists: Lists, *, overwrite: bool = False) -> Iterator[DataFile]:
    settings = settings_of(lists)
    recommender = Recommender.open(filling.collection, weights=settings.ranking, rules=settings.rules)
    try:
        yield DataFile(file, filling.site, recommender, settings, overwrite=overwrite)
    finally:
        recommender.close()


def fill(filling: Filling, file: Path, lists: Lists = LISTS, *, overwrite: bool = False) -> dict[str, Outcome]:
    with opened(filling, file, lists, overwrite=overwrite) as run:
        return {page.path: page.outcome for page in run.fill()}


def entry(name: str) -> dict[str, str]:
    return {"title": TITLES[name], "webUrl": address(TITLES[name]), "id": name}


def expected(lists: Lists = LISTS) -> dict[str, list[dict[str, str]]]:
    return {name: [entry(each) for each in shown] for name, shown in lists.items()}


@pytest.mark.parametrize(
    ("name", "read"), [("x.json", json.loads), ("x.yml", yaml.safe_load), ("x.YAML", yaml.safe_load)]
)
def test_every_list_stands_under_its_articles_id(filling: Filling, name: str, read: Callable[[str], object]):
    before = {path: path.read_bytes() for path in filling.site.glob("*.md")}
    file = filling.site / "deep" / "er" / name
    assert fill(filling, file) == {"a": Outcome.FILLED, "b": Outcome.FILLED, "c": Outcome.EMPTY}
    assert read(file.read_text(encoding="utf-8")) == expected()
    assert {path: path.read_bytes() for path in filling.site.glob("*.md")} == before


@pytest.mark.parametrize("name", ["x.json", "x.yml"])
def test_what_is_written_is_the_same_in_the_next_run(filling: Filling, name: str):
    file = filling.site / name
    fill(filling, file)
    before = file.stat()
    assert fill(filling, file) == {"a": Outcome.SAME, "b": Outcome.SAME, "c": Outcome.EMPTY}
    assert file.stat() == before


def test_lists_that_change_are_told_of(filling: Filling, file: Path):
    fill(filling, file)
    with opened(filling, file, {"a": ["c"]}) as run:
        pages = {page.path: page for page in run.fill()}
    assert {path: page.outcome for path, page in pages.items()} == {
        "a": Outcome.CHANGED,
        "b": Outcome.EMPTIED,
        "c": Outcome.EMPTY,
    }
    assert pages["a"].why == ("- b: under the minimum of 1",)
    assert json.loads(file.read_bytes()) == expected({"a": ["c"]})
    assert (run.coverage.files, run.coverage.changed, run.coverage.articles) == (3, 2, 3)


@pytest.mark.parametrize(("name", "nothing"), [("x.json", "{}\n"), ("x.yml", "{}\n")])
def test_no_lists_are_an_empty_mapping(filling: Filling, name: str, nothing: str):
    fill(filling, filling.site / name, {})
    assert (filling.site / name).read_text(encoding="utf-8") == nothing
    assert fill(filling, filling.site / name, {"a": ["b"]})["a"] is Outcome.FILLED


@pytest.mark.parametrize("name", ["x.json", "x.yml"])
def test_any_id_is_a_key(tmp_path: Path, name: str):
    made = Filling(tmp_path / "site", tmp_path / "collection")
    ids = ["2024", "no", "2024-05-06", "posts/é b", "a: b", "- c", "null"]
    for number, each in enumerate(ids):
        made.write(f"{number}.md", article(f"Story {number}", id=json.dumps(each)))
    made.build()
    file = tmp_path / name
    lists = {each: [ids[0] if each != ids[0] else ids[1]] for each in ids}
    fill(made, file, lists)
    assert yaml.safe_load(file.read_text(encoding="utf-8")).keys() == set(ids)
    assert set(fill(made, file, lists).values()) == {Outcome.SAME}


def test_a_plan_writes_nothing(filling: Filling, file: Path):
    with opened(filling, file, LISTS) as run:
        assert [page.outcome for page in run.plan()] == [Outcome.FILLED, Outcome.FILLED, Outcome.EMPTY]
    assert sorted(path.name for path in filling.site.iterdir()) == ["a.md", "b.md", "c.md"]


@pytest.mark.parametrize("theirs", ['{"a": []}', "not JSON", "[]"])
def test_what_someone_else_wrote_is_kept_unless_it_may_be_overwritten(filling: Filling, file: Path, theirs: str):
    file.parent.mkdir()
    file.write_text(theirs, encoding="utf-8")
    with pytest.raises(WriteError, match="was not written by related enrich, or was changed since") as caught:
        fill(filling, file)
    assert (caught.value.where, caught.value.hint) == (str(file), "--overwrite replaces it")
    assert file.read_text(encoding="utf-8") == theirs
    fill(filling, file, overwrite=True)
    assert json.loads(file.read_bytes()) == expected()
    assert fill(filling, file)["a"] is Outcome.SAME


def test_what_somebody_changed_since_is_theirs(filling: Filling, file: Path):
    fill(filling, file)
    changed = file.read_text(encoding="utf-8").replace("Bees", "Bumblebees")
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(WriteError, match="changed since"):
        fill(filling, file)
    assert file.read_text(encoding="utf-8") == changed


def test_what_git_did_to_line_ends_is_no_change_of_someone_else(filling: Filling, file: Path):
    fill(filling, file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert fill(filling, file)["a"] is Outcome.SAME


def test_what_somebody_writes_while_lists_are_made_is_not_overwritten(filling: Filling, file: Path):
    fill(filling, file)
    with opened(filling, file, {"a": ["c"]}) as run:
        pages = run.fill()
        next(pages)
        file.write_text("theirs", encoding="utf-8")
        with pytest.raises(WriteError, match="the file changed during the run"):
            list(pages)
    assert file.read_text(encoding="utf-8") == "theirs"


def test_what_another_run_records_meanwhile_is_kept(filling: Filling, file: Path):
    with opened(filling, file, LISTS) as run:
        filling.fill({"a": ["b"]})
        list(run.fill())
    assert filling.outcomes({"a": ["c"]})["a.md"] is Outcome.CHANGED


def test_while_another_run_is_at_work_nothing_is_written(filling: Filling, file: Path):
    with Record(filling.site).held(), pytest.raises(BusyError):
        fill(filling, file)
    assert not file.exists()


def test_a_run_over_the_files_does_not_forget_the_data_file(filling: Filling, file: Path):
    fill(filling, file)
    filling.fill({"a": ["b"]})
    assert fill(filling, file, {"a": ["c"]})["a"] is Outcome.CHANGED


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("a.md/x.json", "the file cannot be read: Not a directory"),
        ("/proc/nowhere/x.json", "the file cannot be written: No such file or directory"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_an_error(filling: Filling, place: str, fault: str):
    with pytest.raises(WriteError, match=fault):
        fill(filling, filling.site / place)


def test_a_file_of_another_kind_is_refused(filling: Filling):
    with pytest.raises(ConfigError, match=r"expected a file that ends in \.json, \.yml, \.yaml"):
        fill(filling, filling.site / "related.toml")


def test_where_most_articles_have_no_address_nothing_is_written(filling: Filling, file: Path):
    for name in "ab":
        filling.write(f"{name}.md", article(name, webUrl=""))
    filling.build()
    with pytest.raises(ConfigError, match="2 of 3 articles have no address"):
        fill(filling, file)
    assert not file.parent.exists()
