"""A running service ranks with what was learned from its next answer on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.answering import ACLU, REUTERS
from support.serving import Local, answering, path_of, problem
from support.tuning import hand_made, scorer_file

from recommender.ranking.learned import LearnedScorer
from recommender.related.recommender import Recommender


@pytest.fixture(scope="module")
def running(module_copy: Callable[[], Path]) -> Iterator[Local]:
    """Serves a copy of the sample site whose scorer each test sets."""
    with answering(module_copy()) as server:
        yield server


def use(server: Local, scorer: LearnedScorer | None) -> None:
    """Rank with a scorer, from outside the service."""
    with closing(Recommender.open(server.collection)) as opened:
        opened.use(scorer)


@pytest.fixture
def scorer(running: Local) -> Iterator[LearnedScorer]:
    """A scorer that goes by closeness in time; the default one ranks again after the test."""
    with closing(Recommender.open(running.collection)) as opened:
        fingerprint = opened.collection.store.recorded_encoding().fingerprint
    yield hand_made(encoder=fingerprint, near_in_time=5)
    use(running, None)


def scores(answer: dict) -> list[float]:
    return [item["score"] for item in answer["related"]]


def test_the_next_answer_is_the_learned_scorers(running: Local, scorer: LearnedScorer):
    before = running.related(ACLU, limit=5)
    assert before.json()["scorer"] == "default"
    use(running, scorer)
    after = running.related(ACLU, limit=5)
    assert after.json()["scorer"] == "learned"
    near, far = (float(scorer.probability(np.array([margin]))[0]) for margin in (1, -1))
    assert scores(after.json()) == pytest.approx([near] + [far] * 4, abs=1e-6)
    assert running.related(ACLU, limit=5, scorer="learned").json()["related"] == after.json()["related"]
    default = running.related(ACLU, limit=5, scorer="default").json()
    assert default["scorer"] == "default"
    assert default["related"] == before.json()["related"] != after.json()["related"]
    use(running, None)
    assert running.related(ACLU, limit=5).json() == before.json()


def test_no_old_answer_passes_for_the_new_scorers(running: Local, scorer: LearnedScorer):
    tags: list[str] = []
    for each in (None, scorer, LearnedScorer(scorer.file.model_copy(update={"slope": 3.0}), "another"), None):
        use(running, each)
        known = {"if-none-match": ", ".join(tags[1:])} if each else {}
        answer = running.client.get("/v1/related", params={"id": REUTERS}, headers=known)
        assert answer.status_code == 200
        tags.append(answer.headers["etag"])
        again = running.client.get("/v1/related", params={"id": REUTERS}, headers={"if-none-match": tags[-1]})
        assert again.status_code == 304
    assert len(set(tags)) == 3
    assert tags[0] == tags[-1]


@pytest.mark.usefixtures("scorer")
def test_a_collection_without_a_learned_scorer_says_so(running: Local):
    answer = running.related(ACLU, scorer="learned")
    told = problem(answer, "invalid-option")
    assert told["detail"] == "the collection has no learned scorer"
    # Where the collection lies is not for everybody.
    assert str(running.collection) not in answer.text


def test_an_unknown_scorer_is_a_problem_that_names_those_that_there_are(running: Local):
    told = problem(running.related(ACLU, scorer="fancy"), "invalid-option")
    assert "learned" in str(told)


def test_a_minimum_is_a_probability(running: Local, scorer: LearnedScorer):
    use(running, scorer)
    high, low = (running.related(ACLU, limit=100, min_score=least).json() for least in (0.5, 0))
    assert len(scores(high)) < len(scores(low))
    assert min(scores(high)) >= 0.5


def test_weights_in_a_request_ask_for_the_weighted_sum(running: Local, scorer: LearnedScorer):
    use(running, scorer)
    assert running.related(ACLU, weights="cosine:1").json()["scorer"] == "default"


def test_an_explanation_has_the_probability_as_its_one_part(running: Local, scorer: LearnedScorer):
    use(running, scorer)
    answer = running.client.get(path_of(ACLU, "/related"), params={"explain": "true"}).json()
    assert "probability" in str(answer)
    assert answer["scorer"] == "learned"


def test_a_recorded_scorer_that_does_not_fit_is_a_problem_and_no_crash(running: Local, scorer: LearnedScorer):
    use(running, scorer)
    with closing(Recommender.open(running.collection)) as opened:
        opened.collection.store.record_scorer(scorer_file(encoder="another").text())
    told = problem(running.related(ACLU), "unusable")
    assert told["status"] == 503
    assert "detail" not in told
    assert running.related(ACLU, scorer="default").status_code == 200
