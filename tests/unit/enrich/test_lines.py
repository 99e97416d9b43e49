"""JSON Lines come out unchanged except for their related field."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from support.enriching import Lined, json_article, json_entry

from recommender.enrich import EnrichOptions, Outcome
from recommender.errors import SourceError
from recommender.sources.json_lines import url_id

A_SHOWS_B = {"a": ["b"]}
THEIRS = [{"title": "Theirs"}]


@pytest.fixture
def lined(tmp_path: Path) -> Lined:
    return Lined(tmp_path)


def related(out: str) -> list[Any]:
    """Return the related field of each line."""
    return [json.loads(line)["related"] for line in out.splitlines()]


# What comes out.


def test_a_line_is_as_it_was_but_for_its_field(lined: Lined):
    line = '{ "id":"a", "title": "\\u0041", "n": 1.10, "x": {"related": 1}, "secured": 1e5 }\n'
    found = lined.fill(line, A_SHOWS_B)
    assert found == line.replace('"secured"', f'"related": {json.dumps([json_entry("b")])}, "secured"')
    assert lined.outcomes() == [Outcome.FILLED]


def test_an_article_that_shows_nothing_gets_an_empty_list(lined: Lined):
    assert lined.fill(json_article("a"), {}) == json_article("a", related=[])
    assert lined.outcomes() == [Outcome.EMPTY]


@pytest.mark.parametrize("free", ["null", "[]"])
def test_an_empty_field_is_filled_where_it_stands(lined: Lined, free: str):
    line = f'{{"related": {free}, "id": "a", "title": "A"}}'
    assert lined.fill(line, A_SHOWS_B) == line.replace(free, json.dumps([json_entry("b")]))


def test_an_article_may_be_known_by_its_address_alone(lined: Lined):
    line = '{"title": "A", "webUrl": "http://www.x.example/a/"}\n'
    assert related(lined.fill(line, A_SHOWS_B)) == [[json_entry("b")]]
    assert lined.pages[0].path == url_id("http://www.x.example/a/")


@pytest.mark.parametrize(
    "line",
    [
        '{"title": "A", "permalink": "https://x.example/a"}\n',
        '{"id": "a", "title": "A", "quality": "high", "topics": [null]}\n',
    ],
)
def test_a_line_is_read_as_a_build_reads_it(lined: Lined, line: str):
    assert related(lined.fill(line, A_SHOWS_B)) == [[json_entry("b")]]
    assert lined.coverage.problems == []


def test_a_line_that_readers_may_not_see_is_passed_on_and_counted(lined: Lined):
    line = json_article("a", draft=True)
    assert lined.fill(line, A_SHOWS_B) == line
    assert lined.coverage.skipped == {"draft": 1}
    assert lined.outcomes() == []


def test_a_byte_order_mark_line_ends_and_blank_lines_stay(lined: Lined):
    given = f"\ufeff{json_article('a', related=[])[:-1]}\r\n\n  \t\r\n{json_article('b', related=[])[:-1]}"
    assert lined.fill(given, {}) == given
    filled = lined.fill(given, {"b": ["a"]})
    assert filled == given[:-3] + f"[{json.dumps(json_entry('a'))}]}}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{]\n", "invalid JSON at column 2"),
        (b"[1]\n", "the line holds a list"),
        (b'{"id": "a"}\n', "title"),
        (b'{"title": "A"}\n', "the article has neither an id nor a webUrl"),
        (b'{"id": "a", "title": "\xff"}\n', "is not UTF-8"),
        (b'{"id": "new", "title": "N"}\n', "the article new is not in the collection"),
        (b'{"id": "a", "title": "A", "related": [], "related": []}\n', "the field related is repeated"),
        (b'{"id": "a", "title": "' + b"x" * 3000 + b'"}\n', "the line is longer than 1,024 bytes"),
    ],
)
def test_a_line_that_cannot_be_used_is_passed_on_and_listed(lined: Lined, line: bytes, message: str):
    given = b"".join([json_article("b").encode(), line, json_article("a").encode()])
    found = lined.fill(given, A_SHOWS_B, max_bytes=1024).encode("utf-8", "surrogateescape")
    assert found.splitlines()[1] + b"\n" == line
    assert [str(problem).startswith(f"{lined.file}, line 2") for problem in lined.coverage.problems] == [True]
    assert message in str(lined.coverage.problems[0])
    assert lined.outcomes() == [Outcome.EMPTY, Outcome.FAILED, Outcome.FILLED]


def test_a_long_last_line_and_the_line_numbers_behind_a_long_one(lined: Lined):
    long = "x" * 5000
    assert lined.fill(f"{long}\n\n{{]\n{long}", {}, max_bytes=1024) == f"{long}\n\n{{]\n{long}"
    places = [str(problem).split(":")[0].rpartition(" ")[2] for problem in lined.coverage.problems]
    assert places == ["1", "3", "4"]


def test_articles_may_be_chosen_by_id(lined: Lined):
    given = json_article("a") + json_article("b")
    assert lined.fill(given, {"a": ["c"], "b": ["c"]}, EnrichOptions(only=("b",))) == json_article("a") + json_article(
        "b", related=[json_entry("c")]
    )
    assert lined.coverage.files == 1


def test_without_the_file_there_is_no_site(lined: Lined):
    with lined.opened({}) as run, pytest.raises(SourceError, match=r"articles\.jsonl: the file cannot be read"):
        list(run.fill(BytesIO()))


def test_many_lines_are_each_of_their_own_article(lined: Lined):
    given = "".join(json_article(name) for name in "abc" * 200)
    found = related(lined.fill(given, {"a": ["b"], "b": ["c"]}))
    assert found == [[json_entry("b")], [json_entry("c")], []] * 200


def test_a_plan_says_the_same_and_records_nothing(lined: Lined):
    lined.file.write_text(json_article("a") + "{]\n" + json_article("b", related=THEIRS), encoding="utf-8")
    with lined.opened(A_SHOWS_B) as run:
        assert [page.outcome for page in run.plan()] == [Outcome.FILLED, Outcome.FAILED, Outcome.KEPT]
    assert not (lined.file.parent / ".related").exists()


# Whose work it is.


@pytest.mark.parametrize("theirs", [THEIRS, ["a"], {"webUrl": "x"}, "a"])
def test_someone_elses_list_is_kept_until_it_is_taken_over(lined: Lined, theirs: Any):
    line = json_article("a", related=theirs)
    assert lined.fill(line, A_SHOWS_B) == line
    assert (lined.outcomes(), lined.coverage.kept) == ([Outcome.KEPT], ["a"])
    assert related(lined.fill(line, A_SHOWS_B, EnrichOptions(overwrite=True))) == [[json_entry("b")]]
    assert lined.outcomes() == [Outcome.TAKEN_OVER]


def test_someone_elses_list_can_be_emptied(lined: Lined):
    assert lined.fill(json_article("a", related=THEIRS), {}, EnrichOptions(overwrite=True)) == json_article(
        "a", related=[]
    )
    assert lined.outcomes() == [Outcome.EMPTIED]


def test_what_was_written_comes_back_as_ours(lined: Lined):
    once = lined.fill(json_article("a"), A_SHOWS_B)
    assert lined.fill(once, A_SHOWS_B) == once
    assert lined.outcomes() == [Outcome.SAME]
    assert related(lined.fill(once, {"a": ["c"]})) == [[json_entry("c")]]
    assert lined.outcomes() == [Outcome.CHANGED]
    assert lined.fill(once, {}) == json_article("a", related=[])
    assert lined.outcomes() == [Outcome.EMPTIED]


def test_a_database_may_spell_it_differently(lined: Lined):
    once = json.loads(lined.fill(json_article("a"), A_SHOWS_B))
    once["related"] = [dict(reversed(entry.items())) for entry in once["related"]]
    stored = json.dumps(dict(reversed(once.items())), indent=None, separators=(",", ":")) + "\n"
    assert lined.fill(stored, A_SHOWS_B) == stored
    assert lined.outcomes() == [Outcome.SAME]


def test_what_somebody_edited_is_theirs(lined: Lined):
    edited = lined.fill(json_article("a"), A_SHOWS_B).replace('"B"', '"Bee"')
    assert lined.fill(edited, {"a": ["c"]}) == edited
    assert lined.outcomes() == [Outcome.KEPT]


def test_our_list_in_another_article_is_not_ours(lined: Lined):
    once = lined.fill(json_article("a"), A_SHOWS_B)
    copied = json_article("c", related=related(once)[0])
    assert lined.fill(copied, {}) == copied


def test_the_file_that_was_written_may_be_read_next(lined: Lined):
    once = lined.fill(json_article("a"), A_SHOWS_B)
    lined.fill(once, {"a": ["c"]}, file=lined.file.with_name("enriched.jsonl"))
    assert lined.outcomes() == [Outcome.CHANGED]


def test_what_was_handed_out_and_never_stored_takes_nothing_from_us(lined: Lined):
    once = lined.fill(json_article("a"), A_SHOWS_B)
    lined.fill(once, {"a": ["c"]})
    lined.fill(json_article("a", related=THEIRS), {})
    lined.fill(once, {"a": ["c"]})
    assert lined.outcomes() == [Outcome.CHANGED]


def test_a_run_knows_what_another_wrote_since_it_was_opened(lined: Lined):
    with lined.opened({"a": ["c"]}) as run:
        once = lined.fill(json_article("a"), A_SHOWS_B)
        lined.file.write_text(once, encoding="utf-8")
        assert [page.outcome for page in run.fill(BytesIO())] == [Outcome.CHANGED]


def test_a_run_that_is_cut_off_has_recorded_what_it_handed_out(lined: Lined):
    lined.file.write_text(json_article("a"), encoding="utf-8")
    out = BytesIO()
    with lined.opened(A_SHOWS_B) as run:
        pages = run.fill(out)
        next(pages)
        pages.close()
    assert lined.fill(out.getvalue(), {"a": ["c"]}) == json_article("a", related=[json_entry("c")])


def test_what_a_list_held_counts_as_churn(lined: Lined):
    once = lined.fill(json_article("a"), A_SHOWS_B)
    lined.fill(once, {"a": ["b", "c"]})
    assert lined.pages[0].before == ("b",)
    assert (lined.coverage.items_before, lined.coverage.gained, lined.coverage.lost) == (1, 1, 0)
