"""Encoding article ids for TREC files."""

from __future__ import annotations

from recommender.text import own_ids, trec_id


def test_an_id_survives_a_trec_file():
    for article_id in ["plain", "two words", "100%", "a%20b", "ü\u2028x"]:
        assert article_id in own_ids(trec_id(article_id)), article_id
        assert own_ids(article_id)[0] == article_id, article_id
