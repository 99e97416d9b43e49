"""A live WordPress site: only changed and visible posts are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.websites import Answer, Asked, Reading, Website, client, unused_address, website

from recommender.errors import SourceError
from recommender.sources.wordpress import WordPressSite

API = "/wp-json/wp/v2/posts"


class Blog:
    """A stand-in for WordPress: its REST API over posts that a test sets."""

    def __init__(self, site: Website) -> None:
        self.site = site
        self.posts: dict[int, dict[str, Any]] = {}
        self.broken: set[int] = set()
        site.pages["/"] = Answer.html('<!doctype html><html dir="ltr" lang="en-GB"><body>Home</body></html>')
        site.pages["/wp-json/"] = Answer.json({"namespaces": ["wp/v2"]})
        site.pages[API] = self.answer

    def put(self, number: int, modified: str = "2024-01-01T00:00:00", **fields: Any) -> None:
        self.posts[number] = {
            "id": number,
            "slug": f"post-{number}",
            "status": "publish",
            "link": f"{self.site.url}/{number}/",
            "modified_gmt": modified,
            "date_gmt": "2023-12-31T12:00:00",
            "title": {"rendered": f"Number&nbsp;{number} &#8211; <em>tides</em>"},
            "content": {"rendered": f"<p>Water {number}</p>", "protected": False},
            "excerpt": {"rendered": "<p>About water [&hellip;]</p>", "protected": False},
            **fields,
        }

    def answer(self, asked: Asked) -> Answer:
        chosen = [post for _, post in sorted(self.posts.items())]
        if "include" in asked.query:
            wanted = set(map(int, asked.query["include"].split(",")))
            if wanted & self.broken:
                return Answer("There has been a critical error on this website.", 500)
            chosen = [post for post in chosen if post["id"] in wanted]
        size, page = int(asked.query["per_page"]), int(asked.query.get("page", 1))
        return Answer.json(
            chosen[(page - 1) * size : page * size],
            **{"X-WP-Total": str(len(chosen)), "X-WP-TotalPages": str(-(-len(chosen) // size))},
        )

    def source(self) -> WordPressSite:
        return WordPressSite(self.site.url, client())

    def read_posts(self) -> list[int]:
        """The numbers of the posts that were read whole since the last time."""
        asked = [int(n) for one in self.site.asked for n in one.query.get("include", "").split(",") if n]
        self.site.asked.clear()
        return asked


@pytest.fixture
def blog() -> Iterator[Blog]:
    with website() as site:
        yield Blog(site)


def test_a_post_is_an_article_with_all_its_fields(blog: Blog):
    blog.put(
        3,
        lang="cy",
        _embedded={
            "author": [{"name": "Ann &amp; Bob"}],
            "wp:term": [
                [
                    {"taxonomy": "category", "slug": "uncategorized", "name": "Uncategorized"},
                    {"taxonomy": "category", "slug": "sea", "name": "Sea &amp; shore"},
                ],
                [{"taxonomy": "post_tag", "slug": "moon", "name": "Moon"}],
            ],
            "wp:featuredmedia": [
                {"source_url": "https://harbour.example/a.jpg", "media_details": {"width": 640, "height": 480}}
            ],
        },
    )
    read = Reading(blog.source()).read[0]
    assert read.article.to_record() == {
        "id": "post-3",
        "title": "Number 3 – tides",
        "excerpt": "About water …",
        "publishedDateTime": "2023-12-31T12:00:00Z",
        "webUrl": f"{blog.site.url}/3/",
        "topics": ["Sea & shore", "Moon"],
        "authors": ["Ann & Bob"],
        "images": [{"url": "https://harbour.example/a.jpg", "width": 640, "height": 480}],
        "language": "cy",
        "body": "Water 3",
    }
    assert (read.path, read.where) == ("post-3", f"{blog.site.url}/3/")


def test_the_sites_language_serves_where_a_post_has_none(blog: Blog):
    blog.put(1)
    assert Reading(blog.source()).articles["post-1"].language == "en-GB"


def test_only_what_changed_is_read_again(blog: Blog):
    for number in range(1, 231):
        blog.put(number)
    first = Reading(blog.source())
    assert len(first.read) == 230 and blog.read_posts() == list(range(1, 231))
    known = first.known()

    second = Reading(blog.source(), known)
    assert len(second.unchanged) == 230 and blog.read_posts() == []

    blog.put(5, modified="2024-02-01T00:00:00", title={"rendered": "Anew"})
    del blog.posts[9]
    blog.put(4, content={"rendered": "", "protected": True})
    blog.put(999, modified="2020-01-01T00:00:00")  # it was scheduled, and went live
    third = Reading(blog.source(), known)
    assert blog.read_posts() == [5, 999]
    assert [one.article.title for one in third.read] == ["Anew", "Number 999 – tides"]
    assert third.skipped == {"post-4": "password"}
    assert {one.path for one in third.found} == {f"post-{number}" for number in [*range(1, 231), 999] if number != 9}


def test_a_post_that_moved_is_read_again_though_its_time_stayed(blog: Blog):
    blog.put(1)
    blog.put(2)
    known = Reading(blog.source()).known()
    blog.put(2, link=f"{blog.site.url}/?p=2")
    again = Reading(blog.source(), known)
    assert again.unchanged == ["post-1"]
    assert again.articles["post-2"].web_url == f"{blog.site.url}/?p=2"


def test_a_post_that_changed_just_now_is_read_again_next_time(blog: Blog):
    blog.put(1, modified="2999-01-01T00:00:00")
    assert Reading(blog.source()).known() == {}


def test_a_post_without_a_time_of_change_is_always_read(blog: Blog):
    blog.put(1, modified="")
    first = Reading(blog.source())
    assert len(Reading(blog.source(), first.known()).read) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"content": {"rendered": "x", "protected": True}}, "password"), ({"status": "private"}, "status private")],
)
def test_what_readers_may_not_see_is_skipped(blog: Blog, fields: dict[str, Any], reason: str):
    blog.put(1, **fields)
    blog.put(2)
    found = Reading(blog.source())
    assert found.skipped == {"post-1": reason} and list(found.articles) == ["post-2"]


def test_one_broken_post_costs_only_itself(blog: Blog):
    for number in range(1, 51):
        blog.put(number)
    blog.broken = {17}
    found = Reading(blog.source())
    assert len(found.read) == 49
    assert list(found.unreadable) == ["post-17"]
    assert found.unreadable["post-17"] == f"{blog.site.url}, post 17: the server failed (status 500)"


def test_a_site_that_fails_all_the_time_is_given_up(blog: Blog):
    for number in range(1, 51):
        blog.put(number)
    blog.broken = set(blog.posts)
    with pytest.raises(SourceError, match="10 requests failed in a row, the last one because the server failed"):
        Reading(blog.source())


def test_a_post_that_is_listed_but_not_handed_out_is_listed(blog: Blog):
    blog.put(1)
    blog.site.pages[API] = lambda asked: Answer.json([]) if "include" in asked.query else blog.answer(asked)
    assert "the post is listed, but the site does not return it" in Reading(blog.source()).unreadable["post-1"]


def test_a_list_that_does_not_hold_what_it_announces_is_read_again_and_then_refused(blog: Blog):
    blog.put(1)
    blog.site.pages[API] = Answer.json([blog.posts[1]], **{"X-WP-Total": "2", "X-WP-TotalPages": "1"})
    with pytest.raises(SourceError, match="2 were announced and 1 listed"):
        Reading(blog.source())
    assert blog.site.paths.count(API) == 3


def test_posts_that_move_from_page_to_page_while_they_are_listed_are_not_lost(blog: Blog):
    for number in range(1, 151):
        blog.put(number)
    deleted = iter([1])

    def answer(asked: Asked) -> Answer:
        if asked.query.get("page") == "2":
            for number in deleted:
                del blog.posts[number]
        return blog.answer(asked)

    blog.site.pages[API] = answer
    found = Reading(blog.source())
    assert set(found.articles) == {f"post-{number}" for number in range(2, 151)}


def test_a_site_without_pretty_permalinks_is_read_too(blog: Blog):
    blog.put(1)
    del blog.site.pages["/wp-json/"], blog.site.pages[API]
    home = blog.site.pages["/"]
    assert isinstance(home, Answer)

    def answer(asked: Asked) -> Answer:
        routes = {"/": Answer.json({"namespaces": ["wp/v2"]}), "/wp/v2/posts": blog.answer}
        page = routes.get(asked.query.get("rest_route", ""), home)
        return page if isinstance(page, Answer) else page(asked)

    blog.site.pages["/"] = answer
    assert list(Reading(blog.source()).articles) == ["post-1"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(status=401), "the server denies access"),
        (Answer(status=503), "the server failed"),
        (Answer.json({"code": "rest_disabled"}), "the answer is not a list of posts"),
        (Answer.json([{"id": "x"}]), "the answer is not a list of posts"),
        (Answer.html("<p>Welcome"), "the answer is not JSON"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error_before_anything_is_gone(blog: Blog, answer: Answer, message: str):
    blog.site.pages[API] = answer
    with pytest.raises(SourceError, match=message):
        next(blog.source().scan({}))


def test_a_site_that_is_down_or_is_no_wordpress_is_an_error(blog: Blog):
    with pytest.raises(SourceError, match="the connection was refused"):
        next(WordPressSite(unused_address(), client()).scan({}))
    del blog.site.pages["/wp-json/"]
    with pytest.raises(SourceError, match="this site has no WordPress REST API"):
        next(blog.source().scan({}))


def test_halves_of_characters_become_whole_ones(blog: Blog):
    blog.put(1, title={"rendered": "Wave \ud83d and \ud83c\udf0a"})
    assert re.fullmatch("Wave \ufffd and 🌊", Reading(blog.source()).articles["post-1"].title)
