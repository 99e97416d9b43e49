"""Lists depend on the scorer that ranks them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from support.enriching import Filling, settings_of
from support.tuning import hand_made

from recommender.enrich.lists import Lists
from recommender.ranking.learned import LearnedScorer
from recommender.related.recommender import Recommender


def use(filling: Filling, scorer: LearnedScorer | None) -> None:
    with closing(Recommender.open(filling.collection)) as opened:
        opened.use(scorer)


def key(filling: Filling) -> str:
    with closing(Recommender.open(filling.collection)) as opened:
        return Lists(opened, settings_of({})).answer_key()


def test_lists_of_another_scorer_are_others(filling: Filling):
    keys = [key(filling)]
    for scorer in (hand_made(), hand_made(slope=3.0), None):
        use(filling, scorer)
        keys.append(key(filling))
    assert len(set(keys)) == 3
    assert keys[-1] == keys[0]


def test_a_run_after_tuning_makes_its_lists_anew(filling: Filling, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    make = Lists.make

    def counted(self: Lists, article_id: str, held: object) -> object:
        asked.append(Path(article_id).name)
        return make(self, article_id, held)  # type: ignore[arg-type]

    monkeypatch.setattr(Lists, "make", counted)
    lists = {"a": ["b"]}
    filling.fill(lists)
    del asked[:]
    filling.fill(lists)
    assert asked == []
    use(filling, hand_made(features=("cosine",)))
    pages = filling.fill(lists)
    assert sorted(asked) == ["a", "b", "c"]
    # The learned minimum is the file's own, so that what the settings' hid is shown.
    assert [page.listing.items for page in pages.values() if page.path == "a.md" and page.listing] == [("b", "c")]
