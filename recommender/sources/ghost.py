"""Read a Ghost blog from its export, or live over the Content API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from recommender.errors import ConfigError, SourceError
from recommender.sources.base import FileState, Found, Skipped, Unchanged, Unreadable, reading
from recommender.sources.ghost_post import Names, fields_of, reason_to_skip, state_of, tables_of
from recommender.sources.imported import fetch_posts, is_web_address, mapping, mappings, parse_json, read_fields
from recommender.sources.web_client import WebClient
from recommender.sources.web_errors import WebError, redacted

KEY_VARIABLE = "RELATED_GHOST_KEY"
"""The environment variable with the Content API key."""
PAGE_POSTS = 100


class GhostExport:
    """A Ghost export, a JSON file whose published public posts are the articles.

    Args:
        location: The file.
        site_url: The site's address, which exports do not contain; without it, the articles have no addresses.
    """

    kind = "ghost_export"

    def __init__(self, location: Path, *, site_url: str | None = None) -> None:
        self.location = location
        self._site_url = f"{site_url.rstrip('/')}/" if site_url else ""

    def fingerprint(self) -> str:
        """Return the version of this reader and the site's address; when they change, everything is read again."""
        return f"ghost export 1 {self._site_url}"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every post and page, in the file's order.

        Raises:
            SourceError: If the file cannot be read or is not a Ghost export.
        """
        name = self.location.name
        with reading(self.location):
            state = FileState.of(self.location.stat())
            if known.get(name) == state:
                yield Unchanged(name)
                return
            content = self.location.read_bytes()
        try:
            tables = tables_of(parse_json(content))
        except ValueError as error:
            raise SourceError(f"the file is not JSON: {error}", where=str(self.location)) from None
        if tables is None:
            expected = 'an object with "db", which contains "data" with "posts"'
            raise SourceError("the JSON is not a Ghost export", where=str(self.location), expected=expected)
        names = Names(tables)
        for post in mappings(tables["posts"]):
            number = str(post.get("id") or "")
            skipped = reason_to_skip(post)
            if skipped:
                yield Skipped(f"{name}#post-{number}", skipped)
            else:
                fields = fields_of(post | names.of(post), self._address(post), self._site_url)
                yield read_fields(fields, f"{self.location}, post {number}", name, state)

    def _address(self, post: Mapping[str, Any]) -> str | None:
        return urljoin(self._site_url, f"{post['slug']}/") if self._site_url and post.get("slug") else None


class GhostSite:
    """A live Ghost blog, read over its Content API.

    Each scan lists ids and modification times of all posts, and reads those that are new or changed.

    Args:
        location: The site's address.
        client: The HTTP client.
        key: The Content API key, by default from the environment variable RELATED_GHOST_KEY. It is never shown.
    """

    kind = "ghost_site"

    def __init__(self, location: str, client: WebClient, key: str | None = None) -> None:
        self.location = location
        self._client = client
        self._key = key or os.environ.get(KEY_VARIABLE, "").strip()

    def fingerprint(self) -> str:
        """Return the version of this reader; when it changes, everything is read again."""
        return "ghost 1"

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield every published post, in the site's order.

        Raises:
            ConfigError: If there is no key.
            SourceError: If the site is down, the key is wrong or the site is not a Ghost blog.
        """
        if not self._key:
            hint = f"create one in Ghost under Settings, Integrations, and set {KEY_VARIABLE}"
            what = "reading a Ghost site needs its Content API key"
            raise ConfigError(what, where=redacted(self.location), hint=hint)
        with self._client:
            wanted = []
            for post in self._list():
                path, state = f"post-{post['id']}", state_of(post)
                skipped = reason_to_skip(post)
                if skipped:
                    yield Skipped(path, skipped)
                elif state.mtime_ns and known.get(path) == state:
                    yield Unchanged(path)
                else:
                    wanted.append(str(post["id"]))
            for found in fetch_posts(wanted, self._fetch, self.location):
                yield found if isinstance(found, Unreadable) else self._found(found)

    def is_ghost(self) -> bool:
        """Return whether the site answers Content API requests with this key.

        Raises:
            WebError: If the site is down.
        """
        try:
            self._ask(fields="id", limit=1)
            return True
        except WebError as error:
            if error.is_outage:
                raise
            return False

    def _list(self) -> list[dict[str, Any]]:
        posts: dict[str, dict[str, Any]] = {}
        page: int | None = 1
        total = 0
        while page is not None:
            listed, pagination = self._ask(
                fields="id,updated_at,visibility", order="published_at asc", limit=PAGE_POSTS, page=page
            )
            posts |= {str(post["id"]): post for post in listed}
            total = int(pagination.get("total") or 0)
            following = pagination.get("next")
            page = following if isinstance(following, int) and following > page else None
        if len(posts) < total:
            what = f"the list of posts changed while it was read: {total} were announced and {len(posts)} listed"
            raise SourceError(what, where=redacted(self.location), hint="try again later")
        return list(posts.values())

    def _fetch(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        listed, _ = self._ask(filter=f"id:[{','.join(ids)}]", include="tags,authors", limit=len(ids))
        return {str(post["id"]): post for post in listed}

    def _found(self, post: dict[str, Any]) -> Found:
        path = f"post-{post['id']}"
        if skipped := reason_to_skip(post):
            return Skipped(path, skipped)
        address = str(post["url"]) if is_web_address(post.get("url")) else None
        where = address or f"{redacted(self.location)}, post {post['id']}"
        return read_fields(fields_of(post, address, self.location), where, path, state_of(post))

    def _ask(self, **parameters: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Request posts; return them and the pagination."""
        query = urlencode({"key": self._key, **parameters}, safe=",:[]")
        address = f"{self.location.rstrip('/')}/ghost/api/content/posts/?{query}"
        try:
            response = self._client.get(address, {"Accept-Version": "v5.0"})
            answer = response.json()
        except WebError as error:
            error.where = redacted(self.location)
            if error.status in {401, 403}:
                error.what, error.hint = "Ghost rejects the key", f"check {KEY_VARIABLE}"
            raise
        posts = mapping(answer).get("posts")
        if not isinstance(posts, list) or not all(mapping(post).get("id") for post in posts):
            raise WebError("the answer is not a list of posts", where=redacted(self.location), status=200)
        return posts, mapping(mapping(mapping(answer).get("meta")).get("pagination"))
