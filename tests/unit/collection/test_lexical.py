"""The lexical engine: articles that share the most telling words."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.collection.lexical import MAX_QUERY_TERMS, Analyzer, LexicalIndex
from recommender.errors import CollectionError, ConfigError
from recommender.text import stable_hash

DOCUMENTS = [
    ("rain town", "heavy rain falls"),
    ("council", "the council of the town votes"),
    ("bridge", "a new bridge, rain or shine"),
    ("harbour", "ships"),
]


def hashes(words):
    return np.array([stable_hash(word) for word in words.split()], dtype=np.uint64)


def build(folder=None, documents=DOCUMENTS):
    return LexicalIndex.build(folder, [(hashes(title), hashes(f"{title} {rest}")) for title, rest in documents])


def search(index, title="", text="", top_k=10):
    return index.search(hashes(title), hashes(text), top_k).tolist()


def test_it_finds_what_shares_a_term():
    assert sorted(search(build(), text="rain")) == [0, 2]
    assert search(build(), text="ships") == [3]


def test_it_finds_nothing_where_no_term_is_shared():
    assert search(build(), "submarine", "volcano") == []


def test_a_rare_term_weighs_more_than_a_common_one():
    documents = [("", "common x"), ("", "rare y"), *[("", "common z")] * 8]
    assert search(build(documents=documents), text="common rare")[0] == 1


def test_more_shared_terms_come_first():
    documents = [("", "a x x"), ("", "a b x"), ("", "a b c")]
    assert search(build(documents=documents), text="a b c") == [2, 1, 0]


def test_a_title_weighs_more():
    documents = [("x", "rain x"), ("rain", "x x"), ("y", "y y")]
    assert search(build(documents=documents), "rain", "rain") == [1, 0]


def test_a_title_term_is_looked_up_in_titles_only():
    assert search(build(), title="rain") == [0]


@pytest.mark.parametrize(("top_k", "count"), [(1, 1), (2, 2), (5, 3), (1000, 3), (0, 0), (-1, 0)])
def test_at_most_top_k_rows_come_back(top_k, count):
    found = build().search(hashes(""), hashes("rain town bridge council"), top_k)
    assert len(found) == count
    assert found.dtype == np.int64


def test_a_query_without_terms_finds_nothing():
    found = build().search(hashes(""), hashes(""), 5)
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_only_the_first_terms_are_looked_up():
    others = " ".join(f"w{number}" for number in range(MAX_QUERY_TERMS))
    assert search(build(), text=f"rain {others}") != []
    assert search(build(), text=f"{others} rain") == []
    assert search(build(), title=f"{others} rain") == []


def test_no_document_is_an_index_too(tmp_path):
    assert search(build(documents=[]), "rain", "rain") == []
    build(tmp_path, documents=[])
    assert search(LexicalIndex.load(tmp_path), "rain", "rain") == []


@pytest.mark.parametrize(("title", "text"), [("rain", "rain town"), ("", "the bridge town"), ("council", "ships")])
def test_an_index_on_disk_answers_as_one_in_memory(tmp_path, title, text):
    expected = search(build(), title, text)
    assert expected
    assert search(build(tmp_path), title, text) == expected
    assert search(LexicalIndex.load(tmp_path), title, text) == expected


def test_a_term_hash_of_any_size_is_found():
    extremes = np.array([0, 1, 2**63, 2**64 - 1], dtype=np.uint64)
    index = LexicalIndex.build(None, [(extremes[row : row + 1], extremes[row : row + 1]) for row in range(4)])
    assert [index.search(extremes[row : row + 1], extremes[row : row + 1], 4).tolist() for row in range(4)] == [
        [0],
        [1],
        [2],
        [3],
    ]


def test_a_folder_without_an_index_is_one_error(tmp_path):
    with pytest.raises(CollectionError, match="the lexical index can not be opened") as caught:
        LexicalIndex.load(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_damaged_index_is_one_error(tmp_path):
    build(tmp_path)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(CollectionError, match="the lexical index can not be opened"):
        LexicalIndex.load(tmp_path)


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


@pytest.mark.parametrize("text", ["", "  ", "the of and", "!?…", "x" * 100])
def test_a_text_may_have_no_terms(text):
    assert Analyzer("english").terms(text) == []


@pytest.mark.parametrize("language", ["klingon", ""])
def test_an_unknown_language_is_refused(language):
    with pytest.raises(ConfigError) as caught:
        Analyzer(language)
    assert str(caught.value) == (
        f"text.language is {language!r}; expected a Snowball language such as english, german or spanish"
    )
