"""A site read from its sitemap: what is requested, what is an article, and what is skipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.websites import Answer, Page, Reading, Website, client, unused_address, website

from recommender.errors import SourceError
from recommender.sources.html_page import parse_page
from recommender.sources.sitemap import SitemapSite
from recommender.sources.web_client import FetchLimits

TEXT = "The ferry leaves at noon and the gulls follow it across the bay. " * 6
OLD = "2024-01-01T00:00:00Z"
MARK = '<meta property="og:type" content="article">'


def page(title: str = "Ferries", head: str = MARK, text: str = TEXT, **headers: str) -> Answer:
    return Answer.html(
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1><p>{text}</p></article></body></html>",
        **headers,
    )


class Island:
    """A site with a sitemap."""

    def __init__(self, site: Website) -> None:
        self.site = site
        self.listed: dict[str, str] = {}
        self.slept: list[float] = []
        site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /private/\n")
        site.pages["/sitemap.xml"] = lambda asked: Answer.xml(self.sitemap())

    def put(self, path: str, answer: Page | None = None, changed: str = OLD) -> None:
        self.listed[path] = changed
        self.site.pages[path.partition("?")[0]] = answer or page(f"About {path}")

    def sitemap(self) -> str:
        lines = []
        for path, changed in self.listed.items():
            address = path if path.startswith("http") else f"{self.site.url}{path}"
            lastmod = f"<lastmod>{changed}</lastmod>" if changed else ""
            lines.append(f"<url><loc>{address}</loc>{lastmod}</url>")
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(lines)}</urlset>'

    def source(self, path: str = "", **options: Any) -> SitemapSite:
        return SitemapSite(f"{self.site.url}{path}", client(sleep=self.slept.append), **options)

    def read(self, known: dict[str, Any] | None = None, source: SitemapSite | None = None) -> Reading:
        """One scan; its paths are shown without the site's address."""
        return Reading(source or self.source(), known)

    def short(self, paths: Any) -> Any:
        """Paths without the site's address."""
        if isinstance(paths, dict):
            return {key.removeprefix(self.site.url): value for key, value in paths.items()}
        return [path.removeprefix(self.site.url) for path in paths]

    def fetched(self) -> list[str]:
        """The pages that were asked for since the last time."""
        asked = [path for path in self.site.paths if path in self.listed]
        self.site.asked.clear()
        return asked


def fields_of(html: bytes, url: str | None) -> dict[str, Any]:
    page = parse_page(html, url)
    return page.fields() if page else {}


@pytest.fixture
def island() -> Iterator[Island]:
    with website() as site:
        yield Island(site)


# What a page says.


def test_a_page_is_an_article_with_all_its_fields():
    ld = {
        "@graph": [
            {"@type": "WebPage"},
            {
                "@type": ["NewsArticle"],
                "headline": "Ferries &amp; gulls",
                "datePublished": "2024-03-01T10:00:00+01:00",
                "author": [{"name": "Ann"}, {"name": "Bob"}],
            },
        ]
    }
    head = (
        f'<script type="application/ld+json">{json.dumps(ld)}</script><meta name="description" content="Of ferries">'
        '<meta property="article:tag" content="Sea"><meta property="article:section" content="Travel">'
        '<meta property="og:image" content="/a.jpg"><link rel="canonical" href="/ferries">'
    )
    fields = fields_of(str(page("Ferries", head).body).encode(), "https://island.example/ferries?x=1")
    assert fields.pop("publishedDateTime").isoformat() == "2024-03-01T09:00:00+00:00"
    assert fields.pop("body").startswith("Ferries\nThe ferry leaves at noon")
    assert fields == {
        "title": "Ferries & gulls",
        "webUrl": "https://island.example/ferries",
        "excerpt": "Of ferries",
        "topics": ["Travel", "Sea"],
        "authors": ["Ann", "Bob"],
        "images": [{"url": "https://island.example/a.jpg"}],
        "language": "en",
    }


