"""A real WordPress, read from its export and live: the same articles, and only what changed is read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.websites import Reading, client
from support.wordpress import WordPress, missing, wordpress

from recommender.sources import open_source
from recommender.sources.web import open_site
from recommender.sources.wordpress import WordPressSite
from recommender.sources.wxr import WxrFile

STORIES: list[tuple[str, str, list[str], list[str]]] = [
    (
        "Low tide opens the old causeway",
        "Twice a day the sea draws back and a road of stones appears.",
        ["Sea"],
        ["tide"],
    ),
    ("What the harbour master writes down", "Every hull, every hour, in ink since 1911.", ["Harbour"], ["history"]),
    ("Mending nets & <em>tempers</em>", "Three generations sit at one table and knot.", ["Harbour"], ["craft", "nets"]),
    ("A lighthouse without a keeper", "The lamp has been electric for forty years.", ["Harbour"], ["light", "history"]),
    ("How gulls learn to open mussels", "They drop them on the car park, and wait.", ["Sea & shore"], ["birds"]),
    (
        "Seaweed on the menu again",
        "The kitchen of the Anchor boils what the tide brings.",
        ["Food"],
        ["seaweed", "tide"],
    ),
    ("Bread that rises with the moon", "The baker swears by spring tides; the flour does not.", ["Food"], ["bread"]),
    (
        "The ferry that was late once",
        "It was in 1963, and people still speak of it.",
        ["Harbour"],
        ["ferry", "history"],
    ),
    ("Counting seals from a kite", "A camera, a string and four volunteers.", ["Sea & shore"], ["seals"]),
    ("Fog, and how to hear through it", "Bells, horns, and a man with a saucepan.", ["Sea"], ["fog", "light"]),
    ("Über die Watt­wanderung bei Nacht", "Nachts ist das Watt ein anderes.", ["Sea"], ["tide"]),
    ("Smoked mackerel, step by step", "Beech chips, patience, and a bin from the yard.", ["Food"], ["fish"]),
    ("Why the quay leans", "The piles are oak; the mud below is not.", ["Harbour"], ["mud"]),
]
HIDDEN = {
    "draft": {"post_status": "draft"},
    "private": {"post_status": "private"},
    "pending review": {"post_status": "pending"},
    "in the future": {"post_status": "future", "post_date": "2999-01-01 10:00:00"},
    "password": {"post_status": "publish", "post_password": "anchor"},
    "not an article: page": {"post_status": "publish", "post_type": "page"},
}


def post(title: str, text: str, categories: list[str], tags: list[str], hour: int = 10) -> dict[str, Any]:
    return {
        "post_title": title,
        "post_content": f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->",
        "post_status": "publish",
        "post_date": f"2024-03-01 {hour:02}:00:00",
        "categories": categories,
        "tags_input": tags,
    }


class Blog:
    """The site, and the numbers of its posts by what they are."""

    def __init__(self, site: WordPress) -> None:
        self.site = site
        self.shown = site.add([post(*story, hour=hour) for hour, story in enumerate(STORIES)])
        hidden = [{"post_title": f"Hidden {why}", "post_content": "Not for you.", **how} for why, how in HIDDEN.items()]
        self.hidden = dict(zip(HIDDEN, site.add(hidden), strict=True))

    def live(self) -> WordPressSite:
        source = open_site(self.site.url, client=client())
        assert isinstance(source, WordPressSite)
        return source


@pytest.fixture
def blog() -> Iterator[Blog]:
    absent = missing()
    if absent:
        pytest.skip(absent)
    with wordpress() as site:
        yield Blog(site)


def test_wordpress_is_read_from_its_export_and_live(blog: Blog, tmp_path: Path):
    file = tmp_path / "export.xml"
    file.write_bytes(blog.site.export())
    source = open_source(file)
    assert isinstance(source, WxrFile)
    exported = Reading(source)
    live = Reading(blog.live())

    # Only what readers may see, and why not the others.
    assert [one.article.id for one in live.read] == [f"post-{number}" for number in blog.shown]
    assert live.skipped == {f"post-{blog.hidden['password']}": "password"}
    assert exported.skipped == {f"export.xml#post-{number}": why for why, number in blog.hidden.items()}
    assert "Hidden" not in repr(live.articles) and "Not for you" not in repr([exported.read, live.found])

    # The same articles on both ways.
    records = {one.article.id: one.article.to_record() for one in exported.read}
    assert set(records) == {one.article.id for one in live.read}
    for article in live.articles.values():
        record = article.to_record()
        record.pop("excerpt")  # the site makes one of the text
        record["body"] = record["body"].replace("’", "'")
        assert record.pop("language").lower() == records[str(article.id)].pop("language").lower()
        assert record == records[str(article.id)]
    third = live.articles[f"post-{blog.shown[2]}"].to_record()
    assert (third["title"], third["topics"], third["authors"], third["publishedDateTime"], third["webUrl"]) == (
        "Mending nets & tempers",
        ["Harbour", "craft", "nets"],
        ["keeper"],
        "2024-03-01T07:00:00Z",  # two o'clock in New York
        f"{blog.site.url}/2024/03/mending-nets-tempers/",
    )
    assert live.articles[f"post-{blog.shown[4]}"].topics == ("Sea & shore", "birds")

    # Only what changed is read again.
    known = live.known()
    assert len(Reading(blog.live(), known).unchanged) == len(STORIES)
    changed, deleted = blog.shown[3], blog.shown[5]
    blog.site.change(changed, post_title="A lighthouse with a keeper again")
    blog.site.change(blog.shown[7], post_status="draft")
    blog.site.delete(deleted)
    blog.site.go_live(blog.hidden["in the future"])
    again = Reading(blog.live(), known)
    assert {path: article.title for path, article in again.articles.items()} == {
        f"post-{changed}": "A lighthouse with a keeper again",
        f"post-{blog.hidden['in the future']}": "Hidden in the future",
    }
    assert len(again.unchanged) == len(STORIES) - 3
    met = {one.path for one in again.found}
    assert f"post-{deleted}" not in met and f"post-{blog.shown[7]}" not in met

    # Without pretty permalinks too.
    blog.site.use_permalinks("")
    plain = Reading(blog.live())
    assert plain.articles[f"post-{changed}"].web_url == f"{blog.site.url}/?p={changed}"
    assert len(plain.read) == len(STORIES) - 1
