"""How an article is worded: shingles, and keys that copies share."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from support.stories import prose, words

from recommender.index.local.shingles import (
    LINK_SHINGLES,
    MAX_SHINGLES,
    SHINGLE_WORDS,
    TITLE_BANDS,
    figure,
    hash_shingles,
    link_keys,
)
from recommender.text import CALENDAR, plain_words, stable_hash
from recommender.text.analysis import Analyzer

DATES = frozenset(term for word in CALENDAR for term in Analyzer("english").terms(word))


def shingles(text):
    return hash_shingles(np.array([stable_hash(word) for word in plain_words(text)], dtype=np.uint64))


def indptr(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def keys_of(*articles):
    """The link keys of articles given as (title, text, address): all, their rows, and the set of each article."""
    texts = [shingles(text) for _, text, _ in articles]
    titles = [sorted({stable_hash(word) for word in title.split()}) for title, _, _ in articles]
    keys, rows = link_keys(
        indptr([len(text) for text in texts]),
        np.concatenate([*texts, np.empty(0, dtype=np.uint32)]),
        indptr([len(title) for title in titles]),
        np.array([term for title in titles for term in title], dtype=np.uint64),
        np.array([stable_hash(url) if url else 0 for _, _, url in articles], dtype=np.uint64),
    )
    assert (keys.dtype, rows.dtype) == (np.uint32, np.uint32)
    return keys, rows, [set(keys[rows == row].tolist()) for row in range(len(articles))]


# Numbers and dates.


def test_a_term_tells_a_number_or_a_date_or_nothing():
    for term, told in [
        ("10bn", "10"),
        ("10", "10"),
        ("v2r3", "23"),
        ("june", "june"),
        ("rain", ""),
        ("", ""),
        ("2024", "2024"),
    ]:
        assert figure(term, DATES) == told


def test_months_and_days_tell_a_date_in_many_languages():
    for word in ["July", "Dienstag", "März", "miércoles", "août", "settembre", "março", "maart"]:
        (term,) = Analyzer("english").terms(word)
        assert figure(term, DATES) == term


def test_a_date_is_one_whatever_language_the_terms_are_made_in():
    for language in ["english", "german", "spanish", "french"]:
        terms = Analyzer(language).terms
        dates = frozenset(term for word in CALENDAR for term in terms(word))
        for word in ("Juni", "octubre", "février", "Monday"):
            assert all(figure(term, dates) for term in terms(word)), language


# Shingles.


def test_shingles_ascend_without_repetition():
    found = shingles("row row row your boat row row row your boat row row row your boat")
    assert found.tolist() == sorted(set(found.tolist()))
    assert found.dtype == np.uint32


def test_there_is_a_shingle_for_each_run_of_four_words():
    for count, expected in [(0, 0), (1, 1), (3, 1), (4, 1), (5, 2), (50, 47), (131, 128)]:
        assert len(shingles(prose(count))) == expected


def test_case_and_punctuation_make_no_other_shingles():
    assert shingles("Rain, rain; GO away!").tolist() == shingles("rain rain go away").tolist()


def test_the_order_of_words_makes_other_shingles():
    assert shingles("rain falls on town").tolist() != shingles("town falls on rain").tolist()


@pytest.mark.parametrize(("shorter", "longer"), [("rain", "rain rain"), ("rain falls", "rain falls here")])
def test_a_text_of_few_words_is_told_from_a_longer_one(shorter, longer):
    assert shingles(shorter).tolist() != shingles(longer).tolist()


def test_two_texts_share_the_shingles_of_what_they_share():
    text = prose(60)
    ours, theirs = shingles(words(text, 0, 40)), shingles(words(text, 20, 60))
    assert len(np.intersect1d(ours, theirs)) == 20 - SHINGLE_WORDS + 1


def test_of_a_long_text_the_lowest_are_kept():
    text = prose(400)
    parts = [shingles(words(text, start, start + SHINGLE_WORDS)) for start in range(400 - SHINGLE_WORDS + 1)]
    assert shingles(text).tolist() == sorted({int(part[0]) for part in parts})[:MAX_SHINGLES]


# Keys.


def test_keys_ascend_and_so_do_the_rows_of_a_key():
    text = prose(60)
    keys, rows, _ = keys_of(("a b c d", text, "x"), ("a b c e", text, "x"), ("f g h", prose(9, 1), ""))
    pairs = list(zip(keys.tolist(), rows.tolist(), strict=True))
    assert pairs == sorted(pairs)


def test_an_article_has_its_lowest_shingles_its_titles_bands_and_its_address_as_keys():
    text = prose(60)
    _, _, (found,) = keys_of(("a b c d", text, "https://a.example/1"))
    assert set(shingles(text)[:LINK_SHINGLES].tolist()) <= found
    assert len(found) == LINK_SHINGLES + TITLE_BANDS + 1


def test_a_title_of_few_terms_gives_no_keys():
    for title in ["", "a", "a b"]:
        assert keys_of((title, "", ""))[2] == [set()], title


def test_no_article_gives_no_keys():
    keys, rows, _ = keys_of()
    assert len(keys) == len(rows) == 0


def test_an_article_has_the_same_keys_in_any_company():
    articles = [("", prose(9), ""), ("a b c d", "", ""), ("a", prose(60, 1), "x"), ("", "", ""), ("e f g", "rain", "y")]
    together = keys_of(*articles)[2]
    assert together == [keys_of(article)[2][0] for article in articles]


def test_equal_texts_titles_and_addresses_share_keys_each():
    (first, text, title, url, other) = keys_of(
        ("a b c d", prose(60), "x"),
        ("", prose(60), ""),
        ("d c b a", "", ""),
        ("", "", "x"),
        ("e f g h", prose(60, 1), "y"),
    )[2]
    assert text < first
    assert title < first
    assert url < first
    assert not first & other


def test_a_text_and_a_longer_one_that_has_it_share_keys():
    text = prose(110)
    for start in range(0, 60, 5):
        part, whole = keys_of(("", words(text, start, start + 50), ""), ("", text, ""))[2]
        assert part & whole


def test_titles_share_a_key_the_more_often_the_more_terms_they_share():
    for shared, own, least in [(13, 3, 0.98), (4, 3, 0.7), (1, 9, 0.0)]:
        found = Counter()
        for number in range(100):
            common = [f"c{number}-{place}" for place in range(shared)]
            titles = [" ".join([*common, *(f"{side}{number}-{place}" for place in range(own))]) for side in "ab"]
            first, second = keys_of(*((title, "", "") for title in titles))[2]
            found[bool(first & second)] += 1
        assert found[True] >= 100 * least, shared
        assert shared > 1 or found[True] <= 15, shared
