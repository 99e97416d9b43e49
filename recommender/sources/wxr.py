"""Read a WordPress export (WXR), streamed in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from recommender.errors import InputError, SourceError
from recommender.sources.base import FileState, Found, Skipped, Unchanged, Unreadable, reading
from recommender.sources.imported import distinct, plain, prose, read_fields
from recommender.sources.xml_stream import local_name, stream_elements

NOT_PUBLISHED = {
    "draft": "draft",
    "auto-draft": "draft",
    "pending": "pending review",
    "private": "private",
    "future": "in the future",
    "trash": "trash",
}
"""Reasons to skip a post by its status; other statuses are shown as they are."""
UNCATEGORIZED = "uncategorized"
"""The slug of the default category."""
# WordPress's own shortcodes, which exports contain unexpanded.
_SHORTCODE = re.compile(
    r"\[embed\b[^\]]*\][^\[]*\[/embed\]|\[/?(?:gallery|(?:wp_)?caption|audio|video|playlist)\b[^\]]*\]"
)
_NO_DATE = "0000-00-00"
_HEADER = frozenset({"language", "base_blog_url", "author"})


class WxrFile:
    """A WordPress export file.

    Published posts without a password are articles; everything else is skipped. An article's id is `post-` and the
    id of the post, as in `WordPressSite`.

    Args:
        location: The file, `.xml` or `.wxr`.
        types: The post types that are articles; add `page` to read pages too.
    """

    kind = "wordpress_export"

    def __init__(self, location: Path, types: tuple[str, ...] = ("post",)) -> None:
        self.location = location
        self._types = types

    def fingerprint(self) -> str:
        """Return the version of this reader and the post types; when they change, everything is read again."""
        return f"wxr 1 {' '.join(self._types)}"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every item of the export, in the file's order.

        Raises:
            SourceError: If the file cannot be read, or is not a valid WordPress export.
        """
        name = self.location.name
        try:
            with reading(self.location), self.location.open("rb") as stream:
                state = FileState.of(self.location.stat())
                if known.get(name) == state:
                    yield Unchanged(name)
                    return
                pictures = _pictures(stream_elements(stream, frozenset({"item"})))
                stream.seek(0)
                channel = _Channel(str(self.location), pictures)
                for element in stream_elements(stream, _HEADER | {"item"}):
                    if local_name(element) == "item":
                        yield self._found(_Item(element), channel, name, state)
                    else:
                        channel.take(element)
        except SourceError:
            raise
        except InputError as error:
            where = error.within(str(self.location)).where
            raise SourceError(error.what, where=where, expected=error.expected) from None
        if not channel.is_export:
            what, expected = "the XML is not a WordPress export", "items with a post type, as WordPress exports them"
            raise SourceError(what, where=str(self.location), expected=expected)

    def _found(self, item: _Item, channel: _Channel, name: str, state: FileState) -> Found:
        number, kind = item.text("post_id"), item.text("post_type")
        path = f"{name}#post-{number}"
        channel.is_export |= bool(kind)
        if kind not in self._types:
            return Skipped(path, f"not an article: {kind or 'no post type'}")
        status = item.text("status")
        if status != "publish":
            return Skipped(path, NOT_PUBLISHED.get(status, f"status {status}"))
        if item.text("post_password"):
            return Skipped(path, "password")
        where = f"{channel.file}, post {number}"
        if not number.isdigit():
            return Unreadable(InputError("an item has no wp:post_id", where=where, expected="a number"), name)
        return read_fields(_fields(item, channel), where, name, state)


class _Item:
    """An item of the export, with its elements by local name."""

    def __init__(self, element: etree._Element) -> None:
        self.terms: list[tuple[str, str, str]] = []
        self.meta: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        for child in element:
            name = local_name(child)
            if name == "category":
                self.terms.append((child.get("domain", ""), child.get("nicename", ""), plain(child.text)))
            elif name == "postmeta":
                pair = {local_name(part): part.text or "" for part in child}
                self.meta.setdefault(pair.get("meta_key", ""), pair.get("meta_value", ""))
            elif name == "encoded":
                # content:encoded and excerpt:encoded have the same local name.
                self._texts["excerpt" if "excerpt" in str(child.tag) else "content"] = child.text or ""
            else:
                self._texts.setdefault(name, (child.text or "").strip())

    def text(self, name: str) -> str:
        """Return the text of an element; empty if it is missing."""
        return self._texts.get(name, "")


class _Channel:
    """The header of the export."""

    def __init__(self, file: str, pictures: Mapping[str, str]) -> None:
        self.file = file
        self.pictures = pictures
        self.language = ""
        self.address = ""
        self.authors: dict[str, str] = {}
        self.is_export = False

    def take(self, element: etree._Element) -> None:
        """Store an element of the header."""
        name = local_name(element)
        if name == "author":
            parts = {local_name(part): plain(part.text) for part in element}
            login = parts.get("author_login", "")
            self.authors[login] = parts.get("author_display_name") or login
        elif name == "language":
            self.language = self.language or (element.text or "").strip()
        else:
            self.address = (element.text or "").strip().rstrip("/")


def _pictures(items: Iterator[etree._Element]) -> dict[str, str]:
    """Map the id of each attachment to its address."""
    found = {}
    for element in items:
        item = _Item(element)
        if item.text("post_type") == "attachment" and item.text("attachment_url"):
            found[item.text("post_id")] = item.text("attachment_url")
    return found


def _fields(item: _Item, channel: _Channel) -> dict[str, Any]:
    dates = (item.text("post_date_gmt"), item.text("post_date"))
    creator = item.text("creator")
    picture = channel.pictures.get(item.meta.get("_thumbnail_id", ""))
    return {
        "id": f"post-{item.text('post_id')}",
        "title": plain(item.text("title")),
        "slug": item.text("post_name"),
        "webUrl": urljoin(f"{channel.address}/", item.text("link")) if item.text("link") else None,
        "publishedDateTime": next((date for date in dates if date and not date.startswith(_NO_DATE)), None),
        "excerpt": prose(item.text("excerpt")),
        "topics": topics_of(item.terms),
        "authors": distinct([channel.authors.get(creator, creator)]),
        "images": [{"url": picture}] if picture else [],
        "language": channel.language,
        "body": prose(_SHORTCODE.sub("", item.text("content"))),
    }


def topics_of(terms: list[tuple[str, str, str]]) -> list[str]:
    """Return the names of categories, then those of tags; each term is a taxonomy, a slug and a name."""
    chosen = [term for term in terms if not (term[0] == "category" and term[1] == UNCATEGORIZED)]
    return distinct(name for wanted in ("category", "post_tag") for domain, _, name in chosen if domain == wanted)
