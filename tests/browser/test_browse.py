from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Page, expect
from support.browsing import ACLU, explorer
from support.serving import Server


def test_all_articles_are_listed_page_by_page(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Browse all articles").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("All articles")
    entries = page.locator(".entry h3")
    expect(entries).to_have_count(20)
    first = entries.all_inner_texts()
    page.get_by_role("button", name="Next page").click()
    expect(entries.first).not_to_have_text(first[0])
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    assert set(entries.all_inner_texts()).isdisjoint(first)
    page.reload()
    expect(entries.first).not_to_have_text(first[0])
    page.go_back()
    expect(entries.first).to_have_text(first[0])


def test_chips_filter_and_stay_in_the_address(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?view=browse")
    topic = page.get_by_role("list", name="Topic", exact=True).get_by_role("button").first
    expect(topic).to_have_text("AI 17")
    topic.click()
    expect(page.locator("#browse [role=status]")).to_have_text("17 articles")
    year = page.get_by_role("list", name="Year").get_by_role("button", name="2021")
    of_year = year.inner_text().split()[1]
    year.click()
    expect(page.locator("#browse [role=status]")).to_have_text(f"{of_year} articles")
    expect(page).to_have_url(f"{server.url}/?view=browse&topic=AI&after=2021-01-01&before=2022-01-01")
    page.reload()
    filters = page.get_by_role("list", name="Filters")
    expect(filters.get_by_role("button")).to_have_count(3)
    filters.get_by_role("button", name="Topic: AI").click()
    expect(page.get_by_role("list", name="Topic", exact=True)).to_be_visible()
    expect(page.locator("#browse-after")).to_have_value("2021-01-01")
    page.locator("#browse-after").fill("2021-12-01")
    expect(page.locator("#browse [role=status]")).to_have_text("1 article")
    page.go_back()
    page.go_back()
    expect(filters).to_contain_text("Topic: AI")


def test_an_entry_opens_in_the_explorer_and_back_leads_to_the_list(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?view=browse&topic=Biometrics")
    entry = page.locator(".entry h3 a").first
    title = entry.inner_text()
    entry.click()
    expect(page.get_by_role("heading", level=2)).to_have_text(title)
    expect(page.locator(".card").first).to_be_visible()
    page.go_back()
    expect(page.locator(".entry h3 a").first).to_have_text(title)


def test_a_topic_of_an_article_opens_its_list(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    page.locator("#article").get_by_role("link", name="Computer Vision").click()
    expect(page.get_by_role("list", name="Filters")).to_contain_text("Topic: Computer Vision")
    expect(page.locator(".entry").first).to_contain_text("Computer Vision")


def test_no_article_passes_is_said_and_a_wrong_filter_is_a_problem(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/?view=browse&topic=Nothing")
    expect(page.get_by_text("No article passes these filters.")).to_be_visible()
    page.goto(f"{server.url}/?view=browse&after=2022-01-01&before=2021-01-01")
    expect(page.get_by_role("alert")).to_contain_text("leave no day")


def test_the_list_of_an_answer_is_filtered_by_provider_topic_and_language(page: Page, server: Server) -> None:
    page.goto(explorer(server, id=ACLU))
    expect(page.locator(".card")).to_have_count(5)
    provider = page.get_by_label("Provider", exact=True)
    provider.focus()
    expect(page.locator("#set-provider-values option[value='reuters.com']")).to_have_count(1)
    provider.fill("reuters.com")
    provider.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".card .provider")).to_have_text("Reuters")
    expect(page).to_have_url(explorer(server, id=ACLU, provider="reuters.com"))
    page.reload()
    expect(page.get_by_label("Provider", exact=True)).to_have_value("reuters.com")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".card")).to_have_count(5)


def test_a_narrow_screen_is_wide_enough(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 768, "height": 780})
    page.goto(f"{server.url}/?view=browse&topic=AI")
    page.get_by_text("Filter", exact=True).click()
    for width in (768, 375):
        page.set_viewport_size({"width": width, "height": 780})
        expect(page.get_by_role("list", name="Provider", exact=True)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
