"""Answers in the article's language, told by a field or by the text itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.answering import Open, ids

from recommender.article import Article
from recommender.config import RuleSettings
from recommender.related.recommender import Recommender

ELBMARK = "_news/2021-03-09-elbmark-picks-freiberg-for-power-chip-fab"
ELBMARK_LATER = "_news/2021-10-05-freiberg-fab-slips-by-a-year"
ELBMARK_GERMAN = "_news/2021-03-09-elbmark-baut-chipfabrik-in-freiberg"
ELBMARK_GERMAN_UNMARKED = "_news/2021-03-10-700-neue-stellen-fuer-freiberg"
RETINA_SPANISH_UNMARKED = "_news/2021-05-14-revisar-la-retina-sin-viajar-a-sevilla"
VAN_SPANISH = "_news/2021-05-12-furgoneta-con-inteligencia-artificial-sierra-norte"
VAN = "_news/2021-05-12-seville-sends-an-eye-scanning-van-to-villages"

ENGLISH = "The harbour council will vote on the new tram line next Monday, and nobody knows how it will end."
GERMAN = "Der Stadtrat stimmt am Montag über die neue Straßenbahn ab, und niemand weiß, wie es ausgeht."


@pytest.fixture
def same(site_collection: Path):
    opened = Recommender.open(site_collection, rules=RuleSettings(language="same"))
    yield opened
    opened.close()


@pytest.fixture
def prefer(site_collection: Path):
    opened = Recommender.open(site_collection, rules=RuleSettings(language="prefer"))
    yield opened
    opened.close()


def test_where_any_language_may_be_shown_the_best_comes_first_in_whatever_language(recommender: Recommender):
    assert ids(recommender.related(ELBMARK)) == [ELBMARK_GERMAN, ELBMARK_LATER, ELBMARK_GERMAN_UNMARKED]


def test_same_leaves_out_other_languages_marked_or_found(same: Recommender):
    answer = same.related(ELBMARK, explain=True)
    assert answer.considered is not None
    fates = {candidate.article_id: candidate.fate for candidate in answer.considered}
    assert ids(answer) == [ELBMARK_LATER]
    # No field tells the language of the article asked about, so that it is found for all of them.
    assert fates[ELBMARK_GERMAN] == "left out: its language was found to be another"
    assert fates[ELBMARK_GERMAN_UNMARKED] == "left out: its language was found to be another"


def test_same_works_for_an_article_whose_language_no_field_tells(same: Recommender):
    assert ids(same.related(ELBMARK_GERMAN_UNMARKED)) == [ELBMARK_GERMAN]
    found = same.related(RETINA_SPANISH_UNMARKED)
    assert ids(found)[0] == VAN_SPANISH
    assert {item.article.language for item in found} == {"es"}


def test_same_tells_by_the_field_where_both_have_one(same: Recommender):
    answer = same.related(VAN_SPANISH, explain=True)
    assert answer.considered is not None
    fates = {candidate.article_id: candidate.fate for candidate in answer.considered}
    assert RETINA_SPANISH_UNMARKED in ids(answer)
    assert fates[ELBMARK_GERMAN] == "left out: it is in another language"
    assert fates[VAN] == "left out: its language was found to be another"


def test_prefer_shows_the_same_language_first_and_the_others_after_it(recommender: Recommender, prefer: Recommender):
    assert ids(prefer.related(ELBMARK)) == [ELBMARK_LATER, ELBMARK_GERMAN, ELBMARK_GERMAN_UNMARKED]
    plain = recommender.related(RETINA_SPANISH_UNMARKED)
    spanish = [name for name in ids(plain) if name != VAN]
    assert ids(plain)[1] == VAN
    assert ids(prefer.related(RETINA_SPANISH_UNMARKED)) == [*spanish, VAN]


def test_prefer_leaves_nothing_out(recommender: Recommender, prefer: Recommender):
    for stored in list(recommender.collection.store.articles())[::5]:
        plain, first = (one.related(stored.article_id, top_k=20) for one in (recommender, prefer))
        assert sorted(ids(first)) == sorted(ids(plain))


def test_an_article_in_the_sites_language_gets_the_same_list_with_any_policy(
    recommender: Recommender, same: Recommender, prefer: Recommender
):
    name = "_news/2021-07-20-st-brannocks-switches-off-sepsis-predictor"
    assert ids(same.related(name)) == ids(prefer.related(name)) == ids(recommender.related(name)) != []


TOLD = [
    {"id": "en", "title": "Tram one", "excerpt": ENGLISH},
    {"id": "de", "title": "Tram zwei", "excerpt": GERMAN},
    {"id": "marked-de", "title": "Tram three", "language": "de-AT"},
    {"id": "marked-en", "title": "Tram four", "language": " EN-gb"},
    {"id": "unknown", "title": "Tram 5"},
]


def test_what_is_in_no_language_that_can_be_told_passes(small: Open):
    asked = {"id": "asked", "title": "Tram six", "excerpt": ENGLISH.replace("Monday", "Friday")}
    recommender = small(asked, *TOLD, rules={"language": "same"})
    assert sorted(ids(recommender.related("asked"))) == ["en", "marked-en", "unknown"]


def test_an_article_in_no_language_that_can_be_told_gets_all(small: Open):
    recommender = small(*TOLD, rules={"language": "same"})
    assert sorted(ids(recommender.related("unknown"))) == ["de", "en", "marked-de", "marked-en"]


def test_a_field_counts_more_than_the_text(small: Open):
    asked = {"id": "asked", "title": "Tram six", "excerpt": GERMAN.replace("Montag", "Freitag"), "language": "en"}
    recommender = small(asked, *TOLD, rules={"language": "same"})
    assert sorted(ids(recommender.related("asked"))) == ["en", "marked-en", "unknown"]


def test_an_articles_own_policy_counts(small: Open):
    asked = {"id": "asked", "title": "Tram six", "language": "de", "relatedRules": {"language": "same"}}
    recommender = small(asked, *TOLD)
    assert sorted(ids(recommender.related("asked"))) == ["de", "marked-de", "unknown"]
    assert len(recommender.related("en")) == 5


def test_an_unsaved_drafts_language_is_found(small: Open):
    recommender = small(*TOLD, rules={"language": "same"})
    draft = Article.read({"title": "Tram zwei", "excerpt": GERMAN, "provider": "draft.example"})
    answer = recommender.related(draft)
    assert "en" not in ids(answer)
    assert "marked-en" not in ids(answer)
    assert "marked-de" in ids(answer)


def test_a_pinned_article_is_shown_in_whatever_language(small: Open):
    asked = {"id": "asked", "title": "Tram six", "language": "en"}
    recommender = small(asked, *TOLD, rules={"language": "same", "pinned": {"asked": ["de", "marked-de"]}})
    assert ids(recommender.related("asked"))[:2] == ["de", "marked-de"]


def test_what_is_under_the_minimum_needs_no_language(small: Open, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr("recommender.ranking.languages.detect_language", lambda text: asked.append(text) or "en")
    recommender = small(*TOLD, rules={"language": "same"})
    recommender.related("en", min_score=1)
    assert asked == [f"Tram one. {ENGLISH}"]


def test_a_languages_text_is_read_once(small: Open, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr("recommender.ranking.languages.detect_language", lambda text: asked.append(text) or "en")
    recommender = small(*TOLD, rules={"language": "prefer"})
    for _ in range(3):
        recommender.rank(as_shown=True)
    assert sorted(asked) == ["Tram 5", f"Tram one. {ENGLISH}", f"Tram zwei. {GERMAN}"]


def test_a_field_is_looked_at_however_many_candidates_there_are(small: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.related.choosing.LANGUAGE_POOL", 0)
    recommender = small(*TOLD, rules={"language": "same"})
    assert ids(recommender.related("en")) == ["marked-en"]


def test_what_was_not_looked_at_comes_after_what_is_known_to_be_preferred(small: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.related.choosing.LANGUAGE_POOL", 0)
    recommender = small(*TOLD, rules={"language": "prefer"})
    found = ids(recommender.related("en"))
    assert found[0] == "marked-en"
    assert sorted(found) == ["de", "marked-de", "marked-en", "unknown"]


def test_by_default_the_stated_language_comes_first_and_none_is_detected(small: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.ranking.languages.detect_language", None)
    told = [
        {"id": name, "title": f"The robot arm of the workshop {name}", "language": language}
        for name, language in [("a", "en"), ("b", "de"), ("c", "de"), ("d", "en-GB"), ("e", None)]
    ]
    found = ids(small(*told).related("a", min_score=0))
    assert set(found[:2]) == {"d", "e"}
    assert set(found[2:]) == {"b", "c"}
    assert set(ids(small(*told, rules={"language": "any"}).related("a", min_score=0))) == {"b", "c", "d", "e"}
