"""The lexical engine: articles that share the most telling words."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.index.local import lexical
from recommender.index.local.columns import locate
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.lexical import TITLE_BOOST, LexicalIndex, QueryTerms
from recommender.ranking.features import saturation
from recommender.text import stable_hash
from recommender.text.analysis import Analyzer

DOCUMENTS = [
    ("rain town", "heavy rain falls"),
    ("council", "the council of the town votes"),
    ("bridge", "a new bridge, rain or shine"),
    ("harbour", "ships"),
]


def hashes(words):
    return np.array([stable_hash(word) for word in words.split()], dtype=np.uint64)


def columns_of(documents):
    builder = ColumnsBuilder(str.split)
    for number, (title, rest) in enumerate(documents):
        builder.add(f"{number:05}", Article(title="x"), title, rest)
    return builder.build(np.ones((len(documents), 1), dtype=np.float32))


def build(documents=DOCUMENTS):
    return LexicalIndex.build(columns_of(documents))


def ones(words):
    return np.ones(len(words.split()), dtype=np.float32)


def search(index, title="", text="", top_k=10, passing=None):
    query = QueryTerms(hashes(title), TITLE_BOOST * ones(title), hashes(text), ones(text))
    return index.search(query, top_k, passing).tolist()


def test_it_finds_what_shares_a_term():
    assert search(build(), text="rain") == [0, 2]
    assert search(build(), text="ships") == [3]


def test_it_finds_nothing_where_no_term_is_shared():
    assert search(build(), "submarine", "volcano") == []


def test_a_term_with_more_weight_counts_more():
    index = build([("", "rain"), ("", "town")])
    for weights, best in (([2, 1], 0), ([1, 2], 1)):
        query = QueryTerms(hashes(""), ones(""), hashes("rain town"), np.array(weights, dtype=np.float32))
        assert index.search(query, 1).tolist() == [best]


def test_rows_that_share_more_terms_are_found_before_others():
    index = build([("", "a x x"), ("", "a b x"), ("", "a b c")])
    assert [search(index, text="a b c", top_k=count) for count in (1, 2, 3)] == [[2], [1, 2], [0, 1, 2]]


def test_a_title_weighs_more():
    index = build([("x", "rain x"), ("rain", "x x"), ("y", "y y")])
    assert search(index, "rain", "rain", top_k=1) == [1]


def test_a_title_term_is_looked_up_in_titles_only():
    assert search(build(), title="rain") == [0]


def test_a_term_that_a_text_repeats_counts_more_and_in_a_long_text_less():
    index = build([("", "rain x x x"), ("", "rain rain rain x"), ("", "x x x x"), ("", "rain" + " x" * 40)])
    assert [search(index, text="rain", top_k=count) for count in (1, 2, 9)] == [[1], [0, 1], [0, 1, 3]]


def test_at_most_top_k_rows_come_back():
    for top_k, count in [(1, 1), (2, 2), (5, 3), (1000, 3), (0, 0), (-1, 0)]:
        assert len(search(build(), text="rain town bridge council", top_k=top_k)) == count, top_k


def test_of_rows_that_match_as_well_the_first_come_back():
    assert search(build([("", "a x")] * 5), text="a", top_k=3) == [0, 1, 2]


def test_a_query_without_terms_finds_nothing():
    found = build().search(QueryTerms(hashes(""), ones(""), hashes(""), ones("")), 5)
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_only_rows_that_pass_come_back_however_many_match_better():
    index = build([("rain", "rain heavy rain")] * 180 + [("", "rain and much else besides")] * 5)
    last = np.arange(185) >= 180
    assert search(index, "rain", "rain heavy", top_k=3, passing=last) == [180, 181, 182]
    assert search(index, "rain", "rain heavy", top_k=100, passing=last) == list(range(180, 185))
    assert search(index, "rain", "rain heavy", passing=np.zeros(185, dtype=bool)) == []


def test_scores_are_those_of_bm25_rounded():
    documents = [("", "rain x"), ("", "rain rain y"), ("", "z z z z")]
    columns = columns_of(documents)
    index, place = LexicalIndex.build(columns), int(locate(columns.vocabulary, hashes("rain"))[0][0])
    postings = slice(*index.starts[len(columns.vocabulary) + place :][:2].tolist())
    exact = saturation(np.array([1, 2], dtype=np.float32), np.array([2, 3]) / 3) / 2.2 * 255
    assert index.rows[postings].tolist() == [0, 1]
    np.testing.assert_allclose(index.impacts[postings], exact, atol=0.5)


def test_impacts_are_the_same_however_many_are_computed_at_a_time(monkeypatch):
    documents = [(f"t{number % 7}", f"w{number} rain" * (number % 5)) for number in range(50)]
    whole = build(documents)
    monkeypatch.setattr(lexical, "_ROWS", 7)
    np.testing.assert_array_equal(build(documents).impacts, whole.impacts)


def test_no_document_is_an_index_too(tmp_path):
    empty = columns_of([])
    assert search(LexicalIndex.build(empty), "rain", "rain") == []
    LexicalIndex.build(empty).save(tmp_path)
    assert search(LexicalIndex.load(tmp_path, empty), "rain", "rain") == []


@pytest.mark.parametrize(("title", "text"), [("rain", "rain town"), ("", "the bridge town"), ("council", "ships")])
def test_an_index_on_disk_answers_as_one_in_memory(tmp_path, title, text):
    columns = columns_of(DOCUMENTS)
    made = LexicalIndex.build(columns)
    made.save(tmp_path)
    expected = search(made, title, text)
    assert expected
    assert search(LexicalIndex.load(tmp_path, columns), title, text) == expected


def test_the_rows_of_a_large_index_are_those_of_the_columns():
    index = build([(f"t{number % 7}", f"w{number}") for number in range(700)])
    assert [search(index, text=f"w{number}") for number in (0, 333, 699)] == [[0], [333], [699]]
    assert search(index, title="t3", top_k=1000) == list(range(3, 700, 7))


def test_an_open_index_answers_though_its_folder_is_gone(tmp_path):
    columns, folder = columns_of(DOCUMENTS), tmp_path / "index"
    folder.mkdir()
    LexicalIndex.build(columns).save(folder)
    index = LexicalIndex.load(folder, columns)
    shutil.rmtree(folder)
    assert search(index, text="rain") == [0, 2]


def test_terms_are_stemmed_and_without_stop_words():
    terms = Analyzer("english").terms("A fire is burning in the Residents' houses")
    assert terms == ["fire", "burn", "resid", "hous"]


def test_terms_keep_their_order_and_repetitions():
    assert Analyzer("english").terms("rain town rain") == ["rain", "town", "rain"]


def test_accents_and_case_do_not_count():
    analyzer = Analyzer("english")
    assert analyzer.terms("CAFÉ Münster") == analyzer.terms("cafe munster")


def test_each_language_has_its_own_words():
    assert Analyzer("german").terms("der Hund und die Hunde") == ["hund", "hund"]
    assert "der" in Analyzer("english").terms("der Hund")


def test_a_text_may_have_no_terms():
    for text in ["", "  ", "the of and", "!?…", "x" * 100]:
        assert Analyzer("english").terms(text) == [], text


@pytest.mark.parametrize("language", ["klingon", ""])
def test_an_unknown_language_is_refused(language):
    with pytest.raises(ConfigError) as caught:
        Analyzer(language)
    assert str(caught.value) == (
        f"text.language is {language!r}; expected auto, a Snowball language such as english, german or spanish, "
        "or a code such as ja"
    )
