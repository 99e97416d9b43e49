"""What the tests of answers share."""

from __future__ import annotations

from collections.abc import Callable

from recommender.related.answer import RelatedArticles
from recommender.related.recommender import Recommender
from support.stories import HARBOUR

ACLU = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
REUTERS = "_news/2021-04-12-plaintiffs-seek-preliminary-injunction-in-clearview-ai-privacy-mdl"

Open = Callable[..., Recommender]


def ids(answer: RelatedArticles) -> list[str]:
    return [item.article_id for item in answer]


def stories(count: int) -> list[dict[str, object]]:
    return [
        {"id": f"s{number}", "title": f"Story {number}", "webUrl": f"https://a.example/{number}"}
        for number in range(count)
    ]


def told_by(article_id: str, provider: str, **fields: object) -> dict[str, object]:
    """One story as an outlet tells it; every other outlet's is a copy of it."""
    return {
        "id": article_id,
        "title": "The harbour of Lindholm closes its northern quay",
        "excerpt": HARBOUR,
        "provider": provider,
        "publishedDateTime": "2024-05-06",
        **fields,
    }
