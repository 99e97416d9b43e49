"""Every column of `pair_features` against a model in plain Python on columns made by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from support.pools import pool_of

from recommender.article import Article, Provider
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.ranking.features import DIRECTIONS, FEATURES, Features, pair_features
from recommender.ranking.pool import QUERY_TERMS, Pool, Profile, merge_pools

WORDS = ["chip", "grid", "harbour", "loan", "meadow", "river", "satellite", "tram", "vault", "zinc"]

SHARED = ("text", "title", "rare_title_words", "title_overlap", "rarest_title_word", "shared_names")
"""What is nought where two articles share no word."""


def article(title: str = "untitled", **fields: object) -> Article:
    return Article.read({"title": title, **fields})


def make_columns(articles: Sequence[Article], vectors: Sequence[Sequence[float]] | None = None) -> Columns:
    """Columns in the order given; a text's terms are its words as they stand."""
    builder = ColumnsBuilder(str.split)
    for number, one in enumerate(articles):
        builder.add(f"id-{number:03}", one, one.title, one.excerpt or "")
    rows = np.array([[1.0, 0.0]] * len(articles) if vectors is None else vectors, dtype=np.float32)
    return builder.build(rows.reshape(len(articles), rows.shape[-1]))


def outside(columns: Columns, title: str) -> Profile:
    """The profile of an article with these words that is not stored, weighed by what `columns` has of them."""
    return make_columns([article(title)]).profile(0, columns.weigh)


def features_of(asked: Profile, columns: Columns, rows: Sequence[int] | None = None) -> Features:
    """The features of articles as candidates of `asked`."""
    return pair_features(asked, pool_of(columns, rows, asked))


def feature(name: str, columns: Columns, query: int = 0, rows: Sequence[int] | None = None) -> list[float]:
    """One column of the features of all articles as candidates of `query`."""
    found = features_of(columns.profile(query), columns, rows)
    assert found.dtype == np.float32
    assert found.shape == (len(columns) if rows is None else len(rows), len(FEATURES))
    return found[:, FEATURES.index(name)].tolist()


def bm25_share(query: list[str], texts: list[list[str]], row: int) -> float:
    """BM25 of one text over the query's score with itself, in plain Python."""
    count = len(texts)
    mean = max(1.0, sum(map(len, texts)) / count)

    def idf(term: str) -> float:
        df = max(1, sum(term in text for text in texts))
        return math.log(1 + (count - df + 0.5) / (df + 0.5))

    def score(text: list[str]) -> float:
        total = 0.0
        for term in set(query) & set(text):
            tf = text.count(term)
            total += idf(term) * tf * 2.2 / (tf + 1.2 * (1 - 0.75 + 0.75 * len(text) / mean))
        return total

    return score(texts[row]) / score(query) if query else 0.0


def log_bm25(query: list[str], texts: list[list[str]], row: int, *, stored: bool = True) -> float:
    """The text column, in plain Python: BM25 of a text with the query's repeated terms counting more."""
    count, mean = len(texts), max(1.0, sum(map(len, texts)) / len(texts))

    def idf(df: int) -> float:
        return math.log(1 + (max(count - df, 0) + 0.5) / (df + 0.5))

    total, text = 0.0, texts[row]
    for term in set(query) & set(text):
        df = sum(term in text for text in texts)
        if df > stored:
            tf, asked = text.count(term), query.count(term)
            total += idf(df) * 9 * asked / (8 + asked) * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / mean))
    return math.log(1 + total / (10 * idf(2)))


def random_texts(seed: int, count: int = 12, longest: int = 9) -> list[list[str]]:
    chance = random.Random(seed)
    return [chance.choices(WORDS, k=chance.randint(1, longest)) for _ in range(count)]


def test_the_cosine_is_the_inner_product_of_the_unit_vectors():
    vectors = [[1.0, 0.0], [0.6, 0.8], [0.0, -1.0], [-1.0, 0.0]]
    assert feature("cosine", make_columns([article()] * 4, vectors)) == pytest.approx([1.0, 0.6, 0.0, -1.0])


def test_the_title_column_is_bm25_over_the_score_with_itself():
    for seed in range(5):
        titles = random_texts(seed)
        columns = make_columns([article(" ".join(title)) for title in titles])
        for query in range(len(titles)):
            expected = [bm25_share(titles[query], titles, row) for row in range(len(titles))]
            assert feature("title", columns, query) == pytest.approx(expected, rel=1e-5)