def test_the_date_is_what_the_page_says_of_itself():
    for head, published in [
        ('<meta property="article:published_time" content="2024-03-01T10:00:00Z">', "2024-03-01T10:00:00Z"),
        ('<meta itemprop="datePublished" content="2024-03-02">', "2024-03-02T00:00:00Z"),
        ('<meta name="date" content="soon"><meta name="dc.date" content="2024-03-03">', "2024-03-03T00:00:00Z"),
        ('<script type="application/ld+json">{"@type": "Article", "datePublished": </script>', None),
    ]:
        found = fields_of(str(page(head=head).body).encode(), None).get("publishedDateTime")
        assert (found.strftime("%Y-%m-%dT%H:%M:%SZ") if found else None) == published, head


def test_a_page_of_a_folder_has_no_address_of_its_own():
    assert "webUrl" not in fields_of(str(page().body).encode(), None)
    head = '<link rel="canonical" href="https://island.example/a">'
    assert fields_of(str(page(head=head).body).encode(), None)["webUrl"] == "https://island.example/a"


def test_the_text_does_not_repeat_the_title():
    assert fields_of(str(page().body).encode(), None)["body"].startswith("The ferry")


def test_what_is_no_page_has_no_fields():
    for html in [b"", b"\x00\xff\x00", b"plain"]:
        assert fields_of(html, None).get("body") in (None, ""), html


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1"])
def test_a_page_is_read_in_its_encoding(encoding: str):
    html = str(page("Fähren").body).replace("<head>", f'<head><meta charset="{encoding}">').encode(encoding)
    assert fields_of(html, None)["title"] == "Fähren"


def test_the_feeds_of_a_page_are_those_of_its_articles():
    link = '<link rel="alternate" type="application/{}" href="{}" title="{}">'
    head = "".join(
        link.format(*one) for one in [("rss+xml", "/c", "Comments"), ("atom+xml", "f", "All"), ("x", "/y", "")]
    )
    found = parse_page(str(page(head=head).body).encode(), "https://island.example/a/")
    assert found is not None and found.feeds == ["https://island.example/a/f"]


# What is an article.


def test_pages_are_articles_by_their_addresses(island: Island):
    island.put("/ferries")
    found = island.read()
    (read,) = found.read
    assert (read.path, read.where, read.article.id) == (f"{island.site.url}/ferries",) * 3
    assert read.article.web_url == f"{island.site.url}/ferries"


def ld(*types: str) -> str:
    return f'<script type="application/ld+json">{json.dumps([{"@type": kind} for kind in types])}</script>'


@pytest.mark.parametrize(
    ("path", "answer", "reason"),
    [
        ("/", page(), "not an article: home page"),
        ("/map.pdf", page(), "not an article: application/pdf"),
        ("/photo.jpg", page(), "not an article: image/jpeg"),
        ("/data", Answer("a,b", headers={"Content-Type": "text/csv"}), "not an article: text/csv"),
        ("/tag/sea/", page(head=""), "not an article: listing"),
        ("/blog/page/2", page(head=""), "not an article: listing"),
        ("/2024/03/", page(head=""), "not an article: listing"),
        ("/news", page(head=ld("CollectionPage")), "not an article: listing"),
        ("/latest", page(head=ld("Article", "Article")), "not an article: listing"),
        ("/contact", page(head="", text="Write to us."), "not an article: hardly any text"),
        ("/about", page(head=""), "not an article: page"),
        ("/private/a", page(), "forbidden by robots.txt"),
        ("/hidden", page(head=f'{MARK}<meta name="robots" content="noindex, follow">'), "noindex"),
        ("/hidden", page(**{"X-Robots-Tag": "noindex"}), "noindex"),
        ("/copy", page(head=f'{MARK}<link rel="canonical" href="/original">'), "canonical elsewhere"),
        ("/moved", Answer(status=301, headers={"Location": "/"}), "redirects elsewhere"),
        ("https://elsewhere.example/a", page(), "another site"),
    ],
)
def test_what_is_no_article_is_skipped(island: Island, path: str, answer: Answer, reason: str):
    island.site.pages["/"] = page("Home")
    island.put(path, answer)
    island.put("/article")
    found = island.read()
    assert island.short(found.skipped) == {path: reason}
    assert island.short(found.articles).keys() == {"/article"}


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("/topics/ferries", ld("BlogPosting")),
        ("/2024/03/", MARK),
        ("/a", f'{MARK}<link rel="canonical" href="/a/#top">'),
        ("/a", ld("TechArticle")),
    ],
)
def test_what_calls_itself_an_article_is_one(island: Island, path: str, head: str):
    island.put(path, page(head=head))
    assert len(island.read().read) == 1


