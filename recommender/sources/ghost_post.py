"""Convert Ghost posts to articles: visibility, fields, tags and authors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from recommender.sources.base import FileState
from recommender.sources.imported import distinct, mapping, mappings, plain, prose, utc_ns

_NOT_PUBLISHED = {"draft": "draft", "scheduled": "in the future", "sent": "e-mail only"}
_SITE = "__GHOST_URL__"
"""The placeholder for the site's address in exports."""


def tables_of(export: Any) -> dict[str, Any] | None:
    """Return the tables of an export by name, or None if it is not a Ghost export."""
    database = mapping(export).get("db")
    first = database[0] if isinstance(database, list) and database else export
    tables = mapping(mapping(first).get("data"))
    return tables if isinstance(tables.get("posts"), list) else None


def reason_to_skip(post: Mapping[str, Any]) -> str:
    """Return why a post is skipped; empty if it is a public article."""
    kind = post.get("type") or ("page" if post.get("page") else "post")
    if kind != "post":
        return f"not an article: {kind}"
    status = str(post.get("status") or "published")
    if status != "published":
        return _NOT_PUBLISHED.get(status, f"status {status}")
    return "" if (post.get("visibility") or "public") == "public" else "members only"


def state_of(post: Mapping[str, Any]) -> FileState:
    """Return a state with the modification time of a post, or 0 if it is unknown."""
    return FileState(0, utc_ns(post.get("updated_at")), 0, 0)


def fields_of(post: Mapping[str, Any], address: str | None, site_url: str) -> dict[str, Any]:
    """Convert a post to the fields of an article; its `tags` and `authors` are objects with names."""
    html = str(post.get("html") or "").replace(_SITE, site_url.rstrip("/"))
    picture = str(post.get("feature_image") or "").replace(_SITE, site_url.rstrip("/"))
    picture = urljoin(site_url, picture) if picture else ""
    # Internal tags, whose names begin with #, are for the theme only.
    tags = [tag for tag in mappings(post.get("tags")) if tag.get("visibility") != "internal"]
    return {
        "id": f"post-{post.get('id')}",
        "title": plain(post.get("title")),
        "slug": post.get("slug"),
        "webUrl": address,
        "publishedDateTime": _date(post.get("published_at")),
        "excerpt": plain(post.get("custom_excerpt") or post.get("excerpt")),
        "topics": distinct(name for tag in tags if (name := plain(tag.get("name"))) and not name.startswith("#")),
        "authors": distinct(plain(author.get("name")) for author in mappings(post.get("authors"))),
        "images": [{"url": picture}] if picture else [],
        "language": post.get("locale"),
        # Exports may lack the HTML of posts from newer editors.
        "body": prose(html) or str(post.get("plaintext") or "").strip(),
    }


def _date(value: Any) -> Any:
    # Old exports have milliseconds since 1970.
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e14:
        return datetime.fromtimestamp(value / 1000, UTC)
    return value


class Names:
    """The tags and authors of an export's posts, which are in separate tables."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tags = _joined(tables, "posts_tags", "tag_id", "tags")
        self._authors = _joined(tables, "posts_authors", "author_id", "users")
        self._users = {user.get("id"): user for user in mappings(tables.get("users"))}

    def of(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields `tags` and `authors` of a post."""
        number = post.get("id")
        single = self._users.get(post.get("author_id"))
        authors = self._authors.get(number) or ([single] if single else [])
        return {"tags": self._tags.get(number, []), "authors": authors}


def _joined(tables: Mapping[str, Any], pairs: str, key: str, items: str) -> dict[Any, list[dict[str, Any]]]:
    """Map each post's id to the rows of another table that it is joined with, in order."""
    rows = {row.get("id"): row for row in mappings(tables.get(items))}
    found: dict[Any, list[dict[str, Any]]] = {}
    for pair in sorted(mappings(tables.get(pairs)), key=lambda pair: _number(pair.get("sort_order"))):
        if pair.get(key) in rows:
            found.setdefault(pair.get("post_id"), []).append(rows[pair[key]])
    return found


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
