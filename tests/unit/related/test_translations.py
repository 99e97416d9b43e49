"""A page in several languages is one page: its translations are named and never recommended."""

from __future__ import annotations

from typing import Any

import pytest
from support.answering import Open, ids, stories
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.related.recommender import Recommender


def page(name: str, key: str, language: str | None, **fields: Any) -> dict[str, Any]:
    return {"id": name, "title": f"Title {name}", "translationKey": key, "language": language, **fields}


MILL = [
    page("mill-de", "mill", "de", webUrl="https://a.example/de"),
    page("mill-en", "mill", "en-GB"),
    page("mill-fr", "mill", "fr"),
]
TIDE = [page("tide-de", "tide", "de"), page("tide-en", "tide", "en"), page("tide-fi", "tide", "fi")]


@pytest.fixture
def opened(small: Open) -> Recommender:
    return small(*MILL, *TIDE, *stories(3))


def fates(recommender: Recommender, asked: str | Article) -> dict[str, str]:
    answer = recommender.related(asked, top_k=20, explain=True)
    return {candidate.article_id: candidate.fate for candidate in answer.considered or []}


def test_the_translations_of_an_article_are_named_and_not_shown(opened: Recommender):
    answer = opened.related("mill-en", top_k=20)
    assert answer.to_json()["translations"] == [
        {"id": "mill-de", "title": "Title mill-de", "webUrl": "https://a.example/de", "language": "de"},
        {"id": "mill-fr", "title": "Title mill-fr", "language": "fr"},
    ]
    assert not {"mill-de", "mill-fr"} & set(ids(answer))
    told = fates(opened, "mill-en")
    assert told["mill-de"] == told["mill-fr"] == "left out: a translation of the article asked about"


def test_an_article_without_translations_names_none(opened: Recommender):
    assert "translations" not in opened.related("s0").to_json()


@pytest.mark.parametrize(("asked", "shown"), [("mill-de", "tide-de"), ("mill-en", "tide-en")])
def test_of_another_page_the_reader_gets_the_one_in_the_articles_language(opened: Recommender, asked: str, shown: str):
    answer = opened.related(asked, top_k=20)
    assert [name for name in ids(answer) if name.startswith("tide")] == [shown]
    told = fates(opened, asked)
    others = {each["id"] for each in TIDE} - {shown}
    assert {told[name] for name in others} == {f"left out: a translation of {shown}"}


@pytest.mark.parametrize("asked", ["mill-fr", "s0"])
def test_where_there_is_none_in_that_language_the_best_one_is_shown(opened: Recommender, asked: str):
    answer = opened.related(asked, top_k=20, explain=True)
    (shown,) = [name for name in ids(answer) if name.startswith("tide")]
    ranked = [each.article_id for each in answer.considered or [] if each.article_id.startswith("tide")]
    assert shown == ranked[0]


def test_variants_of_one_language_are_translations_too(small: Open):
    recommender = small(*MILL, page("mill-us", "mill", "en-US"), *stories(1))
    answer = recommender.related("mill-en", top_k=20)
    assert ids(answer) == ["s0"]
    assert [each.article_id for each in answer.translations] == ["mill-de", "mill-fr", "mill-us"]


def test_an_article_that_is_not_stored_may_be_a_translation(
    opened: Recommender, counting_encoder: CountingEncoder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("recommender.related.recommender.QuickEncoder", lambda *_: counting_encoder)
    draft = Article.read({"title": "Title mill-es", "translationKey": "mill", "language": "es"})
    answer = opened.related(draft, top_k=20)
    assert [each.article_id for each in answer.translations] == ["mill-de", "mill-en", "mill-fr"]
    assert not {each["id"] for each in MILL} & set(ids(answer))


def test_what_an_editor_pins_is_shown_whatever_it_translates(small: Open):
    pins = {"mill-en": ["mill-de"], "s0": ["tide-de", "tide-en"]}
    recommender = small(*MILL, *TIDE, *stories(1), rules={"pinned": pins})
    assert ids(recommender.related("mill-en", top_k=20))[0] == "mill-de"
    assert ids(recommender.related("s0", top_k=20))[:2] == ["tide-de", "tide-en"]


def test_a_translation_that_is_gone_is_not_named(small: Open):
    small(*MILL, *stories(1)).close()
    recommender = small(*MILL[:2], *stories(1))
    assert [each.article_id for each in recommender.related("mill-en").translations] == ["mill-de"]
