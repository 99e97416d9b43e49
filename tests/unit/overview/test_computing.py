"""The overview: its figures are those of lists asked one by one, and it says exactly what changed."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import mean, median

import numpy as np
import pytest
from support.answering import Open
from support.encoders import CountingEncoder

from recommender.article import Provider, RelatedRules
from recommender.build import build
from recommender.collection_folder import OVERVIEW_NAME
from recommender.config import Settings
from recommender.errors import BusyError, CollectionError, ConfigError
from recommender.overview import (
    SORTS,
    Overview,
    Selection,
    compute,
    csv_lines,
    forget_deleted,
    progress_of,
    since,
    tables,
    verdict,
)
from recommender.ranking.gini import gini
from recommender.related import shown_lists
from recommender.related.recommender import Recommender
from recommender.related.shown_lists import days_older

from .conftest import answers_of, write


def opened(recommender: Recommender) -> Overview:
    found = Overview.open(recommender.collection.path, recommender.collection.store.uuid)
    assert found is not None
    return found


def test_the_figures_are_those_of_every_list_asked_one_by_one(copied: Recommender):
    answers = answers_of(copied)
    with closing(compute(copied)) as overview:
        summary, rows = overview.newest().summary, {row.article_id: row for row in overview.each(Selection())}
    shown = Counter(item.article_id for answer in answers.values() for item in answer)
    ages = {name: [days_older(item.article, answer.article) for item in answer] for name, answer in answers.items()}
    known = [age for each in ages.values() for age in each if age is not None]

    assert summary["articles"] == len(answers) == len(rows)
    assert summary["items"] == shown.total()
    assert summary["filled"] == sum(bool(answer) for answer in answers.values())
    assert summary["emptyBecause"] == Counter(each.empty_because for each in answers.values() if not each)
    assert (summary["shown"], summary["orphans"]) == (len(shown), len(answers) - len(shown))
    assert summary["gini"] == pytest.approx(gini(np.array(list(shown.values())), len(answers)), abs=1e-6)
    assert summary["hubs"] == sum(count >= summary["hubFrom"] for count in shown.values())
    assert [count for _, count in summary["mostShown"]] == sorted(shown.values(), reverse=True)[:10]
    assert summary["withCopies"] == sum(bool(answer.duplicates) for answer in answers.values())
    assert summary["withTranslations"] == sum(bool(answer.translations) for answer in answers.values())
    assert summary["medianAgeDays"] == pytest.approx(median(known), abs=1e-3)
    assert sum(count for _, count in summary["scores"]) == shown.total()

    for article_id, answer in answers.items():
        row = rows[article_id]
        assert [each for each, _ in row.related] == [item.article_id for item in answer]
        assert [score for _, score in row.related] == pytest.approx([item.score for item in answer], abs=1e-6)
        assert (row.title, row.web_url, row.items) == (answer.article.title, answer.article.web_url, len(answer))
        assert (row.shown, row.empty_because) == (shown[article_id], answer.empty_because)
        assert (row.copies, row.translations) == (len(answer.duplicates), len(answer.translations))
        own = [age for age in ages[article_id] if age is not None]
        assert row.age_days == (pytest.approx(median(own), abs=1e-3) if own else None)
        assert row.mean_score == (pytest.approx(mean(i.score for i in answer), abs=1e-6) if answer else None)
        assert row.lowest_score == (pytest.approx(min(i.score for i in answer), abs=1e-6) if answer else None)


def test_several_processes_make_the_same_overview(copied: Recommender, monkeypatch: pytest.MonkeyPatch):
    with closing(compute(copied)) as overview:
        alone = list(overview.each(Selection()))
    (copied.collection.path / OVERVIEW_NAME).unlink()
    monkeypatch.setattr(shown_lists, "MANY", 1)
    with closing(compute(copied, workers=2)) as overview:
        assert list(overview.each(Selection())) == alone


def test_a_write_between_two_computations_changes_exactly_the_lists_that_differ(copied: Recommender):
    store, before = copied.collection.store, answers_of(copied)
    first = store.revision().number
    compute(copied).close()
    # A deletion, a copy of an article and another date: none needs the model.
    gone = Counter(item.article_id for answer in before.values() for item in answer).most_common(1)[0][0]
    again, dated, *_ = [name for name, answer in before.items() if answer and name != gone]
    articles = {name: store.get(name).article for name in (again, dated)}  # type: ignore[union-attr]
    new = articles[again].model_copy(update={"id": "new", "web_url": "https://news.example/new"})
    moved = articles[dated].model_copy(update={"quality": 1})
    write(copied, [new, moved], [gone])
    after = answers_of(copied)

    with closing(compute(copied)) as overview:
        changes = since(overview, store, first)
        told = {each.article.article_id: each for each in overview.changed_lists(changes.before)}
        kinds = [row.article_id for row in overview.each(Selection(only="changed"))]
        pages = [overview.changed_lists(changes.before, 1)[0].article.article_id]
        pages += [each.article.article_id for each in overview.changed_lists(changes.before, 1, pages[0])]
        assert len(overview.history()) == 2
        row, earlier = overview.get(next(iter(told)))  # type: ignore[misc]
    lists = {name: ([i.article_id for i in before[name]], [i.article_id for i in after[name]]) for name in before
             if name != gone}  # fmt: skip
    differing = {name: (set(now) - set(was), set(was) - set(now)) for name, (was, now) in lists.items() if was != now}
    assert differing
    assert {
        name: ({i.article_id for i in each.came}, {i.article_id for i in each.left}) for name, each in told.items()
    } == differing
    assert changes.lists == len(differing)
    assert set(kinds) == set(differing)
    assert pages == sorted(differing)[:2]
    assert (changes.added, changes.changed, changes.deleted) == (["new"], [dated], [gone])
    assert [each.items for each in earlier] == [lists[row.article_id][0]]
    assert (earlier[0].revision, row.changed_revision) == (first, store.revision().number)


def test_a_list_that_changed_often_is_remembered_a_few_times(copied: Recommender):
    with closing(compute(copied)) as overview:
        row = next(row for row in overview.each(Selection()) if row.items)
    article = copied.collection.store.get(row.article_id).article  # type: ignore[union-attr]
    for number in range(tables.MAX_VERSIONS + 2):
        # Each time it pins another article, or none.
        other = sorted(set(copied.collection.store.ids()) - {row.article_id})[number]
        write(copied, [article.model_copy(update={"related_rules": RelatedRules(pinned=(other,))})])
        compute(copied).close()
    with closing(opened(copied)) as overview:
        now, earlier = overview.get(row.article_id)  # type: ignore[misc]
        oldest = overview.changed_lists(overview.before(1))
    assert len(earlier) == tables.MAX_VERSIONS
    revisions = [now.changed_revision, *(each.revision for each in earlier)]
    assert revisions == sorted(revisions, reverse=True)
    # What is forgotten is compared with the oldest list that is not.
    assert [each.revision for each in oldest if each.article.article_id == row.article_id] == [revisions[-1]]


def test_other_settings_make_another_overview_of_the_same_revision(copied: Recommender):
    compute(copied).close()
    with copied.collection.store.transaction():
        blocked = {"rules": {"blocked": copied.collection.store.ids()[:40]}}
        settings = Settings.parse({**copied.collection.store.settings.model_dump(exclude_unset=True), **blocked})
        copied.collection.store.record(settings, copied.collection.store.recorded_encoding())
    with closing(compute(copied)) as overview:
        assert [each.revision for each in overview.history()] == [1, 1]
        assert overview.count(Selection(only="changed")) > 0


def test_what_is_known_is_not_computed_again(copied: Recommender):
    compute(copied).close()
    file = copied.collection.path / OVERVIEW_NAME
    before = file.stat()
    compute(copied).close()
    assert file.stat() == before
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_empty_collection_has_an_overview(tmp_path: Path, small: Open):
    with closing(compute(small())) as overview:
        summary = overview.newest().summary
        assert (summary["articles"], summary["scores"], summary["medianAgeDays"]) == (0, [], None)
        assert verdict(summary) == "The collection has no articles."
        assert overview.page(Selection(), 10).rows == []


def test_it_is_beside_the_collection_wherever_that_is(collection_place: Path | str, tmp_path: Path):
    source = tmp_path / "articles.jsonl"
    lines = [{"id": each, "title": f"Harbour {each}", "webUrl": f"https://news.example/{each}"} for each in "abc"]
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    settings = Settings.parse({"ranking": {"min_score": 0}})
    build([source], collection_place, settings=settings, encoder=CountingEncoder())
    with closing(Recommender.open(collection_place)) as recommender:
        expected = {name: [item.article_id for item in answer] for name, answer in answers_of(recommender).items()}
        with closing(compute(recommender, workers=2)) as overview:
            found = {row.article_id: [each for each, _ in row.related] for row in overview.each(Selection())}
        assert (recommender.collection.path / OVERVIEW_NAME).is_file()
    assert found == expected
    assert any(found.values())
    source.write_text(json.dumps(lines[0]), encoding="utf-8")
    build([source], collection_place, settings=settings, encoder=CountingEncoder(), allow_deletions=True)
    with closing(Recommender.open(collection_place)) as recommender, closing(opened(recommender)) as overview:
        # What a build deletes is not in the file any more.
        assert list(overview.ids()) == ["a"]


# Which articles, and in which order.


def test_pages_hold_every_article_once_in_every_order(copied: Recommender):
    with closing(compute(copied)) as overview:
        rows = {row.article_id: row for row in overview.each(Selection())}
        for sort in SORTS:
            for order in ("asc", "desc"):
                selection = Selection(sort=sort, order=order)
                found, cursor = [], None
                while not found or cursor:
                    page = overview.page(selection, 30, cursor)
                    found += page.rows
                    cursor = page.cursor
                assert found == list(overview.each(selection))
                assert len(found) == len(rows)
                assert {row.article_id for row in found} == rows.keys()
        shown = [row.shown for row in overview.each(Selection(sort="shown", order="desc"))]
        assert shown == sorted(shown, reverse=True)
        titles = [row.title.casefold() for row in overview.each(Selection(sort="title"))]
        assert titles == sorted(titles)
        ages = [row.age_days for row in overview.each(Selection(sort="age", order="desc"))]
        known = [age for age in ages if age is not None]
        assert ages == [*sorted(known, reverse=True), *[None] * (len(ages) - len(known))]


def test_kinds_and_filters_are_what_they_say(copied: Recommender):
    with closing(compute(copied)) as overview:
        hub_from = overview.newest().summary["hubFrom"]
        everything = list(overview.each(Selection(sort="id")))
        for selection, passes in [
            (Selection("empty"), lambda row: row.items == 0),
            (Selection("orphans"), lambda row: row.shown == 0),
            (Selection("hubs"), lambda row: row.shown >= hub_from),
            (Selection("copies"), lambda row: row.copies > 0),
            (Selection("translations"), lambda row: row.translations > 0),
            (Selection("changed"), lambda row: False),
            (
                Selection(q="CLEARVIEW"),
                lambda row: "clearview" in f"{row.title} {row.article_id} {row.web_url}".lower(),
            ),
            (Selection(provider="Reuters"), lambda row: row.provider == "Reuters"),
            (Selection(language="es"), lambda row: row.language == "es"),
            (Selection("orphans", q="a"), lambda row: row.shown == 0 and "a" in f"{row.title}{row.article_id}".lower()),
        ]:
            expected = {row.article_id for row in everything if passes(row)}
            assert {row.article_id for row in overview.each(selection)} == expected
            assert overview.count(selection) == len(expected)


SHOWN = Selection(sort="shown")
STRANGE = [SHOWN.cursor(*last) for last in ((10**30, "a"), (1, "\ud800"), ("\ud800", "a"), ([], "a"), (1, None))]  # type: ignore[arg-type]


def test_a_cursor_of_another_list_is_refused(copied: Recommender):
    with closing(compute(copied)) as overview:
        for cursor in ("", "x", "bnVsbA", "WyJzaG93biJd", Selection(sort="id").cursor("a", "a"), "é" * 9, *STRANGE):
            with pytest.raises(ConfigError, match="cursor"):
                pytest.fail(f"{cursor!r} led to {overview.page(SHOWN, 10, cursor)}")


def test_a_formula_in_a_title_is_text_in_a_table(copied: Recommender):
    article = copied.collection.store.get(copied.collection.store.ids()[0]).article  # type: ignore[union-attr]
    nasty = article.model_copy(update={"id": "=1+1", "provider": Provider(name='@SUM("A")'), "web_url": "-2"})
    write(copied, [nasty])
    with closing(compute(copied)) as overview:
        lines = list(csv.DictReader(io.StringIO("".join(csv_lines(overview.each(Selection(sort="id")))))))
        rows = list(overview.each(Selection(sort="id")))
    assert len(lines) == len(rows)
    [line] = [line for line in lines if line["id"].endswith("=1+1")]
    assert (line["id"], line["provider"], line["webUrl"]) == ("'=1+1", """'@SUM("A")""", "'-2")
    assert float(next(line["ageDays"] for line in lines if line["ageDays"].startswith("-"))) < 0


