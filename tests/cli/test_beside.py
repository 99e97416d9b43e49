"""`related build --queue`, `embed` and `feed`, on a collection in PostgreSQL with an engine beside it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.commands import Related

TITLES = ["Bees on the town hall", "A third hive for the town hall's bees", "Night train to the coast"]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    file = tmp_path / "articles.jsonl"
    lines = [json.dumps({"id": f"a{at}", "title": title}) for at, title in enumerate(TITLES)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_texts_are_queued_encoded_and_fed_to_an_engine(
    related: Related, related_process: Related, server_place: str, articles: Path, tmp_path: Path
):
    pytest.importorskip("qdrant_edge")
    config = tmp_path / "related.toml"
    config.write_text(f'[index]\nengine = "qdrant"\nengine_url = "edge:{tmp_path}"\n', encoding="utf-8")
    place = ("--collection", server_place)
    with ThreadPoolExecutor() as beside:
        # The build ends when its texts have their vectors, which another command makes.
        build = beside.submit(related_process, "build", articles, *place, "--queue", "--config", config)
        told = ""
        while not build.done():
            embedded = related("embed", "--until-empty", *place)
            told += embedded.stderr if embedded.returncode == 0 else ""
    assert build.result().returncode == 0, build.result().stderr
    assert "texts wait for related embed" in build.result().stderr
    assert "3 texts encoded" in told

    # The build has filled the engine that it was told of.
    fed = related("feed", *place)
    assert (fed.returncode, "0 articles written" in fed.stderr) == (0, True), fed.stderr
    found = related("query", "a0", *place, "--min-score", "0", "--format", "json")
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["related"][0]["title"] == TITLES[1]
    assert "notes" not in answer, "the engine answered"


def test_each_says_what_it_needs(related: Related, server_place: str, articles: Path, tmp_path: Path):
    assert related("build", articles, "--collection", server_place).returncode == 0
    no_engine = related("feed", "--collection", server_place)
    assert (no_engine.returncode, "no engine beside it" in no_engine.stderr) == (1, True)

    assert related("build", articles, "--collection", tmp_path / "folder").returncode == 0
    no_queue = related("embed", "--collection", tmp_path / "folder", "--until-empty")
    assert no_queue.returncode == 1
    assert "PostgreSQL" in no_queue.stderr
