"""`related enrich` as it is run."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.answering import ACLU, REUTERS
from support.copies import made_once
from support.enriching import Filling, address, article, block, with_block

from recommender.build import build
from recommender.config import Settings

EXAMPLE = """\
related:
  - title: "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL"
    excerpt: "Plaintiffs in the recently consolidated multidistrict privacy litigation against Clearview AI Inc are \
seeking a preliminary injunction, renewing a previous push to bar the company from collecting Illinois residents\
â€™ biometric data without consent."
    publishedDateTime: 2021-04-12T19:55:00Z
    webUrl: "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL"
    ampWebUrl: "https://mobile.reuters.com/article/amp/idUSL1N2M52TL"
    cdnAmpWebUrl: "https://mobile-reuters-com.cdn.ampproject.org/c/s/mobile.reuters.com/article/amp/idUSL1N2M52TL"
    type: article
    provider:
      name: Reuters
      domain: reuters.com
    quality: 67

"""
"""The block that the example has, and the line below it."""

HERE, THERE = (
    '# rules\n[ranking]\nmin_score = 1\n[site]\ngenerator = "everyday"\n[rules.pinned]\n',
    "related.toml",
)


def snapshot(folder: Path) -> dict[str, bytes]:
    """What every file below a folder holds, whatever its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def articles(folder: Path) -> dict[str, bytes]:
    return {path: data for path, data in snapshot(folder).items() if path.endswith(".md")}


def said(done: subprocess.CompletedProcess[str], code: int = 0) -> str:
    assert done.returncode == code, done.stderr
    return done.stderr


# The example.


@pytest.fixture
def copy(site: Path, tmp_path: Path) -> Path:
    """The sample site, to be written to."""
    return Path(shutil.copytree(site, tmp_path / "site"))


def test_after_a_build_the_example_is_filled_as_it_was_written(related, site: Path, tmp_path: Path, root: Path):
    for name in (ACLU, REUTERS):
        target = tmp_path / "site" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(site / f"{name}.md", target)
    file = tmp_path / "site" / f"{ACLU}.md"
    before = file.read_text(encoding="utf-8")
    assert "related:" not in before
    said(related("build", "site", "--collection", "c", cwd=tmp_path))
    (tmp_path / "site" / "related.toml").write_text("[ranking]\nmin_score = 0\n", encoding="utf-8")
    done = related("enrich", "site", "--collection", "c", "--no-repair", "--only", "*aclu*", cwd=tmp_path)
    assert "filled       1 (100.0%) of the requested files, 1 items" in said(done)
    found = file.read_text(encoding="utf-8")
    assert found == before.replace("secured: ", f"{EXAMPLE}secured: ")
    example = root.parent / "shared" / "example" / file.name
    assert not example.is_file() or file.read_bytes() == example.read_bytes()


def test_in_the_sample_site_the_examples_item_comes_first(related, copy: Path, site_collection: Path):
    file = copy / f"{ACLU}.md"
    before = file.read_text(encoding="utf-8")
    options = ("--collection", site_collection, "--only", "*aclu*")
    said(related("enrich", copy, *options, "-k", 1, "--no-repair"))
    assert file.read_text(encoding="utf-8") == before.replace("secured: ", f"{EXAMPLE}secured: ")
    said(related("enrich", copy, *options, "-k", 1))
    repaired = EXAMPLE.replace("residentsâ€™", "residents’")
    assert file.read_text(encoding="utf-8") == before.replace("secured: ", f"{repaired}secured: ")
    said(related("enrich", copy, *options))
    found = file.read_text(encoding="utf-8")
    head, tail = before.split("secured: ")
    assert found.startswith(head + repaired.rstrip("\n"))
    assert found.endswith(f"\n\nsecured: {tail}")
    assert found.count("\n  - title: ") == 5


