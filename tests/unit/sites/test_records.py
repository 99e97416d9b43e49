"""The profile of JSON lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recommender.config import Settings
from recommender.sites import Description, Page
from recommender.sites.records import Records
from recommender.sites.root import SiteRoot


def described(record: dict[str, Any], **sections: Any) -> Description:
    settings = Settings.parse(sections)
    profile = Records(SiteRoot(Path("/nowhere")), settings.site, settings.fields)
    return profile.describe(Page("", record), datetime(2024, 5, 6, tzinfo=UTC))


def test_the_address_of_a_record_has_many_keys():
    for key in ["webUrl", "url", "link", "permalink", "canonicalUrl", "canonical_url"]:
        found = described({"title": "T", key: "https://x.example/a b"})
        # `webUrl` is used as it is.
        path = "a b" if key == "webUrl" else "a%20b"
        assert found.fields["webUrl"] == f"https://x.example/{path}", key
        assert found.origins["url"] == key, key


def test_a_path_is_joined_to_the_base_in_the_settings():
    found = described({"title": "T", "url": "/a/"}, site={"url": "https://x.example/news"})
    assert found.fields["webUrl"] == "https://x.example/news/a/"


def test_published_false_hides_nothing_and_a_draft_is_hidden():
    assert described({"title": "T", "published": False}).hidden is None
    assert described({"title": "T", "draft": True}).hidden == "draft"
