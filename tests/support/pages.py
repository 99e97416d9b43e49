"""Small sites of settings files, and what their profile says of single pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.config import SiteSettings
from recommender.sites import Description, Page, Profile, find_site

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def profile_of(folder: Path, files: Mapping[str, str], **settings: Any) -> Profile:
    """Write a site's files, and recognise it."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return find_site(folder, SiteSettings(**settings), near=False).profile


def describe(profile: Profile, path: str, fields: Mapping[str, Any] | None = None, body: str = "Text.") -> Description:
    """Describe a page; it must be an article."""
    page = Page(path, fields or {}, body)
    assert profile.passes_over(path) is None
    assert profile.is_page(page) is None
    return profile.describe(page, NOW)


def address_of(profile: Profile, path: str, fields: Mapping[str, Any] | None = None) -> str | None:
    """The address of a page."""
    address = describe(profile, path, fields).fields.get("webUrl")
    return None if address is None else str(address)


def skipped(profile: Profile, path: str, fields: Mapping[str, Any] | None = None, body: str = "Text.") -> str | None:
    """Why a file is no article that readers may see."""
    page = Page(path, fields or {}, body)
    steps = path.split("/")
    folders = ["/".join(steps[:end]) + "/" for end in range(1, len(steps))]
    why = next((why for place in (*folders, path) if (why := profile.passes_over(place)) is not None), None)
    return why or profile.is_page(page) or profile.describe(page, NOW).hidden
