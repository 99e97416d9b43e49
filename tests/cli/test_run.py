"""`related run` as it is run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.copies import made_once

from recommender.build import build
from recommender.config import Settings
from recommender.embedding import Encoder
from recommender.related.recommender import Recommender

LINE = re.compile(r"(?P<query>\S+) Q0 (?P<article>\S+) (?P<rank>\d+) (?P<score>-?\d+\.\d{8}) (?P<name>\S+)")
IDS = ["100% sure", "_news/plain", "two words", "é"]


@pytest.fixture
def collection(tmp_path: Path, counting_encoder: Encoder) -> Path:
    """Four articles whose ids are awkward in a TREC file."""

    def make(here: Path) -> None:
        source = here / "articles.jsonl"
        lines = [
            json.dumps({"id": name, "title": f"Tram {number}", "webUrl": f"https://a.example/{number}"})
            for number, name in enumerate(IDS)
        ]
        source.write_text("\n".join(lines), encoding="utf-8")
        build([source], here / "collection", settings=Settings(), encoder=counting_encoder)

    made_once("awkward ids", make, tmp_path)
    return tmp_path / "collection"


def queries(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "queries.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def read_run(done) -> dict[str, list[tuple[str, float]]]:
    """The rankings of a run by query; every line is checked."""
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, list[tuple[str, float]]] = {}
    for line in done.stdout.splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        ranking = found.setdefault(match["query"], [])
        ranking.append((match["article"], float(match["score"])))
        assert int(match["rank"]) == len(ranking)
        assert match["article"] != match["query"]
    for ranking in found.values():
        scores = [score for _, score in ranking]
        assert scores == sorted(scores, reverse=True)
    return found


def test_every_article_is_ranked_in_trec_format_with_white_space_encoded(related, collection: Path):
    run = read_run(related("run", "--collection", collection))
    written = ["100%%20sure", "_news/plain", "two%20words", "é"]
    assert list(run) == written
    for query, ranking in run.items():
        assert sorted(article for article, _ in ranking) == sorted(set(written) - {query})


@pytest.mark.parametrize("scorer", ["default", "dense", "lexical"])
def test_a_run_holds_the_librarys_rankings(
    related, site_collection: Path, recommender: Recommender, scorer: str, tmp_path: Path
):
    wanted = [one.article_id for one in recommender.collection.store.articles()][::20]
    done = related(
        *("run", "--collection", site_collection, "--scorer", scorer, "-k", 5, "--queries", queries(tmp_path, *wanted))
    )
    run = read_run(done)
    assert all(line.endswith(f" {scorer}") for line in done.stdout.splitlines())
    expected = recommender.rank(wanted, top_k=5, scorer=scorer)
    assert list(run) == list(expected)
    for query, ranking in run.items():
        assert [article for article, _ in ranking] == list(expected[query])
        assert [score for _, score in ranking] == pytest.approx(list(expected[query].values()), abs=1e-8)


def test_queries_are_ids_or_addresses_one_a_line(related, collection: Path, tmp_path: Path):
    file = queries(tmp_path, "\ufefftwo words", "", "  https://www.a.example/3#top  ", "")
    assert list(read_run(related("run", "--collection", collection, "--queries", file))) == ["two%20words", "é"]


def test_a_file_without_queries_ranks_nothing(related, collection: Path, tmp_path: Path):
    done = related("run", "--collection", collection, "--queries", queries(tmp_path, "", " "))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_query_that_is_named_twice_is_ranked_once(related, collection: Path, tmp_path: Path):
    file = queries(tmp_path, "é", "https://a.example/3", "é")
    done = related("run", "--collection", collection, "--queries", file)
    assert len(done.stdout.splitlines()) == 3


def test_a_settings_file_gives_the_weights(related, collection: Path, tmp_path: Path):
    config = tmp_path / "flat.toml"
    config.write_text("[ranking]\ncosine = 0\ntext = 0\ntitle = 0\n", encoding="utf-8")
    run = read_run(related("run", "--collection", collection, "--config", config))
    assert {score for ranking in run.values() for _, score in ranking} == {0.0}


def test_as_shown_a_run_holds_the_lists_that_readers_see(
    related, site_collection: Path, recommender: Recommender, tmp_path: Path
):
    wanted = [one.article_id for one in recommender.collection.store.articles()][::9]
    file = queries(tmp_path, *wanted)
    run = read_run(related("run", "--collection", site_collection, "-k", 5, "--as-shown", "--queries", file))
    lists = {name: [item.article_id for item in recommender.related(name)] for name in wanted}
    assert {query: [article for article, _ in ranking] for query, ranking in run.items()} == {
        name: shown for name, shown in lists.items() if shown
    }
    for ranking in run.values():
        assert [score for _, score in ranking] == list(range(len(ranking), 0, -1))


def test_rules_count_as_shown_alone(related, collection: Path, tmp_path: Path):
    config = tmp_path / "rules.toml"
    config.write_text(
        '[ranking]\nmin_score = 0\n[rules]\nblocked = ["two words"]\n[rules.pinned]\n"é" = ["_news/plain"]\n',
        encoding="utf-8",
    )
    plain = related("run", "--collection", collection, "--config", config)
    assert plain.stdout == related("run", "--collection", collection).stdout
    run = read_run(related("run", "--collection", collection, "--config", config, "--as-shown"))
    assert [article for article, _ in run["é"]] == ["_news/plain", "100%%20sure"]
    assert not any(article == "two%20words" for ranking in run.values() for article, _ in ranking)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--queries", "nowhere.txt"], "nowhere.txt: the queries cannot be read"),
        (["--queries", "latin.txt"], "latin.txt: the queries cannot be read"),
        (
            ["--queries", "unknown.txt"],
            "unknown.txt, line 2: there is no article unknown; expected an id, a webUrl, ",
        ),
        (["--config", "no.toml"], "no.toml: the settings cannot be read"),
        (["--collection", "nowhere"], "nowhere: there is no collection here (hint: make one: related build SOURCE"),
    ],
)
def test_what_can_not_be_ranked_is_one_line_and_exits_with_one(
    related, collection: Path, tmp_path: Path, arguments: list[str], said: str
):
    (tmp_path / "unknown.txt").write_text("é\nunknown\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("é\n".encode("latin-1"))
    done = related("run", "--collection", collection, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize("command", [("run",), ("query", "plain")])
def test_an_unknown_scorer_is_wrong_usage(related, collection: Path, command: tuple[str, ...]):
    done = related(*command, "--collection", collection, "--scorer", "fancy")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no scorer 'fancy'; expected default, dense, lexical, learned or a file" in " ".join(
        done.stderr.split()
    )


def test_queries_may_be_spelled_as_a_run_spells_them(related, collection: Path, tmp_path: Path):
    written = related("run", "--collection", collection).stdout
    ids = list(dict.fromkeys(line.split()[0] for line in written.splitlines()))
    assert any("%20" in each for each in ids)
    (tmp_path / "queries.txt").write_text("\n".join(ids), encoding="utf-8")
    again = related("run", "--collection", collection, "--queries", tmp_path / "queries.txt").stdout
    assert again == written


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "recommender.cli", *map(str, arguments)]
    # A shell's background job has Ctrl-C turned off, and what it starts would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_stopped_run_says_that_what_was_committed_is_kept(collection: Path, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opening waits until the run has opened the other end, and the run then waits for what is never written.
    with start("run", "--collection", collection, "--queries", pipe) as process, pipe.open("wb"):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, b"stopped; committed work is kept\n")


def test_a_reader_that_goes_away_is_no_error(site_collection: Path):
    with start("run", "--collection", site_collection, "-k", 1000) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")