def test_the_whole_site_is_filled_and_every_change_is_added_lines(related, copy: Path, site_collection: Path):
    before = articles(copy)
    done = related("enrich", copy, "--collection", site_collection)
    assert "recommended  " in said(done)
    after = articles(copy)
    changed = [path for path in before if before[path] != after[path]]
    assert len(done.stdout.splitlines()) == len(changed) > 50
    for path in changed:
        lines = [data.decode().split("\n") for data in (before[path], after[path])]
        assert not [line for line in difflib.ndiff(*lines) if line.startswith("-")]
    assert related("enrich", copy, "--collection", site_collection).stdout == ""
    assert articles(copy) == after


def test_without_lists_the_site_is_as_it_was(related, copy: Path, site_collection: Path):
    before = articles(copy)
    said(related("enrich", copy, "--collection", site_collection))
    assert articles(copy) != before
    (copy / "related.toml").write_text("[ranking]\nmin_score = 1\n", encoding="utf-8")
    said(related("enrich", copy, "--collection", site_collection))
    assert articles(copy) == before


def test_a_list_changes_when_the_site_does_and_it_is_said_why(related, copy: Path, real_encoder, tmp_path: Path):
    def run() -> subprocess.CompletedProcess[str]:
        build([copy], tmp_path / "c", settings=Settings(), encoder=real_encoder)
        return related("enrich", copy, "--collection", tmp_path / "c")

    assert "churn        0 items gained, 0 lost of 0 (0.0%)" in said(run())
    (copy / f"{REUTERS}.md").unlink()
    news = (copy / f"{ACLU}.md").read_text(encoding="utf-8").replace("aclu-suit-seeks", "aclu-seeks-again")
    (copy / "_news" / "new.md").write_text(news.replace("ACLU suit seeks", "ACLU asks a court for"), encoding="utf-8")
    again = run()
    lines = {line.split()[1]: line for line in again.stdout.splitlines()}
    assert lines[f"{ACLU}.md"].startswith("changed ")
    assert f"- {REUTERS}: no longer in the collection" in lines[f"{ACLU}.md"]
    churn = next(line for line in said(again).splitlines() if line.startswith("churn"))
    assert " 0 items gained" not in churn
    assert " 0 lost" not in churn


# Other runs, over a site whose lists are given.


@pytest.fixture
def small(tmp_path: Path) -> Filling:
    """Files of several hands, of which each shows one other."""
    made_once("files of several hands", fill_small, tmp_path)
    return Filling(tmp_path / "site", tmp_path / "collection")


def fill_small(folder: Path) -> None:
    made = Filling(folder / "site", folder / "collection")
    made.write("a.md", article("Ants"))
    made.write("b.md", article("Bees", secured="x"))
    made.write("dos.md", article("Crabs").replace("\n", "\r\n"))
    made.write("no newline.md", f"---\ntitle: Dogs\nwebUrl: {address('Dogs')}\n---")
    eels = f"title: 'Eels\u2028\x85'\nwebUrl: {address('Eels')}\n\nsecured: x\n"
    made.write("odd.md", f"\ufeff---\n{eels}...\nA\x0cB\rC\u2028D\n\n")
    made.write("_news/ü.md", article("Flies"))
    made.build()
    pins = {"a": "b", "b": "a", "dos": "a", "no newline": "a", "odd": "a", "_news/ü": "odd"}
    lines = "".join(f'"{name}" = ["{shown}"]\n' for name, shown in pins.items())
    made.write(THERE, HERE + lines)


def dry_run(small: Filling) -> bytes:
    """What a dry run prints, byte for byte."""
    command = [sys.executable, "-m", "recommender.cli", "enrich", small.site, "--collection", small.collection]
    return subprocess.run([*map(str, command), "--dry-run"], capture_output=True, check=True).stdout


