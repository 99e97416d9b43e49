"""Editors' rules in a store: kept, counted, logged, checked and mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from recommender.collection import Collection
from recommender.errors import ChangedRulesError, DamagedError
from recommender.store import SITE, KeptRules, Store

PINS, BLOCKS = '{"pinned": ["b"]}', '{"blocked": ["c"]}'


@pytest.fixture
def store(collection_place: Path | str) -> Iterator[Store]:
    with closing(Collection.create(collection_place)) as made:
        yield made.store


def test_rules_are_kept_with_the_number_of_their_change(store: Store):
    assert store.rules_of("a") == KeptRules("a")
    assert store.set_rules("a", PINS, "Ann") == KeptRules("a", PINS, 1)
    assert store.set_rules(SITE, BLOCKS, "Ben") == KeptRules(SITE, BLOCKS, 2)
    assert list(store.all_rules()) == [KeptRules(SITE, BLOCKS, 2), KeptRules("a", PINS, 1)]
    assert store.rules_number() == 2


def test_the_log_has_every_change_the_newest_first(store: Store):
    for rules in (PINS, BLOCKS, BLOCKS, "{}"):
        store.set_rules("a", rules, "Ann")
    store.set_rules("b", PINS, "Ben")
    assert [(each.before, each.after) for each in store.rule_changes("a")] == [
        (BLOCKS, "{}"),
        (PINS, BLOCKS),
        ("{}", PINS),
    ]
    assert [each.number for each in store.rule_changes(before=3, limit=1)] == [2]


def test_rules_that_were_changed_meanwhile_are_not_replaced(store: Store):
    seen = store.set_rules("a", PINS, "Ann").number
    store.set_rules("a", BLOCKS, "Ben")
    with pytest.raises(ChangedRulesError, match="changed by Ben at 20"):
        store.set_rules("a", "{}", "Ann", expected=seen)
    with pytest.raises(ChangedRulesError, match="never set"):
        store.set_rules("b", PINS, "Ann", expected=7)
    assert store.rules_of("a").rules == BLOCKS


def test_rules_outlive_their_articles_and_a_new_beginning(store: Store):
    store.set_rules("a", PINS, "Ann")
    store.start_over()
    assert store.rules_of("a").rules == PINS


def test_damaged_rules_are_found_and_set_again_from_the_log(store: Store, tmp_path: Path):
    store.set_rules("a", BLOCKS, "Ann")
    store.set_rules("a", PINS, "Ann")
    store.set_rules("b", BLOCKS, "Ann")
    with store.transaction():
        store.connection.execute("UPDATE rules SET rules = ? WHERE article_id = ?", (BLOCKS, "a"))
    with pytest.raises(DamagedError, match="the record of the rules of a is damaged"):
        store.rules_of("a")
    with store.reading():
        found = store.check(None)
    assert found.damaged["rules"] == ["a"]
    assert any("rules" in line for line in store.repair(found, tmp_path))
    assert store.rules_of("a") == KeptRules("a", PINS, 2)
    assert store.rules_of("b") == KeptRules("b", BLOCKS, 3)
