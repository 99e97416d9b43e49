"""The whole way on the sample site, with the real model and the default settings."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder
from recommender.related.recommender import Recommender, RelatedArticles

UNRELATED = [
    "2016-09-11-masons-return-to-the-bridge-at-saint-orval",
    "2017-10-08-diary-from-the-saltmarsh-geese-before-breakfast",
    "2018-08-12-seventeen-year-old-wins-torshavn-open",
    "2019-02-24-a-recital-that-trusted-silence",
    "2020-10-04-smoked-lentils-with-sour-cherries",
    "2021-10-17-debutant-outlasts-the-field-in-vellmar-marathon",
    "2021-12-05-misprinted-heron-stamp-sells-for-a-record",
    "fisher-rib-hat-in-two-evenings",
]
PRESS_RELEASES = ["cirrane", "tessel", "lumenary"]
SERIES = {"northwind-ledger-cost-console": 5, "tidewater-lead-time-bulletin": 3}

Judgements = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def judgements(root: Path) -> Judgements:
    """The grade of each judged article by query."""
    found: Judgements = defaultdict(dict)
    for line in (root / "data" / "qrels" / "site.qrels").read_text(encoding="utf-8").splitlines():
        query, _, article, grade = line.split()
        found[query][article] = int(grade)
    return dict(found)


@pytest.fixture(scope="module")
def answers(site_collection: Path) -> dict[str, RelatedArticles]:
    """What every article of the site gets with the defaults."""
    recommender = Recommender.open(site_collection)
    names = [stored.article_id for stored in recommender.collection.store.articles()]
    found = {name: recommender.related(name) for name in names}
    recommender.close()
    return found


def trios(judgements: Judgements) -> list[set[str]]:
    """Each press release's three articles: those that are the same story (grade 2) as two others, and they alike."""
    same = {query: {a for a, grade in found.items() if grade == 2} | {query} for query, found in judgements.items()}
    return [
        group
        for group in map(set, {frozenset(g) for g in same.values() if len(g) == 3})
        if all(same[member] == group for member in group)
    ]


def test_every_file_of_the_site_is_an_article(site: Path, answers: dict[str, RelatedArticles]):
    files = {file.relative_to(site).with_suffix("").as_posix() for file in site.rglob("*.md")}
    assert set(answers) == files


def test_all_judged_articles_are_there_and_all_others_have_nothing_related(
    answers: dict[str, RelatedArticles], judgements: Judgements
):
    assert set(answers) - set(judgements) == {f"_news/{name}" for name in UNRELATED}


def test_an_article_that_nothing_is_related_to_gets_an_empty_list(answers: dict[str, RelatedArticles]):
    for name in UNRELATED:
        assert [(item.article_id, item.score) for item in answers[f"_news/{name}"]] == []


def test_an_article_that_nothing_is_related_to_has_no_copies(answers: dict[str, RelatedArticles]):
    for name in UNRELATED:
        assert answers[f"_news/{name}"].duplicates == []


def test_nearly_every_judged_article_has_an_item_or_a_copy(answers: dict[str, RelatedArticles], judgements: Judgements):
    empty = [name for name in judgements if not answers[name] and not answers[name].duplicates]
    assert len(judgements) == 74
    assert len(judgements) - len(empty) >= 70, empty


@pytest.mark.parametrize("story", PRESS_RELEASES)
def test_one_press_release_in_three_outlets_finds_itself_as_copies(
    answers: dict[str, RelatedArticles], judgements: Judgements, story: str
):
    trio = next(group for group in trios(judgements) if any(story in name for name in group))
    for name in trio:
        assert {copy.article_id for copy in answers[name].duplicates} == trio - {name}
        assert answers[name]
        assert not {item.article_id for item in answers[name]} & trio


def test_of_a_press_release_no_list_shows_more_than_one_telling(
    answers: dict[str, RelatedArticles], judgements: Judgements
):
    found = 0
    for trio in trios(judgements):
        for answer in answers.values():
            told = [
                {item.article_id, *(copy.article_id for copy in item.duplicates)}
                for item in answer
                if item.article_id in trio
            ]
            assert told in ([], [trio])
            found += len(told)
    assert found >= 2


@pytest.mark.parametrize(("series", "count"), SERIES.items())
def test_the_updates_of_a_series_are_no_copies_of_one_another(
    answers: dict[str, RelatedArticles], series: str, count: int
):
    updates = {name for name in answers if series in name}
    assert len(updates) == count
    for name in updates:
        assert answers[name].duplicates == []
        shown = [item.article_id for item in answers[name]]
        assert set(shown[: count - 1]) == updates - {name}, "the series comes first"
        assert all(item.duplicates == [] for item in answers[name])


