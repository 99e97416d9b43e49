"""Judging over HTTP: who may, what is told, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from support.judging import ALL, first_query, grade, items, place
from support.serving import READ_KEY, WRITE_KEY, ServerProcess, judging, judging_here, path_of, printed_page, problem

from recommender.evaluation import krippendorff_alpha, read_judgements, read_qrels
from recommender.evaluation.pooling import SYSTEMS, sample_queries
from recommender.related.recommender import Recommender

QRELS = f"{ALL}/qrels"
AWKWARD = "a b/c?d#e%2F"


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory, site_collection: Path) -> Path:
    """A run that finds for every query what no scorer would, and an article that is not there."""
    with_names = Recommender.open(site_collection)
    ids = [each.article_id for each in with_names.collection.store.articles()]
    with_names.close()
    file = tmp_path_factory.mktemp("runs") / "odd-system.trec"
    lines = [f"{query} Q0 {name} 1 {score} odd" for query in ids for name, score in (("gone", 9), (ids[0], 2))]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def judged(module_copy: Callable[[], Path], run_file: Path) -> Iterator[ServerProcess]:
    arguments = ("--number", 5, "--depth", 3, "--run", run_file)
    with judging(module_copy(), *arguments, failure_rate="", read_rate="") as running:
        yield running


# Keys.


def everything(client: httpx2.Client, query: str = "a", article: str = "b") -> list[httpx2.Response]:
    return [
        client.get(ALL),
        client.get(place(query)),
        client.put(place(query, article), json={"grade": 1}),
        client.get(QRELS),
        client.head(ALL),
    ]


def test_without_the_key_nothing_is_told_and_nothing_is_kept(judged: ServerProcess):
    query = first_query(judged)
    before = items(judged, query)
    for answer in everything(judged.client, query, next(iter(before))):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        if answer.request.method != "HEAD":
            problem(answer, "unauthorized")
    assert items(judged, query) == before


@pytest.mark.parametrize("key", ["wrong", WRITE_KEY, READ_KEY])
def test_only_the_key_of_the_session_opens_it(judged: ServerProcess, key: str):
    with judged.client_of(key) as client:
        assert {answer.status_code for answer in everything(client)} == {401}
        # Nor anything else.
        problem(client.get("/v1/status"), "unauthorized")
    problem(judged.client.get("/v1/status"), "unauthorized")


def test_each_session_has_a_key_of_its_own_that_no_request_logs(judged: ServerProcess):
    address = printed_page(judged)
    key = address.partition("#key=")[2]
    assert address == f"{judged.url}/judge#key={key}"
    assert len(key) >= 40
    judged.writer.get(ALL)
    assert judged.log().count(key) == 1


def test_the_page_itself_is_open_and_tells_nothing(judged: ServerProcess):
    page = judged.client.get("/judge")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert judged.client.get("/judge", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    for name in ("judge.js", "judge.css", "saving.js"):
        assert judged.client.get(f"/static/{name}").status_code == 200


def test_where_nothing_is_judged_there_is_no_such_page(server: ServerProcess):
    for client in (server.client, server.writer):
        for path in ("/judge", ALL, QRELS, place("a")):
            problem(client.get(path), "no-such-page")
        problem(client.put(place("a", "b"), json={"grade": 1}), "no-such-page")


# What is told.


def test_a_sample_is_judged_and_its_pools_are_not_worked_out_before_they_are_needed(
    judged: ServerProcess, site_collection
):
    told = judged.writer.get(ALL).json()
    opened = Recommender.open(site_collection)
    with opened.collection.reading() as view:
        assert [each["id"] for each in told["queries"]] == sample_queries(view.ids(), 5)
    opened.close()
    assert {(each["graded"], each["pool"]) for each in told["queries"][1:]} == {(0, None)}
    assert all(each["title"] for each in told["queries"])


def test_a_list_is_the_pool_of_all_systems_and_runs(judged: ServerProcess, recommender: Recommender, run_file: Path):
    query = judged.writer.get(ALL).json()["queries"][2]["id"]
    expected = {name for scorer in SYSTEMS for name in recommender.rank([query], top_k=3, scorer=scorer)[query]}
    odd = run_file.read_text(encoding="utf-8").splitlines()[1].split()[2]
    assert set(items(judged, query)) == (expected | {odd}) - {query}
    again = judged.writer.get(ALL).json()["queries"][2]
    assert (again["graded"], again["pool"]) == (0, len(items(judged, query)))


def test_nothing_tells_which_system_found_an_article(judged: ServerProcess, recommender: Recommender):
    query = judged.writer.get(ALL).json()["queries"][1]["id"]
    answer = judged.writer.get(place(query))
    told = answer.json()
    allowed = {"id", "title", "excerpt", "publishedDateTime", "webUrl", "provider", "lead"}
    assert told.keys() == {"article", "items"}
    assert told["article"].keys() <= allowed
    assert all({"id", "title", "grade"} <= item.keys() <= allowed | {"grade"} for item in told["items"])
    for word in ("odd", "lexical", "dense", "default", "score", "rank", "secured", "related-articles"):
        assert f'"{word}' not in answer.text
        assert word not in str(answer.headers).lower().replace("default-src", "")
    order = [item["id"] for item in told["items"]]
    for scorer in SYSTEMS:
        ranked = list(recommender.rank([query], top_k=100, scorer=scorer)[query])
        places = [ranked.index(name) for name in order if name in ranked]
        assert places not in (sorted(places), sorted(places, reverse=True))


def test_answers_are_kept_by_nobody(judged: ServerProcess):
    for path in (ALL, place(first_query(judged)), QRELS):
        assert judged.writer.get(path).headers["cache-control"] == "no-store"


# Grades.


def test_a_grade_is_kept_changed_and_taken_back(judged: ServerProcess):
    query = first_query(judged)
    article = next(iter(items(judged, query)))
    size = len(items(judged, query))
    for value, graded in ((0, 1), (2, 1), (None, 0), (1, 1)):
        answer = grade(judged, query, article, value)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        told = answer.json()
        assert (told["grade"], told["graded"], told["pool"]) == (value, graded, size)
        assert items(judged, query)[article] == value
        kept = read_judgements(judged.collection / "judgements.jsonl")
        assert kept.get(query, {}).get(article) == value
    progress = judged.writer.get(ALL).json()
    assert progress["queries"][0]["graded"] == 1
    assert progress["judgements"] == told["judgements"]


def test_unsure_is_kept_and_a_skip_only_while_the_session_lasts(site_copy: Path):
    with judging_here(site_copy, number=1, depth=3) as running:
        query = first_query(running)
        first, second, third, *others = items(running, query)
        for value, counts in (
            ("unsure", (0, 1, 0)),
            ("skip", (0, 0, 1)),
            (2, (1, 0, 0)),
            ("skip", (0, 0, 1)),
            (None, (0, 0, 0)),
        ):
            told = grade(running, query, first, value).json()
            assert (told["grade"], (told["graded"], told["unsure"], told["skipped"])) == (value, counts)
            assert items(running, query)[first] == value
        for article, value in ((first, "skip"), (second, "unsure"), (third, 1)):
            grade(running, query, article, value)
        progress = running.writer.get(ALL).json()
        assert progress["judgements"] == 1
        assert {**progress["queries"][0], "title": ""} == {
            **{"id": query, "title": "", "graded": 1, "unsure": 1, "skipped": 1},
            "pool": 3 + len(others),
        }
        assert running.writer.get(QRELS).text.count("\n") == 1
    with judging_here(site_copy, number=1, depth=3) as running:
        assert list(items(running, query).values())[:3] == [None, "unsure", 1]


def test_a_judge_sees_nobody_elses_grades_and_the_agreement_only_at_the_end(site_copy: Path):
    with judging_here(site_copy, number=2, depth=2) as running:
        queries = [each["id"] for each in running.writer.get(ALL).json()["queries"]]
        lists = {query: list(items(running, query)) for query in queries}
        for query, articles in lists.items():
            for place_, article in enumerate(articles):
                grade(running, query, article, place_ % 3)
        assert running.writer.get(ALL).json()["agreement"] is None
    with judging_here(site_copy, number=2, depth=1, judge="anna") as running:
        told = running.writer.get(ALL).json()
        assert (told["judge"], told["judgements"], told["agreement"]) == ("anna", 0, None)
        assert {each["pool"] for each in told["queries"]} == {None}
        for query, articles in lists.items():
            # What others judged is in the list, so that it is judged by both.
            assert items(running, query) == dict.fromkeys(articles)
            for article in articles:
                assert running.writer.get(ALL).json()["agreement"] is None
                assert grade(running, query, article, 1).status_code == 200
        assert all(line.endswith(" 1") for line in running.writer.get(QRELS).text.splitlines())
        agreement = running.writer.get(ALL).json()["agreement"]
        pairs = [place_ % 3 for articles in lists.values() for place_ in range(len(articles))]
        assert (agreement["judges"], agreement["pairs"]) == (2, len(pairs))
        assert agreement["alpha"] == krippendorff_alpha([[1, value] for value in pairs])
        assert len(agreement["differing"]) == min(10, sum(value != 1 for value in pairs))
        assert agreement["differing"][0].keys() == {"query", "queryTitle", "title", "grades"}
        grade(running, query, article, None)
        assert running.writer.get(ALL).json()["agreement"] is None


def test_a_stored_article_can_be_added_to_the_session(site_copy: Path, recommender: Recommender):
    with judging_here(site_copy, number=1, depth=2) as running:
        query = first_query(running)
        stored = [each.article_id for each in recommender.collection.store.articles()]
        other = next(name for name in stored if name != query)
        for name, expected in ((query, [query]), (other, [query, other]), (other, [query, other])):
            answer = running.writer.put(place(name))
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            assert [each["id"] for each in answer.json()["queries"]] == expected
        article = next(iter(items(running, other)))
        assert grade(running, other, article, 1).status_code == 200
        problem(running.writer.put(place("gone")), "not-found")
        problem(running.client.put(place(other)), "unauthorized")
        assert running.writer.get("/v1/status").json()["judging"] is True


def test_qrels_are_what_evaluate_reads(judged: ServerProcess, tmp_path: Path):
    query = judged.writer.get(ALL).json()["queries"][3]["id"]
    articles = list(items(judged, query))
    for number, article in enumerate(articles[:3]):
        grade(judged, query, article, number)
    answer = judged.writer.get(QRELS)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="qrels.txt"'
    (tmp_path / "qrels.txt").write_bytes(answer.content)
    assert read_qrels(tmp_path / "qrels.txt")[query] == dict(zip(articles, (0, 1, 2), strict=False))


def test_what_is_no_grade_is_refused(judged: ServerProcess):
    for body in [
        b'{"grade": 3}',
        b'{"grade": true}',
        b'{"grade": 1.0}',
        b'{"grade": "1"}',
        b'{"grade": ["skip"]}',
        b"{}",
        b"[1]",
        b'{"grade": 1, "x": 1}',
    ]:
        query = first_query(judged)
        article = next(iter(items(judged, query)))
        before = items(judged, query)
        told = problem(judged.writer.put(place(query, article), content=body), "invalid-grade")
        assert told["expected"]
        assert items(judged, query) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(judged: ServerProcess, body: bytes):
    problem(judged.writer.put(place("a", "b"), content=body), "bad-request")


def test_a_body_that_is_too_large_is_refused(judged: ServerProcess):
    problem(judged.writer.put(place("a", "b"), content=b" " * 2_000_001), "too-large")


def test_only_what_is_in_a_list_can_be_graded(judged: ServerProcess, recommender: Recommender):
    query = first_query(judged)
    listed = items(judged, query)
    stored = [each.article_id for each in recommender.collection.store.articles()]
    outside = next(name for name in stored if name not in listed and name != query)
    asked = {each["id"] for each in judged.writer.get(ALL).json()["queries"]}
    not_asked = next(name for name in stored if name not in asked)
    for pair in ((query, outside), (query, query), (query, "gone"), (not_asked, outside), ("gone", query)):
        told = problem(grade(judged, *pair, 1), "not-found")
        assert told["expected"]
    problem(judged.writer.get(place(not_asked)), "not-found")
    assert items(judged, query) == listed


def test_unknown_options_and_methods_are_refused(judged: ServerProcess):
    for path in (ALL, QRELS, place("a")):
        problem(judged.writer.get(path, params={"score": 1}), "invalid-option")
    answer = judged.writer.delete(place("a", "b"))
    problem(answer, "method-not-allowed")
    assert answer.headers["allow"] == "PUT"


# Over time.


def test_what_was_graded_stays_in_a_list_that_is_made_shorter(site_copy: Path):
    with judging_here(site_copy, number=1, depth=10) as running:
        query = first_query(running)
        wide = list(items(running, query))
        for article in wide:
            grade(running, query, article, 1)
    with judging_here(site_copy, number=1, depth=1) as running:
        assert list(items(running, query)) == wide


def test_awkward_ids_and_articles_that_come_and_go(site_copy: Path, tmp_path: Path):
    (tmp_path / "queries.txt").write_text("\n".join([AWKWARD]), encoding="utf-8")
    opened = Recommender.open(site_copy)
    from recommender.article import Article

    texts = {AWKWARD: "Clearview AI sued", "other one": "Clearview AI fined", "a/b": "Clearview AI banned"}
    opened.collection.write([Article(id=name, title=title, secured="s3cret") for name, title in texts.items()])
    opened.close()
    with judging_here(site_copy, queries=tmp_path / "queries.txt", depth=5) as running:
        assert [each["id"] for each in running.writer.get(ALL).json()["queries"]] == [AWKWARD]
        listed = items(running, AWKWARD)
        assert {"other one", "a/b"} <= set(listed)
        for name in ("other one", "a/b"):
            assert grade(running, AWKWARD, name, 2).status_code == 200
        assert "a%20b/c?d#e%2F 0 other%20one 2\n" in running.writer.get(QRELS).text
        assert "s3cret" not in running.writer.get(place(AWKWARD)).text
        assert running.writer.delete(path_of("a/b")).status_code == 204
        assert list(items(running, AWKWARD)) == [name for name in listed if name != "a/b"]
        problem(grade(running, AWKWARD, "a/b", 1), "not-found")
        assert running.writer.get(ALL).json()["queries"][0]["pool"] == len(listed) - 1
        assert running.writer.delete(path_of(AWKWARD)).status_code == 204
        assert running.writer.get(ALL).json()["queries"] == []
        problem(running.writer.get(place(AWKWARD)), "not-found")
        # What was graded stays.
        assert running.writer.get(QRELS).text.count("\n") == 2


def test_a_grade_that_can_not_be_kept_is_said_to_be_so(site_copy: Path, small_disk):
    file = small_disk("64k") / "judgements.jsonl"
    with judging_here(site_copy, number=1, grades=file) as running:
        query = first_query(running)
        article = next(iter(items(running, query)))
        (file.parent / "filler").write_bytes(b"x" * 57_344)
        failed = None
        for number in range(100):
            answer = grade(running, query, article, number % 3)
            if answer.status_code != 200:
                failed = answer
                break
        assert failed is not None
        told = problem(failed, "not-saved")
        assert told["status"] == 503
        assert "No space left" in told["detail"]
        assert str(file) not in json.dumps(told)
        (file.parent / "filler").unlink()
        assert grade(running, query, article, 2).status_code == 200
    assert read_judgements(file) == {query: {article: 2}}
