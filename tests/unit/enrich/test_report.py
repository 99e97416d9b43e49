"""The coverage report as an HTML page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.enriching import Filling, article
from support.reports import assert_self_contained, web_links

from recommender.collection import Collection
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing, Outcome, PlannedPage
from recommender.enrich.report import SHOWN, render_report, write_report
from recommender.errors import InputError, WriteError

NASTY = "<script>alert(1)</script> \"'&amp;"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection of one article, b; not to be written to."""
    folder = tmp_path_factory.mktemp("report")
    made = Filling(folder / "site", folder / "collection")
    made.write("b.md", article("Bees"))
    made.build()
    with closing(Collection.open(made.collection)) as collection:
        yield collection


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def page(*items: str, score: float = 0.99, age: float | None = None, **fields: object) -> PlannedPage:
    listing = Listing("key", items, tuple(score for _ in items), tuple(age for _ in items))
    return PlannedPage("p", Outcome.FILLED, "p", listing, **fields)  # type: ignore[arg-type]


def covered(*pages: PlannedPage, articles: int = 3) -> Coverage:
    coverage = Coverage(articles=articles)
    for one in pages:
        coverage.add(one)
    return coverage


def rows(page: str) -> dict[str, str]:
    """Return the numbers of the figures by label."""
    found = re.findall(r'<th scope="row" class="label">(.*?)</th><td class="number">(.*?)</td>', page)
    return {unescape(label): number for label, number in found}


# What it says.


def test_the_numbers_are_those_of_the_run(opened: Collection):
    empty = PlannedPage("q", Outcome.EMPTY, "q", Listing("key", (), (), (), 0, "nothing is near"))
    coverage = covered(page("b", "c", before=("b", "a")), page("b"), empty)
    texts = read(render_report(coverage, opened, Path("site"))).texts
    for text in ("66.7%", "2 of 3 that were asked for", "2 of 3 articles", f"{coverage.gini:.3f}", "50.0%"):
        assert text in texts
    assert "1 items lost, 1 gained of 2 before" in texts
    found = rows(render_report(coverage, opened, Path("site")))
    assert (found["filled"], found["empty"], found["nothing is near"]) == ("2", "1", "1")
    assert (found["never"], found["1"], found["2 to 3"]) == ("1", "1", "1")


def test_what_is_recommended_most_often_has_its_title(opened: Collection):
    texts = read(render_report(covered(page("b", "gone"), page("b")), opened, Path("site"))).texts
    start = texts.index("Recommended most often")
    assert texts[start + 3 : start + 9] == ["Bees", "b", "2", "gone", "gone", "1"]


def test_a_run_over_nothing_has_a_page(opened: Collection):
    page = render_report(Coverage(), opened, Path("site"))
    assert "0 of 0 articles" in page
    assert "<section>" not in page


def test_what_was_kept_and_not_done_is_listed(opened: Collection):
    kept = PlannedPage("theirs.md", Outcome.KEPT, "t", block_hash="hash")
    problem = InputError("it is broken", where="b.md, line 2", hint="mend it")
    coverage = covered(kept, PlannedPage("b.md", Outcome.FAILED, problem=problem, is_stale=True))
    texts = read(render_report(coverage, opened, Path("site"))).texts
    for text in ("theirs.md", "b.md, line 2: it is broken", "(mend it)"):
        assert text in texts
    assert any(text.startswith("1 file changed since the collection was built") for text in texts)


# Whatever the texts are.


def test_everything_is_escaped(tmp_path: Path):
    made = Filling(tmp_path / "<script>&", tmp_path / "collection")
    text = json.dumps(NASTY)
    made.write("a.md", article(text, id=text))
    made.build()
    problem = InputError(NASTY, where=NASTY, expected=NASTY, hint=NASTY)
    coverage = covered(
        page(NASTY),
        PlannedPage(NASTY, Outcome.KEPT, block_hash="hash"),
        PlannedPage("b", Outcome.FAILED, problem=problem),
        PlannedPage("c", Outcome.EMPTY, "c", Listing("key", (), (), (), 0, NASTY)),
    )
    with closing(Collection.open(made.collection)) as collection:
        found = render_report(coverage, collection, made.site)
    assert "script" not in read(found).tags
    assert read(found).texts.count(NASTY) == 5
    assert f"{NASTY}: {NASTY}; expected {NASTY}" in read(found).texts
    assert f"Related articles of {made.site.name}" in read(found).texts


