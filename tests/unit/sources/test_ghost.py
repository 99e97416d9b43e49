"""A Ghost blog, as an export and live."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.websites import Answer, Asked, Reading, Website, client, unused_address, website

from recommender.errors import ConfigError, SourceError
from recommender.sources import FileState
from recommender.sources.ghost import GhostExport, GhostSite

API = "/ghost/api/content/posts/"
KEY = "22444f78447824223cefc48062"


def post(number: str = "a1", **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "title": "Salt &amp; bread",
        "slug": f"salt-{number}",
        "html": '<p>Bake it <a href="__GHOST_URL__/x/">slowly</a>.</p>',
        "status": "published",
        "visibility": "public",
        "type": "post",
        "published_at": "2024-05-01T08:00:00.000Z",
        "updated_at": "2024-05-02T08:00:00.000Z",
        "custom_excerpt": "Of bread",
        "feature_image": "__GHOST_URL__/content/images/a.jpg",
        **fields,
    }


def export(folder: Path, *posts: dict[str, Any], **tables: Any) -> Path:
    file = folder / "ghost.json"
    data = {"posts": list(posts), "users": [{"id": "u1", "name": "Ann"}, {"id": "u2", "name": "Bob"}], **tables}
    file.write_text(json.dumps({"db": [{"meta": {"version": "5.2.0"}, "data": data}]}), encoding="utf-8")
    return file


# An export.


def test_a_post_of_an_export_is_an_article_with_all_its_fields(tmp_path: Path):
    tags = [
        {"id": "t1", "name": "Bread"},
        {"id": "t2", "name": "#theme", "visibility": "internal"},
        {"id": "t3", "name": "Salt"},
    ]
    joined = [("t3", 1), ("t1", 0), ("t2", 2), ("gone", 3)]
    file = export(
        tmp_path,
        post(locale="en"),
        tags=tags,
        posts_tags=[{"post_id": "a1", "tag_id": tag, "sort_order": order} for tag, order in joined],
        posts_authors=[{"post_id": "a1", "author_id": "u2", "sort_order": 0}, {"post_id": "a1", "author_id": "u1"}],
    )
    read = Reading(GhostExport(file, site_url="https://bakery.example")).read[0]
    assert read.article.to_record() == {
        "id": "post-a1",
        "title": "Salt & bread",
        "excerpt": "Of bread",
        "publishedDateTime": "2024-05-01T08:00:00Z",
        "webUrl": "https://bakery.example/salt-a1/",
        "topics": ["Bread", "Salt"],
        "authors": ["Bob", "Ann"],
        "images": [{"url": "https://bakery.example/content/images/a.jpg"}],
        "language": "en",
        "body": read.article.body,
    }
    assert "Bake it slowly" in (read.article.body or "")
    assert read.where == f"{file}, post a1"


def test_an_export_does_not_name_its_site(tmp_path: Path):
    article = Reading(GhostExport(export(tmp_path, post()))).read[0].article
    assert article.web_url is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "scheduled"}, "in the future"),
        ({"status": "sent"}, "e-mail only"),
        ({"status": "other"}, "status other"),
        ({"visibility": "members"}, "members only"),
        ({"visibility": "paid"}, "members only"),
        ({"type": "page"}, "not an article: page"),
        ({"type": None, "page": 1}, "not an article: page"),
    ],
)
def test_what_readers_may_not_see_is_skipped(tmp_path: Path, fields: dict[str, Any], reason: str):
    found = Reading(GhostExport(export(tmp_path, post(), post("b2", **fields))))
    assert found.skipped == {"ghost.json#post-b2": reason} and len(found.read) == 1


def test_old_exports_are_read_too(tmp_path: Path):
    old = post(published_at=1_388_318_400_000, author_id="u1", html=None, plaintext="Plain bread.")
    file = tmp_path / "ghost.json"
    file.write_text(json.dumps({"data": {"posts": [old], "users": [{"id": "u1", "name": "Ann"}]}}), encoding="utf-8")
    record = Reading(GhostExport(file)).read[0].article.to_record()
    assert (record["publishedDateTime"], record["authors"], record["body"]) == (
        "2013-12-29T12:00:00Z",
        ["Ann"],
        "Plain bread.",
    )


def test_an_export_that_did_not_change_is_not_read(tmp_path: Path):
    file = export(tmp_path, post())
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert Reading(GhostExport(file), {"ghost.json": FileState.of(file.stat())}).unchanged == ["ghost.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "the file is not JSON"),
        ("[" * 100_000, "the file is not JSON"),
        ("[]", "the JSON is not a Ghost export"),
        ('{"db": [{"data": {"posts": 3}}]}', "the JSON is not a Ghost export"),
    ],
)
def test_what_is_no_export_is_an_error(tmp_path: Path, text: str, message: str):
    file = tmp_path / "ghost.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        next(GhostExport(file).scan({}))
    with pytest.raises(SourceError, match="the file cannot be read"):
        next(GhostExport(tmp_path / "none.json").scan({}))


# A live site.


class Blog:
    """A stand-in for Ghost: its Content API over posts that a test sets."""

    def __init__(self, site: Website) -> None:
        self.site = site
        self.posts: dict[str, dict[str, Any]] = {}
        self.broken: set[str] = set()
        site.pages[API] = self.answer

    def put(self, number: str, **fields: Any) -> None:
        self.posts[number] = post(number, url=f"{self.site.url}/{number}/", **fields)

    def answer(self, asked: Asked) -> Answer:
        if asked.query.get("key") != KEY:
            return Answer(status=401)
        chosen = list(self.posts.values())
        if "filter" in asked.query:
            wanted = set(asked.query["filter"].removeprefix("id:[").removesuffix("]").split(","))
            if wanted & self.broken:
                return Answer(status=500)
            chosen = [one for one in chosen if one["id"] in wanted]
        size, page = int(asked.query["limit"]), int(asked.query.get("page", 1))
        following = page + 1 if page * size < len(chosen) else None
        pagination = {"page": page, "next": following, "total": len(chosen)}
        return Answer.json({"posts": chosen[(page - 1) * size : page * size], "meta": {"pagination": pagination}})

    def source(self, key: str | None = KEY) -> GhostSite:
        return GhostSite(self.site.url, client(), key)

    def read_posts(self) -> list[str]:
        asked = [one.query["filter"] for one in self.site.asked if "filter" in one.query]
        self.site.asked.clear()
        return asked


@pytest.fixture
def blog() -> Iterator[Blog]:
    with website() as site:
        yield Blog(site)


def test_a_live_post_is_an_article_with_all_its_fields(blog: Blog):
    blog.put("a1", tags=[{"name": "Bread"}, {"name": "#x", "visibility": "internal"}], authors=[{"name": "Ann"}])
    read = Reading(blog.source()).read[0]
    record = read.article.to_record()
    assert (record["id"], record["webUrl"], record["topics"], record["authors"], record["title"]) == (
        "post-a1",
        f"{blog.site.url}/a1/",
        ["Bread"],
        ["Ann"],
        "Salt & bread",
    )
    assert (read.path, read.where) == ("post-a1", f"{blog.site.url}/a1/")


def test_only_what_changed_is_read_again(blog: Blog):
    for number in range(120):
        blog.put(f"p{number}")
    first = Reading(blog.source())
    assert len(first.read) == 120 and len(blog.read_posts()) == 3
    blog.put("p7", updated_at="2024-06-01T00:00:00.000Z")
    del blog.posts["p9"]
    blog.put("p4", visibility="members")
    second = Reading(blog.source(), first.known())
    assert blog.read_posts() == ["id:[p7]"]
    assert list(second.articles) == ["post-p7"] and second.skipped == {"post-p4": "members only"}
    assert len(second.unchanged) == 117


def test_one_broken_post_costs_only_itself(blog: Blog):
    for number in range(8):
        blog.put(f"p{number}")
    blog.broken = {"p3"}
    found = Reading(blog.source())
    assert len(found.read) == 7 and list(found.unreadable) == ["post-p3"]


def test_the_key_comes_from_the_environment_and_is_never_shown(blog: Blog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RELATED_GHOST_KEY", KEY)
    blog.put("a1")
    found = Reading(blog.source(key=None))
    assert KEY not in repr(found.found) and KEY not in repr(vars(GhostSite(blog.site.url, client()))["location"])
    for answer in (Answer(status=500), Answer("no JSON"), Answer.json({"posts": 3})):
        blog.site.pages[API] = answer
        with pytest.raises(SourceError) as error:
            next(blog.source(key=None).scan({}))
        assert KEY not in f"{error.value} {error.value!r} {error.value.where}"
        assert str(error.value).startswith(f"{blog.site.url}: ")


def test_a_missing_or_wrong_key_is_an_error_that_names_the_variable(blog: Blog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("RELATED_GHOST_KEY", raising=False)
    with pytest.raises(ConfigError) as missing:
        next(blog.source(key=None).scan({}))
    assert "RELATED_GHOST_KEY" in (missing.value.hint or "")
    with pytest.raises(SourceError, match="Ghost rejects the key") as wrong:
        next(blog.source(key="wrong").scan({}))
    assert "RELATED_GHOST_KEY" in (wrong.value.hint or "") and not blog.source(key="wrong").is_ghost()


def test_a_list_that_is_short_is_an_error_before_anything_is_gone(blog: Blog):
    blog.put("a1")
    answer = {"posts": [post()], "meta": {"pagination": {"next": None, "total": 2}}}
    blog.site.pages[API] = Answer.json(answer)
    with pytest.raises(SourceError, match="2 were announced and 1 listed"):
        next(blog.source().scan({}))
    with pytest.raises(SourceError, match="the connection was refused"):
        next(GhostSite(unused_address(), client(), KEY).scan({}))


def test_a_post_that_is_not_handed_out_is_listed(blog: Blog):
    blog.put("a1")
    blog.site.pages[API] = lambda asked: Answer.json({"posts": []}) if "filter" in asked.query else blog.answer(asked)
    assert "the site does not return it" in Reading(blog.source()).unreadable["post-a1"]
