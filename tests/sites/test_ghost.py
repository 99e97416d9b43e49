"""The manual's code for Ghost, on pages as Ghost's own themes make them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.answering import ACLU
from support.browsing import NO_BROWSER, Watched, browsing, find_chromium
from support.serving import listening
from support.websites import Answer, website

ROOT = Path(__file__).parents[2]
PAGE = """<!doctype html><html lang="en"><head><title>A post</title><link rel="canonical" href="{canonical}"></head>
<body class="{kind}-template"><main><article><h1>A post</h1><section class="gh-content gh-canvas"><p>Text.</p></section>
</article></main>{footer}</body></html>"""


def test_the_code_in_the_footer_shows_the_list_below_a_post_only(site_copy: Path):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(NO_BROWSER)
    manual = (ROOT / "docs" / "sites" / "ghost.md").read_text(encoding="utf-8")
    [footer] = re.findall(r"^```html\n(.+?)^```", manual, re.MULTILINE | re.DOTALL)
    with website() as ghost, listening(site_copy, cors_origins=ghost.url) as server, browsing(chromium) as browser:
        code = footer.replace("https://related.site.example", server.url)
        address = server.client.get("/v1/related", params={"id": ACLU}).json()["article"]["webUrl"]
        for kind in ("post", "home"):
            page = PAGE.format(canonical=address, kind=kind, footer=code)
            ghost.pages[f"/{kind}/"] = Answer.html(page)
        watched = Watched(browser.new_page())
        watched.page.goto(f"{ghost.url}/post/")
        shown = watched.page.locator(".gh-content + .gh-canvas [data-related]")
        shown.get_by_role("heading", name="Related articles").wait_for()
        assert shown.get_by_role("link").count() == 4
        watched.page.goto(f"{ghost.url}/home/")
        assert watched.page.locator("[data-related]").count() == 0
        assert watched.faults == []
