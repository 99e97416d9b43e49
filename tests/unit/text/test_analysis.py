"""Each text is split into terms in its own language."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from recommender.article import Article
from recommender.config import TextSettings
from recommender.errors import ConfigError
from recommender.text import Texts, article_texts
from recommender.text.analysis import LANGUAGES, STEMMERS, UNKNOWN, Analyzer, date_terms, detect, terms_in

PROSE = {
    "en": "The council met on Monday to talk about the bus lanes that were promised to the people of the town last "
    "year.",
    "de": "Der Stadtrat hat am Montag über die Busspuren gesprochen, die den Leuten im letzten Jahr versprochen "
    "wurden, und sich dann vertagt.",
    "fr": "Le conseil municipal a parlé lundi des couloirs de bus qui avaient été promis aux habitants de la ville "
    "l'année dernière, puis il a reporté le vote.",
    "es": "El ayuntamiento habló el lunes sobre los carriles bus que se habían prometido a los vecinos de la ciudad el "
    "año pasado y aplazó el voto.",
    "ru": "Городской совет в понедельник обсудил автобусные полосы, которые обещали жителям города в прошлом году.",
    "uk": "Міська рада в понеділок обговорила автобусні смуги, які обіцяли мешканцям міста минулого року.",
    "ja": "市議会は月曜日、昨年住民に約束されたバス専用車線について話し合った。",
    "zh": "市议会周一讨论了去年向居民承诺的公交专用道。",
    "ko": "시의회는 월요일에 작년 주민들에게 약속한 버스 전용 차로에 대해 이야기했다.",
    "ar": "ناقش المجلس البلدي يوم الاثنين مسارات الحافلات التي وعد بها سكان المدينة في العام الماضي.",
    "he": "מועצת העיר דנה ביום שני בנתיבי התחבורה הציבורית שהובטחו לתושבים בשנה שעברה.",
    "el": "Το δημοτικό συμβούλιο συζήτησε τη Δευτέρα για τις λεωφορειολωρίδες.",
    "th": "สภาเมืองหารือเรื่องช่องทางรถโดยสารเมื่อวันจันทร์",
}


@pytest.mark.parametrize("language", PROSE)
def test_the_language_of_a_text_is_detected(language: str):
    assert detect(PROSE[language]) == language


@pytest.mark.parametrize("text", ["", "Apple", "Stadtrat vertagt Busspuren", "1.2.3", "!?", "\ud83d"])
def test_of_a_short_text_no_language_is_guessed(text: str):
    assert detect(text) is None


def language_of(title: str, analyzer: Analyzer, among: Sequence[str] = ("en",), **fields: object) -> str:
    article = Article.read({"title": title, **fields})
    return analyzer.language_of(article, article_texts(article, TextSettings()), among)


def test_the_language_that_an_article_names_comes_first_then_what_it_is_written_in():
    analyzer = Analyzer()
    assert language_of(PROSE["de"], analyzer, language="fr-CA") == "fr"
    assert language_of(PROSE["de"], analyzer, language="tlh") == "de"
    assert language_of(PROSE["de"], analyzer) == "de"
    assert language_of("Busspuren", analyzer) == "en"
    assert language_of("Busspuren", analyzer, ["de"]) == "de"
    assert language_of("Wie widerrufe ich das", analyzer, ["en", "fr", "de"]) == "de"
    assert language_of("Comment révoquer cela", analyzer, ["en", "fr", "de"]) == "fr"
    assert language_of("?", analyzer, ["es", "fr", "de"]) == "es"
    assert language_of(PROSE["de"], Analyzer("english"), language="fr") == "en"
    assert language_of(PROSE["de"], Analyzer("ja")) == "ja"


def test_words_are_stemmed_without_stop_words():
    assert terms_in("de")("der Hund und die Hunde") == ["hund", "hund"]
    assert terms_in("fr")("les chevaux et le cheval") == ["cheval", "cheval"]
    assert terms_in("ru")("города и города") == ["город", "город"]
    assert terms_in("ar")("المدن") == terms_in("ar")("مدن")
    assert "der" in terms_in("en")("der Hund")
    assert terms_in(UNKNOWN)("The running dogs") == ["the", "running", "dogs"]


def test_letters_without_spaces_become_pairs_among_the_words_of_any_language():
    assert terms_in("ja")("東京タワー") == ["東京", "京タ", "タワ", "ワー"]
    assert terms_in("en")("Visit 東京 in April") == ["visit", "東京", "april"]
    assert terms_in("zh")("中 文") == ["中", "文"]
    assert terms_in("ko")("버스는 2대") == ["버스", "스는", "2", "대"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_takes_any_text(language: str):
    terms_in(language)("")
    terms_in(language)("😀 a\u0300 ﷽ x" + "y" * 300)


def test_every_setting_of_the_language_is_known():
    for name in [*STEMMERS.values(), *LANGUAGES, "auto"]:
        Analyzer(name)
    with pytest.raises(ConfigError, match=r"text\.language is 'latin'; expected auto, a Snowball language"):
        Analyzer("latin")


def test_dates_are_terms_in_each_language():
    assert {"januari", "march", "montag", "juillet", "enero"} & date_terms()
    assert not {"mar", "mai", "sab", "ju"} & (date_terms() - set(terms_in("en")("mar mai sab ju")))


def test_texts_are_joined_for_detection():
    assert detect(Texts("Stadtrat", PROSE["de"]).whole) == "de"