def test_where_no_page_calls_itself_an_article_all_with_text_are(island: Island):
    island.put("/a", page(head=""))
    island.put("/b", page(head=""))
    assert len(island.read().read) == 2
    island.put("/c", page(), changed="")
    found = island.read()
    assert island.short(found.articles) == {"/c": found.read[0].article}
    assert set(found.skipped.values()) == {"not an article: page"} and len(found.skipped) == 2


def test_a_chinese_text_says_more_in_fewer_letters(island: Island):
    island.put("/a", page(head="", text="渡船在中午离开，海鸥跟着它飞过海湾。" * 5))
    assert len(island.read().read) == 1


def test_only_what_lies_below_the_address_is_read(island: Island):
    for path in ("/blog/a", "/shop/b", "/blog/"):
        island.put(path)
    found = island.read(source=island.source("/blog/"))
    assert island.short(found.articles).keys() == {"/blog/a"}
    assert island.short(found.skipped) == {
        "/shop/b": "outside the given address",
        "/blog/": "not an article: home page",
    }


# From run to run.


def next_source(island: Island, before: SitemapSite) -> SitemapSite:
    source = island.source()
    source.load_state(before.save_state())
    return source


def test_only_what_the_sitemap_says_has_changed_is_fetched(island: Island):
    for path in ("/a", "/b", "/c", "/about"):
        island.put(path, page(head="", text="Short.") if path == "/about" else None)
    source = island.source()
    first = island.read(source=source)
    assert island.fetched() == ["/a", "/b", "/c", "/about"]
    island.put("/b", page("Anew"), changed="2024-02-01T00:00:00Z")
    del island.listed["/c"]
    second = island.read(first.known(), next_source(island, source))
    assert island.fetched() == ["/b"]
    assert [one.article.title for one in second.read] == ["Anew"]
    assert island.short(second.unchanged) == ["/a"]
    assert island.short(second.skipped) == {"/about": "not an article: hardly any text"}


def test_pages_without_a_time_are_asked_whether_they_changed(island: Island):
    island.put("/a", page(ETag='"a1"'), changed="")
    island.put("/b", page("B"), changed="")
    island.put("/about", page(head="", text="Short.", ETag='"x"'), changed="")
    source = island.source()
    first = island.read(source=source)
    second_source = next_source(island, source)
    second = island.read(first.known(), second_source)
    assert (second.read, island.short(second.unchanged)) == ([], ["/a", "/b"])
    assert island.short(second.skipped) == {"/about": "not an article: hardly any text"}
    assert [one.headers["If-None-Match"] for one in island.site.asked[-3:]] == ['"a1"', None, '"x"']
    island.put("/a", page("Anew", ETag='"a2"'), changed="")
    third = island.read(first.known(), next_source(island, second_source))
    assert [one.article.title for one in third.read] == ["Anew"]


def test_a_day_proves_nothing_before_it_is_over(island: Island):
    island.put("/a", changed="2999-01-01")
    island.put("/b", changed="2024-01-01")
    assert list(island.short(island.read().known())) == ["/b"]


def test_a_new_collection_fetches_everything(island: Island):
    island.put("/a", page(ETag='"1"'))
    source = island.source()
    island.read(source=source)
    assert len(island.read({}, next_source(island, source)).read) == 1


@pytest.mark.parametrize("text", ["", "[]", "{", '{"marks_articles": true, "pages": [1]}'])
def test_a_state_that_is_broken_is_as_good_as_none(island: Island, text: str):
    source = island.source()
    source.load_state(text)
    assert json.loads(source.save_state()) == {"marks_articles": False, "pages": {}}


# Sitemaps, robots and failures.