def test_the_text_column_is_bm25_of_title_and_rest_together():
    for seed in range(5):
        titles, rests = random_texts(seed), random_texts(seed + 100, longest=30)
        columns = make_columns(
            [article(" ".join(t), excerpt=" ".join(r)) for t, r in zip(titles, rests, strict=True)],
        )
        texts = [title + rest for title, rest in zip(titles, rests, strict=True)]
        for query in range(len(texts)):
            expected = [log_bm25(texts[query], texts, row) for row in range(len(texts))]
            assert feature("text", columns, query) == pytest.approx(expected, rel=1e-5)


def test_words_of_an_unstored_query_that_nothing_else_has_count_in_its_score_with_itself():
    titles = random_texts(3)
    columns = make_columns([article(" ".join(title)) for title in titles])
    query = ["chip", "chip", "grid", "wholly", "unknown"]
    found = features_of(outside(columns, " ".join(query)), columns)
    expected = [bm25_share(query, titles, row) for row in range(len(titles))]
    assert found[:, FEATURES.index("title")] == pytest.approx(expected, rel=1e-5)


def test_words_of_an_unstored_query_count_if_one_text_has_them():
    texts = [*random_texts(3), ["wholly", "chip"]]
    columns = make_columns([article(" ".join(text)) for text in texts])
    query = ["chip", "chip", "grid", "wholly", "unknown"]
    asked = replace(outside(columns, " ".join(query)), is_stored=False)
    found = features_of(asked, columns)[:, FEATURES.index("text")]
    assert found == pytest.approx([log_bm25(query, texts, row, stored=False) for row in range(len(texts))], rel=1e-5)


def test_a_copy_of_a_title_scores_one():
    columns = make_columns([article("chip grid loan loan"), article("river"), article("loan chip loan grid")])
    assert feature("title", columns) == pytest.approx([1.0, 0.0, 1.0])


def test_a_term_that_a_title_repeats_counts_once():
    texts = ["chip chip chip grid", "chip", "grid", "loan"]
    columns = make_columns([article(text) for text in texts])
    split = [text.split() for text in texts]
    expected = bm25_share(["chip", "chip", "chip", "grid"], split, 1)
    assert feature("title", columns)[1] == pytest.approx(expected, rel=1e-5)


def test_a_term_that_a_text_repeats_counts_more():
    columns = make_columns([article("chip chip chip grid"), article("chip a"), article("grid b"), article("loan c")])
    found = feature("text", columns)
    assert found[1] > found[2] > found[3] == 0


def test_only_the_strongest_terms_of_a_long_text_count():
    words = " ".join(f"w{number:02}" for number in range(QUERY_TERMS + 1))
    columns = make_columns([article(f"w00 {words[4:]} {words[4:]}"), article("w00"), article("w01"), article(words)])
    assert feature("text", columns)[1] == 0 < feature("text", columns)[2]


def test_a_shared_topic_or_author_counts_the_more_the_fewer_have_it():
    columns = make_columns(
        [
            article(topics=["Rare", "Common"], authors=["Ada"]),
            article(topics=["common"], authors=["Bo"]),
            article(topics=["rare"], authors=["ada"]),
            article(topics=["common"]),
        ]
    )
    rarity = {count: math.log(4 / count) / math.log(4) for count in (2, 3)}
    assert feature("shared_topics", columns)[1:] == pytest.approx([rarity[3], rarity[2], rarity[3]])
    assert feature("shared_authors", columns)[1:] == pytest.approx([0, rarity[2], 0])


def test_a_shared_title_word_is_rare_when_two_titles_have_it():
    columns = make_columns(
        [
            article("chip grid loan"),
            article("chip grid", excerpt="loan"),
            article("grid loan"),
            article("grid loan"),
            article("tram"),
        ]
    )
    # chip stands in two titles, grid in four, loan in three.
    assert feature("rare_title_words", columns) == [1, 1, 0, 0, 0]


def test_a_shared_title_word_is_rare_up_to_a_hundredth_of_a_large_collection():
    common = [article("tram")] * 397
    columns = make_columns([article("chip grid"), *[article("chip grid")] * 3, article("grid"), *common])
    # 402 articles: rare is what at most four titles have; chip has four, grid five.
    assert feature("rare_title_words", columns, rows=[1, 4]) == [1, 0]


def test_a_rare_word_that_a_title_repeats_counts_once():
    columns = make_columns([article("chip chip"), article("chip chip chip"), article("tram")])
    assert feature("rare_title_words", columns, rows=[1]) == [1]


def test_days_apart_count_fractions_in_either_direction():
    dates = ["2021-04-16T12:00:00Z", "2021-04-12T00:00:00Z", "2021-04-17T00:00:00Z", None]
    columns = make_columns([article(publishedDateTime=date) for date in dates])
    assert feature("days_apart", columns) == pytest.approx([0, 4.5, 0.5, math.nan], nan_ok=True)


