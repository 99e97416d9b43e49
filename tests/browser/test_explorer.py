from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import BrowserContext, Page, expect
from support.browsing import ACLU, REUTERS, explorer
from support.serving import Server

from recommender.config import Settings

SMOKED_LENTILS = "_news/2020-10-04-smoked-lentils-with-sour-cherries"


def slide(page: Page, label: str, value: float) -> None:
    page.get_by_role("slider", name=label).fill(str(value))


def titles(page: Page) -> list[str]:
    return page.locator(".card h3").all_inner_texts()


def test_a_search_finds_the_article_and_shows_what_is_related_first(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").fill("aclu clearview")
    page.get_by_role("option", name="ACLU suit").first.click()

    expect(page.get_by_role("heading", level=2)).to_contain_text("ACLU suit seeks the release")
    first = page.locator(".card").first
    expect(first.get_by_role("link")).to_have_text(REUTERS)
    expect(first.get_by_role("link")).to_have_attribute(
        "href", "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL"
    )
    expect(first).to_contain_text("Reuters")
    expect(first).to_contain_text("12 April 2021")


def test_a_card_says_why(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    first = page.locator(".card").first
    expect(first.get_by_role("list", name="Reasons").get_by_role("listitem")).to_have_text(
        ["Clearview AI", "biometrics data", "seeks", "same week"]
    )
    expect(first.locator("h3 mark")).to_have_text(["seek", "Clearview AI"])
    expect(first.locator(".excerpt mark")).to_have_text(["Clearview AI", "seeking", "biometric data"])
    expect(first.locator(".parts dt")).to_have_text(
        ["meaning", "words", "title", "topics", "authors", "time", "too general"]
    )
    # Where nothing is judged no link leads there.
    expect(page.get_by_role("link", name="Judge", exact=True)).to_have_count(0)


def test_a_weight_changes_scores_and_the_address(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card")).to_have_count(5)
    before = page.locator(".card .score").all_inner_texts()
    slide(page, "Time", 3)

    expect(page.locator(".card .score").nth(1)).not_to_have_text(before[1])
    expect(page).to_have_url(explorer(server, id=ACLU, closeness=3))
    page.reload()
    expect(page.get_by_role("slider", name="Time")).to_have_value("3")

    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".card .score").nth(1)).to_have_text(before[1])
    expect(page).to_have_url(explorer(server, id=ACLU))


def test_filters_change_the_list(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    slide(page, "Per provider", 1)
    expect(page.locator(".byline .provider", has_text="Harbor Ledger")).to_have_count(1)
    page.get_by_label("from", exact=True).fill("2021-06-01")
    expect(page.locator(".card", has_text=REUTERS)).to_have_count(0)


def test_pinned_settings_are_compared_with_the_present_ones(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    page.get_by_role("button", name="Keep to compare").click()
    pinned, present = page.get_by_role("region", name="List A"), page.get_by_role("region", name="List B")
    expect(pinned.get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_role("status").filter(has_text="Both lists are the same")).to_be_visible()

    slide(page, "How many", 2)
    expect(present.get_by_role("listitem")).to_have_count(2)
    expect(pinned.get_by_role("listitem")).to_have_count(5)
    expect(pinned.get_by_text("not in B")).to_have_count(3)
    expect(page.get_by_text("3 left", exact=True)).to_be_visible()

    page.reload()
    expect(page.get_by_text("3 left", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop comparing").click()
    expect(page.locator(".card")).to_have_count(2)


def test_settings_are_copied_as_a_file_that_the_tools_read(
    context: BrowserContext, page: Page, server: Server, tmp_path: Path
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.goto(explorer(server, id=ACLU, title=2.5, diversity=0.3, max_per_provider=2, min_score=0.97))
    page.get_by_role("button", name="Copy as related.toml").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    path = tmp_path / "related.toml"
    path.write_text(page.evaluate("navigator.clipboard.readText()"), encoding="utf-8")

    ranking = Settings.read(path).ranking
    assert (ranking.title, ranking.diversity, ranking.max_per_provider) == (2.5, 0.3, 2)
    assert (ranking.min_score, ranking.cosine) == (0.97, Settings().ranking.cosine)


def test_an_automatic_minimum_stays_automatic_when_copied(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(explorer(server, id=ACLU))
    page.get_by_role("button", name="Copy as related.toml").click()
    path = tmp_path / "related.toml"
    path.write_text(page.get_by_label("related.toml", exact=True).inner_text(), encoding="utf-8")
    assert Settings.read(path).ranking == Settings().ranking


def test_a_draft_is_compared(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="or paste a draft").click()
    page.get_by_role("textbox", name="Title").fill("Clearview AI sued over face recognition")
    page.get_by_role("textbox", name="Text").fill("A privacy group wants the face recognition company's records.")
    page.get_by_role("button", name="Find related articles").click()

    expect(page.get_by_role("heading", level=2)).to_have_text("Clearview AI sued over face recognition")
    expect(page.locator(".card", has_text="Clearview").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("application")).to_be_visible()


def test_a_draft_has_fields_that_stay_over_a_reload_and_a_word_on_its_language(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="or paste a draft").click()
    page.get_by_role("textbox", name="Title").fill("Gesichtserkennung von Clearview AI vor Gericht")
    page.get_by_role("textbox", name="Text").fill(
        "Eine Gruppe von Anwälten verlangt Auskunft über die Software der Firma."
    )
    page.locator("#draft-date").fill("2021-05-03")
    page.locator("#draft-topics").fill("AI, Biometrics")
    page.locator("#draft-language").fill("de")
    with page.expect_request("**/v1/related?*") as asked:
        page.get_by_role("button", name="Find related articles").click()
    sent = asked.value.post_data_json
    assert sent["topics"] == ["AI", "Biometrics"]
    assert (sent["publishedDateTime"], sent["language"]) == ("2021-05-03T00:00:00Z", "de")
    expect(page.locator("#article")).to_contain_text("the model does not know de")
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text("Gesichtserkennung von Clearview AI vor Gericht")
    page.get_by_role("button", name="or paste a draft").click()
    expect(page.locator("#draft-topics")).to_have_value("AI, Biometrics")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#draft-topics")).to_have_value("")


def test_without_the_service_the_list_stays_and_is_asked_for_again(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card")).to_have_count(5)
    expect(page.locator(".card .strength").first).to_have_text("very close")
    page.route("**/related?*", lambda route: route.abort())
    slide(page, "How many", 2)
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached")
    expect(page.locator(".card")).to_have_count(5)
    page.unroute("**/related?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".card")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_who_asks_too_often_is_told_for_how_long_to_wait(page: Page, server: Server) -> None:
    too_many = {"title": "Too many requests", "status": 429, "detail": "more than 60 reads a minute"}
    page.route("**/related?*", lambda route: route.fulfill(status=429, json=too_many, headers={"retry-after": "17"}))
    page.goto(explorer(server, id=ACLU))
    expect(page.get_by_role("alert")).to_contain_text("try again in 17 seconds")


def test_in_forced_colours_bars_and_tabs_are_seen(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(explorer(server, id=ACLU))
    bar = page.locator(".card .bar").first
    expect(bar).to_be_visible()
    canvas = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert bar.evaluate("bar => getComputedStyle(bar).backgroundColor") not in {canvas, "rgba(0, 0, 0, 0)"}
    pressed = page.get_by_role("button", name="List", exact=True)
    assert pressed.evaluate("button => getComputedStyle(button).borderBottomColor") != canvas


def test_copies_of_a_story_are_folded_under_it(page: Page, server: Server) -> None:
    answers = {}
    for point in server.client.get("/v1/map").json()["points"]:
        answer = server.related(point["id"], limit=20).json()
        if any(item["duplicates"] for item in answer["related"]):
            answers = answer
            break
    with_copies = next(item for item in answers["related"] if item["duplicates"])
    page.goto(explorer(server, id=answers["article"]["id"], limit=20))
    card = page.locator(".card", has=page.get_by_role("heading", name=with_copies["title"], exact=True))
    copy = card.get_by_text(with_copies["duplicates"][0]["title"], exact=True).last
    expect(copy).to_be_hidden()
    card.get_by_text("of the same story").click()
    expect(copy).to_be_visible()


def test_an_empty_list_says_what_came_nearest(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=SMOKED_LENTILS, min_score=0.9999))
    expect(page.get_by_role("heading", name="Nothing here is related enough.")).to_be_visible()
    expect(page.locator(".nothing")).to_contain_text("under the minimum of 0.9999")
    page.get_by_role("button", name="Show it anyway").click()
    expect(page.locator(".card").first).to_be_visible()


def test_a_problem_is_shown_as_the_service_tells_it(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, after="2022-01-01", before="2021-01-01"))
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Invalid option")
    expect(told).to_contain_text("leave no day")
    expect(told).to_contain_text("Expected")
    page.get_by_role("button", name="Reset").click()
    expect(told).to_have_count(0)
    expect(page.locator(".card").first).to_be_visible()


def test_an_article_that_is_not_there_is_a_problem(page: Page, server: Server) -> None:
    page.goto(explorer(server, id="nothing/like it"))
    expect(page.get_by_role("alert")).to_contain_text("Article not found")


def test_all_candidates_are_told_with_their_fates(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU, limit=2))
    page.get_by_text("candidates and their outcomes").click()
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("shown")
    expect(rows.nth(3)).to_contain_text("not among the best 2")


def test_one_goes_from_article_to_article_and_back(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    page.get_by_role("button", name="What is related to this?").first.click()
    expect(page.get_by_role("heading", level=2)).to_have_text(REUTERS)
    page.go_back()
    expect(page.get_by_role("heading", level=2)).to_contain_text("ACLU")


def test_a_search_without_results_says_so(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("combobox").fill("zzyzx")
    expect(page.get_by_text("No article matches")).to_be_visible()


def test_a_phone_is_wide_enough(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 375, "height": 780})
    for state in ({}, {"id": ACLU}, {"id": ACLU, "view": "map"}, {"id": ACLU, "a": "title=2"}):
        page.goto(explorer(server, **state))
        expect(page.locator(".card:visible, .pair:visible, canvas:visible").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, state