def test_sitemaps_of_sitemaps_are_followed(island: Island):
    island.put("/a")
    site = island.site
    index = "<sitemapindex>{}</sitemapindex>"
    entries = "".join(
        f"<sitemap><loc>{site.url}/{name}</loc></sitemap>" for name in ("one.xml.gz", "two.txt", "gone.xml")
    )
    site.pages["/robots.txt"] = Answer(f"Sitemap: {site.url}/index.xml\nUser-agent: related-articles\nCrawl-delay: 3")
    site.pages["/index.xml"] = Answer.xml(index.format(entries))
    site.pages["/one.xml.gz"] = Answer(gzip.compress(island.sitemap().encode()))
    site.pages["/two.txt"] = Answer(f"{site.url}/b\n{site.url}/a\n")
    site.pages["/b"] = page("B")
    found = island.read()
    assert island.short(found.articles).keys() == {"/a", "/b"}
    assert island.short(found.unreadable).keys() == {"/gone.xml"}
    assert len(island.slept) >= 5 and 2 < island.slept[0] <= 3


def test_pages_that_fail_are_listed_and_the_others_are_read(island: Island):
    island.put("/a")
    island.put("/gone", Answer(status=404))
    island.put("/broken", Answer(status=500))
    island.put("/slow", island.site.never)
    island.put("/empty", Answer.html(""))
    island.put("/z")
    quick = SitemapSite(island.site.url, client(limits=FetchLimits(read_s=0.2)))
    found = island.read(source=quick)
    assert island.short(found.articles).keys() == {"/a", "/z"}
    assert island.short(found.unreadable).keys() == {"/broken", "/slow", "/empty"}
    assert island.short(found.skipped)["/gone"] == "gone"
    assert "no answer within" in found.unreadable[f"{island.site.url}/slow"]


def test_a_site_that_goes_down_meanwhile_is_given_up(island: Island):
    for number in range(12):
        island.put(f"/{number}", Answer(status=502))
    with pytest.raises(SourceError, match="10 requests failed in a row"):
        island.read()
    for number in range(12):
        island.put(f"/{number}", Answer(status=404))
    assert [*island.short(island.read().skipped).values()].count("gone") == 12


@pytest.mark.parametrize(
    ("sitemap", "message"),
    [
        (Answer.xml("<urlset><url><loc>"), "invalid XML"),
        (Answer.xml('<!DOCTYPE u [<!ENTITY a "b">]><urlset>&a;</urlset>'), "document type declaration"),
        (Answer.html("<html>Welcome"), "this is not a sitemap"),
        (Answer(b"\x1f\x8bnonsense"), "the compressed sitemap is invalid"),
        (Answer(gzip.compress(b"<urlset></urlset>")[:-4]), "the compressed sitemap is incomplete"),
        (Answer(status=404), "there is nothing at this address"),
        (Answer(b"x" * 5000), "the answer is larger than"),
    ],
)
def test_a_sitemap_that_cannot_be_read_is_an_error(island: Island, sitemap: Answer, message: str):
    island.site.pages["/map.xml"] = sitemap
    address = f"{island.site.url}/map.xml"
    source = SitemapSite(island.site.url, client(limits=FetchLimits(max_bytes=4000)), (address,))
    found: list[Any] = []
    with pytest.raises(SourceError, match=message):
        found.extend(source.scan({}))


def test_a_sitemap_that_unpacks_to_too_much_is_refused(island: Island, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.sources.sitemap_list.MAX_SITEMAP_BYTES", 10_000)
    island.site.pages["/sitemap.xml"] = Answer(gzip.compress(b"<urlset>" + b" " * 1_000_000))
    with pytest.raises(SourceError, match="the sitemap is larger than 10,000 bytes"):
        island.read()


def test_more_pages_than_can_be_held_are_refused(island: Island, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("recommender.sources.sitemap_list.MAX_PAGES", 2)
    for path in ("/a", "/b", "/c"):
        island.put(path)
    with pytest.raises(SourceError, match="list more than"):
        island.read()


def test_a_site_without_a_sitemap_or_that_is_down_is_an_error(island: Island):
    with pytest.raises(SourceError, match="the connection was refused"):
        next(SitemapSite(unused_address(), client()).scan({}))
    island.site.pages["/robots.txt"] = Answer(status=500)
    with pytest.raises(SourceError, match="the server failed"):
        next(island.source().scan({}))
    del island.site.pages["/robots.txt"], island.site.pages["/sitemap.xml"]
    with pytest.raises(SourceError, match="the site has no sitemap"):
        next(island.source().scan({}))
