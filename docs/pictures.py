"""Take the pictures of the README from the running explorer and a page with the widget: `make pictures`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote

from support.browsing import browsing, find_chromium
from support.serving import Server, listening

from recommender.build import build
from recommender.config import Settings
from recommender.sample import STORY, sample_site

IMAGES = Path(__file__).parent / "images"


def take(server: Server) -> None:
    """Take each picture at twice the size that it is shown in."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("a picture needs a browser: apt install chromium fonts-dejavu-core")
    story = f"?id={quote(STORY, safe='')}"
    with browsing(chromium) as browser:
        context = browser.new_context(
            viewport={"width": 1120, "height": 1000}, device_scale_factor=1.25, reduced_motion="reduce", locale="en-GB"
        )
        page = context.new_page()
        page.goto(f"{server.url}/{story}")
        page.locator(".card").first.wait_for()
        page.screenshot(path=IMAGES / "explorer.png")
        page.set_viewport_size({"width": 760, "height": 620})
        page.goto(f"{server.url}/demo{story}")
        page.locator("[data-related] a").first.wait_for()
        page.screenshot(path=IMAGES / "list.png")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        collection = Path(folder) / "collection"
        build([sample_site()], collection, settings=Settings())
        with listening(collection, warm_model=False) as server:
            take(server)