def test_days_are_told_apart_by_the_second_far_from_1970():
    moments = [datetime(2099, 12, 31, 23, 59, second, tzinfo=UTC) for second in (0, 1)]
    columns = make_columns([article(publishedDateTime=moment) for moment in moments])
    assert feature("days_apart", columns)[1] == pytest.approx(1 / 86_400, rel=1e-3)


def test_same_topics_is_the_jaccard_index_and_unknown_where_one_has_none():
    topics = [["AI", "Law", "Police"], ["law", "Police", "Retail"], ["Food"], [], ["AI", "ai", "Law", "Police"]]
    columns = make_columns([article(topics=some) for some in topics])
    assert feature("same_topics", columns) == pytest.approx([1, 0.5, 0, math.nan, 1], nan_ok=True)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        (
            "same_provider",
            [
                Provider(name="Reuters", domain="reuters.com"),
                Provider(domain="Reuters.com"),
                Provider(domain="b.example"),
                None,
            ],
            [1, 1, 0, math.nan],
        ),
        ("same_language", ["en", "en-US", "de", None], [1, 1, 0, math.nan]),
    ],
)
def test_same_provider_and_language_are_yes_no_or_unknown(name: str, values: list[object], expected: list[float]):
    key = name.removeprefix("same_")
    columns = make_columns([article(**{key: value}) for value in values])
    assert feature(name, columns) == pytest.approx(expected, nan_ok=True)


def test_what_the_query_does_not_say_is_unknown_for_every_candidate():
    for name in ["days_apart", "same_topics", "same_provider", "same_language"]:
        full = article(publishedDateTime="2021-04-16", topics=["AI"], provider="Reuters", language="en")
        assert np.isnan(feature(name, make_columns([article(), full, full]))).all()


def test_quality_is_the_candidates_own():
    columns = make_columns([article(quality=9), article(quality=43), article(quality=0.5), article()])
    assert feature("quality", columns) == pytest.approx([9, 43, 0.5, math.nan], nan_ok=True)


def test_hubness_is_the_candidates_own():
    columns = replace(make_columns([article()] * 3), hubness=np.array([0.25, -0.5, 0], dtype=np.float32))
    assert feature("hubness", columns, query=1) == [0.25, -0.5, 0]


def test_hubness_that_is_not_known_is_that_of_the_average_article():
    columns = make_columns([article()] * 2)
    assert np.isnan(columns.hubness).all()
    assert feature("hubness", columns) == [0, 0]


def test_title_overlap_is_the_jaccard_index_of_the_titles_terms():
    for seed in range(5):
        titles = random_texts(seed)
        columns = make_columns([article(" ".join(title), excerpt="chip grid") for title in titles])
        for query, asked in enumerate(titles):
            expected = [len({*asked} & {*title}) / len({*asked} | {*title}) for title in titles]
            assert feature("title_overlap", columns, query) == pytest.approx(expected)


def test_the_rarest_title_word_is_the_greatest_idf_that_both_titles_share():
    def rarity(word: str, titles: list[list[str]]) -> float:
        count = len(titles)
        held = sum(word in title for title in titles)
        return math.log(1 + (count - held + 0.5) / (held + 0.5)) / math.log(1 + (count - 0.5) / 1.5)

    for seed in range(5):
        titles = random_texts(seed, longest=4)
        columns = make_columns([article(" ".join(title), excerpt="chip grid") for title in titles])
        for query, asked in enumerate(titles):
            expected = [max((rarity(word, titles) for word in {*asked} & {*title}), default=0.0) for title in titles]
            assert feature("rarest_title_word", columns, query) == pytest.approx(expected, rel=1e-5), seed


def test_a_word_that_one_title_has_is_as_rare_as_can_be():
    assert feature("rarest_title_word", make_columns([article("chip"), article("grid")])) == pytest.approx([1, 0])


def test_shared_names_are_words_written_like_names_or_with_digits_counted_once():
    titles = [
        "Reuters on Clearview, 5G and Clearview's G20",
        "REUTERS: clearview 5g G20",
        "Clearview on on on",
        "reuters Clearview clearview Clearview",
        "nothing On it",
    ]
    columns = make_columns([article(title) for title in titles])
    # Written small, a name counts for neither side, but "On" at the start of a title would.
    assert feature("shared_names", columns) == [4, 3, 1, 1, 0]
    assert feature("shared_names", columns, query=4) == [0, 0, 0, 0, 1]


def test_the_length_of_the_title_is_the_candidates_own_in_terms():
    columns = make_columns([article("chip"), article("chip chip grid", excerpt="loan"), article("grid loan")])
    assert feature("title_length", columns, query=2) == [1, 3, 2]


