"""Create small sites from their settings files, and describe single pages of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.config import SiteSettings
from recommender.sites import Description, Page, SiteProfile, find_site

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def profile_of(folder: Path, files: Mapping[str, str], **settings: Any) -> SiteProfile:
    """Write a site's files, and detect its profile."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return find_site(folder, SiteSettings(**settings), near=False).profile


def describe(
    profile: SiteProfile, path: str, fields: Mapping[str, Any] | None = None, body: str = "Text."
) -> Description:
    """Describe a page; it must be an article."""
    page = Page(path, fields or {}, body)
    assert profile.path_skip_reason(path) is None
    assert profile.page_skip_reason(page) is None
    return profile.describe(page, NOW)


def address_of(profile: SiteProfile, path: str, fields: Mapping[str, Any] | None = None) -> str | None:
    """Return the address of a page."""
    address = describe(profile, path, fields).fields.get("webUrl")
    return None if address is None else str(address)


def skipped(
    profile: SiteProfile, path: str, fields: Mapping[str, Any] | None = None, body: str = "Text."
) -> str | None:
    """Return why a file is skipped or hidden; None if it is a visible article."""
    page = Page(path, fields or {}, body)
    steps = path.split("/")
    folders = ["/".join(steps[:end]) + "/" for end in range(1, len(steps))]
    why = next((why for place in (*folders, path) if (why := profile.path_skip_reason(place)) is not None), None)
    return why or profile.page_skip_reason(page) or profile.describe(page, NOW).hidden