def apply_patch(folder: Path, patch: bytes) -> None:
    subprocess.run(["patch", "-p1", "--binary", "--fuzz=0"], cwd=folder, input=patch, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch")
def test_a_dry_run_prints_a_patch_that_gives_what_a_run_writes(related, small: Filling, tmp_path: Path):
    before = snapshot(small.site)
    patch = dry_run(small)
    assert snapshot(small.site) == before
    assert not (small.site / ".related").exists()
    patched = Path(shutil.copytree(small.site, tmp_path / "patched"))
    apply_patch(patched, patch)
    said(related("enrich", small.site, "--collection", small.collection))
    assert articles(patched) == articles(small.site)
    assert articles(patched).keys() == articles(small.site).keys()
    assert all(before[path] != data for path, data in articles(small.site).items())


@pytest.mark.skipif(not shutil.which("patch"), reason="there is no patch")
def test_a_patch_takes_out_what_a_run_takes_out(related, small: Filling, tmp_path: Path):
    before = articles(small.site)
    said(related("enrich", small.site, "--collection", small.collection))
    small.write(THERE, HERE)
    patch = dry_run(small)
    apply_patch(small.site, patch)
    assert articles(small.site) == before


def test_a_dry_run_keeps_to_the_limit(related, small: Filling):
    done = related("enrich", small.site, "--collection", small.collection, "--dry-run", "--limit", 2)
    assert done.stdout.count("\n+related:") == 2


def test_a_check_says_whether_something_would_change(related, small: Filling):
    options = ("--collection", small.collection, "--check")
    before = snapshot(small.site)
    done = related("enrich", small.site, *options)
    said(done, 4)
    assert done.stdout.splitlines()[0] == "filled     _news/ü.md  1 item"
    assert snapshot(small.site) == before
    said(related("enrich", small.site, "--collection", small.collection))
    done = related("enrich", small.site, *options)
    assert "6 same" in said(done)
    assert done.stdout == ""


def test_with_a_broken_file_the_rest_is_done(related, small: Filling):
    broken = small.write("b.md", "---\ntitle: [\n---\n")
    done = related("enrich", small.site, "--collection", small.collection)
    assert said(done, 3).startswith(f"problem: {broken}, line ")
    assert "1 failed" in done.stderr
    assert small.read("b.md") == "---\ntitle: [\n---\n"
    assert small.read("a.md") == with_block(article("Ants"), "Bees")


def test_an_article_that_is_new_asks_for_a_build(related, small: Filling):
    small.write("new.md", article("New"))
    done = related("enrich", small.site, "--collection", small.collection)
    assert said(done, 3).splitlines()[0] == (
        f"problem: {small.site}/new.md: the article new is not in the collection "
        "(hint: build the collection again: related build)"
    )


def test_what_is_kept_is_listed_until_it_is_taken_over(related, small: Filling):
    theirs = with_block(article("Ants"), "Theirs")
    small.write("a.md", theirs)
    done = related("enrich", small.site, "--collection", small.collection)
    assert said(done).splitlines()[:2] == [
        "kept: a.md has a related field that this command did not write",
        "note: --overwrite replaces the kept fields",
    ]
    assert small.read("a.md") == theirs
    done = related("enrich", small.site, "--collection", small.collection, "--overwrite")
    assert done.stdout == "taken over a.md  1 item\n"
    assert "kept" not in said(done)
    assert small.read("a.md") == with_block(article("Ants"), "Bees")


def test_files_that_changed_since_the_build_are_noted(related, small: Filling):
    small.write("a.md", article("Aunts"))
    done = related("enrich", small.site, "--collection", small.collection)
    assert "note: 1 files changed since the collection was built; related build reads them\n" in said(done)


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--only", "a.md"], ["a.md"]),
        (["--only", "_news/*", "--only", "odd*"], ["_news/ü.md", "odd.md"]),
        (["--limit", "1"], ["_news/ü.md"]),
        (["--changed-since", "PT1H"], ["a.md"]),
        (["--changed-since", "2020-01-01", "--limit", "2"], ["_news/ü.md", "a.md"]),
    ],
)
def test_some_files_may_be_chosen(related, small: Filling, options: list[str], changed: list[str]):
    for path in articles(small.site):
        if path != "a.md":
            os.utime(small.site / path, (1.7e9, 1.7e9))
    before = articles(small.site)
    said(related("enrich", small.site, "--collection", small.collection, *options))
    assert sorted(path for path, data in articles(small.site).items() if data != before[path]) == changed


