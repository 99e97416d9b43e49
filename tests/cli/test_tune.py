"""`related tune` as it is run, and the scorers that other commands take."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.encoders import CountingEncoder
from support.reports import assert_self_contained, tuned
from support.tuning import invented_site, qrels_text, scorer_file, shuffled

from recommender import cli
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.evaluation.tuning_report import render_tuning
from recommender.ranking.learned import LearnedScorer

RECORDS, JUDGED = invented_site(40)


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Here = Callable[..., Done]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    """Runs the command in this process."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["related", *map(str, arguments)])
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return Done(int(stop.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("invented")
    source = folder / "articles.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")
    build([source], folder / "collection", settings=Settings(), encoder=CountingEncoder())
    return folder / "collection"


@pytest.fixture
def collection(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "collection"))


@pytest.fixture
def qrels(tmp_path: Path) -> Path:
    path = tmp_path / "qrels.txt"
    path.write_text(qrels_text(JUDGED), encoding="utf-8")
    return path


@pytest.fixture
def scorer(tmp_path: Path) -> Path:
    path = tmp_path / "scorer.json"
    path.write_text(scorer_file().text(), encoding="utf-8")
    return path


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    """The collection, with its judgements as links below the beginnings of its articles, which alone are encoded."""
    records = []
    for record in RECORDS:
        links = " ".join(f"[so](/{other}) " for other, grade in JUDGED.get(record["id"], {}).items() if grade > 0)
        records.append({**record, "body": f"{'and ' * 300}{links}"})
    source = tmp_path / "articles.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    build([source], tmp_path / "collection", settings=Settings(), encoder=CountingEncoder())
    return tmp_path / "collection"


def in_use(collection: Path) -> str | None:
    with closing(Collection.open(collection)) as opened:
        return opened.store.scorer


# Learning.


@pytest.mark.usefixtures("lightgbm")
def test_what_wins_ranks_from_then_on(related, collection: Path, qrels: Path):
    done = related("tune", qrels, "--collection", collection)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Learned from ")
    for line in ("nDCG@10 on the held-out articles", "\n  default  0.", "it wins over the default scorer: nDCG@10 +0."):
        assert line in done.stdout
    assert "services and commands now rank with it" in done.stderr
    assert LearnedScorer.parse(in_use(collection) or "", "the collection").file.learned["verdict"] in done.stdout
    run = related("run", "--collection", collection, "-k", 3)
    assert {line.split()[-1] for line in run.stdout.splitlines()} == {"learned"}
    answer = json.loads(related("query", "a000", "--collection", collection, "--format", "json").stdout)
    assert answer["scorer"] == "learned"


@pytest.mark.usefixtures("lightgbm")
def test_links_teach_as_judgements_do(here: Here, linked: Path):
    done = here("tune", "--links", "--collection", linked)
    assert done.returncode == 0, done.stderr
    assert "it wins over the default scorer" in done.stdout
    assert in_use(linked)


@pytest.mark.usefixtures("lightgbm")
def test_a_file_is_written_instead_and_can_be_used_and_dropped(here: Here, collection: Path, qrels: Path, tmp_path):
    out, page = tmp_path / "out.json", tmp_path / "tuning.html"
    done = here("tune", qrels, "--collection", collection, "--out", out, "--html", page, "--format", "json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["gain"]["low"] > 0
    assert f"written to {out}" in done.stderr
    assert in_use(collection) is None
    assert LearnedScorer.read(out).file.learned["nDCG@10"] == figures["nDCG@10"]
    assert_self_contained(page.read_text(encoding="utf-8"))
    done = here("tune", "--use", out, "--collection", collection)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "now ranking with the learned scorer\n")
    assert in_use(collection) == out.read_text(encoding="utf-8")
    done = here("tune", "--drop", "--collection", collection)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "now ranking with the default scorer\n")
    assert in_use(collection) is None


@pytest.mark.usefixtures("lightgbm")
def test_what_does_not_win_changes_nothing_and_exits_with_one(here: Here, collection: Path, scorer: Path, tmp_path):
    (tmp_path / "qrels.txt").write_text(qrels_text(shuffled(JUDGED)), encoding="utf-8")
    here("tune", "--use", scorer, "--collection", collection)
    before = in_use(collection)
    done = here("tune", tmp_path / "qrels.txt", "--collection", collection, "--out", tmp_path / "out.json")
    assert done.returncode == 1
    assert "it does not beat the default scorer: nDCG@10 " in done.stdout
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"error: {tmp_path}/qrels.txt: it does not beat the default scorer")
    assert last.endswith("(hint: nothing was changed; more judgements may help)")
    assert in_use(collection) == before
    assert not (tmp_path / "out.json").exists()


