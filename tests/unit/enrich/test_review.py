"""A review: what is planned, what editors decide, and that exactly this is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.enriching import EVERYDAY, Filling

from recommender.cli.review import plan_review
from recommender.config import Settings
from recommender.enrich import EnrichOptions
from recommender.enrich.review import Change, Decision, Decisions, Session, write_accepted
from recommender.related.recommender import Recommender

SETTINGS = Settings.parse({"site": {"generator": EVERYDAY}, "ranking": {"always": 2}})
BY_HAND = "related:\n  - title: By hand\n"


@pytest.fixture
def session(filling: Filling) -> Session:
    return plan_review(filling.site, str(filling.collection), SETTINGS, EnrichOptions(), 1)


@pytest.fixture
def recommender(filling: Filling) -> Iterator[Recommender]:
    with closing(Recommender.open(filling.collection, weights=SETTINGS.ranking)) as opened:
        yield opened


def accepted(session: Session) -> dict[str, Change]:
    return {change.path: change for change in session.changes}


def add(file: Path, before: str, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace(before, text + before, 1), encoding="utf-8")


def test_only_what_was_accepted_is_written(filling: Filling, session: Session, recommender: Recommender):
    changes = accepted(session)
    assert sorted(changes) == ["a.md", "b.md", "c.md"]
    before = filling.read("b.md")
    done = write_accepted(session, recommender, {"a.md": changes["a.md"]})
    assert done.written == ["a.md"]
    assert "related:" in filling.read("a.md")
    assert filling.read("b.md") == before


def test_what_changed_meanwhile_is_kept_and_what_somebody_else_filled_is_left(
    filling: Filling, session: Session, recommender: Recommender
):
    with (filling.site / "a.md").open("a", encoding="utf-8") as stream:
        stream.write("One more line.\n")
    add(filling.site / "b.md", "title:", BY_HAND)
    (filling.site / "c.md").unlink()
    done = write_accepted(session, recommender, accepted(session))
    assert done.written == ["a.md"]
    assert filling.read("a.md").endswith("One more line.\n")
    assert done.left == {"b.md": "its field is kept", "c.md": "the file is gone, or no longer an article"}
    assert BY_HAND in filling.read("b.md")


def test_a_list_that_would_be_another_by_now_is_left(filling: Filling, session: Session, recommender: Recommender):
    changes = accepted(session)
    blocked = changes["a.md"].items[0]
    recommender.collection.store.set_rules("a", f'{{"blocked": ["{blocked}"]}}', "Ann")
    done = write_accepted(session, recommender, changes)
    assert done.written == ["b.md", "c.md"]
    assert done.left == {"a.md": "the list would be another by now"}


def test_an_article_that_an_editor_keeps_is_not_planned(filling: Filling, recommender: Recommender):
    recommender.collection.store.set_rules("a", '{"keep": true}', "Ann")
    session = plan_review(filling.site, str(filling.collection), SETTINGS, EnrichOptions(), 1)
    assert sorted(accepted(session)) == ["b.md", "c.md"]


def test_decisions_outlive_a_killed_process_unless_another_list_is_planned(filling: Filling, session: Session):
    changes = accepted(session)
    made = Decisions(filling.site, changes)
    made.make(session.changes, Decision.ACCEPT)
    made.make([changes["b.md"]], Decision.REJECT)
    made.make([changes["c.md"]], None)
    with (filling.site / ".related" / "review.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('\n{"path": "a.md", "dec')
    again = Decisions(filling.site, changes)
    assert [again.of(path) for path in sorted(changes)] == [Decision.ACCEPT, Decision.REJECT, None]
    others = {**changes, "a.md": changes["a.md"].model_copy(update={"items": ["z"]})}
    assert Decisions(filling.site, others).of("a.md") is None
