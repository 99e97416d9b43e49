"""Markdown of no known generator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from recommender.config import FieldSettings, SiteSettings
from recommender.sites import Page
from recommender.sites.plain import PlainMarkdown
from recommender.sites.root import SiteRoot


def test_a_folder_of_markdown_files():
    profile = PlainMarkdown(SiteRoot(Path("/nowhere")), SiteSettings(), FieldSettings(), "nothing")
    assert {".md", ".markdown", ".mdx"} <= set(profile.suffixes)
    found = profile.describe(Page("2024-05-01-a.md", {}, "Text."), datetime(2024, 6, 1, tzinfo=UTC), lambda: "A story")
    assert found.fields == {"title": "A story", "publishedDateTime": "2024-05-01T00:00:00Z"}
    assert found.origins == {"title": "heading", "published": "file name"}
    assert (profile.base, profile.entry_has_id, profile.generator) == (None, True, "markdown")
