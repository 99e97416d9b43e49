"""Why a pair is related, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest

from recommender.article import Article
from recommender.config import TextSettings
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.packing import Packer, packed_lead
from recommender.ranking.pool import idf
from recommender.ranking.reasons import MAX_REASONS, MAX_TERMS, Lead, Phrases, explain
from recommender.text import article_texts, stable_hash
from recommender.text.analysis import Analyzer, terms_in
from recommender.text.lead_words import LeadWords, unpack_words

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


def rarity_in(columns: Columns, terms: np.ndarray) -> np.ndarray:
    """The idf of terms in whole texts, 0 for one that no article has."""
    weighed = columns.weigh("text", terms, np.ones(len(terms), dtype=np.float32))
    return np.where(weighed.document_frequency > 0, weighed.idf, np.float32(0))


def lead_of(one: Article) -> tuple[Lead, LeadWords]:
    packed = Packer(TextSettings()).pack(one, article_texts(one, TextSettings()))
    words = unpack_words([packed_lead(packed.columns)])
    provider = one.provider
    outlet = f"{provider.name or ''} {provider.domain or ''}".replace(".", " ") if provider else ""
    hashes = frozenset(map(stable_hash, terms_in(words.languages[0])(outlet)))
    return Lead(one, packed.title, packed.rest, hashes), words


def reasons(query: Article, candidate: Article, others: Sequence[Article] = (), **known: Any) -> list[str]:
    """The reasons of a pair in a collection of the two, `others`, and articles on other matters."""
    articles = [query, candidate, *others, *map(article, FILLER)]
    columns = columns_of(articles)
    (about, words), (related, their_words) = lead_of(query), lead_of(candidate)
    phrases = Phrases(about, words, rarity_in(columns, words.terms), float(idf(np.array([2]), len(articles))[0]))
    return explain(query, candidate, phrases.shared([related], their_words)[0], **known)


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


def test_a_function_word_is_never_a_reason():
    for word in ["where", "after", "over", "what", "which", "about", "from", "have", "would"]:
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


def test_an_outlets_name_alone_is_no_reason():
    for provider, whose in product(
        [
            {"name": "Zylar", "domain": "zylar.example"},
            {"name": "Zylar"},
            {"domain": "zylar.example"},
            "Zylar",
        ],
        ["query", "candidate"],
    ):
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


def test_closeness_in_time_is_said_in_words():
    for first, second, expected in [
        ("2021-04-16T20:54:00Z", "2021-04-16T08:00:00Z", ["same day"]),
        ("2021-04-16T23:00:00Z", "2021-04-17T22:59:59Z", ["same day"]),
        ("2021-04-16", "2021-04-17", ["same week"]),
        ("2021-04-16T20:54:00Z", "2021-04-23T20:53:59Z", ["same week"]),
        ("2021-04-23", "2021-04-16", []),
        ("2021-04-16", None, []),
        (None, "2021-04-16", []),
    ]:
        assert (
            reasons(article("Zinc", publishedDateTime=first), article("Tram", publishedDateTime=second)) == expected
        ), (first, second)


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


# Topics that nearly every article has.


def test_a_topic_that_too_many_articles_have_is_no_reason():
    query, candidate = article("Zinc", topics=["AI", "Law"]), article("Tram", topics=["AI", "Law"])
    shares = {"AI": 0.41, "Law": 0.4}
    assert reasons(query, candidate, topic_share=shares.__getitem__) == ["topic Law"]


def test_the_share_of_a_topic_is_asked_in_the_spelling_of_the_article_asked_about():
    asked: list[str] = []

    def share(topic: str) -> float:
        asked.append(topic)
        return 0.0

    assert reasons(article("Zinc", topics=["AI"]), article("Tram", topics=["ai", "Law"]), topic_share=share) == [
        "topic AI"
    ]
    assert asked == ["AI"]


def test_a_common_topic_makes_room_for_the_next():
    topics = ["News", "A", "B", "C", "D"]
    found = reasons(article("Zinc", topics=topics), article("Tram", topics=topics), topic_share=lambda t: t == "News")
    assert found == ["topic A", "topic B", "topic C", "topic D"]


# Names and phrases.


def test_a_name_in_both_titles_says_something_though_more_articles_have_it():
    others = [article(f"{name} Mork") for name in ("rises", "falls", "waits")]
    assert reasons(article("shares of Mork today"), article("plan for Mork"), others) == ["Mork"]
    others = [article(f"{name} mork") for name in ("rises", "falls", "waits")]
    assert reasons(article("shares of mork today"), article("plan for mork"), others) == []


def test_title_case_says_nothing_of_names():
    others = [article(f"{name} mork") for name in ("rises", "falls", "waits")]
    assert reasons(article("Shares Of Mork Today Rise"), article("Plan for Mork"), others) == []
    assert reasons(article("Plan for Mork"), article("Shares Of Mork Today Rise"), others) == []


def test_a_title_of_one_word_tells_names_as_any_other():
    others = [article(f"{name} mork") for name in ("rises", "falls", "waits")]
    assert reasons(article("Mork"), article("plan for Mork"), others) == ["Mork"]


def test_capitals_within_a_word_are_a_name_in_title_case_too():
    others = [article(f"{name} emork") for name in ("rises", "falls", "waits")]
    assert reasons(article("Shares Of eMork Today Rise"), article("plan for eMork"), others) == ["eMork"]


def test_a_phrase_does_not_run_over_punctuation():
    for mark in [".", "!", "?", ":", ";", " (", " [", " |", " –", " —", ")"]:
        query = article(f"plan of Zylar{mark} Quent waits")
        assert sorted(reasons(query, article("a Zylar Quent strike"))) == ["Quent", "Zylar"]
        assert sorted(reasons(article("a Zylar Quent strike"), query)) == ["Quent", "Zylar"]


def test_a_phrase_does_not_run_from_the_title_into_the_text():
    query = article("plan of Zylar", excerpt="Quent waits.")
    assert sorted(reasons(query, article("a Zylar Quent strike"))) == ["Quent", "Zylar"]


def test_a_phrase_keeps_the_spelling_of_the_text_between_its_words_too():
    for name, other in [
        ("eBook & Video", "EBOOK & VIDEO"),
        ("eBook & Video", "ebook video"),
        ("Zylar/Quent", "Zylar Quent"),
        ("Zylar “Quent", "Zylar Quent"),
        ("Zylar-Quent TS-40", "zylar-quent ts-40"),
    ]:
        assert reasons(article(f"plan of {name} and more"), article(f"it was {other} then")) == [name], (name, other)


def test_a_phrase_of_the_text_below_the_title_keeps_its_spelling():
    query = article("First", excerpt="It was about the eBook & Video deal's end.")
    assert reasons(query, article("Second", excerpt="An EBOOK & VIDEO deal.")) == ["eBook & Video deal"]


# Updates and series.

ONE_STORY = {"cosine": 0.8, "title": 0.4, "same_provider": 1.0}
UPDATE, EARLIER = "update of the earlier story", "the earlier story"


def pair_of(first: str, second: str, days: float = 2) -> tuple[Article, Article]:
    """Two articles, the second so many days after the first."""
    moment = datetime(2021, 4, 16, 12, tzinfo=UTC)
    return (
        article(first, publishedDateTime=moment),
        article(second, publishedDateTime=moment + timedelta(days=days)),
    )


def test_a_later_title_that_says_so_is_an_update_of_the_earlier_story():
    for title in [
        "Update: Zylar mends its tram",
        "UPDATED: Zylar mends its tram",
        "[Update] Zylar mends its tram",
        "Aktualisiert: Zylar mends its tram",
        "Actualización: Zylar mends its tram",
        "Mise à jour : Zylar mends its tram",
    ]:
        first, second = pair_of("Zylar stops its tram", title, days=200)
        assert reasons(first, second, features={"cosine": 0.4})[0] == UPDATE
        assert reasons(second, first, features={"cosine": 0.4})[0] == EARLIER


def test_what_is_not_marked_as_an_update_of_this_story_is_none():
    for first, second, cosine in [
        # The earlier one is marked, both are, the mark is within the title or a longer word, or little is alike.
        ("Update: Zylar mends its tram", "Zylar stops its tram", 0.9),
        ("Update: Zylar stops its tram", "Update: Zylar mends its tram", 0.9),
        ("Zylar stops its tram", "Zylar gets an update for its tram", 0.9),
        ("Zylar stops its tram", "Updates from Zylar on its tram", 0.9),
        ("Zylar stops its tram", "Update: Zylar mends its tram", 0.39),
    ]:
        pair = pair_of(first, second)
        assert not {UPDATE, EARLIER, "same series"} & set(reasons(*pair, features={"cosine": cosine})), (first, second)


def test_one_outlets_articles_of_one_story_are_an_update_and_the_earlier_story():
    first, second = pair_of("Zylar stops its tram", "Zylar mends its tram")
    assert reasons(first, second, features=ONE_STORY) == [UPDATE, "Zylar", "tram", "same week"]
    assert reasons(second, first, features=ONE_STORY) == [EARLIER, "Zylar", "tram", "same week"]


def test_what_is_less_alike_or_of_another_outlet_is_no_update():
    for change in [
        {"cosine": 0.79},
        {"title": 0.39},
        {"same_provider": 0.0},
        {"same_provider": math.nan},
        {"title": math.nan},
    ]:
        pair = pair_of("Zylar stops its tram", "Zylar mends its tram")
        assert reasons(*pair, features={**ONE_STORY, **change}) == ["Zylar", "tram", "same week"]


def test_an_update_comes_half_a_day_to_sixty_days_later():
    for days, told in [(0.49, False), (0.5, True), (60, True), (60.1, False), (0, False)]:
        first, second = pair_of("Zylar stops its tram", "Zylar mends its tram", days)
        assert (UPDATE in reasons(first, second, features=ONE_STORY)) == told
        assert (EARLIER in reasons(second, first, features=ONE_STORY)) == told


@pytest.mark.parametrize("missing", [0, 1])
def test_without_dates_nothing_is_an_update(missing: int):
    pair = [article("Zylar stops its tram", publishedDateTime="2021-04-16"), article("Update: Zylar mends its tram")]
    found = reasons(pair[missing], pair[1 - missing], features=ONE_STORY)
    assert found == ["Zylar", "tram"]


def test_what_shares_no_words_is_no_update_however_near_it_is():
    assert reasons(*pair_of("Zylar stops", "Quent mends"), features=ONE_STORY) == ["same week"]


def test_without_features_nothing_is_an_update():
    assert reasons(*pair_of("Zylar stops its tram", "Zylar mends its tram")) == ["Zylar", "tram", "same week"]


def test_titles_of_one_story_with_other_numbers_are_a_series():
    pair = pair_of("Tram waits at Zylar reach 26 weeks", "Tram waits at Zylar reach 31 weeks", days=28)
    for found in (reasons(*pair, features=ONE_STORY), reasons(*reversed(pair), features=ONE_STORY)):
        assert found[0] == "same series"
        assert not {UPDATE, EARLIER} & set(found)


def test_titles_of_one_story_with_the_same_numbers_are_no_series():
    pair = pair_of("Zylar stops 26 trams", "Zylar mends all 26 trams")
    assert reasons(*pair, features=ONE_STORY)[0] == UPDATE


def test_that_it_is_an_update_counts_as_one_of_the_four_reasons():
    first, second = pair_of("Zylar and Quent and Fribble", "Zylar or Quent or Fribble")
    found = reasons(first, second, features=ONE_STORY)
    assert found == [UPDATE, "Zylar", "Quent", "Fribble"]
    assert len(found) == MAX_REASONS
