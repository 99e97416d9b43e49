"""The page to judge on, as an editor uses it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Locator, Page, expect
from support.browsing import ACLU
from support.judging import ALL, grade, items
from support.serving import Server, judging_here, page_to_judge, path_of

from recommender.article import Article
from recommender.collection import Collection
from recommender.evaluation import krippendorff_alpha, read_judgements, read_qrels

NUMBER, DEPTH = 3, 2
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def session(chromium: str, module_copy: Callable[[], Path]) -> Iterator[Server]:
    with judging_here(module_copy(), number=NUMBER, depth=DEPTH) as running:
        yield running


@pytest.fixture
def server(session: Server) -> Iterator[Server]:
    """A session in which nothing is graded yet."""
    yield session
    for query in session.writer.get(ALL).json()["queries"]:
        for name, value in items(session, query["id"]).items():
            if value is not None:
                grade(session, query["id"], name, None).raise_for_status()


@pytest.fixture
def fresh(chromium: str, site_copy: Path) -> Iterator[Server]:
    """A session of its own."""
    with judging_here(site_copy, number=NUMBER, depth=DEPTH) as running:
        yield running


@pytest.fixture
def hostile(chromium: str, site_collection: Path, tmp_path: Path) -> Iterator[Server]:
    """Two articles that try to be more than text, one to be judged for the other."""
    copy = Path(shutil.copytree(site_collection, tmp_path / "collection"))
    (tmp_path / "queries.txt").write_text("asked", encoding="utf-8")
    more = {"excerpt": HOSTILE, "webUrl": "javascript:alert(3)", "provider": {"name": HOSTILE}}
    titles = {"asked": f"{HOSTILE} Clearview AI sued", "listed": f"{HOSTILE} Clearview AI fined"}
    with contextlib.closing(Collection.open(copy)) as collection:
        collection.write([Article.read({"id": name, "title": title, **more}) for name, title in titles.items()])
    with judging_here(copy, queries=tmp_path / "queries.txt", depth=DEPTH) as running:
        yield running


def page_with_items(page: Page) -> Page:
    expect(page.locator(".item").first).to_be_visible()
    return page


@pytest.fixture
def opened(page: Page, server: Server) -> Page:
    page.goto(page_to_judge(server))
    return page_with_items(page)


def current(page: Page) -> Locator:
    return page.locator(".item[aria-current=true]")


def marked(page: Page) -> int:
    """The place of the marked item."""
    return page.locator(".item").evaluate_all("nodes => nodes.findIndex((node) => node.hasAttribute('aria-current'))")


def grades(page: Page) -> list[int | None]:
    return page.locator(".item").evaluate_all(
        "nodes => nodes.map((node) => node.querySelector('.grade[aria-pressed=true]')?.dataset.grade ?? null)"
        ".map((grade) => grade === null ? null : Number(grade))"
    )


def ids(page: Page) -> list[str]:
    return page.locator(".item").evaluate_all("nodes => nodes.map((node) => node.dataset.id)")


def kept(server: Server) -> dict[str, dict[str, int]]:
    found = read_judgements(server.collection / "judgements.jsonl")
    return {query: grades for query, grades in found.items() if grades}


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Saved")


def grade_all(page: Page, keys: str = "012") -> int:
    """Grade what is shown to its end; how many that were."""
    size = page.locator(".item").count()
    for place in range(size):
        page.keyboard.press(keys[place % len(keys)])
    saved(page)
    return size


def grade_everything(page: Page, keys: str) -> None:
    for number in range(NUMBER):
        expect(page.locator("#count")).to_have_text(re.compile("^0 of"))
        grade_all(page, keys)
        if number < NUMBER - 1:
            page.keyboard.press("Enter")


def test_a_list_is_graded_with_the_keyboard_kept_and_exported(opened: Page, server: Server, tmp_path: Path) -> None:
    title = opened.locator("#article h2").inner_text()
    query = opened.locator("#jump").input_value()
    shown = ids(opened)
    assert marked(opened) == 0
    size = grade_all(opened)
    given = [place % 3 for place in range(size)]
    assert grades(opened) == given
    assert kept(server) == {query: dict(zip(shown, given, strict=True))}
    expect(opened.locator("#progress")).to_have_text(f"1 of {NUMBER} articles, {size} judgements")

    # The first stop after the last grade is the next article.
    expect(opened.get_by_role("button", name="Next query article")).to_be_focused()
    opened.keyboard.press("Enter")
    expect(opened.locator("#article h2")).not_to_have_text(title)
    opened.keyboard.press("1")
    saved(opened)
    second = opened.locator("#article h2").inner_text()

    opened.reload()
    # What is wholly graded is passed over, and judging goes on with the first that has no grade.
    expect(opened.locator("#article h2")).to_have_text(second)
    assert grades(opened)[0] == 1
    assert marked(opened) == 1
    opened.keyboard.press("p")
    expect(opened.locator("#article h2")).to_have_text(title)
    assert (ids(opened), grades(opened)) == (shown, given)

    with opened.expect_download() as download:
        opened.get_by_role("button", name="Download qrels").click()
    assert download.value.suggested_filename == "qrels.txt"
    download.value.save_as(tmp_path / "qrels.txt")
    assert read_qrels(tmp_path / "qrels.txt")[query] == dict(zip(shown, given, strict=True))


def test_keys_move_through_the_list_and_take_grades_back(opened: Page, server: Server) -> None:
    last = opened.locator(".item").count() - 1
    for key, place in (("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0), ("k", 0)):
        opened.keyboard.press(key)
        assert marked(opened) == place
        expect(current(opened)).to_be_focused()
    for _ in range(last + 3):
        opened.keyboard.press("j")
    assert marked(opened) == last
    # From the last the next without a grade is the first.
    opened.keyboard.press("2")
    assert marked(opened) == 0
    opened.keyboard.press("1")
    assert marked(opened) == 1
    opened.keyboard.press("k")
    opened.keyboard.press("u")
    saved(opened)
    assert (marked(opened), grades(opened)[0], grades(opened)[last]) == (0, None, 2)
    # A grade is changed by another one.
    for _ in range(last):
        opened.keyboard.press("j")
    opened.keyboard.press("0")
    saved(opened)
    assert list(next(iter(kept(server).values())).values()) == [0]


def test_next_and_previous_stop_at_the_ends(opened: Page) -> None:
    jump = opened.locator("#jump")
    for key, said in (("p", "1"), ("n", "2"), ("n", "3"), ("n", "3"), ("p", "2")):
        opened.keyboard.press(key)
        expect(jump.locator("option:checked")).to_have_text(re.compile(f"^{said} of {NUMBER}"))
        expect(opened).to_have_title(re.compile("judging"))
    jump.select_option(index=0)
    expect(jump.locator("option:checked")).to_have_text(re.compile(f"^1 of {NUMBER}"))


def test_a_mouse_does_the_same(opened: Page, server: Server) -> None:
    third = opened.locator(".item").nth(2)
    third.get_by_role("button", name="2 must see next").click()
    saved(opened)
    expect(third.get_by_role("button", name="2 must see next")).to_have_attribute("aria-pressed", "true")
    third.get_by_role("button", name="Undo").click()
    expect(third.get_by_role("button", name="Undo")).to_be_hidden()
    expect(opened.locator("#progress")).to_have_text(f"0 of {NUMBER} articles, 0 judgements")
    assert kept(server) == {}
    opened.get_by_role("button", name="Next article", exact=True).click()
    expect(opened.locator("#jump option:checked")).to_have_text(re.compile("^2 of"))


def test_the_keys_are_told(opened: Page) -> None:
    opened.keyboard.press("?")
    expect(opened.get_by_role("dialog", name="Keys")).to_be_visible()
    before = grades(opened)
    opened.keyboard.press("1")
    opened.keyboard.press("Escape")
    expect(opened.get_by_role("dialog")).to_be_hidden()
    assert grades(opened) == before
    opened.get_by_role("button", name="Keys").click()
    opened.get_by_role("button", name="Close").click()
    expect(opened.get_by_role("dialog")).to_be_hidden()
    meanings = opened.get_by_role("list", name="What the grades mean")
    expect(meanings.get_by_role("listitem")).to_have_text(
        [re.compile(text) for text in ("not related", "1 related", "a reader must see this next", "d unsure", "s skip")]
    )


def test_when_everything_is_judged_the_page_says_so(opened: Page, server: Server) -> None:
    for number in range(NUMBER):
        grade_all(opened)
        if number < NUMBER - 1:
            opened.keyboard.press("Enter")
            expect(opened.locator("#jump option:checked")).to_have_text(re.compile(f"^{number + 2} of"))
    expect(opened.locator("#done")).to_contain_text("All articles are judged.")
    expect(opened.locator("#progress")).to_have_text(re.compile(f"^{NUMBER} of {NUMBER} articles"))
    opened.reload()
    expect(opened.locator("#done")).to_contain_text("All articles are judged.")


def test_one_can_be_unsure_and_skip(page: Page, fresh: Server) -> None:
    opened, server = page, fresh
    page.goto(page_to_judge(fresh))
    page_with_items(page)
    query, shown = opened.locator("#jump").input_value(), ids(opened)
    opened.keyboard.press("d")
    saved(opened)
    assert marked(opened) == 1
    opened.keyboard.press("s")
    expect(opened.locator("#saved")).to_have_text("Skipped for this session")
    opened.keyboard.press("2")
    saved(opened)
    expect(opened.locator("#count")).to_have_text(f"1 of {len(shown)} graded, 1 unsure, 1 skipped")
    lines = [json.loads(line) for line in (server.collection / "judgements.jsonl").read_text().splitlines()]
    assert [(line["article"], line["grade"]) for line in lines] == [(shown[0], "unsure"), (shown[2], 2)]
    opened.reload()
    page_with_items(opened)
    # Neither is asked again.
    assert marked(opened) == 3
    for place, name in enumerate(("d unsure", "s skip", "2 must see next")):
        pressed = opened.locator(".item").nth(place).get_by_role("button", pressed=True)
        expect(pressed).to_have_text(name)
    opened.locator(".item").nth(1).get_by_role("button", name="Undo").click()
    expect(opened.locator("#count")).to_have_text(f"1 of {len(shown)} graded, 1 unsure")
    assert kept(server) == {query: {shown[2]: 2}}


def test_who_has_judged_everything_sees_how_well_judges_agree(page: Page, fresh: Server, tmp_path: Path) -> None:
    server = fresh
    page.goto(page_to_judge(server))
    page_with_items(page)
    grade_everything(page, "012")
    expect(page.locator("#done")).to_contain_text("All articles are judged.")
    expect(page.get_by_role("heading", name="How well judges agree")).to_have_count(0)
    others = {query: dict(found) for query, found in kept(server).items()}
    copy = Path(shutil.copytree(server.collection, tmp_path / "second"))
    with judging_here(copy, number=NUMBER, depth=DEPTH, judge="anna") as second:
        page.goto(page_to_judge(second))
        page_with_items(page)
        expect(page.locator("#progress")).to_have_text(f"anna · 0 of {NUMBER} articles, 0 judgements")
        assert set(grades(page)) == {None}
        expect(page.get_by_role("heading", name="How well judges agree")).to_have_count(0)
        grade_everything(page, "1")
        shared = [grade for found in others.values() for grade in found.values()]
        agreement = page.locator("#agreement")
        expect(agreement.get_by_role("heading", name="How well judges agree")).to_be_visible()
        expect(agreement).to_contain_text(f"over {len(shared)} pairs that two or more of 2 judges graded")
        alpha = krippendorff_alpha([[1, grade] for grade in shared])
        expect(agreement).to_contain_text(f"alpha is {alpha:.2f}")
        first = agreement.get_by_role("listitem").first
        expect(first).to_contain_text(re.compile("^(0 1|1 2)"))
        title = first.get_by_role("button").inner_text()
        first.get_by_role("button").click()
        expect(page.locator("#article h2")).to_have_text(title)


def test_the_explorer_leads_to_judging_its_article(page: Page, fresh: Server) -> None:
    opened, server = page, fresh
    page.goto(page_to_judge(fresh))
    page_with_items(page)
    asked = opened.locator("#jump option").evaluate_all("options => options.map((option) => option.value)")
    for article, count in ((ACLU, NUMBER + 1), (asked[1], NUMBER + 1)):
        opened.goto(f"{server.url}/?{urlencode({'id': article})}")
        title = opened.locator("#article h2").inner_text()
        opened.get_by_role("link", name="Judge").click()
        expect(opened.locator("#article h2")).to_have_text(title)
        assert opened.url == f"{server.url}/judge"
        expect(opened.locator("#progress")).to_contain_text(f"of {count} articles")
    opened.goto(f"{server.url}/judge?id=gone")
    expect(opened.locator("#saved")).to_contain_text("This article cannot be judged: there is no article gone")
    expect(page_with_items(opened).locator("#progress")).to_contain_text(f"of {NUMBER + 1} articles")


# Nothing is lost silently.


def test_a_grade_that_is_not_saved_is_marked_and_tried_again(opened: Page, server: Server) -> None:
    opened.route("**/v1/judging/articles/**", lambda route: route.abort())
    opened.keyboard.press("1")
    opened.keyboard.press("2")
    expect(opened.locator("#saved")).to_contain_text("Not saved, trying again. The service cannot be reached")
    expect(opened.locator(".item").first.get_by_text("not saved yet")).to_be_visible()
    assert kept(server) == {}
    opened.unroute("**/v1/judging/articles/**")
    saved(opened)
    expect(opened.get_by_text("not saved yet").first).to_be_hidden()
    assert sorted(next(iter(kept(server).values())).values()) == [1, 2]


def test_a_grade_that_is_refused_says_so(page: Page, hostile: Server) -> None:
    page.goto(page_to_judge(hostile))
    place = ids(page_with_items(page)).index("listed")
    assert hostile.writer.delete(path_of("listed")).status_code == 204
    for _ in range(place):
        page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator("#saved")).to_contain_text("Not saved. Article not found")
    expect(page.locator(".item").nth(place).get_by_text("not saved yet")).to_be_visible()
    assert kept(hostile) == {}


# The key.


def test_the_key_leaves_the_address_and_stays_in_the_tab(opened: Page, server: Server) -> None:
    key = page_to_judge(server).partition("#key=")[2]
    assert opened.url == f"{server.url}/judge"
    assert opened.evaluate("[localStorage.length, sessionStorage.getItem('related-key'), history.length]")[:2] == [
        0,
        key,
    ]
    assert opened.locator("body").inner_html().count(key) == 0


def test_without_a_key_the_page_asks_for_it(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/judge")
    field = page.get_by_label("Judging needs a key")
    expect(field).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Key required")
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("unknown key")
    field.fill(page_to_judge(server).partition("#key=")[2])
    field.press("Enter")
    expect(page.locator(".item").first).to_be_visible()
    expect(field).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_new_sessions_address_in_the_same_tab_brings_its_key(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/judge#key=old")
    expect(page.get_by_role("alert")).to_contain_text("unknown key")
    page.goto(page_to_judge(server))
    expect(page.locator(".item").first).to_be_visible()
    assert page.url == f"{server.url}/judge"


def test_markup_in_an_article_is_text(page: Page, hostile: Server) -> None:
    page.goto(page_to_judge(hostile))
    listed = page_with_items(page).locator('[data-id="listed"]')
    expect(page.locator("#article h2")).to_have_text(f"{HOSTILE} Clearview AI sued")
    expect(listed.get_by_role("heading")).to_have_text(f"{HOSTILE} Clearview AI fined")
    expect(listed.locator(".provider")).to_have_text(HOSTILE)
    expect(page.locator("main script, main img, #article a, [data-id=listed] a")).to_have_count(0)


def test_on_a_phone_everything_has_its_place(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(page_to_judge(server))
    expect(page.locator(".item").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    saved(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        heights = "nodes => nodes.map((node) => node.getBoundingClientRect().height)"
        assert min(page.locator(".grade").evaluate_all(heights)) >= 44
