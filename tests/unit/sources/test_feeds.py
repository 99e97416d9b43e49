"""RSS, Atom and JSON Feed; entries that have left a feed are not deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.websites import Answer, Reading, Website, client, unused_address, website

from recommender.errors import SourceError
from recommender.sources.feed_entries import entries_of, is_feed
from recommender.sources.feeds import Feed

RSS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
    "<title>Gardens</title><link>https://garden.example/</link><language>fr</language>"
)


def rss(*items: str) -> str:
    return f"{RSS_HEAD}{''.join(items)}</channel></rss>"


def item(name: str, title: str | None = None, more: str = "<description>About it</description>") -> str:
    title = f"Story {name}" if title is None else title
    return f"<item><title>{title}</title><link>/{name}</link><guid isPermaLink='false'>g-{name}</guid>{more}</item>"


def paths(found: Reading) -> list[str]:
    return [one.path for one in found.found]


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as made:
        yield made


# What an entry says.


def record(text: str, base: str = "https://garden.example/feed") -> dict[str, Any]:
    (entry,) = entries_of(text.encode(), base)
    return {"key": entry.key, **{name: value for name, value in entry.fields.items() if value}}


def test_an_rss_item_is_an_article_with_all_its_fields():
    more = (
        "<pubDate>Tue, 05 Mar 2024 10:00:00 +0100</pubDate><dc:creator>Ann</dc:creator><category>Roses</category>"
        "<description>&lt;p&gt;In short&lt;/p&gt;</description><content:encoded><![CDATA[<p>A long text</p>]]>"
        '</content:encoded><media:content url="/a.jpg" medium="image" width="640" height="480"/>'
    )
    found = record(rss(item("a", "Roses &amp;amp; &lt;i&gt;thorns&lt;/i&gt;", more)))
    assert found.pop("publishedDateTime").isoformat() == "2024-03-05T09:00:00+00:00"
    assert found == {
        "key": "g-a",
        "title": "Roses & thorns",
        "webUrl": "https://garden.example/a",
        "excerpt": "In short",
        "topics": ["Roses"],
        "authors": ["Ann"],
        "images": [{"url": "https://garden.example/a.jpg", "width": 640, "height": 480}],
        "language": "fr",
        "body": "A long text",
    }


def test_an_atom_entry_is_an_article_with_all_its_fields():
    text = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Gardens</title><entry>
      <id>tag:garden.example,2024:1</id><title type="html">Roses &amp;amp; thorns</title><link href="a"/>
      <published>2024-03-05T10:00:00+01:00</published><author><name>Ann</name></author>
      <category term="roses" label="Roses"/><summary>In short</summary>
      <content type="html">&lt;p&gt;A long text&lt;/p&gt;</content></entry></feed>"""
    found = record(text)
    assert found.pop("publishedDateTime").isoformat() == "2024-03-05T09:00:00+00:00"
    assert found == {
        "key": "tag:garden.example,2024:1",
        "title": "Roses & thorns",
        "webUrl": "https://garden.example/a",
        "excerpt": "In short",
        "topics": ["Roses"],
        "authors": ["Ann"],
        "language": "en",
        "body": "A long text",
    }


def json_feed(**fields: Any) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "language": "de", "items": [fields]})


def test_a_json_feed_item_is_an_article_with_all_its_fields():
    found = record(
        json_feed(
            id=7,
            url="/a",
            title="Roses",
            summary="In short",
            content_html="<p>A long text</p>",
            date_published="2024-03-05T10:00:00+01:00",
            tags=["Roses"],
            authors=[{"name": "Ann"}],
            image="/a.jpg",
        )
    )
    assert found == {
        "key": "7",
        "title": "Roses",
        "webUrl": "https://garden.example/a",
        "publishedDateTime": "2024-03-05T10:00:00+01:00",
        "excerpt": "In short",
        "topics": ["Roses"],
        "authors": ["Ann"],
        "images": [{"url": "https://garden.example/a.jpg"}],
        "language": "de",
        "body": "A long text",
    }


def test_a_field_that_is_written_in_another_way():
    for text, field, value in [
        (rss(item("a", more="<author>ann@garden.example (Ann Rose)</author>")), "authors", ["Ann Rose"]),
        (rss(item("a", more="<author>ann@garden.example</author>")), "authors", None),
        (rss(item("a", more=f"<description>{'word ' * 200}</description>")), "excerpt", None),
        (rss(item("a", more=f"<description>{'word ' * 200}</description>")), "body", ("word " * 200).strip()),
        (rss("<item><title>Only this</title></item>"), "webUrl", None),
        (json_feed(id=1, content_text="Plain"), "body", "Plain"),
        (json_feed(id=1, title="x", url="javascript:alert(1)"), "webUrl", None),
        (json_feed(id=1, title="x", external_url="https://elsewhere.example/"), "webUrl", None),
    ]:
        assert record(text).get(field) == value, (text, field)


def test_an_entry_without_id_and_address_is_known_by_what_it_says():
    keys = [record(rss(f"<item><title>{title}</title></item>"))["key"] for title in ("One", "Two", "One")]
    assert keys[0] == keys[2] != keys[1] and keys[0].startswith("entry-")


def test_a_feed_is_known_by_how_it_begins():
    for text, expected in [
        (rss(), True),
        ("<?xml version='1.0'?><rdf:RDF xmlns:rdf='x'>", True),
        ('<feed xmlns="http://www.w3.org/2005/Atom">', True),
        (json_feed(), True),
        ("<!doctype html><html><body><feed >", False),
        ("<urlset>", False),
        ('{"a": 1}', False),
        ("", False),
    ]:
        assert is_feed(text.encode()) is expected, text


