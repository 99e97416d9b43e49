"""The story of an article, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from service.schemas import EXAMPLE_ID, EntryProvider


class StoryArticle(BaseModel):
    """An article of a story, and what it is to the one asked about."""

    role: Literal["earlier", "this", "copy", "update", "later"]
    id: str
    title: str
    publishedDateTime: str | None = None  # noqa: N815 - as the API has it
    webUrl: str | None = None  # noqa: N815 - as the API has it
    provider: EntryProvider | None = None


class StoryAnswer(BaseModel):
    """The story of an article; `story` is null if it stands alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "story": "_news/plaintiffs",
                "label": ["Clearview AI", "privacy"],
                "articles": [
                    {
                        "role": "earlier",
                        "id": "_news/plaintiffs",
                        "title": "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL",
                        "publishedDateTime": "2021-04-12T19:55:00Z",
                        "provider": {"name": "Reuters", "domain": "reuters.com"},
                    },
                    {"role": "this", "id": EXAMPLE_ID, "title": "ACLU suit seeks the release of Clearview AI data"},
                ],
                "count": 2,
                "before": 0,
                "after": 0,
                "revision": 7,
                "computedRevision": 7,
            }
        }
    )

    story: str | None
    label: list[str]
    articles: list[StoryArticle]
    count: int
    before: int
    after: int
    revision: int
    computedRevision: int | None  # noqa: N815 - as the API has it
    notes: list[str] | None = None
