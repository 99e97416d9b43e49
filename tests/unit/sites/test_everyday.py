"""The profile of news sites as in the sample data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recommender.config import FieldSettings, SiteSettings
from recommender.sites import Description, Page
from recommender.sites.everyday import Everyday
from recommender.sites.root import SiteRoot

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
ARTICLE = "title: A\npublishedDateTime: 2021-04-16T20:54:00Z\nwebUrl: https://x.example/a\n"


def described(path: str = "_news/a.md", **fields: Any) -> Description:
    profile = Everyday(SiteRoot(Path("/nowhere")), SiteSettings(), FieldSettings())
    return profile.describe(Page(path, {"title": "T", **fields}), NOW)


def test_the_sample_site_is_recognised_by_its_articles(site: Path):
    assert (Everyday.recognise(SiteRoot(site)) or "").endswith(" has publishedDateTime and webUrl")


@pytest.mark.parametrize(
    ("name", "text", "recognised"),
    [
        ("_news/a.md", f"---\n{ARTICLE}---\n", True),
        ("a.markdown", f"\ufeff---\r\n{ARTICLE}---\r\n".replace("\n", "\r\n"), True),
        ("_news/a.md", f"---\n{ARTICLE.replace('webUrl', 'url')}---\n", False),
        ("_news/a.md", f"---\ntitle: A\n---\n{ARTICLE}".replace("title: A\np", "p"), False),
        ("_news/a.md", ARTICLE, False),
        ("news/a.md", f"---\n{ARTICLE}---\n", False),
        ("_news/a.txt", f"---\n{ARTICLE}---\n", False),
    ],
)
def test_a_site_is_recognised_by_one_article_with_its_fields(tmp_path: Path, name: str, text: str, recognised: bool):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(text.encode())
    evidence = Everyday.recognise(SiteRoot(tmp_path))
    assert (evidence is not None) is recognised
    assert evidence is None or evidence.startswith(name)


def test_other_fields_are_kept_unread():
    found = described(
        "_news/2020-01-01-a.md", category="news", tags=["x"], date="2024-01-01", description="d", lang="de", author="A"
    )
    assert found.fields == {
        "title": "T",
        "category": "news",
        "tags": ["x"],
        "date": "2024-01-01",
        "description": "d",
        "lang": "de",
        "author": "A",
    }
    assert found.lost == []


def test_fields_are_read_by_their_own_keys():
    found = described(
        webUrl="https://x.example/a", publishedDateTime="2021-04-16T20:54:00Z", topics=["AI"], language="en_GB"
    )
    assert found.fields == {
        "title": "T",
        "webUrl": "https://x.example/a",
        "publishedDateTime": "2021-04-16T20:54:00Z",
        "topics": ["AI"],
        "language": "en_GB",
    }


def test_published_false_hides_nothing():
    found = described(published=False)
    assert (found.hidden, found.fields["published"]) == (None, False)
    assert described(published=False, draft=True).hidden == "draft"


def test_a_file_without_fields_is_not_an_article():
    profile = Everyday(SiteRoot(Path("/nowhere")), SiteSettings(), FieldSettings())
    assert profile.page_skip_reason(Page("about.md", {}, "# About")) == "not an article: no front matter"
    assert profile.page_skip_reason(Page("about.md", {"title": "A"})) is None
    assert not profile.entry_has_id