def test_the_number_of_items_is_an_option_or_a_setting(related, small: Filling):
    small.write(THERE, f'[enrich]\nitems = 2\n{HERE}a = ["b", "dos", "no newline"]\n')
    said(related("enrich", small.site, "--collection", small.collection, "-k", 1))
    assert small.read("a.md") == with_block(article("Ants"), "Bees")
    said(related("enrich", small.site, "--collection", small.collection))
    assert small.read("a.md") == with_block(article("Ants"), "Bees", "Crabs")


def test_all_lists_may_go_into_one_data_file(related, small: Filling, tmp_path: Path):
    before = articles(small.site)
    options = ("enrich", small.site, "--collection", small.collection, "--into", tmp_path / "related.json")
    done = related(*options, "--check")
    said(done, 4)
    assert not (tmp_path / "related.json").exists()
    assert "6 filled" in said(related(*options))
    lists = json.loads((tmp_path / "related.json").read_bytes())
    assert lists["a"] == [{"title": "Bees", "webUrl": address("Bees"), "id": "b"}]
    assert lists.keys() == {"a", "b", "dos", "no newline", "odd", "_news/ü"}
    assert "6 same" in said(related(*options, "--check"))
    assert articles(small.site) == before


@pytest.mark.parametrize("options", [["--into", "x.json", "--only", "a.md"], ["--into", "x.json", "--out", "y.jsonl"]])
def test_a_data_file_holds_all_lists(related, small: Filling, tmp_path: Path, options: list[str]):
    done = related("enrich", small.site, "--collection", small.collection, *options, cwd=tmp_path)
    assert "--into writes the lists of all articles" in " ".join(said(done, 2).split())


@pytest.mark.parametrize("options", [[], ["--into", "related.json"]])
def test_where_addresses_can_not_be_known_nothing_is_written(related, tmp_path: Path, options: list[str]):
    made = Filling(tmp_path / "site", tmp_path / "collection", "markdown")
    for name in "abc":
        made.write(f"{name}.md", article(name, webUrl=""))
    made.build()
    before = snapshot(made.site)
    done = related("enrich", "site", "--collection", "collection", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "3 of 3 articles have no address" in done.stderr
    assert 'url = "https://your-site.example/{path}/" under [site] in related.toml' in done.stderr
    assert snapshot(made.site) == before
    assert not (tmp_path / "related.json").exists()


def test_a_settings_file_may_be_named(related, small: Filling, tmp_path: Path):
    config = tmp_path / "other.toml"
    config.write_text(f'{HERE}a = ["dos"]\n', encoding="utf-8")
    said(related("enrich", small.site, "--collection", small.collection, "--config", config))
    assert small.read("a.md") == with_block(article("Ants"), "Crabs")
    assert small.read("b.md") == article("Bees", secured="x")


def test_a_block_stands_above_what_is_secured(related, small: Filling):
    said(related("enrich", small.site, "--collection", small.collection))
    assert small.read("b.md") == article("Bees", secured="x").replace("secured", f"{block('Ants')}secured")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--collection", "collection"], "nowhere: there is no such folder"),
        (["site", "--collection", "nowhere"], "nowhere: there is no collection here"),
        (["site", "--collection", "collection", "--config", "no.toml"], "no.toml: the settings cannot be read"),
        (["site", "--collection", "collection", "--changed-since", "soon"], "--changed-since is 'soon'"),
    ],
)
def test_what_can_not_be_done_is_one_line(related, small: Filling, tmp_path: Path, arguments: list[str], message: str):
    before = snapshot(small.site)
    done = related("enrich", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert snapshot(small.site) == before


@pytest.mark.parametrize("options", [["-k", "0"], ["-k", "1001"], ["--limit", "0"]])
def test_wrong_options_are_wrong_usage(related, small: Filling, options: list[str]):
    done = related("enrich", small.site, "--collection", small.collection, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (small.site / ".related").exists()


def test_the_help_shows_how_it_is_used(related):
    shown = related("enrich", "--help").stdout
    for line in (
        "related enrich site --collection collection --dry-run",
        'related enrich site --collection collection --only "_news/2021-*" --changed-since P1D',
        "related enrich site --collection collection --check",
    ):
        assert line in shown
    assert "exit with 4 if a file would change" in shown
