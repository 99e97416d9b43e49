"""Read a live WordPress site over its REST API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recommender.errors import InputError, SourceError
from recommender.sources.base import FileState, Found, Skipped, Unchanged, Unreadable
from recommender.sources.imported import (
    Failures,
    content_hash,
    distinct,
    is_web_address,
    mapping,
    mappings,
    plain,
    prose,
    read_fields,
    utc_ns,
)
from recommender.sources.web_client import Response, WebClient
from recommender.sources.web_errors import WebError, redacted
from recommender.sources.wordpress_api import api_url, find_api
from recommender.sources.wxr import topics_of

CHUNK_POSTS = 50
"""Posts of one request; whole posts are large, and the server renders each."""
PAGE_POSTS = 100
"""The most that WordPress lists on one page."""
_TRIES = 3
_LANGUAGE = re.compile(r"""<html\b[^>]*\blang=["']([A-Za-z0-9-]+)["']""", re.IGNORECASE)
_FIELDS = (
    "id,slug,link,status,title,content,excerpt,date_gmt,modified_gmt,author,featured_media,categories,tags,lang,"
    "_links,_embedded"
)


class WordPressSite:
    """A WordPress site, read as its visitors see it: published posts without a password.

    Each scan first lists number, time of change and address of all posts, a hundred a request, and then reads those
    that are new or changed; the address is compared because new permalinks move every post and change no post's time.
    WordPress can also be asked for the posts changed since a moment (`modified_after`), but that is not enough: a post
    that was scheduled keeps its old time of change when it goes live, and a deleted post is only noticed in a full
    list. A renamed category or author does not change a post's time; it is seen when the post changes.

    Args:
        location: The site's address.
        client: Reads it.
        api: The root of the REST API, as `find_api` returns it; looked for if left out.
    """

    kind = "wordpress_site"

    def __init__(self, location: str, client: WebClient, api: str | None = None) -> None:
        self.location = location
        self._client = client
        self._api = api
        self._language: str | None = None

    def fingerprint(self) -> str:
        """The version of this reader; when it changes, everything is read again."""
        return "wordpress 1"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every published post, by number.

        Raises:
            SourceError: If the site is down or is no WordPress; nothing was yielded then, or only what was read.
        """
        with self._client:
            if self._api is None:
                self._api = find_api(self.location, self._client)
            if self._api is None:
                raise SourceError(
                    "this site shows no WordPress REST API",
                    where=redacted(self.location),
                    hint="a plugin may block it; give the address of its feed or sitemap instead",
                )
            wanted: dict[int, FileState] = {}
            for post in self._list():
                path, state = f"post-{post['id']}", state_of(post)
                if _is_protected(post):
                    yield Skipped(path, "password")
                elif state.mtime_ns and known.get(path) == state:
                    yield Unchanged(path)
                else:
                    wanted[post["id"]] = state
            failures = Failures()
            ids = list(wanted)
            for start in range(0, len(ids), CHUNK_POSTS):
                yield from self._read(ids[start : start + CHUNK_POSTS], failures)

    def _list(self) -> list[dict[str, Any]]:
        """Number, time of change, address and protection of every post.

        Posts that come and go meanwhile move others from page to page, so the list is only right if each page
        announces the same count, and as many were listed.
        """
        for _ in range(_TRIES):
            posts: dict[int, dict[str, Any]] = {}
            number = pages = 1
            announced: set[int] = set()
            while number <= pages:
                response = self._ask(
                    per_page=PAGE_POSTS,
                    page=number,
                    orderby="id",
                    order="asc",
                    _fields="id,modified_gmt,link,content.protected",
                )
                listed = _posts(response)
                posts |= {post["id"]: post for post in listed}
                pages = _count(response, "x-wp-totalpages", number if len(listed) < PAGE_POSTS else number + 1)
                announced.add(_count(response, "x-wp-total", -1))
                number += 1
            if announced in ({-1}, {len(posts)}):
                return [posts[number] for number in sorted(posts)]
        raise SourceError(
            f"the list of posts changes while it is read: {max(announced)} were announced and {len(posts)} listed",
            where=redacted(self.location),
            hint="try again later",
        )

    def _read(self, ids: list[int], failures: Failures) -> Iterator[Found]:
        """Read whole posts; where a request fails, its halves are tried, so that one broken post costs only itself."""
        try:
            posts = {
                post["id"]: post
                for post in _posts(
                    self._ask(
                        include=",".join(map(str, ids)),
                        per_page=len(ids),
                        orderby="include",
                        _embed="author,wp:term,wp:featuredmedia",
                        _fields=_FIELDS,
                    )
                )
            }
        except WebError as error:
            unreadable = failures.note(error.at(redacted(self.location)), f"post-{ids[0]}", is_outage=error.is_outage)
            if len(ids) == 1:
                error.where = f"{redacted(self.location)}, post {ids[0]}"
                yield unreadable
                return
            middle = len(ids) // 2
            yield from self._read(ids[:middle], failures)
            yield from self._read(ids[middle:], failures)
            return
        failures.reset()
        for number in ids:
            yield self._found(number, posts.get(number))

    def _found(self, number: int, post: dict[str, Any] | None) -> Found:
        path = f"post-{number}"
        if post is None:
            where = f"{redacted(self.location)}, post {number}"
            return Unreadable(InputError("the post is listed, but the site does not hand it out", where=where), path)
        if _is_protected(post):
            return Skipped(path, "password")
        if post.get("status", "publish") != "publish":
            return Skipped(path, f"status {post['status']}")
        where = post["link"] if is_web_address(post.get("link")) else f"{redacted(self.location)}, post {number}"
        language = post.get("lang") if isinstance(post.get("lang"), str) else ""
        return read_fields(_fields(post, language or self._site_language()), where, path, state_of(post))

    def _site_language(self) -> str:
        if self._language is None:
            try:
                page = self._client.get(self.location).body[:4096].decode("utf-8", "replace")
                found = _LANGUAGE.search(page)
                self._language = found[1] if found else ""
            except WebError:
                self._language = ""
        return self._language

    def _ask(self, **parameters: Any) -> Response:
        return self._client.get(api_url(self._api or "", "wp/v2/posts", parameters))


def state_of(post: Mapping[str, Any]) -> FileState:
    """The time of change of a post, in the place of a file's (0 where the site does not tell), and its address."""
    return FileState(
        0, utc_ns(post.get("modified_gmt")), 0, content_hash(str(post.get("link")).encode("utf-8", "replace"))
    )


def _posts(response: Response) -> list[dict[str, Any]]:
    posts = response.json()
    if not isinstance(posts, list) or not all(
        isinstance(post, dict) and isinstance(post.get("id"), int) for post in posts
    ):
        raise WebError("the answer is no list of posts", where=redacted(response.url), status=response.status)
    return posts


def _count(response: Response, header: str, default: int) -> int:
    value = response.headers.get(header, "")
    return int(value) if value.isdigit() else default


def _is_protected(post: Mapping[str, Any]) -> bool:
    return bool(mapping(post.get("content")).get("protected"))


def _rendered(post: Mapping[str, Any], name: str) -> str:
    return str(mapping(post.get(name)).get("rendered") or "")


def _fields(post: Mapping[str, Any], language: str) -> dict[str, Any]:
    embedded = mapping(post.get("_embedded"))
    groups = embedded.get("wp:term")
    terms = [
        (str(term.get("taxonomy") or ""), str(term.get("slug") or ""), plain(term.get("name")))
        for group in (groups if isinstance(groups, list) else [])
        for term in mappings(group)
    ]
    return {
        "id": f"post-{post['id']}",
        "title": plain(_rendered(post, "title")),
        "slug": post.get("slug"),
        "webUrl": post.get("link"),
        "publishedDateTime": post.get("date_gmt"),
        # WordPress ends the excerpts that it makes itself with a mark.
        "excerpt": prose(_rendered(post, "excerpt")).replace("[…]", "…").strip(),
        "topics": topics_of(terms),
        "authors": distinct(plain(one.get("name")) for one in mappings(embedded.get("author"))),
        "images": [_image(one) for one in mappings(embedded.get("wp:featuredmedia")) if one.get("source_url")],
        "language": language,
        "body": prose(_rendered(post, "content")),
    }


def _image(media: Mapping[str, Any]) -> dict[str, Any]:
    size = mapping(media.get("media_details"))
    return {"url": media["source_url"]} | {side: size[side] for side in ("width", "height") if size.get(side)}