# Whatever happens meanwhile.


def test_since_a_revision_that_is_not_there_is_an_error(copied: Recommender):
    with closing(compute(copied)) as overview:
        for revision in (-1, 2):
            with pytest.raises(ConfigError, match="a revision from 0 to 1"):
                since(overview, copied.collection.store, revision)


def test_killed_in_the_middle_it_leaves_the_old_overview(copied: Recommender):
    compute(copied).close()
    folder = copied.collection.path
    before = (folder / OVERVIEW_NAME).read_bytes()
    write(copied, [], [copied.collection.store.ids()[0]])
    program = (
        "import sys, time\n"
        "from recommender.overview import compute\n"
        "from recommender.related.recommender import Recommender\n"
        "def stay(stage, done, total):\n"
        "    if done == 40: print('here', flush=True), time.sleep(600)\n"
        "compute(Recommender.open(sys.argv[1]), on_progress=stay)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "here\n"  # type: ignore[union-attr]
            assert progress_of(folder).is_running
            with pytest.raises(BusyError, match="another process is computing"):
                compute(copied)
        finally:
            process.kill()
    assert (folder / OVERVIEW_NAME).read_bytes() == before
    assert not progress_of(folder).is_running
    with closing(compute(copied)) as overview:
        assert overview.stamp.revision == 2
    assert {file.name for file in folder.iterdir() if "overview" in file.name} == {OVERVIEW_NAME, ".overview"}


def test_a_damaged_overview_is_made_again(copied: Recommender):
    compute(copied).close()
    file = copied.collection.path / OVERVIEW_NAME
    whole = file.read_bytes()
    for damaged in (b"", b"no database", whole[:5000], whole[: len(whole) // 2] + bytes(len(whole) // 2)):
        file.write_bytes(damaged)
        write(copied, [], [copied.collection.store.ids()[0]])
        with closing(compute(copied)) as overview:
            assert overview.count(Selection()) == copied.collection.store.count()


def test_nothing_of_a_deleted_article_stays(copied: Recommender):
    store, folder = copied.collection.store, copied.collection.path
    article = store.get(store.ids()[0]).article  # type: ignore[union-attr]
    write(copied, [article.model_copy(update={"id": "quokka", "web_url": "https://quokka.example/"})])
    compute(copied).close()
    assert b"https://quokka.example/" in (folder / OVERVIEW_NAME).read_bytes()
    write(copied, [], ["quokka"])
    forget_deleted(store, folder)
    assert b"https://quokka.example/" not in (folder / OVERVIEW_NAME).read_bytes()
    with closing(opened(copied)) as overview:
        assert overview.count(Selection()) == store.count()


def test_an_overview_of_another_collection_is_none(copied: Recommender, tmp_path: Path):
    compute(copied).close()
    with copied.collection.store.transaction():
        copied.collection.store.set_meta("uuid", "0" * 32)
    assert Overview.open(copied.collection.path, copied.collection.store.uuid) is None
    forget_deleted(copied.collection.store, copied.collection.path)
    assert not (copied.collection.path / OVERVIEW_NAME).exists()


def test_where_nothing_can_be_written_it_says_so(site_collection: Path, read_only_copy: Callable[[Path], Path]) -> None:
    expected = pytest.raises(CollectionError, match="the overview cannot be written")
    with closing(Recommender.open(read_only_copy(site_collection))) as recommender, expected:
        compute(recommender)
