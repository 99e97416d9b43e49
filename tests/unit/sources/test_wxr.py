"""A WordPress export: what is an article, what is skipped, and attacks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.websites import Reading

from recommender.errors import SourceError
from recommender.sources import FileState
from recommender.sources.wxr import WxrFile

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- generator="WordPress/6.1" -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The harbour</title><link>https://harbour.example</link><language>en-GB</language>
<wp:base_blog_url>https://harbour.example</wp:base_blog_url>
<wp:author><wp:author_login>ann</wp:author_login><wp:author_display_name><![CDATA[Ann Müller]]></wp:author_display_name>
</wp:author>
"""
TAIL = "</channel></rss>"


def item(number: int = 7, extra: str = "", **fields: Any) -> str:
    values = {
        "title": "Boats &amp;amp; &lt;em&gt;buoys&lt;/em&gt;",
        "link": f"https://harbour.example/{number}/",
        "content": "<p>Low tide &amp; high tide.</p>",
        "excerpt": "Of tides",
        "creator": "ann",
        "gmt": "2024-03-01 09:00:00",
        "name": "boats",
        "status": "publish",
        "type": "post",
        "password": "",
        **fields,
    }
    return f"""<item><title>{values["title"]}</title><link>{values["link"]}</link>
<dc:creator><![CDATA[{values["creator"]}]]></dc:creator>
<content:encoded><![CDATA[{values["content"]}]]></content:encoded>
<excerpt:encoded><![CDATA[{values["excerpt"]}]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date>2024-03-01 10:00:00</wp:post_date>
<wp:post_date_gmt>{values["gmt"]}</wp:post_date_gmt><wp:post_name>{values["name"]}</wp:post_name>
<wp:status>{values["status"]}</wp:status><wp:post_type>{values["type"]}</wp:post_type>
<wp:post_password><![CDATA[{values["password"]}]]></wp:post_password>{extra}</item>"""


def export(folder: Path, *items: str, head: str = HEAD, tail: str = TAIL) -> WxrFile:
    file = folder / "export.xml"
    file.write_text(f"{head}{''.join(items)}{tail}", encoding="utf-8")
    return WxrFile(file)


def term(domain: str, slug: str, name: str) -> str:
    return f'<category domain="{domain}" nicename="{slug}"><![CDATA[{name}]]></category>'


def test_a_post_is_an_article_with_all_its_fields(tmp_path: Path):
    terms = [
        ("post_tag", "tides", "Tides &amp; moon"),
        ("category", "sea", "Sea"),
        ("category", "uncategorized", "None"),
    ]
    extra = "".join(term(*one) for one in [*terms, ("post_format", "post-format-aside", "Aside")])
    meta = "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>"
    picture = item(9, "<wp:attachment_url>https://harbour.example/a.jpg</wp:attachment_url>", type="attachment")
    source = export(tmp_path, item(7, f"{extra}{meta}"), picture)
    found = Reading(source)
    record = found.articles["export.xml"].to_record()
    assert record == {
        "id": "post-7",
        "title": "Boats & buoys",
        "excerpt": "Of tides",
        "publishedDateTime": "2024-03-01T09:00:00Z",
        "webUrl": "https://harbour.example/7/",
        "topics": ["Sea", "Tides & moon"],
        "authors": ["Ann Müller"],
        "images": [{"url": "https://harbour.example/a.jpg"}],
        "language": "en-GB",
        "body": "Low tide & high tide.",
    }
    assert found.read[0].where == f"{tmp_path / 'export.xml'}, post 7"
    assert found.skipped == {"export.xml#post-9": "not an article: attachment"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "auto-draft"}, "draft"),
        ({"status": "pending"}, "pending review"),
        ({"status": "private"}, "private"),
        ({"status": "future"}, "in the future"),
        ({"status": "trash"}, "trash"),
        ({"status": "archived"}, "status archived"),
        ({"password": "tide"}, "password"),
        ({"type": "page"}, "not an article: page"),
        ({"type": "revision", "status": "inherit"}, "not an article: revision"),
        ({"type": "nav_menu_item"}, "not an article: nav_menu_item"),
    ],
)
def test_what_readers_may_not_see_is_skipped(tmp_path: Path, fields: dict[str, str], reason: str):
    found = Reading(export(tmp_path, item(1), item(2, **fields)))
    assert found.skipped == {"export.xml#post-2": reason}
    assert [one.article.id for one in found.read] == ["post-1"]


def test_pages_are_articles_where_they_are_asked_for(tmp_path: Path):
    export(tmp_path, item(1), item(2, type="page"))
    source = WxrFile(tmp_path / "export.xml", types=("post", "page"))
    assert [one.article.id for one in Reading(source).read] == ["post-1", "post-2"]
    assert source.fingerprint() != WxrFile(tmp_path / "export.xml").fingerprint()


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "", "name": "low-water_%C3%BCber-night"}, "Low water über night"),
        ({"title": "<![CDATA[]]>", "name": "7"}, "Low tide & high tide."),
        ({"title": "", "name": "7", "content": "one two " * 30}, "one two one two one two one two one two …"),
    ],
)
def test_a_post_without_a_title_is_called_by_its_slug_or_its_text(tmp_path: Path, fields: dict[str, str], title: str):
    assert Reading(export(tmp_path, item(7, **fields))).read[0].article.title == title


