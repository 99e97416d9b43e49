"""Why a pair is related, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from recommender.article import Article
from recommender.collection.columns import Columns, idf
from recommender.collection.columns_builder import ColumnsBuilder
from recommender.collection.lexical import Analyzer
from recommender.config import TextSettings
from recommender.ranking.reasons import MAX_REASONS, MAX_TERMS, explain, side
from recommender.text import article_texts, stable_hash

ANALYZER = Analyzer("english")
FILLER = [
    "Bakery closes after four generations",
    "Goalkeeper signs for two seasons",
    "Volcano wakes on an island",
    "Chess club wants players",
    "Frost damages vineyards in spring",
    "Council delays a vote on lanes",
]


def article(title: str, **fields: object) -> Article:
    return Article.read({"title": title, **fields})


def columns_of(articles: Sequence[Article]) -> Columns:
    builder = ColumnsBuilder(ANALYZER.terms)
    for number, one in enumerate(articles):
        texts = article_texts(one, TextSettings())
        builder.add(str(number), one, texts.title, texts.rest)
    return builder.build(np.ones((len(articles), 1), dtype=np.float32))


def rarity_in(columns: Columns) -> Callable[[Sequence[str]], np.ndarray]:
    """The idf of terms in whole texts, 0 for one that no article has."""

    def rarity(terms: Sequence[str]) -> np.ndarray:
        hashes = np.array([stable_hash(term) for term in terms], dtype=np.uint64)
        weighed = columns.weigh("text", hashes, np.ones(len(hashes), dtype=np.float32))
        return np.where(weighed.document_frequency > 0, weighed.idf, np.float32(0))

    return rarity


def reasons(query: Article, candidate: Article, others: Sequence[Article] = ()) -> list[str]:
    """The reasons of a pair in a collection of the two, `others`, and articles on other matters."""
    articles = [query, candidate, *others, *map(article, FILLER)]
    columns = columns_of(articles)
    about, related = (
        side(one, article_texts(one, TextSettings()), ANALYZER.terms, "english") for one in (query, candidate)
    )
    return explain(about, related, rarity_in(columns), float(idf(np.array([2]), len(articles))[0]))


def test_a_shared_name_is_spelled_as_the_article_asked_about_spells_it():
    found = reasons(article("Suit against Clearview AI filed"), article("The CLEARVIEW AI case moves on"))
    assert found == ["Clearview AI"]


def test_another_form_of_a_word_is_the_same_word():
    assert reasons(article("Injunctions sought"), article("An injunction in court")) == ["Injunctions"]


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_a_possessive_is_named_without_its_ending(apostrophe: str):
    assert reasons(article(f"Lumenary{apostrophe}s chip"), article("Lumenary opens a plant")) == ["Lumenary"]


def test_a_stop_word_is_never_a_reason():
    assert reasons(article("It is not in the lake"), article("There they will be on a moon")) == []


@pytest.mark.parametrize("word", ["where", "after", "over", "what", "which", "about", "from", "have", "would"])
def test_a_function_word_is_never_a_reason(word: str):
    assert reasons(article(f"Zinc {word} tram"), article(f"Loan {word} river")) == []


def test_an_acronym_is_no_stop_word():
    assert reasons(article("Zylar AI in court"), article("Court hears Zylar AI")) == ["Zylar AI", "court"]


def test_stop_words_are_those_of_the_articles_language_too():
    query, candidate = (article(f"{name} Noch", language="de-AT") for name in ("Zug", "Brot"))
    assert reasons(query, candidate) == []


def test_a_bare_number_is_no_reason():
    assert reasons(article("Zylar up 47"), article("Quent down 47")) == []


def test_a_common_word_of_the_texts_alone_is_no_reason():
    query, candidate = article("Zylar", excerpt="the quarterly parade"), article("Quent", excerpt="a quarterly fair")
    assert reasons(query, candidate) == []


def test_a_phrase_does_not_run_over_a_stop_word():
    found = reasons(article("Merger of Zylar and Quent"), article("Zylar, Quent: the merger"))
    assert sorted(found) == ["Merger", "Quent", "Zylar"]


def test_a_single_letter_is_never_a_reason():
    assert reasons(article("Vitamin Q"), article("Plan Q")) == []


def test_a_word_that_many_articles_have_is_no_reason():
    others = [article(f"Market {name}") for name in ("rises", "falls", "waits", "opens", "shuts", "turns")]
    assert reasons(article("Market for Zylar"), article("Market and Zylar"), others) == ["Zylar"]


def test_a_phrase_stands_for_its_words():
    assert reasons(article("Northwind Ledger cost console"), article("Northwind Ledger hires")) == ["Northwind Ledger"]


def test_words_of_the_text_after_the_title_count():
    query = article("First", excerpt="It was about the Tessel TS-40 board.")
    assert "Tessel" in " ".join(reasons(query, article("Second", excerpt="The Tessel came.")))


def test_no_more_than_three_terms_are_named():
    words = "Zylar quent fribble mork tandu"
    found = reasons(article(" and ".join(words.split())), article(" or ".join(reversed(words.split()))))
    assert len(found) == MAX_TERMS
    assert found == words.split()[:MAX_TERMS]


@pytest.mark.parametrize(
    "provider",
    [
        {"name": "Zylar", "domain": "zylar.example"},
        {"name": "Zylar"},
        {"domain": "zylar.example"},
        "Zylar",
    ],
)
@pytest.mark.parametrize("whose", ["query", "candidate"])
def test_an_outlets_name_alone_is_no_reason(provider: object, whose: str):
    fields = {"query": {}, "candidate": {}, whose: {"provider": provider}}
    found = reasons(article("Shares fall, says Zylar", **fields["query"]), article("Zylar", **fields["candidate"]))
    assert found == []


@pytest.mark.parametrize("name", ["Reuters", "Biometric Companies"])
def test_an_outlets_name_is_no_reason_where_its_word_stem_differs(name: str):
    query = article(f"Shares fall, says {name}", provider={"name": name})
    assert reasons(query, article(f"Rain, {name} reports")) == []


def test_an_outlets_name_within_a_longer_name_is_a_reason():
    query = article("The Zylar Prize goes north", provider="Zylar")
    assert reasons(query, article("A Zylar Prize is for a poet")) == ["Zylar Prize"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2021-04-16T20:54:00Z", "2021-04-16T08:00:00Z", ["same day"]),
        ("2021-04-16T23:00:00Z", "2021-04-17T22:59:59Z", ["same day"]),
        ("2021-04-16", "2021-04-17", ["same week"]),
        ("2021-04-16T20:54:00Z", "2021-04-23T20:53:59Z", ["same week"]),
        ("2021-04-23", "2021-04-16", []),
        ("2021-04-16", None, []),
        (None, "2021-04-16", []),
    ],
)
def test_closeness_in_time_is_said_in_words(first: str | None, second: str | None, expected: list[str]):
    assert reasons(article("Zinc", publishedDateTime=first), article("Tram", publishedDateTime=second)) == expected


def test_shared_topics_are_named_once_in_the_spelling_asked_about():
    query = article("Zinc", topics=["AI", "Law", "AI", "Police"])
    assert reasons(query, article("Tram", topics=["police", "ai"])) == ["topic AI", "topic Police"]


def test_a_topic_that_is_said_already_is_not_repeated():
    found = reasons(article("Robotics in Oslo", topics=["robotics"]), article("Robotics", topics=["Robotics"]))
    assert found == ["Robotics"]


def test_there_are_at_most_four_reasons_terms_first_then_time_then_topics():
    query = article("Zylar and Quent", topics=["AI", "Law"], publishedDateTime="2021-04-16")
    candidate = article("Quent or Zylar", topics=["AI", "Law"], publishedDateTime="2021-04-16")
    found = reasons(query, candidate)
    assert found == ["Zylar", "Quent", "same day", "topic AI"]
    assert len(found) == MAX_REASONS


def test_the_same_pair_always_has_the_same_reasons():
    pair = article("Zylar, Quent, Fribble, Mork"), article("Mork, Fribble, Quent, Zylar")
    assert len({tuple(reasons(*pair)) for _ in range(5)}) == 1


def test_articles_with_nothing_in_common_have_no_reasons():
    assert reasons(article("Zinc"), article("Tram")) == []
