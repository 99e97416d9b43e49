"""A real WordPress, read from its export and live, by the commands too; the widget on its pages."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sites import stories
from support.browsing import NO_BROWSER, Watched, browsing, find_chromium
from support.serving import serving
from support.websites import Reading, client
from support.wordpress import WordPress, missing, wordpress

from recommender.sources import open_source
from recommender.sources.web import open_site
from recommender.sources.wordpress import WordPressSite
from recommender.sources.wxr import WxrFile

STORIES: list[tuple[str, str, list[str], list[str]]] = [
    ("Low tide opens the old causeway", "Twice a day a road of stones appears.", ["Sea"], ["tide"]),
    ("What the harbour master writes down", "Every hull, every hour, in ink since 1911.", ["Harbour"], ["history"]),
    ("Mending nets & <em>tempers</em>", "Three generations sit at one table and knot.", ["Harbour"], ["craft", "nets"]),
    ("A lighthouse without a keeper", "The lamp has been electric for forty years.", ["Harbour"], ["light", "history"]),
    ("How gulls learn to open mussels", "They drop them on the car park, and wait.", ["Sea & shore"], ["birds"]),
    ("Seaweed on the menu again", "The Anchor boils what the tide brings.", ["Food"], ["seaweed", "tide"]),
    ("Bread that rises with the moon", "The baker swears by spring tides; the flour does not.", ["Food"], ["bread"]),
    ("The ferry that was late once", "People still speak of 1963.", ["Harbour"], ["ferry", "history"]),
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


def post(title: str, text: str, categories: Sequence[str], tags: Sequence[str], date: str) -> dict[str, Any]:
    paragraphs = [f"<!-- wp:paragraph -->\n<p>{each}</p>\n<!-- /wp:paragraph -->" for each in text.split("\n\n")]
    return {
        "post_title": title,
        "post_content": "\n\n".join(paragraphs),
        "post_status": "publish",
        "post_date": date,
        "categories": list(categories),
        "tags_input": list(tags),
    }


NOTES = [post(*story, f"2024-03-01 {hour:02}:00:00") for hour, story in enumerate(STORIES)]
PAPER = [
    post(story.title, story.body, story.tags[:1], story.tags[1:], f"{story.date} 10:00:00") for story in stories.STORIES
]


class Blog:
    """The site, and the numbers of its posts by what they are; what is hidden says `secret` after its title."""

    def __init__(self, site: WordPress, posts: Sequence[dict[str, Any]] = NOTES, secret: str = "Not for you.") -> None:
        self.site = site
        self.shown = site.add(posts)
        hidden = [{"post_title": f"Hidden {why}", "post_content": secret, **how} for why, how in HIDDEN.items()]
        self.hidden = dict(zip(HIDDEN, site.add(hidden), strict=True))

    def live(self) -> WordPressSite:
        source = open_site(self.site.url, client=client())
        assert isinstance(source, WordPressSite)
        return source


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """What an article says, whether it was exported or is read live; a live site makes an excerpt of the text."""
    curled = {"body": record["body"].replace("’", "'"), "language": record["language"].lower()}
    return {key: value for key, value in record.items() if key != "excerpt"} | curled


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    absent = missing()
    if absent:
        pytest.skip(absent)


@pytest.fixture
def blog() -> Iterator[Blog]:
    with wordpress() as site:
        yield Blog(site)


@pytest.fixture
def paper(request: pytest.FixtureRequest) -> Iterator[Blog]:
    """Stories in pairs, and hidden posts about the same; at the path that a test names, or at the root."""
    with wordpress(getattr(request, "param", "")) as site:
        yield Blog(site, PAPER, stories.FUTURE.body)


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
        assert comparable(article.to_record()) == comparable(records[str(article.id)])
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


def test_the_commands_read_it(paper: Blog, related: Any, tmp_path: Path):
    site, collection = paper.site, tmp_path / "collection"
    ids = {f"post-{number}" for number in paper.shown}

    def run(*arguments: object, status: int = 0) -> tuple[str, str]:
        done = related(*arguments)
        assert done.returncode == status, done.stderr
        return done.stdout, done.stderr

    def build(source: object, into: Path = collection, status: int = 0) -> list[str]:
        return run("build", source, "--collection", into, status=status)[1].splitlines()

    def exported(from_: Path = collection) -> dict[str, dict[str, Any]]:
        lines = run("export", "--collection", from_)[0].splitlines()
        return {record["id"]: record for record in map(json.loads, lines)}

    # What it is, and what of it is read.
    chosen = f"{site.url}: WordPress, read over its REST API at {site.url}/wp-json/"
    shown, said = run("inspect", site.url)
    assert said.splitlines() == [chosen]
    assert shown.startswith(f"{site.url}: WordPress site\n12 articles\n\nSkipped\n       1  password ")
    assert "Hidden" not in shown
    assert build(site.url) == [
        chosen,
        f"{site.url}: WordPress site, 12 articles read; skipped: 1 password",
        "12 articles at revision 1: 12 written, 0 deleted, 12 texts encoded, 12 read, 0 unchanged, 0 problems",
    ]
    articles = exported()
    assert set(articles) == ids
    train = articles[f"post-{paper.shown[2]}"]
    assert train["webUrl"] == f"{site.url}/2021/03/the-night-train-returns-to-halvern/"
    assert (train["publishedDateTime"], train["topics"], train["authors"]) == (
        "2021-03-05T15:00:00Z",  # ten o'clock in New York
        ["railway", "travel"],
        ["keeper"],
    )

    # The lists, in one file.
    lists_file = tmp_path / "related.json"
    run("enrich", site.url, "--collection", collection, "--into", lists_file)
    lists = json.loads(lists_file.read_text(encoding="utf-8"))
    assert set(lists) == ids
    assert {item["webUrl"] for items in lists.values() for item in items} == {
        article["webUrl"] for article in articles.values()
    }

    # The export gives the same articles.
    export = tmp_path / "export.xml"
    export.write_bytes(site.export())
    assert "12 articles at revision 1" in build(export, tmp_path / "of-export")[-1]
    of_export = exported(tmp_path / "of-export")
    assert {i: comparable(record) for i, record in of_export.items()} == {
        i: comparable(record) for i, record in articles.items()
    }

    # Only what changed is read again, however the address is written.
    unchanged = "12 articles at revision 1: 0 written, 0 deleted, 0 texts encoded, 0 read, 12 unchanged, 0 problems"
    assert build(site.url)[1:] == build(f"{site.url}/")[1:] == [unchanged]
    site.change(paper.shown[3], post_title="Sleeping cars with brass lamps")
    site.delete(paper.shown[5])
    end = "1 written, 1 deleted, 1 texts encoded, 1 read, 10 unchanged, 0 problems"
    assert build(site.url)[-1] == f"11 articles at revision 3: {end}"
    after = exported()
    assert set(after) == ids - {f"post-{paper.shown[5]}"}
    assert after[f"post-{paper.shown[3]}"]["title"] == "Sleeping cars with brass lamps"

    # A site that is down loses nothing.
    with site.down():
        error = f"error: {site.url}: the connection was refused (hint: check the address and the port, and that the"
        assert [line[: len(error)] for line in build(site.url, status=1)] == [error]
        run("inspect", site.url, status=1)
    assert exported() == after

    # Nothing of a hidden post is anywhere.
    export.unlink()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"brass lamps above each bed" in stored
    assert b"Hidden" not in stored and b"celebrates its birthday" not in stored


@pytest.mark.parametrize("paper", ["/paper"], indirect=True)
def test_its_pages_show_the_widget(paper: Blog, related: Any, tmp_path: Path):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(NO_BROWSER)
    site, collection = paper.site, tmp_path / "collection"

    def build() -> str:
        done = related("build", site.url, "--collection", collection)
        assert done.returncode == 0, done.stderr
        return str(done.stderr.splitlines()[-1])

    build()
    with serving(collection, cors_origins=site.origin) as server, browsing(chromium) as browser:
        widget = f'<div data-related data-debug></div><script src="{server.url}/widget.js" async></script>'
        site.show_below_posts(widget)
        watched = Watched(browser.new_page())
        page, host = watched.page, watched.page.locator("[data-related]")

        def visit(address: str) -> int:
            """Open a page of WordPress by an address that only its canonical link makes one of an article."""
            with page.expect_response("**/v1/related*") as answer:
                page.goto(f"{address}{'&' if '?' in address else '?'}from=newsletter")
            host.get_by_text("Related articles").first.wait_for()
            return answer.value.status

        def check_lists() -> None:
            pages = {site.address(number) for number in paper.shown}
            linked: set[str] = set()
            for address in sorted(pages):
                assert visit(address) == 200
                links = host.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
                assert links, address
                assert address not in links
                linked.update(links)
            assert linked <= pages
            for address in linked:
                with urllib.request.urlopen(address) as answer:
                    assert answer.status == 200 and b"Hidden" not in answer.read()

        check_lists()
        assert visit(site.address(paper.hidden["password"])) == 404
        assert host.get_by_role("link").count() == 0

        # New permalinks move every post, though none was changed.
        site.use_permalinks("")
        end = "12 written, 0 deleted, 0 texts encoded, 12 read, 0 unchanged, 0 problems"
        assert build() == f"12 articles at revision 2: {end}"
        check_lists()
        assert watched.faults == []
