"""Posts of Ghost: which readers may see, their fields, and who wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from recommender.sources.base import FileState
from recommender.sources.imported import distinct, mapping, mappings, plain, prose, utc_ns

_NOT_PUBLISHED = {"draft": "draft", "scheduled": "in the future", "sent": "e-mail only"}
_SITE = "__GHOST_URL__"
"""What exports have in place of the site's address."""


def tables_of(export: Any) -> dict[str, Any] | None:
    """The tables of an export by name, or None if it is no export of Ghost."""
    database = mapping(export).get("db")
    first = database[0] if isinstance(database, list) and database else export
    tables = mapping(mapping(first).get("data"))
    return tables if isinstance(tables.get("posts"), list) else None


def reason_to_skip(post: Mapping[str, Any]) -> str:
    """Why a post is no article for everybody; empty if it is one."""
    kind = post.get("type") or ("page" if post.get("page") else "post")
    if kind != "post":
        return f"not an article: {kind}"
    status = str(post.get("status") or "published")
    if status != "published":
        return _NOT_PUBLISHED.get(status, f"status {status}")
    return "" if (post.get("visibility") or "public") == "public" else "members only"


def state_of(post: Mapping[str, Any]) -> FileState:
    """The time of change of a post, in the place of a file's; 0 where the site does not tell."""
    return FileState(0, utc_ns(post.get("updated_at")), 0, 0)


def fields_of(post: Mapping[str, Any], address: str | None, site_url: str) -> dict[str, Any]:
    """The fields of an article; `tags` and `authors` of the post hold objects with names."""
    html = str(post.get("html") or "").replace(_SITE, site_url.rstrip("/"))
    picture = str(post.get("feature_image") or "").replace(_SITE, site_url.rstrip("/"))
    picture = urljoin(site_url, picture) if picture else ""
    # Tags whose names begin with # are for the theme alone.
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
        # Posts of newer editors may have been exported without their HTML.
        "body": prose(html) or str(post.get("plaintext") or "").strip(),
    }


def _date(value: Any) -> Any:
    """Old exports have milliseconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e14:
        return datetime.fromtimestamp(value / 1000, UTC)
    return value


class Names:
    """Tags and authors of the posts of an export, which are tables of their own there."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tags = _joined(tables, "posts_tags", "tag_id", "tags")
        self._authors = _joined(tables, "posts_authors", "author_id", "users")
        self._users = {user.get("id"): user for user in mappings(tables.get("users"))}

    def of(self, post: Mapping[str, Any]) -> dict[str, Any]:
        """The fields `tags` and `authors` of one post."""
        number = post.get("id")
        single = self._users.get(post.get("author_id"))
        authors = self._authors.get(number) or ([single] if single else [])
        return {"tags": self._tags.get(number, []), "authors": authors}


def _joined(tables: Mapping[str, Any], pairs: str, key: str, items: str) -> dict[Any, list[dict[str, Any]]]:
    """For each post, the rows of another table that it is joined with, in their order."""
    rows = {row.get("id"): row for row in mappings(tables.get(items))}
    found: dict[Any, list[dict[str, Any]]] = {}
    for pair in sorted(mappings(tables.get(pairs)), key=lambda pair: _number(pair.get("sort_order"))):
        if pair.get(key) in rows:
            found.setdefault(pair.get("post_id"), []).append(rows[pair[key]])
    return found


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