def test_half_characters_do_not_stop_it(opened: Collection, tmp_path: Path):
    coverage = covered(PlannedPage("half\udcff.md", Outcome.KEPT, block_hash="hash"))
    write_report(tmp_path / "report.html", coverage, opened, Path("site"))
    assert "half?.md" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_it_is_one_file_that_asks_for_no_other(opened: Collection):
    assert_self_contained(render_report(covered(page("b", age=2.0)), opened, Path("site")))


def test_articles_are_linked_by_addresses_that_browsers_open(tmp_path: Path):
    made = Filling(tmp_path / "site", tmp_path / "collection")
    for name, address in (("a", "https://a.example/?x=1&y=<2>"), ("b", "javascript:alert(1)"), ("c", "/c/")):
        made.write(f"{name}.md", article(name, id=name, webUrl=json.dumps(address)))
    made.build()
    with closing(Collection.open(made.collection)) as collection:
        found = render_report(covered(page("a", "b", "c")), collection, made.site)
    assert_self_contained(found)
    assert web_links(found) == ["https://a.example/?x=1&y=<2>"]


def test_it_is_light_or_dark(opened: Collection):
    found = render_report(Coverage(), opened, Path("site"))
    assert "color-scheme: light dark" in found
    assert "prefers-color-scheme: dark" in found


# Kinds of articles, and bins.


def test_articles_without_a_list_and_those_that_no_list_shows_are_named(opened: Collection):
    empty = PlannedPage("q", Outcome.EMPTY, "b", Listing("key", (), (), (), 0, "nothing is near"))
    texts = read(render_report(covered(page("c"), empty), opened, Path("site"))).texts
    start = texts.index("Without a list")
    assert texts[start + 3 : start + 6] == ["Bees", "b", "nothing is near"]
    start = texts.index("Never recommended")
    assert texts[start + 2 : start + 4] == ["Bees", "b"]


def test_a_long_list_of_articles_ends_with_how_many_there_are(opened: Collection):
    because = Listing("key", (), (), (), 0, "nothing is near")
    pages = (PlannedPage(name, Outcome.EMPTY, name, because) for name in map("n{:03}".format, range(SHOWN + 2)))
    found = render_report(covered(*pages), opened, Path("site"))
    assert f"n{SHOWN - 1:03}" in found
    assert f"n{SHOWN:03}" not in found
    assert "And 2 more" in found


def test_bins_of_scores_are_of_the_range_in_use(opened: Collection):
    found = rows(render_report(covered(page("b", score=0.42), page("b", score=0.44)), opened, Path("site")))
    assert (found["0.42 to 0.425"], found["0.44 to 0.445"]) == ("1", "1")
    assert "0.95 to 0.98" not in found


def test_without_ages_there_is_no_figure_of_them(opened: Collection):
    assert "within a day" not in render_report(covered(page("b")), opened, Path("site"))


# The file.


def test_a_report_takes_the_place_of_an_older_one(opened: Collection, tmp_path: Path):
    file = tmp_path / "report.html"
    file.write_text("old", encoding="utf-8")
    write_report(file, covered(page("b")), opened, Path("site"))
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.glob("*report*")] + [path.name for path in tmp_path.glob(".*")] == [
        "report.html"
    ]


def test_a_place_that_cannot_be_written_to_is_named(opened: Collection, tmp_path: Path):
    with pytest.raises(WriteError, match=r"nowhere/report\.html: the file cannot be written"):
        write_report(tmp_path / "nowhere" / "report.html", Coverage(), opened, Path("site"))
