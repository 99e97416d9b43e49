"""Finds the links in the running text of an article: Markdown, reStructuredText and HTML."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from posixpath import dirname, normpath
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from recommender.text.searched import code_spans, without_spans

_TARGET = "|".join(
    (
        r"<[^<>\n]{1,500}>",
        r"\{\{[<%][^\n]{1,200}?[>%]\}\}[^()\s]{0,100}",
        r"\{\{[^{}\n]{1,200}\}\}[^()\s]{0,200}",
        r"\{%[^%\n]{1,200}%\}[^()\s]{0,100}",
        r"[^()\s<>]{1,500}",
    )
)
_LINK = re.compile(
    rf"(?<!!)\[(?P<text>[^\[\]\n]{{1,300}})\]\((?P<target>{_TARGET})(?:\s{{1,3}}[\"'][^\"\n]{{0,300}}[\"'])?\)"
    r"|(?<!!)\[(?P<label>[^\[\]\n]{1,300})\] ?\[(?P<name>[^\[\]\n]{0,100})\]"
    r"|<a\s[^<>]{0,1000}?href\s{0,3}=\s{0,3}[\"']?(?P<href>[^\"'<>\s]{1,500})[\"']?[^<>]{0,1000}>(?P<inner>.{0,500}?)</a>"
    r"|`(?P<words>[^`<>\n]{1,300})\s<(?P<address>[^<>\s]{1,500})>`__?",
    re.IGNORECASE | re.DOTALL,
)
_DEFINITION = re.compile(
    r"^ {0,3}\[(?P<name>[^\^\[\]\n][^\[\]\n]{0,100})\]:[ \t]{0,10}<?(?P<target>[^\s<>]{1,500})", re.MULTILINE
)
_CODE = re.compile(r"`[^`\n]{1,500}`(?!_)")
_TAG = re.compile(r"<[^<>]{0,500}>")


_TEMPLATE = re.compile(
    r"\{[{%][<%]?\s*(?:post_url|link|ref|relref|rel_ref)\s+[\"']?(?P<name>[^\"'\s%}>]+)", re.IGNORECASE
)
_FILTERED = re.compile(r"\{\{-?\s*[\"'](?P<path>[^\"']*)[\"']\s*\|[^{}]*\}\}")
"""`{{ "/path/" | url }}`, as Eleventy and Jekyll write addresses of their own site."""
_BASE = re.compile(r"^\{\{-?\s*(?:site|config|base)[\w.]*\s*-?\}\}", re.IGNORECASE)
_SUFFIX = re.compile(r"\.(?:md|mdx|markdown|html?|rst|txt)$", re.IGNORECASE)
_INDEX = re.compile(r"/_?index$")


class Link(NamedTuple):
    """A link in a text: where it goes, its words, and its place from `start` to before `end`."""

    target: str
    words: str
    start: int
    end: int


class LinkNames(NamedTuple):
    """What may name the article that a link leads to.

    Attributes:
        addresses: Its addresses, the likeliest first.
        paths: Its paths below the site's source, without suffix, the likeliest first.
        by_name: Whether the last part of a path may name it as well, because its folder is not given.
    """

    addresses: list[str]
    paths: list[str]
    by_name: bool


def link_names(target: str, article_id: str, web_url: str | None) -> LinkNames:
    """Return what may name the article that a link leads to.

    Args:
        target: Where the link goes, as the text has it.
        article_id: The id of the article that it stands in, its path below the site's source.
        web_url: The address of that article.
    """
    template = _TEMPLATE.search(target)
    folder = dirname(article_id)
    if template is not None:
        name = page_path(template["name"]).strip("/")
        return LinkNames([], list(dict.fromkeys((name, f"{folder}/{name}", f"_posts/{name}"))), by_name=True)
    target = _BASE.sub("", _FILTERED.sub(r"\g<path>", target)).partition("#")[0].partition("?")[0]
    if not target:
        return LinkNames([], [], by_name=False)
    base, addresses = web_url or "", list[str]()
    # An address may be written with or without the final slash, from which a relative link starts.
    for start in (base, base.rstrip("/") + "/"):
        address = resolved(start, target)
        addresses += [] if address is None else [address, _SUFFIX.sub("", address)]
    if "://" in target:
        return LinkNames(list(dict.fromkeys(addresses)), [], by_name=False)
    path = unquote(target)
    place = page_path(normpath(path.lstrip("/") if path.startswith("/") else f"{folder}/{path}"))
    # Where the site's addresses are not known, the name of a page is all there is to go by.
    return LinkNames(list(dict.fromkeys(addresses)), [place.lstrip("/")], by_name=not web_url)


def page_path(path: str) -> str:
    """Return a path without suffix and without the name of an index page."""
    return _INDEX.sub("", _SUFFIX.sub("", path))


def find_links(body: str) -> list[Link]:
    """Return the links of a text in order, without those in code and without pictures."""
    if "](" not in body and "][" not in body and "href" not in body.casefold() and ">`_" not in body:
        return []
    targets = {found["name"].casefold(): found["target"] for found in _DEFINITION.finditer(body)}
    code = _merged([*code_spans(body), *(found.span() for found in _CODE.finditer(body) if "<" not in found[0])])
    starts = [start for start, _ in code]
    links = []
    for found in _LINK.finditer(body):
        place = bisect_right(starts, found.start()) - 1
        if place >= 0 and code[place][1] > found.start():
            continue
        words = found["text"] or found["label"] or found["inner"] or found["words"] or ""
        target = found["target"] or found["href"] or found["address"]
        if target is None:
            target = targets.get((found["name"] or words).casefold())
        if target:
            links.append(Link(target.strip("<>"), _TAG.sub(" ", words).strip(), found.start(), found.end()))
    return links


def resolved(base: str | None, target: str) -> str | None:
    """Return the address of a link on a page; None if it is malformed."""
    try:
        return urljoin(base or "", target)
    except ValueError:
        return None


def without_links(body: str, links: Sequence[Link]) -> str:
    """Return a text without some of its links, their words included."""
    return without_spans(body, ((link.start, link.end) for link in links), between="")


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return list(_joined(iter(sorted(spans))))


def _joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current = next(spans, None)
    for start, end in spans:
        if current is not None and start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            if current is not None:
                yield current
            current = (start, end)
    if current is not None:
        yield current
