"""What is stored of an article: any changed value is noticed, and what a write would change is told."""

from __future__ import annotations

import pytest
from support.truth import upsert

from recommender.article import Article
from recommender.errors import DamagedError
from recommender.store.checksums import row_checksum, sealed_hash
from recommender.store.records import COLUMNS, RowFacts, StoredState, read_article

WRITTEN = upsert("ä/1", title="Über", url_key="x.example/1", secured='"blob"')
FACTS = RowFacts(*WRITTEN[:5], sealed_hash(WRITTEN.secured), 1, 7)
ROW = dict(zip(COLUMNS.split(", "), (*FACTS, FACTS.checksum(), WRITTEN.record), strict=True))


def row(**damaged):
    return tuple((ROW | damaged).values())


def test_a_sound_row_is_the_article():
    assert read_article(row()).article == Article(id="ä/1", title="Über")


def test_an_article_comes_with_what_the_collection_knows_of_it():
    stored = read_article(row())
    assert (stored.article_id, stored.text_hash, stored.checksum) == ("ä/1", WRITTEN.text_hash, FACTS.checksum())


def test_a_rows_checksum_is_that_of_its_facts_in_their_order():
    assert FACTS.checksum() == row_checksum(*FACTS)


def test_a_changed_value_is_noticed():
    for column, value in [
        ("article_id", "ä/2"),
        ("path", "x.md"),
        ("url_key", None),
        ("url_key", "x.example/2"),
        ("text_hash", bytes(16)),
        ("text_hash", "text"),
        ("text_hash", None),
        ("content_hash", bytes(16)),
        ("sealed_hash", None),
        ("source_id", 2),
        ("source_id", "1"),
        ("revision", 8),
        ("checksum", 0),
        ("checksum", None),
        ("record", WRITTEN.record.replace("b", "c")),
        ("record", WRITTEN.record + " "),
        ("record", WRITTEN.record.encode()),
        ("record", None),
        ("record", 5),
    ]:
        with pytest.raises(DamagedError, match=r"the article .+ is damaged") as caught:
            read_article(row(**{column: value}))
        assert caught.value.hint == "related doctor --repair", (column, value)


def test_an_article_that_is_damaged_is_named():
    with pytest.raises(DamagedError, match="the article ä/1 is damaged"):
        read_article(row(path="x.md"))


def test_a_state_tells_whether_a_write_would_change_anything():
    for change, differs in [
        ({}, False),
        ({"secured": None}, False),
        ({"secured": '"other"'}, True),
        ({"title": "New"}, True),
        ({"text_hash": bytes(16)}, True),
        ({"path": "moved.md"}, True),
    ]:
        same = {"title": "Über", "url_key": "x.example/1", "secured": '"blob"'}
        assert StoredState(FACTS, FACTS.checksum()).differs(upsert("ä/1", **(same | change))) is differs, change


def test_secured_where_none_is_stored_is_a_change():
    bare = FACTS._replace(sealed_hash=None)
    assert StoredState(bare, bare.checksum()).differs(WRITTEN)


def test_a_state_that_is_not_what_was_written_is_written_anew():
    for damaged in [{"revision": 8}, {"source_id": 2}, {"url_key": None}]:
        assert StoredState(FACTS._replace(**damaged), FACTS.checksum()).differs(WRITTEN), damaged
