"""Every file of a real site is read as a YAML parser reads it whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from recommender.article import Article, Image, Provider
from recommender.sources import ReadArticle, SiteFolder

TEXTS = {
    "title": "title",
    "excerpt": "excerpt",
    "originalUrl": "original_url",
    "webUrl": "web_url",
    "ampWebUrl": "amp_web_url",
    "cdnAmpWebUrl": "cdn_amp_web_url",
    "type": "type",
    "language": "language",
}
OTHERS = {"id", "publishedDateTime", "quality", "heat", "published", "provider", "topics", "images", "secured", "body"}


@pytest.fixture(scope="module")
def news(real_site: Path) -> Path:
    return real_site / "_news"


@pytest.fixture(scope="module")
def articles(news: Path) -> dict[str, Article]:
    source = SiteFolder(news)
    assert source.profile.generator == "everyday"
    found = list(source.scan({}))
    assert [each for each in found if not isinstance(each, ReadArticle)] == []
    assert [each.lost for each in found if isinstance(each, ReadArticle) and each.lost] == []
    return {each.path: each.article for each in found if isinstance(each, ReadArticle)}


def test_every_file_is_read(news: Path, articles: dict[str, Article]):
    assert sorted(articles) == sorted(file.name for file in news.iterdir())
    assert len(articles) == 1985


def test_every_id_is_the_name_of_its_file(articles: dict[str, Article]):
    assert all(article.id == path.removesuffix(".md") for path, article in articles.items())


def test_every_field_is_as_a_whole_yaml_parser_reads_it(news: Path, articles: dict[str, Article]):
    paths = sorted(articles)
    differing = [path for path in paths if fields_of(articles[path]) != fields_read_whole(news / path)]
    assert differing == []


def fields_of(article: Article) -> dict[str, object]:
    """What was read of a file, under its outside names."""
    return {
        **{key: getattr(article, name) for key, name in TEXTS.items()},
        "publishedDateTime": article.published_date_time,
        "quality": article.quality,
        "heat": article.heat,
        "published": article.published,
        "provider": article.provider and plain(article.provider),
        "topics": list(article.topics),
        "images": [plain(image) for image in article.images],
        "secured": article.secured,
        "body": article.body,
        "unknown": article.model_extra,
    }


def plain(part: Provider | Image) -> dict[str, object]:
    """A provider or an image with the names, and no more than the fields, that its file has."""
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True)


def fields_read_whole(file: Path) -> dict[str, object]:
    """What a parser of the whole front matter finds, related block and all, in the shape of `fields_of`."""
    text = file.read_bytes().decode("utf-8-sig")
    match = re.fullmatch(r"---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n(.*))?", text, re.S | re.M)
    assert match is not None
    found = yaml.load(match[1], yaml.CSafeLoader)
    found.pop("related", None)
    shown = yaml.load(match[1], yaml.CBaseLoader)
    date = found.get("publishedDateTime")
    return {
        **{key: found.get(key) if found.get(key) is None else shown[key] for key in TEXTS},
        "publishedDateTime": moment(date),
        "quality": found.get("quality"),
        "heat": found.get("heat"),
        "published": found.get("published"),
        "provider": found.get("provider"),
        "topics": shown.get("topics") or [],
        "images": found.get("images") or [],
        "secured": found.get("secured"),
        "body": match[2] if match[2] and match[2].strip() else None,
        "unknown": {key: value for key, value in found.items() if key not in TEXTS and key not in OTHERS},
    }


def moment(value: object) -> datetime | None:
    """PyYAML makes a datetime of a bare date and time, and leaves a quoted one a text."""
    if value is None:
        return None
    parsed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
