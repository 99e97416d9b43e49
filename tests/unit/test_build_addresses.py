"""Building from live sites: one site is one source, however its address is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.building import Build, summary
from support.websites import Answer, Website, website

from recommender.errors import SourceError

FEED = """<rss version="2.0"><channel><title>Notes</title>
<item><title>Low tide</title><link>{url}/low-tide/</link><guid>{url}/low-tide/</guid></item></channel></rss>"""


@pytest.fixture
def site() -> Any:
    with website() as running:
        running.pages["/feed"] = running.pages["/feed/"] = Answer.xml(FEED.format(url=running.url))
        yield running


def test_another_spelling_of_an_address_is_the_same_source(site: Website, run: Build):
    assert summary(run(f"{site.url}/feed")) == {"read": 1, "written": 1, "encoded": 1}
    again = run(f"{site.url}/feed/")
    assert (summary(again), again.problems) == ({"unchanged": 1}, [])


def test_two_spellings_of_an_address_in_one_build_are_refused(site: Website, run: Build, tmp_path: Path):
    with pytest.raises(SourceError, match="the source lies within another one"):
        run(f"{site.url}/feed", f"{site.url}/feed/")
    assert not (tmp_path / "collection").exists()