def test_every_text_of_the_page_is_escaped():
    evil = "<script>alert(1)</script>\"'&"
    page = render_tuning(
        tuned(
            left_out={evil: 3},
            means={"learned": (0.5, 0.4, 0.6), evil: (0.4, 0.3, 0.5)},
            importances={evil: 0.7, "title": 0.3},
            verdict=f"it wins {evil}",
        )
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
    assert_self_contained(page)


# What cannot be learned.


def test_without_lightgbm_it_is_said_in_one_line(here: Here, monkeypatch, collection: Path, qrels: Path):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    done = here("tune", qrels, "--collection", collection)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: learning a scorer needs lightgbm, which is not installed (hint: pip install 'related-articles[tune]')\n"
    )


@pytest.mark.usefixtures("lightgbm")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a000 0 a001 1\n", "too few judged articles: "),
        ("x 0 y 1\n", "no judgement is about articles of this collection"),
        ("nonsense\n", "qrels.txt, line 1: "),
        (None, "qrels.txt: "),
    ],
)
def test_judgements_that_teach_nothing_are_one_line(here: Here, collection: Path, tmp_path: Path, text: Any, said: str):
    if text is not None:
        (tmp_path / "qrels.txt").write_text(text, encoding="utf-8")
    done = here("tune", tmp_path / "qrels.txt", "--collection", collection)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert in_use(collection) is None


def test_wrong_usage_exits_with_two(here: Here, tmp_path: Path):
    for arguments, said in [
        ([], "expected exactly one of QRELS, --links, --use and --drop"),
        (["q.txt", "r.txt"], "unexpected extra argument"),
        (["q.txt", "--use", "f.json"], "expected exactly one of QRELS"),
        (["q.txt", "--drop"], "expected exactly one of QRELS"),
        (["--drop", "--use", "f.json"], "expected exactly one of QRELS"),
        (["--drop", "--out", "f.json"], "--out and --html need QRELS or --links"),
        (["--use", "f.json", "--html", "f.html"], "--out and --html need QRELS or --links"),
        (["q.txt", "--split", "story", "--test-from", "2021-01-01"], "--test-from needs --split time, not story"),
        (["q.txt", "--split", "provider"], "'provider' is not one of"),
        (["q.txt", "--test-from", "yesterday"], "'yesterday' does not match the format"),
        (["q.txt", "--format", "xml"], "'xml' is not one of"),
    ]:
        done = here("tune", "--collection", tmp_path / "nowhere", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert said in " ".join(done.stderr.split()), arguments


# Scorers of other commands.


@pytest.mark.parametrize("command", [("run", "-k", 3), ("query", "a000", "--format", "json")])
def test_a_scorer_may_be_named_by_its_file(here: Here, collection: Path, scorer: Path, command: tuple[object, ...]):
    by_file = here(*command, "--collection", collection, "--scorer", scorer)
    assert (by_file.returncode, by_file.stderr) == (0, "")
    assert "learned" in by_file.stdout
    default = here(*command, "--collection", collection)
    here("tune", "--use", scorer, "--collection", collection)
    assert here(*command, "--collection", collection).stdout == by_file.stdout
    assert here(*command, "--collection", collection, "--scorer", "learned").stdout == by_file.stdout
    assert here(*command, "--collection", collection, "--scorer", "default").stdout == default.stdout != by_file.stdout


def test_a_collection_without_one_has_no_learned_scorer(here: Here, collection: Path):
    done = here("run", "--collection", collection, "--scorer", "learned")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "error: scorer: the collection has no learned scorer (hint: learn one: related tune QRELS "
    )


@pytest.mark.parametrize("command", [("run", "--scorer"), ("query", "a000", "--scorer"), ("tune", "--use")])
@pytest.mark.parametrize(
    ("text", "said"),
    [(scorer_file(encoder="another").text(), "another encoder"), ("nonsense", "invalid learned scorer: ")],
)
def test_a_file_that_does_not_fit_is_one_line(here: Here, collection: Path, tmp_path, command, text: str, said: str):
    file = tmp_path / "scorer.json"
    file.write_text(text, encoding="utf-8")
    done = here(*command, file, "--collection", collection)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {file}: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert in_use(collection) is None


def test_a_file_to_use_that_is_not_there_is_one_line(here: Here, collection: Path, tmp_path: Path):
    done = here("tune", "--use", tmp_path / "no.json", "--collection", collection)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"error: {tmp_path}/no.json: the scorer cannot be read: No such file")
