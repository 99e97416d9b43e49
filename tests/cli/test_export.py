"""`related export` as it is run: what comes out goes in again."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from support.building import ids, put

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder


@pytest.fixture
def built(tmp_path: Path, counting_encoder: Encoder) -> Path:
    site = tmp_path / "site"
    put(site / "b.md", "Bées", "The body.\n", tags=["x"], date="2024-05-06", author="Ada", season="spring", lang="fr")
    put(site / "a.md", "Ants", secured="sealed", webUrl="https://x.example/a", related=[{"title": "Bees"}])
    build([site], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    return tmp_path / "collection"


def test_every_article_is_a_line_sorted_by_id_and_nothing_secured_is_in_it(related, built: Path):
    done = related("export", "--collection", built)
    assert (done.returncode, done.stderr) == (0, "2 articles\n")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": "a", "title": "Ants", "webUrl": "https://x.example/a"},
        {
            "id": "b",
            "title": "Bées",
            "publishedDateTime": "2024-05-06T00:00:00Z",
            "authors": ["Ada"],
            "topics": ["x"],
            "language": "fr",
            "body": "The body.\n",
            "season": "spring",
        },
    ]
    assert "sealed" not in done.stdout


def test_what_is_exported_is_built_again_as_it_was(related, built: Path, tmp_path: Path, counting_encoder: Encoder):
    done = related("export", "--collection", built, "--out", "articles.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    report = build([tmp_path / "articles.jsonl"], tmp_path / "again", settings=Settings(), encoder=counting_encoder)
    assert (report.problems, report.surveys[0][1].lost) == ([], {})
    with closing(Collection.open(built)) as first, closing(Collection.open(tmp_path / "again")) as second:
        assert ids(first) == ids(second)
        for article_id in ids(first):
            records = [opened.store.get(article_id).article.to_record() for opened in (first, second)]
            assert records[0] == records[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--collection", "nowhere"], "nowhere: there is no collection here"),
        (["--collection", "collection", "--out", "nowhere/x.jsonl"], "nowhere/x.jsonl: the file cannot be written"),
    ],
)
def test_what_can_not_be_done_is_one_line(related, built: Path, tmp_path: Path, arguments: list[str], said: str):
    done = related("export", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
