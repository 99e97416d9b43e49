"""Small sites in other languages: each article finds the one on the same subject."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.article import Article
from recommender.build import build
from recommender.config import Settings
from recommender.related.recommender import Recommender

SITES: dict[str, list[list[str]]] = json.loads(
    (Path(__file__).parents[1] / "support" / "small_sites.json").read_text("utf-8")
)
QUERIES = {
    "de": ("bahn-1", "Wann fährt die Straßenbahn?"),
    "es": ("abejas-2", "un refugio de caña para abejas"),
    "zh": ("bread-2", "黑麦面包怎么烤"),
    "ar": ("tram-2", "محطات الترام والقضبان"),
}


@pytest.fixture(scope="module", params=SITES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A small site in one language, which no field names."""
    folder = tmp_path_factory.mktemp(request.param)
    lines = [
        json.dumps({"id": name, "title": title, "excerpt": text, "publishedDateTime": f"2024-{1 + number}-11"})
        for number, (name, title, text) in enumerate(SITES[request.param])
    ]
    (folder / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build([folder / "articles.jsonl"], folder / "collection", settings=Settings())
    recommender = Recommender.open(folder / "collection")
    yield request.param, recommender
    recommender.close()


def test_each_article_finds_the_one_on_its_subject(site: tuple[str, Recommender]):
    language, recommender = site
    for name, _, _ in SITES[language]:
        answer = recommender.related(name, top_k=1, min_score=0)
        assert [item.article_id.rpartition("-")[0] for item in answer] == [name.rpartition("-")[0]], name


def test_the_language_is_known_and_said_to_be_foreign_to_the_model(site: tuple[str, Recommender]):
    language, recommender = site
    with recommender.collection.reading() as index:
        assert index.main_language == language
    assert recommender.unknown_language() == language


def test_a_question_in_the_language_finds_its_subject(site: tuple[str, Recommender]):
    language, recommender = site
    expected, question = QUERIES[language]
    found = recommender.related(Article(title=question), top_k=1, min_score=0)
    assert [item.article_id.rpartition("-")[0] for item in found] == [expected.rpartition("-")[0]]
