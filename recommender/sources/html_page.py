"""Read an HTML page: its metadata with lxml, its text with trafilatura."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml.html import HtmlElement

from recommender.article import parse_date
from recommender.sources.imported import absolute, distinct, is_web_address, mapping, mappings, plain

_ARTICLE_TYPES = frozenset({"BlogPosting", "LiveBlogPosting", "Report"})
"""Types of schema.org that are articles, in addition to those whose names end in Article."""
_LISTING_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage", "Blog", "ItemList"})
_DATE_METAS = ("article:published_time", "datepublished", "dc.date", "dcterms.created", "date", "pubdate")
_ROBOTS_METAS = ("robots", "googlebot", "related-articles")
_NO_INDEX = re.compile(r"\b(?:noindex|none)\b", re.IGNORECASE)


@dataclass(frozen=True)
class HtmlPage:
    """A parsed page; its text is extracted by `fields` only.

    Attributes:
        url: Its address; empty if unknown.
        tree: The `html` element.
        metas: The contents of its meta elements by lower-case name.
        nodes: Its JSON-LD objects.
    """

    url: str
    tree: HtmlElement = field(repr=False)
    metas: Mapping[str, list[str]] = field(repr=False)
    nodes: tuple[Mapping[str, Any], ...] = field(repr=False)

    @property
    def language(self) -> str:
        """The language code of the `html` element."""
        return str(self.tree.get("lang") or self.tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "").strip()

    @property
    def canonical(self) -> str:
        """The absolute canonical address; empty if there is none."""
        for link in self.tree.iterfind(".//link[@rel='canonical']"):
            if address := absolute(self.url, link.get("href")):
                return address
        return ""

    @property
    def is_article(self) -> bool:
        """Whether Open Graph or JSON-LD marks the page as an article."""
        return "article" in self.meta("og:type") or len(self._articles()) == 1

    @property
    def is_listing(self) -> bool:
        """Whether JSON-LD marks the page as a list of articles."""
        types = {kind for node in self.nodes for kind in _types(node)}
        return not self.is_article and (bool(types & _LISTING_TYPES) or len(self._articles()) > 1)

    @property
    def no_index(self) -> bool:
        """Whether the page must not be indexed."""
        return any(_NO_INDEX.search(value) for name in _ROBOTS_METAS for value in self.meta(name))

    @property
    def feeds(self) -> list[str]:
        """The absolute addresses of the page's feeds, without feeds of comments."""
        found = []
        for link in self.tree.iterfind(".//link[@href]"):
            is_alternate = "alternate" in (link.get("rel") or "").lower().split()
            kind = (link.get("type") or "").lower()
            is_feed = kind in {"application/rss+xml", "application/atom+xml", "application/feed+json"}
            if is_alternate and is_feed and "comment" not in f"{link.get('href')} {link.get('title')}".lower():
                found.append(absolute(self.url, link.get("href")))
        return distinct(found)

    def meta(self, name: str) -> list[str]:
        """Return the contents of the meta elements with this name, property or itemprop."""
        return self.metas.get(name, [])

    def fields(self) -> dict[str, Any]:
        """Extract the fields of an article, including the text; empty fields are left out."""
        article = next(iter(self._articles()), {})
        found = _extract(self.tree, self.url)
        title = plain(article.get("headline")) or plain(found.get("title"))
        images = distinct(absolute(self.url, image) for image in [*self.meta("og:image")[:1], found.get("image")])
        fields = {
            "title": title,
            "webUrl": self.canonical or (self.url if is_web_address(self.url) else ""),
            "publishedDateTime": self._published(article) or found.get("date"),
            "excerpt": plain(found.get("description")),
            "topics": distinct(map(plain, [*self.meta("article:section"), *self.meta("article:tag"), *_tags(found)])),
            "authors": _authors(article) or distinct(map(plain, str(found.get("author") or "").split(";"))),
            "images": [{"url": image} for image in images[:1]],
            "language": self.language,
            "body": _without_title(str(found.get("text") or ""), title),
        }
        return {name: value for name, value in fields.items() if value}

    def _articles(self) -> list[Mapping[str, Any]]:
        return [
            node
            for node in self.nodes
            if any(kind.endswith("Article") or kind in _ARTICLE_TYPES for kind in _types(node))
        ]

    def _published(self, article: Mapping[str, Any]) -> datetime | None:
        times = [time.get("datetime") for time in self.tree.iterfind(".//article//time[@datetime]")]
        for text in (article.get("datePublished"), *(v for name in _DATE_METAS for v in self.meta(name)), *times[:1]):
            try:
                if moment := parse_date(text):
                    return moment
            except ValueError:
                continue
        return None


def parse_page(html: bytes, url: str | None = None) -> HtmlPage | None:
    """Parse a page; None if it is not HTML."""
    from trafilatura.utils import load_html

    _quiet()
    tree = load_html(html)
    if tree is None or not isinstance(tree.tag, str) or tree.tag.lower() != "html":
        return None
    metas: dict[str, list[str]] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.strip().lower(), []).append(meta.get("content").strip())
    nodes = [node for script in tree.iterfind(".//script[@type='application/ld+json']") for node in _nodes(script.text)]
    return HtmlPage(url or "", tree, metas, tuple(nodes))


def _extract(tree: HtmlElement, url: str) -> dict[str, Any]:
    from trafilatura import bare_extraction

    document = bare_extraction(
        tree,
        url=url or None,
        include_comments=False,
        with_metadata=True,
        # A date found somewhere in the text is more often wrong than right.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    return document if isinstance(document, dict) else document.as_dict() if document else {}


def _quiet() -> None:
    """Silence the libraries' log messages about odd pages."""
    for name in ("trafilatura", "htmldate", "justext", "courlan"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _nodes(text: str | None) -> Iterator[Mapping[str, Any]]:
    try:
        value = json.loads(text or "", strict=False)
    except (ValueError, RecursionError):
        return
    for node in mappings(value) or [mapping(value)]:
        yield from mappings(node.get("@graph")) or [node]


def _types(node: Mapping[str, Any]) -> set[str]:
    kind = node.get("@type")
    return {str(one).rpartition("/")[2] for one in (kind if isinstance(kind, list) else [kind])}


def _authors(article: Mapping[str, Any]) -> list[str]:
    author = article.get("author")
    people = author if isinstance(author, list) else [author]
    return distinct(plain(one if isinstance(one, str) else mapping(one).get("name")) for one in people)


def _tags(found: Mapping[str, Any]) -> list[str]:
    return [str(tag) for name in ("categories", "tags") for tag in found.get(name) or ()]


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.strip() if title and first.strip() == title else text.strip()
