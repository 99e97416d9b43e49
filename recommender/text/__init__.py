"""Text cleaning and normalisation: embedded and searched texts, words, languages, URL keys, hashes.

`markup` (HTML, reStructuredText, headings) is not exported here, because importing it is slow.
"""

from recommender.text.clean import (
    TEXT_VERSION,
    Texts,
    article_texts,
    clean,
    clean_markdown,
    has_surrogate,
    repair,
    texts_fingerprint,
)
from recommender.text.hashes import facet, folded_hash, stable_hash, text_hash
from recommender.text.languages import main_language, stop_words
from recommender.text.trec_ids import own_ids, trec_id
from recommender.text.unspaced import Piece, has_unspaced, joined_pairs, shared_word, unspaced_pieces
from recommender.text.urls import path_key, url_key
from recommender.text.words import CALENDAR, Analyze, find_words, plain_words, proper_names

__all__ = [
    "CALENDAR",
    "TEXT_VERSION",
    "Analyze",
    "Piece",
    "Texts",
    "article_texts",
    "clean",
    "clean_markdown",
    "facet",
    "find_words",
    "folded_hash",
    "has_surrogate",
    "has_unspaced",
    "joined_pairs",
    "main_language",
    "own_ids",
    "path_key",
    "plain_words",
    "proper_names",
    "repair",
    "shared_word",
    "stable_hash",
    "stop_words",
    "text_hash",
    "texts_fingerprint",
    "trec_id",
    "unspaced_pieces",
    "url_key",
]
