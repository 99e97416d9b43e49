"""The planned outcome for each file's related field."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.building import put_lines
from support.enriching import Filling, article, block, with_block

from recommender.enrich import EnrichOptions, Outcome, PlannedPage
from recommender.enrich.lists import Lists
from recommender.errors import ConfigError, NotFoundError, RelatedError, SharedUrlError, WriteError
from recommender.sources import SiteFolder
from recommender.sources.folder import PageFile

FILLED, CHANGED, EMPTIED, TAKEN_OVER = Outcome.FILLED, Outcome.CHANGED, Outcome.EMPTIED, Outcome.TAKEN_OVER
SAME, EMPTY, KEPT, FAILED = Outcome.SAME, Outcome.EMPTY, Outcome.KEPT, Outcome.FAILED
THEIRS = "related:\n  - title: An editor's\n"


def problem(page: PlannedPage, kind: type[RelatedError] = RelatedError) -> str:
    """Return the text of a failed page's error."""
    assert page.outcome is FAILED
    assert isinstance(page.problem, kind)
    return str(page.problem)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the names of the files that are read."""
    found: list[str] = []
    read = SiteFolder.read

    def counted(self: SiteFolder, page: PageFile, state: object) -> object:
        found.append(Path(page.file).name)
        return read(self, page, state)  # type: ignore[arg-type]

    monkeypatch.setattr(SiteFolder, "read", counted)
    return found


# What becomes of a file.


def test_an_empty_field_is_filled(filling: Filling):
    page = filling.fill({"a": ["b", "c"]})["a.md"]
    assert (page.outcome, page.article_id, page.listing.items) == (FILLED, "a", ("b", "c"))
    assert filling.read("a.md") == with_block(article("Ants"), "Bees", "Crabs")


@pytest.mark.parametrize("field", ["related: []\n", "related:\n", "related: null\n"])
def test_a_field_that_keeps_its_place_free_is_filled(filling: Filling, field: str):
    filling.write("a.md", f"---\n{field}title: Ants\n---\nIts text.\n")
    assert filling.outcomes({"a": ["b"]})["a.md"] is FILLED
    assert filling.read("a.md") == f"---\n{block('Bees')}title: Ants\n---\nIts text.\n"


def test_what_is_filled_is_the_same_in_the_next_run(filling: Filling):
    filling.fill({"a": ["b"]})
    before = filling.read("a.md")
    assert filling.outcomes({"a": ["b"]}) == {"a.md": SAME, "b.md": EMPTY, "c.md": EMPTY}
    assert filling.read("a.md") == before


def test_a_list_that_is_another_changes_the_file_and_says_why(filling: Filling):
    filling.fill({"a": ["b"]})
    page = filling.fill({"a": ["c"]})["a.md"]
    assert (page.outcome, page.before, page.listing.items) == (CHANGED, ("b",), ("c",))
    assert page.why == ("+ c: pinned", "- b: under the minimum of 1")
    assert filling.read("a.md") == with_block(article("Ants"), "Crabs")


def test_an_item_whose_fields_changed_changes_the_file(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("b.md", article("Bumblebees"))
    filling.build()
    page = filling.fill({"a": ["b"]})["a.md"]
    assert (page.outcome, page.why) == (CHANGED, ("an item's own fields have changed",))
    assert filling.read("a.md") == with_block(article("Ants"), "Bumblebees")


def test_another_order_changes_the_file(filling: Filling):
    filling.fill({"a": ["b", "c"]})
    page = filling.fill({"a": ["c", "b"]})["a.md"]
    assert (page.outcome, page.why) == (CHANGED, ("the order has changed",))


def test_a_list_without_items_takes_the_field_out(filling: Filling):
    filling.fill({"a": ["b"]})
    page = filling.fill({})["a.md"]
    assert page.outcome is EMPTIED
    assert page.why == ("- b: under the minimum of 1", "nothing is related enough")
    assert filling.read("a.md") == article("Ants")
    assert filling.outcomes({})["a.md"] is EMPTY


def test_an_item_that_is_gone_is_told_of(filling: Filling):
    filling.fill({"a": ["b", "c"]})
    (filling.site / "b.md").unlink()
    filling.build()
    assert filling.fill({"a": ["c"]})["a.md"].why == ("- b: no longer in the collection",)


@pytest.mark.parametrize("lists", [{"a": ["b"]}, {}])
def test_what_someone_else_wrote_is_kept(filling: Filling, lists: dict[str, list[str]]):
    text = f"---\ntitle: Ants\n{THEIRS}---\n"
    filling.write("a.md", text)
    assert filling.outcomes(lists)["a.md"] is KEPT
    assert filling.read("a.md") == text
    assert filling.coverage.kept == ["a.md"]


def test_what_an_editor_changed_is_theirs_from_then_on(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("a.md", filling.read("a.md").replace("Bees", "Bees!"))
    assert filling.outcomes({"a": ["b"]})["a.md"] is KEPT
    assert filling.outcomes({"a": ["c"]})["a.md"] is KEPT


def test_what_an_editor_took_out_is_filled_again(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("a.md", article("Ants"))
    assert filling.outcomes({"a": ["b"]})["a.md"] is FILLED


def test_what_someone_else_wrote_is_taken_over_where_that_is_asked_for(filling: Filling):
    filling.write("a.md", f"---\ntitle: Ants\n{THEIRS}---\n")
    filling.fill({"a": ["b"]})
    assert filling.outcomes({"a": ["b"]}, EnrichOptions(overwrite=True))["a.md"] is TAKEN_OVER
    assert filling.read("a.md") == f"---\ntitle: Ants\n{block('Bees')}---\n"
    assert filling.outcomes({"a": ["b"]})["a.md"] is SAME


def test_a_block_that_is_the_same_already_is_ours_when_it_is_taken_over(filling: Filling):
    filling.write("a.md", with_block(article("Ants"), "Bees"))
    assert filling.outcomes({"a": ["b"]})["a.md"] is KEPT
    assert filling.outcomes({"a": ["b"]}, EnrichOptions(overwrite=True))["a.md"] is SAME
    assert filling.outcomes({"a": ["c"]})["a.md"] is CHANGED


def test_without_the_record_what_was_written_is_kept(filling: Filling):
    filling.fill({"a": ["b"]})
    (filling.site / ".related" / "written.jsonl").unlink()
    assert filling.outcomes({"a": ["c"]})["a.md"] is KEPT


def test_without_the_cache_nothing_is_another(filling: Filling):
    filling.fill({"a": ["b"]})
    (filling.site / ".related" / "cache.jsonl").unlink()
    assert filling.outcomes({"a": ["b"]}) == {"a.md": SAME, "b.md": EMPTY, "c.md": EMPTY}


def test_what_git_did_to_line_ends_is_still_ours(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("a.md", filling.read("a.md").replace("\n", "\r\n"))
    assert filling.outcomes({"a": ["c"]})["a.md"] is CHANGED
    assert filling.read("a.md") == with_block(article("Ants"), "Crabs").replace("\n", "\r\n")


def test_what_git_did_to_line_ends_is_no_change(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("a.md", filling.read("a.md").replace("\n", "\r\n"))
    assert filling.outcomes({"a": ["b"]})["a.md"] is SAME


def test_a_file_that_moved_takes_its_list_with_it(filling: Filling):
    filling.fill({"a": ["b"]})
    (filling.site / "old").mkdir()
    (filling.site / "a.md").rename(filling.site / "old" / "a.md")
    filling.build()
    page = filling.fill({"old/a": ["c"]})["old/a.md"]
    assert (page.outcome, page.before) == (CHANGED, ("b",))


def test_a_copy_of_a_file_is_someone_elses(filling: Filling):
    filling.fill({"a": ["b"]})
    filling.write("d.md", filling.read("a.md"))
    filling.build()
    assert filling.outcomes({"a": ["c"], "d": ["c"]}) | {} == {
        "a.md": CHANGED,
        "b.md": EMPTY,
        "c.md": EMPTY,
        "d.md": KEPT,
    }


# What is planned is what is done.


def test_a_plan_writes_nothing(filling: Filling):
    pages = filling.plan({"a": ["b"]})
    assert pages["a.md"].outcome is FILLED
    assert sorted(path.name for path in filling.site.iterdir()) == ["a.md", "b.md", "c.md"]
    assert filling.read("a.md") == article("Ants")


def test_what_is_planned_is_done(filling: Filling):
    filling.fill({"a": ["b"], "b": ["a"], "c": ["a"]})
    lists = {"a": ["b"], "b": ["c"]}
    planned = filling.plan(lists)
    before, done = filling.coverage.to_json(), filling.fill(lists)
    assert {path: page.outcome for path, page in planned.items()} == {path: page.outcome for path, page in done.items()}
    assert filling.coverage.to_json() == before
    for path, page in planned.items():
        if page.edit:
            assert page.edit.result == (filling.site / path).read_bytes()


# Which article a file is.


def test_an_id_in_the_front_matter_names_the_article(filling: Filling):
    filling.write("a.md", article("Ants", id="ants"))
    filling.build()
    page = filling.fill({"ants": ["b"]})["a.md"]
    assert (page.outcome, page.article_id) == (FILLED, "ants")


def test_an_id_that_is_a_number_names_the_article(filling: Filling):
    filling.write("a.md", article("Ants", id="7"))
    filling.build()
    assert filling.fill({"7": ["b"]})["a.md"].article_id == "7"


@pytest.fixture
def nested(tmp_path: Path) -> Filling:
    """Files in folders; the collection was built from the outermost one."""
    made = Filling(tmp_path / "all", tmp_path / "collection")
    for path, title in (("x.md", "Ants"), ("site/x.md", "Bees"), ("site/_news/x.md", "Crabs")):
        made.write(path, article(title))
    made.build()
    return made


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("", {"x.md": "x", "site/x.md": "site/x", "site/_news/x.md": "site/_news/x"}),
        ("site", {"x.md": "site/x", "_news/x.md": "site/_news/x"}),
        ("site/_news", {"x.md": "site/_news/x"}),
        ("site/../site", {"x.md": "site/x", "_news/x.md": "site/_news/x"}),
    ],
)
def test_a_folder_below_the_source_may_be_filled(nested: Filling, below: str, expected: dict[str, str]):
    pages = nested.fill({"site/_news/x": ["x"]}, site=nested.site / below)
    assert {path: page.article_id for path, page in pages.items()} == expected


def test_a_file_that_is_new_below_the_source_is_not_taken_for_its_namesake_above(nested: Filling):
    nested.write("site/y.md", article("Dogs"))
    nested.write("y.md", article("Eels"))
    nested.build(nested.site)
    nested.write("site/_news/y.md", article("Flies"))
    pages = nested.fill({"y": ["x"], "site/y": ["x"]}, site=nested.site / "site" / "_news")
    assert "site/_news/y is not in the collection" in problem(pages["y.md"], NotFoundError)


def test_a_folder_around_the_source_may_be_filled(nested: Filling):
    inner = Filling(nested.site, nested.collection.with_name("inner"))
    inner.build(nested.site / "site")
    pages = inner.fill({"_news/x": ["x"]})
    assert pages["site/x.md"].article_id == "x"
    assert pages["site/_news/x.md"].article_id == "_news/x"
    assert pages["site/_news/x.md"].outcome is FILLED
    assert "the article x is not in the collection" in problem(pages["x.md"], NotFoundError)


def test_a_site_is_found_through_a_link(nested: Filling, tmp_path: Path):
    (tmp_path / "link").symlink_to(nested.site / "site")
    pages = nested.fill({}, site=tmp_path / "link")
    assert pages["_news/x.md"].article_id == "site/_news/x"


def test_a_site_that_was_not_a_source_is_known_by_its_paths(filling: Filling, tmp_path: Path):
    other = Filling(tmp_path / "other", filling.collection)
    other.write("a.md", article("Ants"))
    assert other.fill({"a": ["b"]})["a.md"].outcome is FILLED


def test_an_address_names_an_article_where_its_path_does_not(filling: Filling):
    lines = [{"id": name, "title": name, "webUrl": f"https://a.example/{name}"} for name in ("p", "q")]
    other = Filling(filling.site, filling.collection.with_name("lines"))
    other.build(put_lines(filling.site.parent / "articles.jsonl", *lines))
    other.write("a.md", article("p", webUrl="https://www.a.example/p?utm_source=x"))
    pages = other.fill({"p": ["q"]})
    assert (pages["a.md"].outcome, pages["a.md"].article_id) == (FILLED, "p")


def test_an_address_that_two_articles_have_names_neither(filling: Filling):
    lines = [{"id": name, "title": name, "webUrl": "https://a.example/"} for name in ("p", "q")]
    other = Filling(filling.site, filling.collection.with_name("lines"))
    other.build(put_lines(filling.site.parent / "articles.jsonl", *lines))
    other.write("a.md", article("p", webUrl="https://a.example/"))
    problem(other.fill({})["a.md"], SharedUrlError)


def test_an_article_that_is_not_in_the_collection_is_a_problem(filling: Filling):
    filling.write("new.md", article("New"))
    page = filling.fill({"a": ["b"]})["new.md"]
    assert problem(page) == f"{filling.site}/new.md: the article new is not in the collection"
    assert page.problem.hint == "build the collection again: related build"
    assert filling.read("a.md") == with_block(article("Ants"), "Bees")


# What is told of.


def test_a_file_that_changed_since_the_build_is_told_of(filling: Filling):
    filling.write("a.md", article("Aunts"))
    page = filling.fill({"a": ["b"]})["a.md"]
    assert (page.outcome, page.is_stale) == (FILLED, True)
    assert filling.coverage.stale == 1


@pytest.mark.parametrize("lists", [{"a": ["b"]}, {}])
def test_it_is_told_of_until_the_collection_is_built_again(filling: Filling, lists: dict[str, list[str]]):
    filling.write("a.md", article("Aunts"))
    for _ in range(3):
        filling.fill(lists)
        assert filling.coverage.stale == 1
    filling.build()
    filling.fill(lists)
    assert filling.coverage.stale == 0


@pytest.mark.parametrize("more", ["secured: x\n", "related: []\n", "# a comment\n", "category: news\n"])
def test_what_is_written_otherwise_and_says_the_same_is_not_stale(filling: Filling, more: str):
    text = f'---\ntitle: "Ants"\nwebUrl: https://a.example/a\npublishedDateTime: 2024-05-06\n{more}---\nIts text.\n'
    filling.write("a.md", text)
    filling.build()
    filling.write("a.md", text.replace('"Ants"', "'Ants'"))
    assert not filling.plan({})["a.md"].is_stale


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ntitle: [\n---\n", "line "),
        ("---\ntitle: Ants\nrelated:\n  - a: 1\nrelated:\n  - b: 1\n---\n", "line 5"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_the_rest_is_filled(filling: Filling, text: str, said: str):
    filling.write("a.md", text)
    pages = filling.fill({"b": ["c"]})
    assert problem(pages["a.md"]).startswith(f"{filling.site}/a.md")
    assert said in problem(pages["a.md"])
    assert pages["b.md"].outcome is FILLED
    assert filling.read("a.md") == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no front matter\n", "not an article: no front matter"),
        ("---\ntitle: Ants\ndraft: true\n---\n", "draft"),
        ("---\ntitle: Ants\npublishedDateTime: 2999-01-01\n---\n", "in the future"),
    ],
)
def test_what_readers_may_not_see_is_counted_and_not_written_into(filling: Filling, text: str, reason: str):
    filling.fill({"a": ["b"]})
    filling.write("a.md", text)
    assert set(filling.fill({"a": ["b"]})) == {"b.md", "c.md"}
    assert filling.coverage.skipped == {reason: 1}
    assert filling.read("a.md") == text


def test_what_was_written_into_a_page_is_still_ours_after_it_was_a_draft(filling: Filling):
    filling.fill({"a": ["b"]})
    filled = filling.read("a.md")
    filling.write("a.md", filled.replace("title", "draft: true\ntitle"))
    filling.fill({"a": ["c"]})
    filling.write("a.md", filled)
    assert filling.outcomes({"a": ["c"]})["a.md"] is CHANGED


def test_a_page_without_front_matter_has_no_field_to_fill(tmp_path: Path):
    made = Filling(tmp_path / "site", tmp_path / "collection", "markdown")
    made.write("a.md", "# Ants\n")
    made.write("b.md", article("Bees"))
    made.build()
    pages = made.fill({"a": ["b"], "b": ["a"]})
    assert (pages["a.md"].outcome, pages["a.md"].article_id) == (Outcome.NO_FIELD, "a")
    assert made.read("a.md") == "# Ants\n"


def test_an_item_has_its_articles_id_too_where_the_site_is_of_another_kind(tmp_path: Path):
    made = Filling(tmp_path / "site", tmp_path / "collection", "markdown")
    for name, title in (("a", "Ants"), ("_b/c", "Bees")):
        made.write(f"{name}.md", article(title))
    made.build()
    made.fill({"a": ["_b/c"]})
    assert made.read("a.md") == with_block(article("Ants"), "Bees").replace('Bees"\n---', 'Bees"\n    id: _b/c\n---')


def test_a_site_whose_generator_bears_no_field_is_refused(tmp_path: Path):
    made = Filling(tmp_path / "site", tmp_path / "collection", "html")
    for name in "ab":
        head = f'<title>{name}</title><link rel="canonical" href="https://x.example/{name}">'
        made.write(f"{name}.html", f"<html><head>{head}</head><body><p>Its text.</p></body></html>")
    made.build()
    with pytest.raises(ConfigError, match="html does not accept a related field in its pages") as caught:
        made.fill({"a": ["b"]})
    assert caught.value.hint == "write one data file: related enrich SITE --into related.json"
    assert not (made.site / ".related").exists()


def test_articles_without_an_address_are_in_no_list(filling: Filling):
    filling.write("b.md", article("Bees", webUrl=""))
    filling.build()
    assert filling.fill({"a": ["b", "c"]})["a.md"].listing.items == ("c",)
    assert filling.coverage.without_address == 1


def test_where_most_articles_have_no_address_nothing_is_done(filling: Filling):
    for name in "ab":
        filling.write(f"{name}.md", article(name, webUrl=""))
    filling.build()
    with pytest.raises(ConfigError, match="2 of 3 articles have no address") as caught:
        filling.fill({"a": ["c"]})
    assert "under [site] in related.toml" in (caught.value.hint or "")
    assert filling.read("a.md") == article("a", webUrl="")


def test_a_file_that_cannot_be_spliced_is_a_problem(filling: Filling):
    filling.write("a.md", "---\nbase: &base {type: x}\n<<: *base\ntitle: Ants\n---\n")
    assert "merge key" in problem(filling.fill({"a": ["b"]})["a.md"])


def test_a_folder_named_as_an_article_is_passed_over(filling: Filling):
    (filling.site / "d.md").mkdir()
    assert set(filling.fill({})) == {"a.md", "b.md", "c.md"}


def test_a_pipe_is_a_problem(filling: Filling):
    os.mkfifo(filling.site / "d.md")
    assert "not a regular file" in problem(filling.fill({})["d.md"])


# Links.


def test_a_link_that_leads_out_of_the_site_is_a_problem(filling: Filling, tmp_path: Path):
    outside = tmp_path / "outside.md"
    outside.write_text(article("Ants"), encoding="utf-8")
    (filling.site / "a.md").unlink()
    (filling.site / "a.md").symlink_to(outside)
    page = filling.fill({"a": ["b"]}, EnrichOptions(overwrite=True))["a.md"]
    assert "leads out of the site" in problem(page, WriteError)
    assert outside.read_text(encoding="utf-8") == article("Ants")


def test_a_link_to_a_file_of_the_site_stays_a_link(filling: Filling):
    (filling.site / "d.md").symlink_to("a.md")
    page = filling.fill({"a": ["b"], "d": ["b"]})["d.md"]
    assert (page.outcome, page.why) == (KEPT, ("a link to a.md",))
    assert (filling.site / "d.md").is_symlink()
    assert filling.read("d.md") == with_block(article("Ants"), "Bees")
    assert filling.coverage.kept == []


# Which files are looked at.


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (("a.md",), ["a.md"]),
        (("*.md",), ["_news/d.md", "a.md", "b.md", "c.md"]),
        (("_news/*",), ["_news/d.md"]),
        (("A.*", "d*"), ["_news/d.md", "a.md"]),
        (("nothing",), []),
    ],
)
def test_only_files_whose_path_or_name_fits_are_looked_at(filling: Filling, only: tuple[str, ...], expected: list[str]):
    filling.write("_news/d.md", article("Dogs"))
    filling.build()
    assert sorted(filling.fill({}, EnrichOptions(only))) == expected


def test_only_files_that_changed_since_are_looked_at(filling: Filling):
    now = datetime.now(UTC)
    hour_ago = (now - timedelta(hours=1)).timestamp()
    os.utime(filling.site / "a.md", (hour_ago, hour_ago))
    assert sorted(filling.fill({}, EnrichOptions(changed_since=now - timedelta(minutes=30)))) == ["b.md", "c.md"]
    assert len(filling.fill({}, EnrichOptions(changed_since=now - timedelta(minutes=90)))) == 3


def test_what_is_not_looked_at_is_still_known(filling: Filling):
    filling.fill({"a": ["b"], "b": ["a"]})
    filling.fill({"a": ["c"]}, EnrichOptions(("a.md",)))
    assert filling.outcomes({"a": ["c"], "b": ["c"]}) == {"a.md": SAME, "b.md": CHANGED, "c.md": EMPTY}


def test_no_more_files_than_the_limit_change(filling: Filling):
    lists = {"a": ["b"], "b": ["a"], "c": ["a"]}
    assert list(filling.plan(lists, limit=2)) == list(filling.fill(lists, limit=2)) == ["a.md", "b.md"]
    assert filling.read("c.md") == article("Crabs")
    assert filling.outcomes(lists, limit=2) == {"a.md": SAME, "b.md": SAME, "c.md": FILLED}


# What is not read again.


def test_a_run_that_has_nothing_to_change_reads_no_file(filling: Filling, reads: list[str]):
    filling.write("b.md", with_block(article("Bees"), "An editor's"))
    assert filling.outcomes({"a": ["b"]}) == {"a.md": FILLED, "b.md": KEPT, "c.md": EMPTY}
    del reads[:]
    assert filling.outcomes({"a": ["b"]}) == {"a.md": SAME, "b.md": KEPT, "c.md": EMPTY}
    assert reads == []


def test_a_run_of_other_settings_reads_the_files_alone_that_change(filling: Filling, reads: list[str]):
    filling.fill({"a": ["b"], "b": ["c"]})
    del reads[:]
    filling.fill({"a": ["c"], "b": ["c"]})
    assert reads == ["a.md"]


def test_a_new_revision_reads_the_files_alone_that_change(filling: Filling, reads: list[str]):
    lists = {"a": ["b"], "b": ["c"]}
    filling.fill(lists)
    filling.write("c.md", article("Cats"))
    filling.build()
    del reads[:]
    assert filling.outcomes(lists) == {"a.md": SAME, "b.md": CHANGED, "c.md": EMPTY}
    assert reads == ["b.md", "c.md"]


def test_a_file_that_changed_is_read(filling: Filling, reads: list[str]):
    filling.fill({"a": ["b"]})
    filling.write("a.md", article("Ants"))
    del reads[:]
    assert filling.outcomes({"a": ["b"]})["a.md"] is FILLED
    assert reads == ["a.md"]


def change_while(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    make = Lists.make

    def changed(self: Lists, article_id: str, held: object) -> object:
        change()
        return make(self, article_id, held)  # type: ignore[arg-type]

    monkeypatch.setattr(Lists, "make", changed)


def test_what_an_editor_writes_while_the_list_is_made_is_not_overwritten(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
):
    filling.fill({"a": ["b"]})
    theirs = f"---\ntitle: Ants\n{THEIRS}---\nIts text.\n"
    change_while(monkeypatch, lambda: filling.write("a.md", theirs))
    page = filling.fill({"a": ["c"]}, EnrichOptions(("a.md",)))["a.md"]
    assert "the file changed during the run" in problem(page, WriteError)
    assert filling.read("a.md") == theirs
