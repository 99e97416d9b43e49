"""Lists depend on the scorer that ranks them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from support.enriching import Filling, article, settings_of
from support.tuning import hand_made

from recommender.enrich import FolderSite
from recommender.enrich import lists as lists_module
from recommender.enrich.listing import Outcome
from recommender.enrich.lists import Lists
from recommender.errors import NotFoundError
from recommender.ranking.learned import LearnedScorer
from recommender.related.recommender import Recommender


def use(filling: Filling, scorer: LearnedScorer | None) -> None:
    with closing(Recommender.open(filling.collection)) as opened:
        opened.use(scorer)


def key(filling: Filling) -> str:
    with closing(Recommender.open(filling.collection)) as opened:
        return Lists(opened, settings_of({})).answer_key("a")


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


def test_lists_made_in_other_processes_are_the_same(filling: Filling, monkeypatch: pytest.MonkeyPatch):
    for name in "defgh":
        filling.write(f"{name}.md", article(f"Story {name}"))
    filling.build()
    settings = settings_of({"a": ["b", "c"], "d": ["a"]})
    found = []
    for beside in (0, 2):
        monkeypatch.setattr(lists_module, "ALONE", 1)
        with closing(Recommender.open(filling.collection, weights=settings.ranking, rules=settings.rules)) as opened:
            pages = FolderSite(filling.site, opened, settings, workers=beside).plan()
            found.append([page._replace(state=None) for page in pages])
    assert found[0] == found[1]
    assert {page.outcome for page in found[0]} >= {Outcome.FILLED}


def test_an_error_in_one_list_is_that_of_its_page(filling: Filling, monkeypatch: pytest.MonkeyPatch):
    make = Lists.make

    def fails(self: Lists, article_id: str, held: object) -> object:
        if article_id == "b":
            raise NotFoundError("gone")
        return make(self, article_id, held)  # type: ignore[arg-type]

    monkeypatch.setattr(Lists, "make", fails)
    pages = filling.fill({"a": ["b"]})
    assert {path for path, page in pages.items() if page.outcome is Outcome.FAILED} == {"b.md"}
