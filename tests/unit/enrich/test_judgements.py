"""Judgements from a site's own related fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.enriching import Filling, Lined, article, json_article, json_entry

from recommender.config import Settings
from recommender.enrich import EnrichOptions, JudgementCounts, judge
from recommender.enrich.judgements import LeftOut
from recommender.errors import SourceError


def judged(site: Path, settings: Settings | None = None) -> tuple[dict[str, tuple[str, ...]], JudgementCounts]:
    """Return the judgements by article, and the counts."""
    judgements = JudgementCounts()
    found = dict(judge(site, judgements, settings))
    return found, judgements


def at(name: str) -> str:
    return f"https://x.example/{name}"


@pytest.fixture
def site(tmp_path: Path) -> Filling:
    """Articles a, b and c, each with an address."""
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name in "abc":
        made.write(f"{name}.md", article(name.upper(), webUrl=at(name)))
    return made


def put(site: Filling, related: str, name: str = "a") -> None:
    """Give an article a field of the site's own."""
    site.write(f"{name}.md", article(name.upper(), webUrl=at(name), related=related))


def listed(*names: str) -> str:
    """A list with the addresses of articles, as a site writes it."""
    return "".join(f"\n  - title: x\n    webUrl: {at(name)}" for name in names)


# Whose work it is.


def test_a_sites_own_list_is_judgements_in_its_order(site: Filling):
    put(site, listed("c", "b"))
    found, judgements = judged(site.site)
    assert found == {"a": ("c", "b")}
    assert (judgements.articles, judgements.lists, judgements.pairs) == (3, 1, 2)
    assert judgements.left_out() == []


def test_what_enrich_wrote_into_a_file_is_none(site: Filling):
    site.build()
    put(site, listed("c"), "b")
    site.fill({"a": ["b"]})
    found, judgements = judged(site.site)
    assert found == {"b": ("c",)}
    assert (judgements.omitted[LeftOut.WRITTEN_HERE], judgements.lists) == (1, 1)
    assert judgements.left_out() == [("fields that related enrich wrote", 1)]


def test_what_somebody_edited_since_is_theirs(site: Filling):
    site.build()
    site.fill({"a": ["b"]})
    site.write("a.md", site.read("a.md").replace('title: "B"', 'title: "Bee"'))
    assert judged(site.site)[0] == {"a": ("b",)}


def test_what_was_taken_over_is_none(site: Filling):
    site.build()
    put(site, listed("c"))
    site.fill({"a": ["b"]}, EnrichOptions(overwrite=True))
    assert judged(site.site)[0] == {}


@pytest.mark.parametrize("name", ["articles.jsonl", "enriched.jsonl"])
def test_what_enrich_wrote_into_lines_is_none(tmp_path: Path, name: str):
    lined = Lined(tmp_path)
    theirs = json_article("b", related=[json_entry("c")])
    once = lined.fill(json_article("a") + theirs + json_article("c"), {"a": ["b"]})
    lined.fill(once, {"a": ["c"]})
    file = lined.file.with_name(name)
    file.write_text(once, encoding="utf-8")
    found, judgements = judged(file)
    assert found == {"b": ("c",)}
    assert judgements.omitted[LeftOut.WRITTEN_HERE] == 1


# What an item is.


@pytest.mark.parametrize("related", ["[{webUrl: https://x.example/b}]", "{webUrl: 'http://www.x.example/b/#top'}"])
def test_a_list_may_stand_in_one_line(site: Filling, related: str):
    put(site, related)
    assert judged(site.site)[0] == {"a": ("b",)}


@pytest.mark.parametrize(
    ("related", "counted"),
    [
        (listed("b", "nowhere"), ("items whose article is not in the site", 1)),
        (listed("a", "b"), ("items that name the article itself", 1)),
        (listed("b", "b"), ("items that stand twice in a list", 1)),
        ("[x, y, {webUrl: https://x.example/b}]", ("items without a webUrl", 2)),
        (f"{listed('b')}\n  - title: x\n  - webUrl: ''\n  - webUrl: [x]", ("items without a webUrl", 3)),
    ],
)
def test_an_item_that_names_no_other_article_is_counted(site: Filling, related: str, counted: tuple[str, int]):
    put(site, related)
    found, judgements = judged(site.site)
    assert (found, judgements.left_out()) == ({"a": ("b",)}, [counted])


@pytest.mark.parametrize(("related", "items"), [("text", 1), ("[https://x.example/b, c]", 2)])
def test_a_list_of_plain_texts_names_nothing(site: Filling, related: str, items: int):
    put(site, related)
    found, judgements = judged(site.site)
    assert (found, judgements.lists, judgements.omitted[LeftOut.UNREADABLE]) == ({}, 1, items)


def test_an_address_of_two_articles_names_neither(site: Filling):
    site.write("d.md", article("D", webUrl=at("b")))
    put(site, listed("b", "c"))
    found, judgements = judged(site.site)
    assert (found, judgements.omitted[LeftOut.AMBIGUOUS]) == ({"a": ("c",)}, 1)


@pytest.mark.parametrize("free", ["", "[]", "~", "{}"])
def test_an_empty_field_is_no_list(site: Filling, free: str):
    put(site, free)
    assert judged(site.site)[1].lists == 0


# What cannot be read.


def test_broken_files_are_listed_and_the_rest_is_read(site: Filling):
    site.write("broken.md", "---\ntitle: [\n---\n")
    put(site, listed("b"))
    found, judgements = judged(site.site)
    assert found == {"a": ("b",)}
    assert [str(problem).startswith(f"{site.site}/broken.md, line ") for problem in judgements.problems] == [True]


def test_a_field_that_cannot_be_read_is_listed_and_the_rest_is_read(site: Filling):
    put(site, "\n    - title: x\n   - title: y")
    put(site, listed("c"), "b")
    found, judgements = judged(site.site)
    assert found == {"b": ("c",)}
    assert [str(problem) for problem in judgements.problems] == [
        f"{site.site}/a.md: the related field cannot be read: invalid YAML: while parsing a block mapping, "
        "did not find expected key"
    ]


def test_broken_and_long_lines_are_listed_and_the_rest_is_read(tmp_path: Path):
    file = tmp_path / "articles.jsonl"
    lines = ["{]", "", json.dumps({"title": "x" * 2000}), json_article("a", related=[json_entry("b")])]
    file.write_text("\n".join(lines) + json_article("b"), encoding="utf-8")
    found, judgements = judged(file, Settings.parse({"sources": {"max_file_bytes": 1024}}))
    assert found == {"a": ("b",)}
    assert [str(problem).split(":")[0] for problem in judgements.problems] == [
        f"{file}, line 1",
        f"{file}, line 3",
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path):
    file = tmp_path / "articles.jsonl"
    related: Any = [json_entry("b")]
    file.write_text("\ufeff" + json_article("a", related=related) + json_article("b"), encoding="utf-8")
    assert judged(file)[0] == {"a": ("b",)}


def test_without_a_site_there_is_nothing_to_read(tmp_path: Path):
    with pytest.raises(SourceError, match="nowhere: there is no such file or folder"):
        judged(tmp_path / "nowhere")
