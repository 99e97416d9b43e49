"""What becomes of a learned scorer when a collection is built anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.building import Build, note, put, put_many
from support.encoders import OtherEncoder
from support.tuning import scorer_file

from recommender.doctor import examine
from recommender.errors import ScorerError

TEXT = scorer_file().text()


@pytest.fixture
def learned(folder: Path, run: Build, collection) -> None:
    """A collection with a learned scorer."""
    put_many(folder, 3)
    run()
    collection().store.record_scorer(TEXT)


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("recreate", [False, True])
def test_a_build_with_the_same_model_keeps_the_scorer(folder: Path, run: Build, collection, recreate: bool):
    put(folder / "new.md", "A new story")
    report = run(recreate=recreate)
    assert report.problems == []
    assert collection().store.scorer == TEXT


@pytest.mark.usefixtures("learned")
def test_a_build_with_another_model_drops_it_and_says_so(run: Build, collection):
    report = run(recreate=True, encoder=OtherEncoder())
    said = note(report, ScorerError)
    assert "learned scorer: the scorer was learned with another encoder" in said
    assert report.notes[0].hint == "the default scorer ranks until related tune learns another"
    assert collection().store.scorer is None
    assert report.articles == 3
    report = run(encoder=OtherEncoder())
    assert (report.problems, report.notes) == ([], [])


def test_a_scorer_that_can_not_be_read_is_dropped_too(folder: Path, run: Build, collection):
    put_many(folder, 3)
    run()
    collection().store.record_scorer("nonsense")
    assert "invalid learned scorer" in note(run(), ScorerError)
    assert collection().store.scorer is None


@pytest.mark.usefixtures("learned")
def test_the_doctor_finds_a_scorer_that_fits(collection):
    path = collection().path
    found = {each.check: each for each in examine(path)}
    assert (found["scorer"].status, found["scorer"].what) == ("ok", "learned from judgements, on these vectors")


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("text", ["nonsense", scorer_file(encoder="of another").text()])
def test_the_doctor_finds_one_that_does_not_and_goes_back_to_the_default(collection, text: str):
    opened = collection()
    opened.store.record_scorer(text)
    found = {each.check: each for each in examine(opened.path)}
    assert found["scorer"].status == "problem"
    assert "--repair" in (found["scorer"].hint or "")
    repaired = {each.check: each for each in examine(opened.path, repair=True)}
    assert repaired["scorer"].status == "repaired"
    assert opened.store.scorer is None
    assert "scorer" not in {each.check for each in examine(opened.path)}
