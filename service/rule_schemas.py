"""What goes in and comes out of the routes of editors' rules, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict

from recommender.article import RelatedRules
from service.schemas import EXAMPLE_ENTRY, EXAMPLE_ID, EXAMPLE_REF, Reference

RulesBody = Annotated[
    dict[str, Any],
    Body(media_type="application/merge-patch+json", examples=[{"pinned": [EXAMPLE_ID], "blocked": None}]),
]
"""Rules as they were sent; they are checked where they are merged with those that are there."""


class PreviewedRules(BaseModel):
    """Rules to try on an article."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"rules": {"pinned": [EXAMPLE_ID]}}})

    rules: RelatedRules


class RuleChange(BaseModel):
    """One change of rules."""

    number: int
    changedAt: str
    editor: str
    article: str | None = None
    before: dict[str, Any]
    after: dict[str, Any]


class ArticleRules(BaseModel):
    """The rules of one article: those that editors set, and those of its own file.

    `articles` names what they refer to, `changes` has the newest changes, and `number` is that of the last.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "article": EXAMPLE_REF,
                "rules": {"pinned": ["_news/plaintiffs"]},
                "ofFile": {},
                "articles": [{"id": "_news/plaintiffs", "title": EXAMPLE_ENTRY["title"]}],
                "changes": [],
                "number": 7,
            }
        }
    )

    article: Reference
    rules: dict[str, Any]
    ofFile: dict[str, Any]
    articles: list[Reference]
    changes: list[RuleChange]
    number: int


class SiteRules(BaseModel):
    """The site's rules: those that editors set, those of the settings, and the articles with rules of their own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rules": {"blocked_topics": ["Obituaries"]},
                "settings": {},
                "articles": [EXAMPLE_REF],
                "changes": [],
                "number": 7,
            }
        }
    )

    rules: dict[str, Any]
    settings: dict[str, Any]
    articles: list[Reference]
    changes: list[RuleChange]
    number: int


class RuleChanges(BaseModel):
    """Changes of rules, the newest first, and the articles that they are of."""

    model_config = ConfigDict(json_schema_extra={"example": {"changes": [], "articles": [EXAMPLE_REF]}})

    changes: list[RuleChange]
    articles: list[Reference]