def test_the_press_releases_are_all_the_copies_there_are(answers: dict[str, RelatedArticles], judgements: Judgements):
    copies = {name: {copy.article_id for copy in answer.duplicates} for name, answer in answers.items()}
    assert {frozenset({name, *others}) for name, others in copies.items() if others} == {
        *map(frozenset, trios(judgements))
    }


def test_only_articles_judged_the_same_story_are_copies(answers: dict[str, RelatedArticles], judgements: Judgements):
    copies = [(name, copy.article_id) for name, answer in answers.items() for copy in answer.duplicates]
    copies += [
        (item.article_id, copy.article_id) for answer in answers.values() for item in answer for copy in item.duplicates
    ]
    assert [pair for pair in copies if judgements[pair[0]].get(pair[1]) != 2] == []


def test_most_of_what_is_shown_was_judged_related(answers: dict[str, RelatedArticles], judgements: Judgements):
    shown = [(name, item.article_id) for name, answer in answers.items() for item in answer]
    good = [pair for pair in shown if pair[1] in judgements.get(pair[0], {})]
    assert len(good) > 0.6 * len(shown)


def test_the_first_item_is_nearly_always_a_judged_one(answers: dict[str, RelatedArticles], judgements: Judgements):
    first = [(name, answer[0].article_id) for name, answer in answers.items() if answer]
    good = [pair for pair in first if pair[1] in judgements.get(pair[0], {})]
    assert len(good) >= 0.9 * len(first), sorted(set(first) - set(good))


def test_most_items_say_why(answers: dict[str, RelatedArticles]):
    shown = [(name, item) for name, answer in answers.items() for item in answer]
    without = [(name, item.article_id) for name, item in shown if not item.reasons]
    assert len(without) <= 0.15 * len(shown), without
    assert all(len(item.reasons) <= 4 for _, item in shown)


def test_the_same_story_always_says_why(answers: dict[str, RelatedArticles], judgements: Judgements):
    same = [
        (name, item.article_id, item.reasons)
        for name, answer in answers.items()
        for item in answer
        if judgements.get(name, {}).get(item.article_id) == 2
    ]
    copies = sum(len(answer.duplicates) for answer in answers.values())
    assert len(same) >= 30
    assert len(same) + copies >= 50
    assert [pair for pair in same if not pair[2]] == []


def test_no_reason_is_a_function_word(answers: dict[str, RelatedArticles]):
    english = {"after", "be", "been", "do", "every", "had", "now", "over", "same", "up", "use", "used", "what", "when"}
    english |= {"where", "which", "while", "who", "whose"}
    others = {"al", "aus", "cada", "con", "das", "der", "die", "el", "en", "la", "las", "los", "por", "que", "sin"}
    reasons = {reason for answer in answers.values() for item in answer for reason in item.reasons}
    assert {reason for reason in reasons if set(reason.casefold().split()) <= english | others} == set()


def test_a_second_build_changes_nothing(site: Path, real_encoder: Encoder, site_collection: Path):
    # Beside the first one, so that the site's place as seen from the collection is the same.
    copy = site_collection.with_name("copy")
    shutil.copytree(site_collection, copy)
    commits: list[int] = []
    report = build(
        [site], copy, settings=Settings(), encoder=real_encoder, on_commit=lambda *commit: commits.append(commit[0])
    )
    assert (report.revision, report.encoded, report.written, report.problems, commits) == (1, 0, 0, [], [])
    opened = Collection.open(copy)
    assert opened.store.count() == report.articles
    opened.close()


def test_answers_are_the_same_in_a_collection_built_from_lines(
    site_collection: Path, answers: dict[str, RelatedArticles], real_encoder: Encoder, tmp_path: Path
):
    recommender = Recommender.open(site_collection)
    records = [stored.article.to_record() for stored in recommender.collection.store.articles()]
    recommender.close()
    lines = tmp_path / "site.jsonl"
    lines.write_text("".join(json.dumps(record) + "\n" for record in reversed(records)), encoding="utf-8")
    build([lines], tmp_path / "collection", settings=Settings(), encoder=real_encoder)
    other = Recommender.open(tmp_path / "collection")
    for name, answer in list(answers.items())[::5]:
        found = other.related(name)
        assert [item.article_id for item in found] == [item.article_id for item in answer]
        assert [item.score for item in found] == pytest.approx([item.score for item in answer], abs=1e-4)
        assert found.duplicates == answer.duplicates
        assert [item.duplicates for item in found] == [item.duplicates for item in answer]
    other.close()
