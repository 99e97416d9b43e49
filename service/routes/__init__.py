"""The routes of the service, with the parameters and problems that they share."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from service.engine import Engine
from service.problems import KINDS, MEDIA_TYPE, example_of
from service.schemas import EXAMPLE_ID


async def _engine(request: Request) -> Engine:
    """Return the engine of the application."""
    engine: Engine = request.app.state.engine
    return engine


async def _article_id(
    article_id: Annotated[
        str,
        Path(
            description="The article's id as one percent-encoded path segment: `guides%2Frelated` is `guides/related`.",
            examples=[EXAMPLE_ID],
        ),
    ],
) -> str:
    return unquote(article_id, errors="strict")  # RequestLimits has checked it


EngineOf = Annotated[Engine, Depends(_engine)]
ArticleId = Annotated[str, Depends(_article_id)]


def problems(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route that are problems, for the OpenAPI document."""
    found: dict[int | str, dict[str, Any]] = {}
    for name in kinds:
        kind = KINDS[name]
        entry = found.setdefault(kind.status, {"description": kind.title, "content": {MEDIA_TYPE: {}}})
        if kind.title not in entry["description"]:
            entry["description"] += f"; {kind.title[0].lower()}{kind.title[1:]}"
        told = entry["content"][MEDIA_TYPE] or {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
        told["examples"][name] = {"summary": kind.title, "value": example_of(name)}
        entry["content"][MEDIA_TYPE] = told
    return found


ALWAYS = (
    "bad-request",
    "unauthorized",
    "forbidden",
    "url-too-long",
    "invalid-option",
    "rate-limited",
    "headers-too-large",
    "not-ready",
    "overloaded",
)
"""Problems that every route of the API may answer with."""
INTERNAL = ("internal", "unusable")
