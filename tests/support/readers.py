"""Every reader of bytes that others wrote; each gives its result, or an error of this library."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from recommender.article import Article
from recommender.enrich.record import FOLDER, Record
from recommender.errors import RelatedError
from recommender.evaluation import read_judgements, read_qrels, read_run
from recommender.index.local.snapshot import SnapshotSource, load_snapshot
from recommender.ranking.learned import LearnedScorer
from recommender.related.options import Options
from recommender.sources.feed_entries import entries_of, is_feed
from recommender.sources.html_page import parse_page
from recommender.sources.json_lines import read_json_article
from recommender.sources.syntaxes import syntax_of
from recommender.sources.wxr import WxrFile
from recommender.text.urls import path_key, url_key

Reader = Callable[[bytes], object]


def front_matter(name: str) -> Reader:
    """Reads a document, writes a related block into it, reads it again and takes the block out."""

    def read(data: bytes) -> object:
        with contextlib.suppress(RelatedError):
            syntax = syntax_of(name, data)
            document = syntax.parse(data)
            fields, _, _ = document.fields, document.body, document.related
            with contextlib.suppress(RelatedError):
                Article.salvage(fields)
            field = syntax.find_related(data)
            block = syntax.write_block([{"title": "A: “b” # c", "webUrl": "https://a.example/?a=1"}], field.newline)
            filled = syntax.splice(field, block)
            again = syntax.find_related(filled)
            assert again.block == block, (block, again.block)
        return None

    return read


def in_file(name: str, use: Callable[[Path], object]) -> Reader:
    """Reads a file of this name."""

    def read(data: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(RelatedError):
            place = Path(folder) / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)
            return use(place)
        return None

    return read


def on_bytes(use: Callable[[bytes], object]) -> Reader:
    def read(data: bytes) -> object:
        with contextlib.suppress(RelatedError):
            return use(data)
        return None

    return read


def on_text(use: Callable[[str], object]) -> Reader:
    return on_bytes(lambda data: use(data.decode("utf-8", "replace")))


def _feed(data: bytes) -> object:
    return is_feed(data) and entries_of(data, "https://a.example/feed")


def _page(data: bytes) -> object:
    page = parse_page(data, "https://a.example/a")
    return page and (page.fields(), page.language, page.canonical, page.is_article, page.is_listing, page.feeds)


def _options(text: str) -> object:
    names = list(Options.model_fields)
    pairs = [line.partition("=") for line in text.split("\n")]
    return Options.read({names[len(name) % len(names)]: value for name, _, value in pairs}).filter_spec(19_000.0)


READERS: Mapping[str, Reader] = {
    "yaml": front_matter("a.md"),
    "toml": lambda data: front_matter("a.md")(b"+++\n" + data),
    "json-front": lambda data: front_matter("a.md")(b"{" + data),
    "rst": front_matter("a.rst"),
    "headers": front_matter("a.txt"),
    "html": front_matter("a.html"),
    "mdx": front_matter("a.mdx"),
    "feed": on_bytes(_feed),
    "page": on_bytes(_page),
    "json-lines": on_bytes(read_json_article),
    "wxr": in_file("a.xml", lambda place: list(WxrFile(place).scan({}))),
    "scorer": on_text(lambda text: LearnedScorer.parse(text, "a.json")),
    "record": in_file(f"{FOLDER}/written.jsonl", lambda place: Record(place.parent.parent)),
    "manifest": in_file("manifest.json", lambda place: load_snapshot(place.parent, SnapshotSource("u", "e", "t"), 0)),
    "urls": on_text(lambda text: (url_key(text), path_key(text))),
    "options": on_text(_options),
    "qrels": in_file("a.txt", read_qrels),
    "run": in_file("a.trec", read_run),
    "judgements": in_file("a.jsonl", read_judgements),
}

SEEDS: Mapping[str, Sequence[bytes]] = {
    "yaml": [
        b"---\ntitle: A\ntags: [a, b]\nrelated:\n  - title: B\ndate: 2024-01-01\n---\nText\n",
        b"---\na: &x {b: *x}\n---\n",
    ],
    "toml": [b'title = "A"\n[[related]]\ntitle = "B"\n[extra]\na = 1\n+++\nText\n'],
    "json-front": [b'"title": "A", "related": [{"title": "B"}]}\nText\n'],
    "rst": [b"A\n=\n\n:date: 2024-01-01\n:related: x\n\nText\n", b".. title: A\n.. tags: a, b\n\nText\n"],
    "headers": [b"Title: A\nTags: a, b\n\nText\n"],
    "html": [b"---\ntitle: A\n---\n<p>Text</p>\n", b"<!--\n.. title: A\n-->\n<p>Text</p>"],
    "feed": [
        b'<?xml version="1.0"?><rss version="2.0"><channel><item><title>A</title><link>https://a.example/a</link></item>'
        b"</channel></rss>",
        b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"A","content_text":"b"}]}',
    ],
    "page": [
        b'<html lang="en"><head><title>A</title><script type="application/ld+json">{"@type":"NewsArticle"}</script>'
    ],
    "json-lines": [b'{"id":"a","title":"A","publishedDateTime":"2024-01-01","provider":{"name":"B"},"images":[{}]}'],
    "wxr": [
        b'<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version><item><title>A'
        b"</title><wp:post_id>1</wp:post_id><wp:post_type>post</wp:post_type><wp:status>publish</wp:status></item></channel></rss>"
    ],
    "record": [b'{"path": "a.md", "hash": "00", "ids": ["b"]}\n'],
    "urls": [b"https://www.a.example:443/a/../b?utm_source=x&b=1#c", b"//a.example/%C3%A4"],
    "options": [b"=5\n..=P30D\n...=2024-01-01"],
    "qrels": [b"q 0 a 1\nq 0 b 0\n"],
    "run": [b"q Q0 a 1 0.5 x\n"],
    "judgements": [b'{"query": "q", "article": "a", "grade": 1, "at": "2024-01-01T00:00:00Z"}\n'],
}
"""What each reader is to begin with."""