def test_what_is_known_to_be_more_related_is_told_of_features_that_there_are():
    assert set(DIRECTIONS) < set(FEATURES)
    assert set(DIRECTIONS.values()) == {1, -1}


def test_no_candidates_give_no_rows():
    columns = make_columns([article("chip", topics=["AI"]), article("chip")])
    assert features_of(columns.profile(0), columns, []).shape == (0, len(FEATURES))


def test_a_query_without_terms_shares_no_words():
    columns = make_columns([article("chip"), article("grid")])
    builder = ColumnsBuilder(str.split)
    builder.add("", article("..."), "", "")
    profile = builder.build(np.array([[1, 0]], dtype=np.float32)).profile(0, columns.weigh)
    found = features_of(profile, columns)
    assert found[:, [FEATURES.index(name) for name in SHARED]].tolist() == [[0] * len(SHARED)] * 2


def test_a_candidate_without_terms_shares_no_words():
    builder = ColumnsBuilder(str.split)
    builder.add("a", article("chip"), "chip", "")
    builder.add("b", article("..."), "", "")
    columns = builder.build(np.ones((2, 1), dtype=np.float32))
    for name in SHARED:
        assert feature(name, columns)[1] == 0


def test_rows_come_in_the_order_asked_for():
    columns = make_columns([article(quality=number, title=WORDS[number]) for number in range(5)])
    rows = [4, 0, 2, 4]
    assert feature("quality", columns, rows=rows) == rows
    assert feature("title", columns, query=2, rows=rows) == pytest.approx([0, 0, 1, 0])


def merged(asked: Profile, *parts: Columns) -> Pool:
    """Pools of several columns as one; ids are taken from the columns in turn, so that none follows the other."""
    pools = [pool_of(columns, asked=asked) for columns in parts]
    ids = [
        (str(article_id), number, row) for number, pool in enumerate(pools) for row, article_id in enumerate(pool.ids)
    ]
    ids.sort()
    places = [
        np.array([place for place, each in enumerate(ids) if each[1] == number], dtype=np.int64)
        for number in range(len(pools))
    ]
    return merge_pools(pools, [each[0] for each in ids], places)


def test_the_features_of_several_parts_are_those_of_one():
    some = [
        article(f"{word} river {word.title()} {place % 3}G", quality=place, topics=[word])
        for place, word in enumerate(WORDS)
    ]
    vectors = np.eye(len(some), dtype=np.float32)
    whole = make_columns(some, vectors)
    whole = replace(whole, hubness=np.linspace(-1, 1, len(some), dtype=np.float32))
    chosen = [[0, 4, 5, 9], [], [1, 2, 3, 6, 7, 8]]
    parts = []
    for rows in chosen:
        builder = ColumnsBuilder(str.split)
        for row in rows:
            builder.add(f"id-{row:03}", some[row], some[row].title, "")
        parts.append(replace(builder.build(vectors[rows].reshape(-1, len(some))), hubness=whole.hubness[rows]))
    for query in (0, 3, 9):
        asked = whole.profile(query)
        pool = merged(asked, *parts)
        assert list(pool.ids) == list(pool_of(whole).ids)
        np.testing.assert_array_equal(pair_features(asked, pool), features_of(asked, whole))


def test_the_features_of_some_candidates_are_those_that_they_have_among_all():
    columns = make_columns([article(" ".join(title), topics=title[:2]) for title in random_texts(7)])
    asked = columns.profile(2)
    pool, kept = pool_of(columns, asked=asked), np.arange(len(columns)) % 3 != 1
    some = pool.take(kept)
    assert list(some.ids) == [pool.ids[place] for place in np.flatnonzero(kept).tolist()]
    np.testing.assert_array_equal(pair_features(asked, some), pair_features(asked, pool)[kept])
    assert pool.take(np.ones(len(pool), dtype=bool)) is pool


def test_a_part_that_knows_none_of_the_words_shares_none():
    query = make_columns([article("chip"), article("chip")]).profile(0)
    pool = merged(query, make_columns([article("chip")]), make_columns([article("tram")]))
    found = pair_features(query, pool)
    assert (found[:, FEATURES.index("title")] > 0).tolist() == [True, False]


def test_copies_have_the_same_features_wherever_they_stand():
    chance = np.random.default_rng(0)
    query, copy = (row / np.linalg.norm(row) for row in chance.normal(size=(2, 384)))
    for count in range(2, 40):
        columns = make_columns([article()] * count, [query, *[copy] * (count - 1)])
        assert len(set(feature("cosine", columns)[1:])) == 1