@pytest.mark.parametrize("text", ["", "hello", "<html><body>x</body></html>", '{"a": 1}', "{", "<rss"])
def test_what_is_no_feed_is_an_error(tmp_path: Path, text: str):
    file = tmp_path / "feed.xml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"this is not a feed|invalid JSON"):
        next(Feed(file).scan({}))
    with pytest.raises(SourceError, match="the file cannot be read"):
        next(Feed(tmp_path / "none.xml").scan({}))


def test_a_feed_that_is_cut_off_gives_what_it_has():
    text = rss(item("a"), item("b"))
    assert entries_of(text[: text.index("Story b")].encode(), "")[0].key == "g-a"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "entity",
    [
        "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 50}">' for n in range(1, 9)),
        '<!ENTITY e8 SYSTEM "file:///etc/passwd">',
    ],
    ids=["bomb", "file"],
)
def test_entities_are_refused(entity: str, encoding: str):
    text = rss(item("a", "&e8;")).replace("<rss", f'<!DOCTYPE rss [<!ENTITY e0 "boom">{entity}]><rss')
    with pytest.raises(SourceError, match="the feed declares entities, which may be an attack"):
        entries_of(text.replace("UTF-8", encoding).encode(encoding), "")


def test_an_old_feed_may_name_its_document_type():
    text = rss(item("a")).replace(
        "<rss", '<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss.dtd"><rss'
    )
    assert len(entries_of(text.encode(), "")) == 1


# From run to run.


def test_what_has_left_the_feed_is_not_gone(tmp_path: Path):
    file = tmp_path / "feed.xml"
    file.write_text(rss(item("b"), item("a")), encoding="utf-8")
    first = Reading(Feed(file))
    assert list(first.articles) == ["g-b", "g-a"]
    file.write_text(rss(item("c"), item("b", "Anew")), encoding="utf-8")
    second = Reading(Feed(file), first.known())
    assert list(second.articles) == ["g-c", "g-b"] and second.unchanged == ["g-a"]
    third = Reading(Feed(file), second.known(first.known()))
    assert (third.read, third.unchanged) == ([], ["g-c", "g-b", "g-a"])


def test_a_feed_is_asked_for_only_if_it_changed(site: Website):
    site.pages["/feed"] = Answer.xml(rss(item("a")), ETag='"1"', **{"Last-Modified": "Tue, 05 Mar 2024 10:00:00 GMT"})
    source = Feed(f"{site.url}/feed", client())
    first = Reading(source)
    again = Feed(f"{site.url}/feed", client())
    again.load_state(source.save_state())
    second = Reading(again, first.known())
    assert (second.read, second.unchanged) == ([], ["g-a"])
    headers = site.asked[-1].headers
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "Tue, 05 Mar 2024 10:00:00 GMT")


def test_a_document_that_is_the_same_is_not_parsed(site: Website, monkeypatch: pytest.MonkeyPatch):
    site.pages["/feed"] = Answer.xml(rss(item("a")))
    source = Feed(f"{site.url}/feed", client())
    first = Reading(source)
    monkeypatch.setattr("recommender.sources.feeds.entries_of", None)
    assert Reading(source, first.known()).unchanged == ["g-a"]


def test_an_entry_that_could_not_be_read_is_tried_again_and_never_counts_as_gone(site: Website):
    empty = item("b", "", more="")
    site.pages["/feed"] = Answer.xml(rss(item("a"), empty), ETag='"1"')
    source = Feed(f"{site.url}/feed", client())
    first = Reading(source)
    assert list(first.unreadable) == ["g-b"]
    second = Reading(source, first.known())
    assert list(second.unreadable) == ["g-b"] and site.asked[-1].headers["If-None-Match"] is None
    site.pages["/feed"] = Answer.xml(rss(item("a")), ETag='"2"')
    for _ in range(2):
        assert sorted(Reading(source, first.known()).unchanged) == ["g-a", "g-b"]


def test_a_new_collection_reads_the_whole_feed(site: Website):
    site.pages["/feed"] = Answer.xml(rss(item("a")), ETag='"1"')
    source = Feed(f"{site.url}/feed", client())
    Reading(source)
    assert len(Reading(source, {}).read) == 1


def test_a_state_that_is_broken_is_as_good_as_none():
    for text in ["", "{", "[]", '{"validators": 3, "paths": [], "left": []}']:
        source = Feed("https://garden.example/feed")
        source.load_state(text)
        assert json.loads(source.save_state()) == {"validators": {}, "paths": [], "left": []}, text


def test_an_entry_that_stands_twice_is_read_once(tmp_path: Path):
    file = tmp_path / "feed.xml"
    file.write_text(rss(item("a"), item("a", "Older")), encoding="utf-8")
    assert [one.title for one in Reading(Feed(file)).articles.values()] == ["Story a"]


def test_an_entry_without_a_title_is_called_by_its_words(tmp_path: Path):
    file = tmp_path / "feed.xml"
    file.write_text(rss("<item><guid>1</guid><description>Rain today</description></item>"), encoding="utf-8")
    assert Reading(Feed(file)).articles["1"].title == "Rain today"


def test_a_site_that_is_down_is_an_error():
    with pytest.raises(SourceError, match="the connection was refused"):
        next(Feed(unused_address(), client()).scan({}))