def test_a_post_that_says_nothing_is_listed_and_the_others_are_read(tmp_path: Path):
    empty = item(1, title="", name="1", content="", excerpt="")
    found = Reading(export(tmp_path, empty, item(2), item(3).replace("<wp:post_id>3", "<wp:post_id>")))
    assert [one.article.id for one in found.read] == ["post-2"]
    file = tmp_path / "export.xml"
    texts = [str(one.error) for one in found.found if hasattr(one, "error")]
    assert texts == [
        f"{file}, post 1: title is missing; expected a text that is not empty",
        f"{file}, post : an item has no wp:post_id; expected a number",
    ]


def test_a_date_that_is_none_in_utc_is_taken_as_it_is_at_the_site(tmp_path: Path):
    article = Reading(export(tmp_path, item(gmt="0000-00-00 00:00:00"))).read[0].article
    assert article.to_record()["publishedDateTime"] == "2024-03-01T10:00:00Z"


def test_a_value_that_cannot_be_read_is_lost_and_listed(tmp_path: Path):
    found = Reading(export(tmp_path, item(gmt="yesterday"))).read[0]
    assert found.article.published_date_time is None
    assert [lost.field for lost in found.lost] == ["publishedDateTime"]


def test_control_characters_do_no_harm(tmp_path: Path):
    assert Reading(export(tmp_path, item(content="a\x08\x0bb\x00c"))).read[0].article.body == "abc"


def test_shortcodes_of_wordpress_leave_only_what_they_say(tmp_path: Path):
    gallery, bell = '[gallery ids="1,2"]', '[caption id="a"]<img src="/a.jpg"> A bell[/caption]'
    text = f"{gallery}{bell} [embed]https://video.example/1[/embed][sic] ok"
    assert Reading(export(tmp_path, item(content=text))).read[0].article.body == "A bell [sic] ok"


def test_a_file_that_did_not_change_is_not_read(tmp_path: Path):
    source = export(tmp_path, item())
    os.utime(source.location, (1_000_000_000, 1_000_000_000))
    state = FileState.of(source.location.stat())
    found = Reading(source, {"export.xml": state})
    assert (found.unchanged, found.read) == (["export.xml"], [])
    export(tmp_path, item(), item(8))
    assert len(Reading(source, {"export.xml": state}).read) == 2


BOMB = (
    '<!DOCTYPE rss [<!ENTITY a "boom boom boom boom">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 20}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        '<!DOCTYPE rss [<!ENTITY i SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/evil.dtd">',
    ],
    ids=["bomb", "file", "address"],
)
def test_a_document_type_is_refused_before_it_does_anything(tmp_path: Path, doctype: str):
    head = HEAD.replace("<rss", f"{doctype}<rss")
    source = export(tmp_path, item(content="", extra="<wp:comment>&i;</wp:comment>"), head=head)
    with pytest.raises(SourceError, match="document type declaration, which may be an attack"):
        list(source.scan({}))


@pytest.mark.parametrize(
    ("head", "tail", "message"),
    [
        (HEAD, "", r"export\.xml, line \d+: invalid XML: Premature end of data"),
        ("", "", "invalid XML: Start tag expected"),
        ("<rss><channel>", "</channel></rss>", "the XML is not a WordPress export; expected items with a post type"),
    ],
)
def test_a_broken_file_is_an_error_with_its_line(tmp_path: Path, head: str, tail: str, message: str):
    source = export(tmp_path, item() if head == HEAD else "<item/>" if head else "text", head=head, tail=tail)
    with pytest.raises(SourceError, match=message):
        list(source.scan({}))


def test_an_export_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(SourceError, match="the file cannot be read: No such file"):
        list(WxrFile(tmp_path / "none.xml").scan({}))


MEASURE = """
import resource, sys
from pathlib import Path
from recommender.sources.wxr import WxrFile

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

list(WxrFile(Path(sys.argv[1])).scan({}))
before = peak()
count = sum(1 for _ in WxrFile(Path(sys.argv[2])).scan({}))
print(count, peak() - before)
"""


def test_a_large_export_is_read_in_little_memory(tmp_path: Path):
    """Drafts, so that the parser alone is measured; of what it holds Python sees nothing."""
    small, large = tmp_path / "small", tmp_path / "large"
    small.mkdir()
    large.mkdir()
    first = export(small, item(1, status="draft"))
    second = export(large, *(item(number, content="tide " * 20_000, status="draft") for number in range(300)))
    assert second.location.stat().st_size > 30_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, first.location, second.location], capture_output=True, text=True, check=True
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == 300
    assert kilobytes < 10_000
