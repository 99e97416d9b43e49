"""A pool: candidates found by id, filtered, and taken apart and joined again."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from support.pools import pool_of

from recommender.article import Article
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.ranking.pool import Matches, Pool, Ragged, merge_pools
from recommender.text import facet

ARTICLES = [
    Article(id="a", title="Rain in Town", excerpt="rain falls", topics=["Weather", "Town"], quality=3),
    Article(id="b", title="Town council", published_date_time="2021-04-16T12:00:00.001Z", language="en"),
    Article(id="c", title="Ships", topics=["Sea"], web_url="https://a.example/c"),
    Article(id="ä", title="Rain again", excerpt="rain rain", topics=["Weather"]),
    Article(id="中", title="Nothing of this"),
]


def columns_of(articles: list[Article]) -> Columns:
    builder = ColumnsBuilder(lambda text: text.lower().split())
    for article in articles:
        builder.add(article.id or "", article, article.title, article.excerpt or "")
    places = [ARTICLES.index(article) for article in articles]
    return builder.build(np.eye(len(ARTICLES), dtype=np.float32)[places].reshape(-1, len(ARTICLES)))


WHOLE = columns_of(ARTICLES)
ASKED = WHOLE.profile(0)


@pytest.fixture
def pool() -> Pool:
    return pool_of(WHOLE, asked=ASKED)


def assert_same(one: object, other: object) -> None:
    lazy = {"vectors_at": "vectors", "facets_of": "facets"}
    for field in fields(one):  # type: ignore[arg-type]
        first, second = (getattr(each, lazy.get(field.name, field.name)) for each in (one, other))
        if isinstance(first, Ragged | Matches):
            assert_same(first, second)
        elif field.name != "copy_groups":  # numbers of rows, which are others elsewhere
            np.testing.assert_array_equal(np.array(first), np.array(second), err_msg=field.name)


def test_candidates_are_found_by_their_ids(pool: Pool):
    assert [pool.place_of(article.id or "") for article in ARTICLES] == [0, 1, 2, 3, 4]
    assert [pool.place_of(name) for name in ("", "A", "aa", "z", "😀", "\ud83d")] == [None] * 6
    assert pool.places_of(["中", "nowhere", "a", "中"]) == [4, 0, 4]


def test_candidates_are_named_by_their_ids(pool: Pool):
    assert pool.is_named(["ä", "nowhere", "b"]).tolist() == [False, True, False, True, False]
    assert not pool.is_named([]).any()


def test_candidates_have_facets(pool: Pool):
    for field, value in (("topics", "weather"), ("topics", "Sea"), ("quality", "3"), ("language", "en"), ("x", "y")):
        wanted = facet(field, value)
        np.testing.assert_array_equal(pool.has_facet(wanted), WHOLE.has_facet(wanted))
    assert pool.has_facet(facet("topics", "Weather")).tolist() == [True, False, False, True, False]


def test_moments_are_whole_milliseconds(pool: Pool):
    assert pool.milliseconds[1] == 1_618_574_400_001
    assert np.isnan(pool.milliseconds[[0, 2, 3, 4]]).all()


@pytest.mark.parametrize("kept", [[], [0], [4], [1, 3], [0, 2, 3, 4]])
def test_a_pool_of_some_candidates_is_one_gathered_of_them(pool: Pool, kept: list[int]):
    mask = np.isin(np.arange(5), kept)
    taken = pool.take(mask)
    assert len(taken) == len(kept)
    assert_same(taken, pool_of(WHOLE, kept, ASKED))


def test_the_pool_of_all_candidates_is_the_pool(pool: Pool):
    assert pool.take(np.ones(5, dtype=bool)) is pool


@pytest.mark.parametrize(
    "parts", [[[0, 1, 2, 3, 4]], [[1, 3], [0, 2, 4]], [[4], [0, 1], [2, 3]], [[], [0, 1, 2, 3, 4]]]
)
def test_joined_pools_are_one_gathered_at_once(pool: Pool, parts: list[list[int]]):
    pools = [pool_of(columns_of([ARTICLES[place] for place in rows]), asked=ASKED) for rows in parts]
    joined = merge_pools(pools, [article.id or "" for article in ARTICLES], [np.array(rows, int) for rows in parts])
    assert_same(joined, pool)
