"""Packing an article: what comes out of the bytes is what would come out of the article."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.article import Article
from recommender.config import TextSettings
from recommender.index.local.columns import _flat
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.packing import MOST_WORDS, PARTS, Packer, Words, unpack_columns
from recommender.text import article_texts, stable_hash
from recommender.text.analysis import LANGUAGES, terms_in

SETTINGS = TextSettings()
ARTICLES = [
    Article.read(
        {
            "id": "a",
            "title": "The June flood in Basel",
            "excerpt": "Rain fell for 3 days.",
            "body": "Water stood in the cellars. " * 100,
            "topics": ["Weather", "Basel"],
            "authors": ["N. N."],
            "publishedDateTime": "2024-06-03T10:00:00Z",
            "provider": {"name": "River Post", "domain": "river.example"},
            "webUrl": "https://river.example/flood",
            "language": "en-GB",
            "translationKey": "flood",
            "quality": 40,
        }
    ),
    Article.read({"id": "b", "title": "Das Hochwasser", "excerpt": "Es regnete.", "language": "de"}),
    Article.read({"id": "c", "title": "A title and nothing else"}),
]


@pytest.fixture
def packer():
    return Packer(SETTINGS)


def pack(packer, article):
    return packer.pack(article, article_texts(article, SETTINGS))


def parts_of(packed):
    return {
        name: np.frombuffer(found[0], dtype=PARTS[name]) for name, found in unpack_columns([packed.columns]).items()
    }


def columns_of(builder):
    return _flat(builder.build(np.eye(len(ARTICLES), 4, dtype=np.float32)))


def test_packed_articles_make_the_columns_that_articles_make(packer):
    packed, plain = ColumnsBuilder(), ColumnsBuilder()
    for article, language in zip(ARTICLES, ["en", "de", "en"], strict=True):
        texts = article_texts(article, SETTINGS)
        packed.add_packed(article.id, pack(packer, article).columns)
        searched = f"{article.excerpt} {article.body}" if article.body else None
        plain.add(article.id, article, *texts, searched=searched, language=language)
    found, expected = columns_of(packed), columns_of(plain)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_a_packed_article_has_its_cleaned_texts(packer):
    packed = pack(packer, Article(id="a", title="A *title*", body="Some **prose** and `code`."))
    assert (packed.title, packed.rest) == ("A *title*", "Some prose and code.")


def test_terms_stand_once_with_how_often_each_field_has_them(packer):
    parts = parts_of(pack(packer, ARTICLES[0]))
    [water] = terms_in("en")("water")
    place = parts["terms"].tolist().index(stable_hash(water))
    assert (np.diff(parts["terms"].astype(object)) > 0).all()
    assert parts["title"][place] == 0
    assert 0 < parts["lead"][place] < parts["text"][place] == 100


def test_a_text_that_is_its_lead_is_not_kept_twice(packer):
    assert not len(parts_of(pack(packer, ARTICLES[1]))["text"])


def test_the_language_is_kept_with_the_terms(packer):
    assert LANGUAGES[parts_of(pack(packer, ARTICLES[1]))["numbers"]["tongue"][0]] == "de"


def test_numbers_and_dates_are_kept_beside_their_terms(packer):
    figures = parts_of(pack(packer, ARTICLES[0]))["figures"].reshape(-1, 2).tolist()
    assert [stable_hash("3"), stable_hash("3")] in figures
    assert [stable_hash("june"), stable_hash("june")] in figures


def test_what_is_sealed_is_not_packed(packer):
    plain = Article.read({"id": "a", "title": "A", "body": "B"})
    assert pack(packer, plain.model_copy(update={"secured": {"key": "hidden"}})) == pack(packer, plain)


def test_the_form_changes_with_the_settings_of_texts():
    assert Packer(SETTINGS).form == Packer(TextSettings()).form
    others = (TextSettings(language="german"), TextSettings(searched_chars=0), TextSettings(body_chars=10))
    assert len({Packer(each).form for each in (SETTINGS, *others)}) == 4


def test_the_words_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr("recommender.index.local.packing.MOST_WORDS", 3)
    assert MOST_WORDS > 3
    words = Words()
    assert words.hashes.of(list("abcdefg")).tolist() == [stable_hash(letter) for letter in "abcdefg"]
    assert len(words.hashes) <= 3


def test_an_article_with_nothing_to_search_has_no_terms(packer):
    parts = parts_of(pack(packer, Article(id="a", title="!")))
    assert not len(parts["terms"])
    builder = ColumnsBuilder()
    builder.add_packed("a", pack(packer, Article(id="a", title="!")).columns)
    assert builder.build(np.ones((1, 4), dtype=np.float32) / 2).text.lengths.tolist() == [0]
