"""Read a WordPress export (WXR), streamed in constant memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from recommender.errors import InputError, SourceError
from recommender.sources.base import FileState, Found, Skipped, Unchanged, Unreadable, reason
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
"""Why a post of a WordPress status is skipped; any other status is named as it is."""
UNCATEGORIZED = "uncategorized"
"""The slug of the category of posts that have none."""
# WordPress's own; exports have them as they were written, while a live site has what they show.
_SHORTCODE = re.compile(
    r"\[embed\b[^\]]*\][^\[]*\[/embed\]|\[/?(?:gallery|(?:wp_)?caption|audio|video|playlist)\b[^\]]*\]"
)
_NO_DATE = "0000-00-00"
_HEADER = frozenset({"language", "base_blog_url", "author"})


class WxrFile:
    """A WordPress export file.

    Only published posts without a password are articles; everything else is skipped with its reason.
    Each article's id is `post-` and the number of the post, as with `WordPressSite`.

    Args:
        location: The file, `.xml` or `.wxr`.
        types: The post types that are articles; add `page` to read pages too.
    """

    kind = "wordpress_export"

    def __init__(self, location: Path, types: tuple[str, ...] = ("post",)) -> None:
        self.location = location
        self._types = types

    def fingerprint(self) -> str:
        """The version of this reader and the post types; when they change, everything is read again."""
        return f"wxr 1 {' '.join(self._types)}"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every item of the export, in the file's order.

        Raises:
            SourceError: If the file cannot be read, is broken XML or no WordPress export.
        """
        name = self.location.name
        try:
            with self.location.open("rb") as stream:
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
        except OSError as error:
            raise SourceError(f"the file cannot be read: {reason(error)}", where=str(self.location)) from None
        except InputError as error:
            place = f"{self.location}, {error.where}" if error.where else str(self.location)
            raise SourceError(error.what, where=place, expected=error.expected) from None
        if not channel.is_export:
            raise SourceError(
                "the XML is no WordPress export: none of its items has a post type",
                where=str(self.location),
                expected="a file from WordPress, Tools, Export",
            )

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
    """One item of the export; its elements by their names without namespace."""

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
                # Both content:encoded and excerpt:encoded have this name.
                namespace = etree.QName(child).namespace or ""
                self._texts["excerpt" if "excerpt" in namespace else "content"] = child.text or ""
            else:
                self._texts.setdefault(name, (child.text or "").strip())

    def text(self, name: str) -> str:
        """The text of an element; empty if it is not there."""
        return self._texts.get(name, "")


class _Channel:
    """What the export says before its items."""

    def __init__(self, file: str, pictures: Mapping[str, str]) -> None:
        self.file = file
        self.pictures = pictures
        self.language = ""
        self.address = ""
        self.authors: dict[str, str] = {}
        self.is_export = False

    def take(self, element: etree._Element) -> None:
        """Note one of the elements of the header."""
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
    """The address of each attachment by its number."""
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
    """The names of categories, then those of tags, from taxonomy, slug and name of each term."""
    chosen = [term for term in terms if not (term[0] == "category" and term[1] == UNCATEGORIZED)]
    return distinct(name for wanted in ("category", "post_tag") for domain, _, name in chosen if domain == wanted)
