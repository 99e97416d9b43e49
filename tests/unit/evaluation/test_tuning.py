"""Tuning on an invented site: a winning scorer is kept, others change nothing, results are reproducible."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.encoders import CountingEncoder
from support.tuning import Judged, Record, hand_made, invented_site, shuffled

from recommender.build import build
from recommender.config import Settings
from recommender.errors import ConfigError, JudgementsError, ScorerError
from recommender.evaluation.metrics import Metric, evaluate
from recommender.evaluation.splitting import By
from recommender.evaluation.tuning import Tuning, tune
from recommender.evaluation.tuning_report import matters, render_tuning, summary
from recommender.ranking.learned import LearnedScorer, ScorerFile
from recommender.related.answer import RelatedArticles
from recommender.related.recommender import Recommender
from recommender.text import stable_hash

RECORDS, JUDGED = invented_site()
FRESH = [query for place, query in enumerate(JUDGED) if place // 4 % 4 == 0]
"""Events whose judgements tuning does not see."""
KNOWN: Judged = {query: grades for query, grades in JUDGED.items() if query not in set(FRESH)}

Open = Callable[[list[Record]], Recommender]


def made(folder: Path, records: list[Record]) -> Path:
    source = folder / "articles.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    build([source], folder / "collection", settings=Settings(), encoder=CountingEncoder())
    return folder / "collection"


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recommender]:
    """The invented site, read-only."""
    with closing(Recommender.open(made(tmp_path_factory.mktemp("invented"), RECORDS))) as opened:
        yield opened


@pytest.fixture(scope="module")
def tuned(invented: Recommender, lightgbm: Any) -> Tuning:
    return tune(invented, KNOWN)


@pytest.fixture(scope="module")
def beaten(invented: Recommender, lightgbm: Any) -> Tuning:
    """The tuning of random judgements."""
    return tune(invented, shuffled(KNOWN))


def file_of(tuned: Tuning) -> ScorerFile:
    assert tuned.file is not None
    return tuned.file


def listed(answer: RelatedArticles) -> list[tuple[str, float]]:
    return [(item.article_id, item.score) for item in answer]


def test_the_learned_scorer_wins_on_the_test_side(tuned: Tuning):
    assert tuned.gain.low > 0
    assert tuned.verdict.startswith("it wins over the default scorer: nDCG@10 +0.")
    assert tuned.means["learned"][0] > tuned.means["default"][0] + 0.1
    assert set(tuned.means) == {"learned", "default", "dense", "lexical"}
    for mean, low, high in tuned.means.values():
        assert 0 <= low <= mean <= high <= 1


def test_unseen_queries_are_ranked_better(tuned: Tuning, invented: Recommender):
    learned = LearnedScorer(file_of(tuned), "the test")
    values = {
        scorer: evaluate(invented.rank(FRESH, top_k=10, scorer=scorer), JUDGED, [Metric.parse("nDCG@10")], FRESH)[0]
        for scorer in (learned, "default")
    }
    assert values[learned].mean() > values["default"].mean() + 0.1


def test_scores_of_its_lists_are_descending_probabilities(tuned: Tuning, invented: Recommender):
    answer = invented.related(FRESH[0], top_k=10, scorer=LearnedScorer(file_of(tuned), "the test"))
    scores = [item.score for item in answer]
    assert answer.scorer == "learned"
    assert {item.article_id for item in answer} >= set(JUDGED[FRESH[0]])
    assert all(file_of(tuned).min_score <= score <= 1 for score in scores)
    assert file_of(tuned).min_score <= 0.5
    assert scores == sorted(scores, reverse=True)


def test_the_underlying_rule_is_among_the_importances(tuned: Tuning):
    words = list(matters(tuned))
    assert "closeness in time" in words[:3]
    assert sum(tuned.importances.values()) == pytest.approx(1)
    assert summary(tuned)[0].startswith(f"Learned from {tuned.queries[0]} articles published before 2021-")
    assert re.match(rf"On this site what matters most is {words[0]} \(\d+%\), then {words[1]} \(", summary(tuned)[1])


def test_suspiciously_good_results_are_reported(tuned: Tuning, beaten: Tuning):
    assert tuned.means["learned"][0] > 0.98
    assert summary(tuned)[2].startswith("Lists this good (")
    assert len(summary(beaten)) == 2


def test_it_is_split_by_time_and_every_judged_query_is_counted(tuned: Tuning):
    assert tuned.split.by is By.time
    assert sum(tuned.queries) + sum(tuned.left_out.values()) == len(KNOWN)
    assert tuned.queries[1] > 30


def test_the_same_input_gives_the_same_file(tuned: Tuning, invented: Recommender):
    again = tune(invented, dict(reversed(KNOWN.items())))
    assert file_of(again).text() == file_of(tuned).text()


def test_the_file_records_its_training_data(tuned: Tuning, invented: Recommender):
    file = file_of(tuned)
    assert file.encoder == CountingEncoder.fingerprint
    assert len(file.trees) == tuned.rounds
    assert file.learned["articles"] == len(RECORDS)
    assert {"judgements", "revision", "split", "queries", "nDCG@10", "calibration"} <= set(file.learned)
    assert LearnedScorer.parse(file.text(), "the test").file == file


def test_figures_are_json(tuned: Tuning, beaten: Tuning):
    for each in (tuned, beaten):
        figures = each.figures()
        assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_bins_are_ordered_by_probability(tuned: Tuning):
    promised, kept, counts = zip(*tuned.reliability.bins, strict=True)
    assert list(promised) == sorted(promised)
    assert sum(counts) <= 10 * tuned.queries[1]
    assert all(0 <= share <= 1 for share in (*promised, *kept, tuned.reliability.error, tuned.reliability.base_rate))


def test_probabilities_that_win_have_more_skill_than_the_base_rate(tuned: Tuning, beaten: Tuning):
    reliability = tuned.reliability
    assert 0 <= reliability.brier < reliability.base_brier <= 0.5
    rate, shares = reliability.base_rate, [(kept, count) for _, kept, count in reliability.bins]
    kept = sum(share * count for share, count in shares) / sum(count for _, count in shares)
    assert reliability.base_brier == pytest.approx(kept * (1 - rate) ** 2 + (1 - kept) * rate**2)
    assert beaten.reliability.brier > 0.8 * beaten.reliability.base_brier


def test_progress_reaches_its_total(invented: Recommender, lightgbm: Any):
    told: list[tuple[str, int, int]] = []
    tune(invented, KNOWN, by=By.story, on_progress=lambda *each: told.append(each))
    for what in ("comparing", "learning"):
        steps = [(done, total) for name, done, total in told if name == what]
        assert steps == [(number, len(steps)) for number in range(1, len(steps) + 1)]


def test_random_judgements_do_not_win(beaten: Tuning):
    assert beaten.file is None
    assert beaten.gain.low <= 0
    assert beaten.verdict.startswith("it does not beat the default scorer: nDCG@10 ")


def test_the_page_of_either_can_be_made(tuned: Tuning, beaten: Tuning):
    assert "It wins over the default scorer" in render_tuning(tuned)
    assert "It does not beat the default scorer" in render_tuning(beaten)


@pytest.mark.usefixtures("lightgbm")
def test_ten_queries_are_too_few(invented: Recommender):
    few = dict(list(JUDGED.items())[::24])
    assert len(few) == 10
    with pytest.raises(JudgementsError, match="too few judged articles: ") as caught:
        tune(invented, few)
    assert "expected at least 40 and 20 that have a related one" in str(caught.value)
    assert "related judge" in (caught.value.hint or "")


@pytest.mark.usefixtures("lightgbm")
@pytest.mark.parametrize("qrels", [{}, {"x": {"y": 1}}, {"a000": {"y": 1}}, {"x": {"a000": 1}}, {"a000": {"a000": 1}}])
def test_judgements_of_other_articles_are_refused(invented: Recommender, qrels: Judged):
    with pytest.raises(JudgementsError, match="no judgement is about articles of this collection"):
        tune(invented, qrels)


@pytest.mark.usefixtures("lightgbm")
def test_grades_of_0_or_less_are_not_relevant(invented: Recommender):
    with pytest.raises(JudgementsError, match="too few judged articles: 0 to learn from and 0 to test on"):
        tune(invented, {query: dict.fromkeys(grades, -1) for query, grades in KNOWN.items()})


def test_a_missing_lightgbm_names_the_extra(invented: Recommender, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ConfigError, match="needs lightgbm, which is not installed") as caught:
        tune(invented, KNOWN)
    assert caught.value.hint == "pip install 'related-articles[tune]'"


@pytest.mark.usefixtures("lightgbm")
def test_two_stories_alone_are_too_few_to_be_split_by_story(invented: Recommender):
    first: Judged = {}
    ids = [record["id"] for record in RECORDS]
    leaders = [
        next(name for name in ids if (stable_hash(f"side\0{name}") % 1000 < 300) is tested) for tested in (False, True)
    ]
    others = [name for name in ids if name > max(leaders)]
    for leader, story in zip(leaders, (others[:60], others[60:100]), strict=True):
        first |= {name: {leader: 1} for name in story}
    with pytest.raises(JudgementsError, match="all articles to learn from are of one story") as caught:
        tune(invented, first, by=By.story)
    assert caught.value.hint == "related tune --split article"


@pytest.mark.usefixtures("lightgbm")
def test_articles_without_dates_are_split_by_story(tmp_path: Path):
    records, judged = invented_site(40, dated=False)
    records = [record | {"id": f"{record['id']} %41"} for record in records]
    named = {
        query + "%20%2541": {other + "%20%2541": grade for other, grade in grades.items()}
        for query, grades in judged.items()
    }
    named["gone"] = {"a000%20%2541": 1}
    named["a000%20%2541"]["gone too"] = 1
    with closing(Recommender.open(made(tmp_path, records))) as opened:
        found = tune(opened, named)
        assert found.split.by is By.story
        assert found.left_out["queries that are not in the collection"] == 1
        assert found.left_out["judged articles that are not"] == 1
        assert sum(found.queries) == len(judged)
        assert json.dumps(found.figures(), allow_nan=False)
        with pytest.raises(JudgementsError, match="no judged article has a date"):
            tune(opened, named, by=By.time)


def test_a_scorer_in_use_applies_everywhere_until_removed(tmp_path: Path):
    folder = made(tmp_path, RECORDS[:40])
    with closing(Recommender.open(folder)) as opened, closing(Recommender.open(folder)) as other:
        before = other.related("a000", top_k=3, min_score=0)
        assert (before.scorer, other.scorer_in_use()) == ("default", "default")
        scorer = hand_made()
        opened.use(scorer)
        for each in (opened, other):
            answer = each.related("a000", top_k=3)
            assert (answer.scorer, each.scorer_in_use()) == ("learned", "learned")
            assert [item.score for item in answer] == pytest.approx([1 / (1 + np.exp(-2.5))] * 3)
            assert each.rank(["a000"], top_k=3) == each.rank(["a000"], top_k=3, scorer=scorer)
            assert listed(each.related("a000", top_k=3, min_score=0, scorer="default")) == listed(before)
        assert other.related("a000", weights=Settings().ranking).scorer == "default"
        opened.use(None)
        assert listed(other.related("a000", top_k=3, min_score=0)) == listed(before)
        with pytest.raises(ConfigError, match="the collection has no learned scorer"):
            other.related("a000", scorer="learned")


def test_the_minimum_comes_from_file_settings_or_request(tmp_path: Path):
    with closing(Recommender.open(made(tmp_path, RECORDS[:40]))) as opened:
        high = hand_made(min_score=0.99)
        assert len(opened.related("a000", top_k=3, scorer=high)) == 0
        assert len(opened.related("a000", top_k=3, scorer=high, min_score=0.5)) == 3
        weights = Settings.parse({"ranking": {"min_probability": 0.5}}).ranking
        assert len(opened.related("a000", top_k=3, scorer=high, weights=weights)) == 3


def test_a_scorer_of_another_encoder_is_refused(invented: Recommender):
    other = hand_made(encoder="another")
    with pytest.raises(ScorerError, match="with another encoder"):
        invented.related("a000", scorer=other)
    with pytest.raises(ScorerError, match="with another encoder"):
        invented.use(other)
    assert invented.collection.store.scorer is None


def test_a_damaged_recorded_scorer_is_an_error(tmp_path: Path):
    with closing(Recommender.open(made(tmp_path, RECORDS[:8]))) as opened:
        opened.collection.store.record_scorer("nonsense")
        for _ in range(2):
            with pytest.raises(ScorerError, match="invalid learned scorer"):
                opened.related("a000")
        assert opened.related("a000", scorer="default").scorer == "default"
