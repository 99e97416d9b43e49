"""The lexical engine: articles that share the most telling words."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from recommender.article import Article
from recommender.errors import CollectionError, ConfigError
from recommender.index.local.columns import locate
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.lexical import LexicalIndex
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


def build(folder=None, documents=DOCUMENTS):
    columns = columns_of(documents)
    index = LexicalIndex.build(folder, columns)
    index.vocabulary = columns.vocabulary
    return index


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def search(index, title="", text="", top_k=10):
    vocabulary = getattr(index, "vocabulary", columns_of(DOCUMENTS).vocabulary)
    places = []
    for words in (title, text):
        found, known = locate(vocabulary, hashes(words))
        places.append(found[known])
    return index.search(*places, np.ones(len(places[1]), dtype=np.float32), top_k).tolist()


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


def test_at_most_top_k_rows_come_back():
    for top_k, count in [(1, 1), (2, 2), (5, 3), (1000, 3), (0, 0), (-1, 0)]:
        assert len(search(build(), text="rain town bridge council", top_k=top_k)) == count, top_k


def test_a_query_without_terms_finds_nothing():
    none = np.empty(0, dtype=np.int64)
    found = build().search(none, none, np.empty(0, dtype=np.float32), 5)
    assert found.shape == (0,)
    assert found.dtype == np.int64


def test_a_term_that_a_text_repeats_weighs_more():
    documents = [("", "rain x x x"), ("", "rain rain rain x"), ("", "x x x x")]
    assert search(build(documents=documents), text="rain") == [1, 0]


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


def test_a_term_with_more_weight_counts_more():
    columns = columns_of([("", "rain"), ("", "town")])
    places, _ = locate(columns.vocabulary, hashes("rain town"))
    index, none = LexicalIndex.build(None, columns), np.empty(0, dtype=np.int64)
    for weights, best in (([2, 1], 0), ([1, 2], 1)):
        assert index.search(none, places, np.array(weights, dtype=np.float32), 2)[0] == best


def test_the_rows_of_a_large_index_are_those_of_the_columns():
    documents = [(f"t{number % 7}", f"w{number}") for number in range(700)]
    index = build(documents=documents)
    assert [search(index, text=f"w{number}") for number in (0, 333, 699)] == [[0], [333], [699]]
    assert sorted(search(index, title="t3", top_k=1000)) == list(range(3, 700, 7))


def test_opening_an_index_leaves_its_folder_as_it_was(tmp_path):
    build(tmp_path)
    for lock in tmp_path.glob(".*.lock"):
        lock.unlink()
    before = names(tmp_path)
    index = LexicalIndex.load(tmp_path)
    assert search(index, text="rain") != []
    del index
    assert names(tmp_path) == before
    assert not any(name.endswith(".lock") for name in before)


def test_opening_an_index_leaves_nothing_among_the_temporary_files(tmp_path, monkeypatch):
    (tmp_path / "index").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    build(tmp_path / "index")
    assert search(LexicalIndex.load(tmp_path / "index"), text="rain") != []
    assert names(tmp_path / "temporary") == []


def test_an_open_index_answers_though_its_folder_is_gone(tmp_path):
    (tmp_path / "index").mkdir()
    build(tmp_path / "index")
    index = LexicalIndex.load(tmp_path / "index")
    shutil.rmtree(tmp_path / "index")
    assert sorted(search(index, text="rain")) == [0, 2]


def test_a_folder_named_from_where_one_stands_is_opened(tmp_path, monkeypatch):
    build(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    assert search(LexicalIndex.load(Path(tmp_path.name)), text="ships") == [3]


def test_a_folder_without_an_index_is_one_error(tmp_path):
    with pytest.raises(CollectionError, match="the lexical index cannot be opened") as caught:
        LexicalIndex.load(tmp_path)
    assert caught.value.where == str(tmp_path)


def test_a_folder_that_is_not_there_is_one_error(tmp_path):
    with pytest.raises(CollectionError, match="the lexical index cannot be opened"):
        LexicalIndex.load(tmp_path / "nowhere")


def test_a_damaged_index_is_one_error(tmp_path):
    build(tmp_path)
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(CollectionError, match="the lexical index cannot be opened"):
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
