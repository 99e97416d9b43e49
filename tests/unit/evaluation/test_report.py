"""The HTML report."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from support.answering import Open
from support.reports import assert_self_contained, web_links

from recommender.evaluation import Metric, Qrels, Run, evaluate_runs
from recommender.evaluation.report import BINS, render_report
from recommender.evaluation.traits import Known

EVIL = "<script>alert(1)</script>\"'&"
QUERIES = [f"q{number:02}" for number in range(12)]
QRELS: Qrels = {query: {"good": 1, "bad": 0} for query in QUERIES}
RUN: Run = {query: {"bad": 3.0, "good": 2.0, "other": 1.0} for query in QUERIES}
EMPTY_TAGS = {"meta", "br"}


class Page(HTMLParser):
    """Elements and texts of a page; checks that all elements are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.items: list[str] = []
        self._opened: list[str] = []
        self.feed(html)
        self.close()
        assert self._opened == []
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY_TAGS:
            self._opened.append(tag)
        if tag == "li":
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._opened:
            self.texts.append(data)
        if "li" in self._opened:
            self.items[-1] += data


def page(
    runs: dict[str, Run], qrels: Qrels = QRELS, known: Known | None = None, **traits: dict[str, list[str]]
) -> Page:
    found = evaluate_runs(runs, qrels, [Metric.parse("nDCG@10"), Metric.parse("hit@1")], traits=traits)
    beyond = {name: known.beyond(run, found.queries, 10) for name, run in runs.items()} if known else None
    return Page(render_report(found, runs, qrels, known, beyond))


def test_a_page_is_self_contained():
    shown = page({"first": RUN, "second": {}}, month={query: ["2021-01"] for query in QUERIES})
    assert_self_contained(shown.html)


def test_all_text_is_escaped():
    queries = [f"{EVIL}{number}" for number in range(6)]
    qrels = {query: {EVIL: 1, f"{EVIL}x": 0} for query in queries}
    runs: dict[str, Run] = {
        f"first{EVIL}": {query: {f"{EVIL}y": 3.0, EVIL: 2.0} for query in queries},
        f"second{EVIL}": {query: {EVIL: 2.0} for query in queries},
    }
    shown = page(runs, qrels, **{f"kind{EVIL}": {query: [f"slice{EVIL}"] for query in queries}})
    assert_self_contained(shown.html)
    assert EVIL not in shown.html
    for expected in ("first", "second", "Kind", "slice"):
        assert f"{expected}{EVIL}" in shown.text
    assert f"{EVIL}y" in shown.text


def test_titles_of_the_collection_are_escaped_and_shown_with_ids(small: Open):
    articles = [{"id": name, "title": f"{EVIL} {name}"} for name in (*QUERIES, "good", "bad", "other")]
    shown = page({"first": RUN}, known=Known(small(*articles).collection))
    assert_self_contained(shown.html)
    assert EVIL not in shown.html
    assert f"{EVIL} good" in shown.text
    assert re.search(rf"{re.escape(EVIL)} (q\d\d) \1 first", shown.text)
    assert "Beyond accuracy" in shown.text


def test_articles_of_the_collection_are_linked(small: Open):
    addresses = {"good": "https://a.example/good?x=1&y=2", "bad": "javascript:alert(1)"}
    articles = [{"id": name, "title": name, "webUrl": addresses.get(name)} for name in (*QUERIES, "good", "bad")]
    shown = page({"first": RUN}, known=Known(small(*articles).collection))
    assert_self_contained(shown.html)
    assert set(web_links(shown.html)) == {addresses["good"]}


def test_a_report_begins_with_its_verdict_and_explains_each_figure():
    shown = page({"first": RUN, "second": {query: {"good": 1.0} for query in QUERIES}})
    [(_, heading)] = [(tag, attributes) for tag, attributes in shown.elements if attributes.get("id") == "verdict"]
    assert heading == {"id": "verdict"}
    assert "second is better than first by nDCG@10: 1.000 against 0.631" in shown.text
    for name in ("help-ndcg-10", "help-hit-1", "help-95-interval", "help-p-value"):
        assert f'href="#{name}"' in shown.html
    assert "second to the right" not in shown.html
    assert "second is better on 12 articles, worse on 0 and equal on 0." in shown.html


def test_without_a_collection_ids_stand_for_titles_once():
    shown = page({"first": RUN})
    assert re.search(r"q\d\d first", shown.text)
    assert not re.search(r"q\d\d q\d\d first", shown.text)
    assert "Beyond accuracy" not in shown.text


def test_judged_items_are_marked():
    shown = page({"first": RUN})
    assert {" ".join(item.split()) for item in shown.items} == {"○ bad", "● good", "· other"}


def test_an_article_does_not_stand_in_its_own_list():
    shown = page({"first": {query: {query: 9.0, **articles} for query, articles in RUN.items()}})
    assert {item.split()[-1] for item in shown.items} == {"bad", "good", "other"}


def test_an_empty_run_is_shown_as_one_without_lists():
    shown = page({"first": RUN, "empty": {}})
    assert "no list" in {item.strip() for item in shown.items}
    assert "empty against first" in shown.text
    assert "worse" in shown.text


def test_with_empty_runs_alone_there_is_a_page():
    shown = page({"empty": {}})
    assert {item.strip() for item in shown.items} == {"no list"}
    assert "0.000 0.000 – 0.000" in shown.text


def test_one_run_is_compared_with_nothing():
    shown = page({"only": RUN})
    assert " against " not in shown.text
    assert not any(tag == "circle" for tag, _ in shown.elements)
    assert "Some articles at random." in shown.text


def test_each_list_shows_its_difference_from_the_baseline():
    better: Run = {query: {"good": 2.0} for query in QUERIES[:1]} | {query: RUN[query] for query in QUERIES[1:]}
    worse: Run = {query: {} for query in QUERIES[:1]} | {query: RUN[query] for query in QUERIES[1:]}
    shown = page({"first": RUN, "better": better, "worse": worse})
    assert "better +0.369" in shown.text
    assert "worse -0.631" in shown.text
    assert shown.text.index("better +0.369") < shown.text.index("worse -0.631")
    assert "first +" not in shown.text


def test_an_article_is_shown_once_however_many_runs_it_moved_in():
    shown = page({"first": RUN, "one": {}, "other": {}})
    titles = re.findall(r"<h3>(.*?)</h3>", shown.html)
    assert len(titles) == len(set(titles))


def test_dots_are_pairs_of_values():
    runs = {"first": RUN, "second": {query: {"good": 1.0} for query in QUERIES[:4]}}
    dots = [attributes for tag, attributes in page(runs).elements if tag == "circle"]
    places = {(dot["cx"], dot["cy"], dot["r"]) for dot in dots}
    assert places == {("63.0", "0.0", "1.40"), ("63.0", "100.0", "1.98")}


def test_calibration_is_shown_if_there_are_enough_scores():
    def text_of(count: int) -> str:
        queries = [f"q{number:03}" for number in range(count)]
        run = {query: {"good": 0.75, "bad": 0.25} for query in queries}
        return page({"first": run}, {query: {"good": 1} for query in queries}).text

    assert "What scores promise" not in text_of(5 * BINS - 1)
    text = text_of(5 * BINS)
    assert text.count("0.25 to 0.25 0.0%") == text.count("0.75 to 0.75 100.0%") == BINS // 2


@pytest.mark.parametrize("title", ["half \ud800", "\u0000 \u202e"])
def test_any_name_can_be_rendered(title: str):
    assert page({title: RUN}).html.encode("utf-8", "replace")
