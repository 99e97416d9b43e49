"""What unrelated texts find at best, and whether an article belongs."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.config import RankingSettings
from recommender.ranking.chance import (
    MANIFOLD,
    MOST_WORDS,
    Chance,
    ChancePairs,
    UnrelatedTexts,
    belonging,
    find_unrelated,
    recorded_as,
    unrelated,
)
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import make_scorer
from recommender.text.analysis import LANGUAGES, detect

COSINE, TEXT, TITLE = (FEATURES.index(name) for name in ("cosine", "text", "title"))
DENSE = make_scorer("dense", RankingSettings(), 10.0, 0.0)


def pairs(*rows: tuple[float, float, float]) -> Features:
    """Pairs with a cosine, shared words and a shared title."""
    found = np.zeros((len(rows), len(FEATURES)), dtype=np.float32)
    found[:, [COSINE, TEXT, TITLE]] = rows
    return found


def test_there_are_unrelated_texts_in_many_languages_each_in_its_own():
    assert unrelated().keys() <= set(LANGUAGES)
    assert len(unrelated()) > 12
    for language, texts in unrelated().items():
        assert len(set(texts)) == len(texts) >= 12, language
        assert detect(" ".join(texts)) == language


@pytest.fixture
def recorded():
    """The values recorded for English and German, of four dimensions."""
    draw = np.random.default_rng(1)
    shapes = {language: (len(unrelated()[language]), 4) for language in ("en", "de")}
    vectors = {language: draw.normal(size=shape).astype(np.float16) for language, shape in shapes.items()}
    return {recorded_as(each): UnrelatedTexts(each, found.astype(np.float32)).text() for each, found in vectors.items()}


def test_their_vectors_are_recorded_and_read_again(recorded):
    german = find_unrelated(recorded.get, 4)("de")
    assert german is not None
    assert german.texts[0].startswith("Apfelkuchen")
    assert german.vectors.shape == (12, 4)
    assert german.text() == recorded[recorded_as("de")]


@pytest.mark.parametrize("language", ["eo", "fr"], ids=["no texts", "no vectors"])
def test_english_stands_in_for_a_language_without(recorded, language):
    english = find_unrelated(recorded.get, 4)(language)
    assert english is not None
    assert (english.language, len(english.vectors)) == ("en", len(unrelated()["en"]))


@pytest.mark.parametrize(
    "damage", [lambda text: "", lambda text: None, lambda text: text[:-8], lambda text: "0" + text, lambda text: "a:é"]
)
def test_vectors_of_other_texts_or_damaged_ones_are_not_used(recorded, damage):
    text = recorded[recorded_as("en")]
    assert UnrelatedTexts.parse(damage(text), "en", 4) is None
    assert UnrelatedTexts.parse(text, "en", 5) is None
    assert find_unrelated(lambda key: damage(text), 4)("de") is None


def test_belonging_is_nearness_and_title_and_a_few_words():
    settings = RankingSettings(cosine=1, text=0.5, title=0.5)
    found = belonging(pairs((0.4, 0, 0), (0.4, 0.2, 0), (0.4, 9, 0), (0.4, 0, 1)), settings)
    assert found == pytest.approx([0.4, 0.5, 0.4 + MOST_WORDS, 0.9])


def test_the_best_pair_of_each_text_counts():
    chance = ChancePairs(pairs((0.1, 0, 0), (0.3, 0, 0), (0.2, 0, 0)), np.array([0, 0, 4], dtype=np.int16))
    assert chance.best(np.array([0.1, 0.3, 0.2])).tolist() == [0.3, 0.2]


def test_an_article_must_find_more_than_unrelated_texts_do():
    cosines = np.linspace(0.1, 0.3, 21)
    chance = ChancePairs(pairs(*((cosine, 0, 0) for cosine in cosines)), np.arange(21, dtype=np.int16))
    found = Chance.of(chance, DENSE, RankingSettings())
    assert found.belonging == pytest.approx(0.2 + 1.2 * 0.09)
    assert found.score == pytest.approx(MANIFOLD * 0.29)


def test_where_unrelated_texts_were_never_asked_nothing_is_held_back():
    assert Chance.of(ChancePairs.none(), DENSE, RankingSettings()) == (-np.inf, np.inf)
