"""Read a live WordPress site over its REST API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recommender.errors import SourceError
from recommender.sources.base import FileState, Found, Skipped, Unchanged, Unreadable
from recommender.sources.imported import (
    content_hash,
    distinct,
    fetch_posts,
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

PAGE_POSTS = 100
"""The largest page of a list that WordPress allows."""
_TRIES = 3
_LANGUAGE = re.compile(r"""<html\b[^>]*\blang=["']([A-Za-z0-9-]+)["']""", re.IGNORECASE)
_FIELDS = (
    "id,slug,link,status,title,content,excerpt,date_gmt,modified_gmt,author,featured_media,categories,tags,lang,"
    "_links,_embedded"
)


class WordPressSite:
    """A WordPress site, read as its visitors see it: published posts without a password.

    Each scan lists id, modification time and address of all posts, a hundred per request, and then reads those that
    are new or changed. Addresses are compared because new permalinks do not change modification times. A query by
    `modified_after` would miss scheduled posts, whose time does not change on publication, and deleted posts. A
    renamed category or author is not noticed until the post changes.

    Args:
        location: The site's address.
        client: The HTTP client.
        api: The root of the REST API, as `find_api` returns it; searched for if left out.
    """

    kind = "wordpress_site"

    def __init__(self, location: str, client: WebClient, api: str | None = None) -> None:
        self.location = location
        self._client = client
        self._api = api
        self._language: str | None = None

    def fingerprint(self) -> str:
        """Return the version of this reader; when it changes, everything is read again."""
        return "wordpress 1"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every published post, sorted by id.

        Raises:
            SourceError: If the site is down or is not a WordPress site; posts yielded before are valid.
        """
        with self._client:
            if self._api is None:
                self._api = find_api(self.location, self._client)
            if self._api is None:
                hint = "a plugin may block it; give the address of its feed or sitemap instead"
                raise SourceError("this site has no WordPress REST API", where=redacted(self.location), hint=hint)
            wanted: list[int] = []
            for post in self._list():
                path, state = f"post-{post['id']}", state_of(post)
                if _is_protected(post):
                    yield Skipped(path, "password")
                elif state.mtime_ns and known.get(path) == state:
                    yield Unchanged(path)
                else:
                    wanted.append(post["id"])
            for found in fetch_posts(wanted, self._fetch, self.location):
                yield found if isinstance(found, Unreadable) else self._found(found)

    def _list(self) -> list[dict[str, Any]]:
        """List id, modification time, address and protection of every post.

        New and deleted posts move others from page to page. The list is therefore valid only if every page announces
        the same total, and that many posts were listed.
        """
        for _ in range(_TRIES):
            posts: dict[int, dict[str, Any]] = {}
            number = pages = 1
            announced: set[int] = set()
            while number <= pages:
                fields = "id,modified_gmt,link,content.protected"
                response = self._ask(per_page=PAGE_POSTS, page=number, orderby="id", order="asc", _fields=fields)
                listed = _posts(response)
                posts |= {post["id"]: post for post in listed}
                pages = _count(response, "x-wp-totalpages", number if len(listed) < PAGE_POSTS else number + 1)
                announced.add(_count(response, "x-wp-total", -1))
                number += 1
            if announced in ({-1}, {len(posts)}):
                return [posts[number] for number in sorted(posts)]
        what = f"the list of posts changed while it was read: {max(announced)} were announced and {len(posts)} listed"
        raise SourceError(what, where=redacted(self.location), hint="try again later")

    def _fetch(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        response = self._ask(
            include=",".join(map(str, ids)),
            per_page=len(ids),
            orderby="include",
            _embed="author,wp:term,wp:featuredmedia",
            _fields=_FIELDS,
        )
        return {post["id"]: post for post in _posts(response)}

    def _found(self, post: dict[str, Any]) -> Found:
        path = f"post-{post['id']}"
        if _is_protected(post):
            return Skipped(path, "password")
        if post.get("status", "publish") != "publish":
            return Skipped(path, f"status {post['status']}")
        where = post["link"] if is_web_address(post.get("link")) else f"{redacted(self.location)}, post {post['id']}"
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
    """Return a state with the modification time of a post (0 if unknown) and a hash of its address."""
    address = str(post.get("link")).encode("utf-8", "replace")
    return FileState(0, utc_ns(post.get("modified_gmt")), 0, content_hash(address))


def _posts(response: Response) -> list[dict[str, Any]]:
    posts = response.json()
    if not isinstance(posts, list) or not all(isinstance(mapping(post).get("id"), int) for post in posts):
        raise WebError("the answer is not a list of posts", where=redacted(response.url), status=response.status)
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
        # WordPress ends automatic excerpts with this mark.
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
