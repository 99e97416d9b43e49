"""Entries of a site's `related` field, made from articles."""

from __future__ import annotations

from typing import Any

from recommender.article import Article, format_date
from recommender.text import repair as repair_text


def related_entry(article: Article, *, repair: bool = True, with_id: bool = False) -> dict[str, Any]:
    """Return the entry for `article` in another article's `related` field.

    Args:
        article: The article to show.
        repair: Fix mojibake in the title, the excerpt and the provider's name.
        with_id: Add the article's id as the last field.

    Returns:
        The fields title, excerpt, publishedDateTime, webUrl, ampWebUrl, cdnAmpWebUrl, type, provider{name, domain},
        quality and images[{url, width, height, isCached}] in this order, without those that the article lacks. An empty
        excerpt is kept.
    """

    def text(value: str | None) -> str | None:
        return repair_text(value) if value and repair else value

    provider = article.provider
    published = article.published_date_time
    entry: dict[str, Any] = {
        "title": text(article.title),
        "excerpt": text(article.excerpt),
        "publishedDateTime": format_date(published) if published else None,
        "webUrl": article.web_url,
        "ampWebUrl": article.amp_web_url,
        "cdnAmpWebUrl": article.cdn_amp_web_url,
        "type": article.type,
        "provider": _present({"name": text(provider.name), "domain": provider.domain}) if provider else None,
        "quality": article.quality,
        "images": [
            fields
            for i in article.images
            if (fields := _present({"url": i.url, "width": i.width, "height": i.height, "isCached": i.is_cached}))
        ],
        "id": article.id if with_id else None,
    }
    # Existing sites write empty excerpts too.
    return _present(entry, kept="excerpt")


def _present(fields: dict[str, Any], kept: str = "") -> dict[str, Any]:
    return {
        key: value
        for key, value in fields.items()
        if value not in (None, "", [], {}) or (key == kept and value is not None)
    }
