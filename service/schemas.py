"""What goes in and comes out, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from recommender.related.options import WEIGHTS, FilterValues, Options, describe

EXAMPLE_ID = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
_NAMED: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "title": "ACLU suit seeks the release of Clearview AI face biometrics data by ICE and CBP",
}
_ENTRY: dict[str, Any] = {
    "title": "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL",
    "excerpt": "Plaintiffs in the recently consolidated multidistrict privacy litigation ...",
    "publishedDateTime": "2021-04-12T19:55:00Z",
    "webUrl": "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL",
    "type": "article",
    "provider": {"name": "Reuters", "domain": "reuters.com"},
    "quality": 67,
}

_ITEM: dict[str, Any] = {
    **_ENTRY,
    "id": "_news/plaintiffs",
    "score": 0.9963,
    "reasons": ["clearview", "biometric", "same week"],
    "duplicates": [],
}


MOST_IN_BATCH = 100

_WEIGHT = rf"({'|'.join(WEIGHTS)}):(\d{{1,5}}(\.\d{{0,20}})?|\.\d{{1,20}})"


class RelatedQuery(Options):
    """The options of an answer as the URL has them; an unknown one is an error."""

    top_k: Annotated[int, Field(ge=1, le=1000, alias="limit", description=describe("top_k"))] = 5
    exclude: Annotated[FilterValues, Field(max_length=200, description=describe("exclude"))] = ()
    scorer: Annotated[
        Literal["default", "dense", "lexical", "learned"] | None, Field(description=describe("scorer"))
    ] = None
    weights: Annotated[
        str | None,
        Field(max_length=300, pattern=f"^{_WEIGHT}(,{_WEIGHT})*$", description=describe("weights")),
    ] = None


class ById(RelatedQuery):
    """The same for any id or webUrl."""

    id: Annotated[str | None, Field(max_length=2048, description="Id or webUrl of a stored article.")] = None
    url: Annotated[str | None, Field(max_length=2048, description="webUrl of a stored article.")] = None


class Reference(BaseModel):
    """An article by its names."""

    id: str | None = None
    title: str
    webUrl: str | None = None


class EntryProvider(BaseModel):
    """Who published it."""

    name: str | None = None
    domain: str | None = None


class EntryImage(BaseModel):
    """A picture."""

    url: str | None = None
    width: float | None = None
    height: float | None = None
    isCached: bool | None = None


class NamedTranslation(Reference):
    """The same page in another language."""

    language: str | None = None


class Item(BaseModel):
    """A related article: the entry that a site shows, and beside it what is known of it here."""

    model_config = ConfigDict(json_schema_extra={"example": _ITEM})

    title: str
    excerpt: str | None = None
    publishedDateTime: str | None = None
    webUrl: str | None = None
    ampWebUrl: str | None = None
    cdnAmpWebUrl: str | None = None
    type: str | None = None
    provider: EntryProvider | None = None
    quality: float | None = None
    images: list[EntryImage] | None = None
    id: str
    score: float
    reasons: list[str]
    duplicates: list[Reference]
    pinned: bool | None = None


class Candidate(BaseModel):
    """A candidate and what became of it."""

    id: str
    title: str
    score: float
    parts: dict[str, float]
    fate: str


class Answer(BaseModel):
    """The related articles of one article."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"article": _NAMED, "related": [_ITEM], "duplicates": [], "revision": 7, "scorer": "default"}
        }
    )

    article: Reference
    related: list[Item]
    duplicates: list[Reference]
    translations: list[NamedTranslation] | None = None
    revision: int
    scorer: str
    notes: list[str] | None = None
    considered: list[Candidate] | None = None


class References(BaseModel):
    """The articles that a batch asks about."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"articles": [EXAMPLE_ID]}})

    articles: Annotated[
        list[Annotated[str, Field(max_length=2048)]],
        Field(max_length=MOST_IN_BATCH, description="Ids or webUrls of stored articles."),
    ]


class Unanswered(BaseModel):
    """An article of a batch that has no answer, and why."""

    problem: dict[str, Any]


class Answers(BaseModel):
    """The answers of a batch, in the order of its articles, all of one revision."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "answers": [
                    {"article": _NAMED, "related": [_ITEM], "duplicates": [], "revision": 7, "scorer": "default"}
                ],
                "revision": 7,
            }
        }
    )

    answers: list[Answer | Unanswered]
    revision: int


class Draft(BaseModel):
    """An article; only the title is needed. Unknown keys are kept."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"example": {"title": "Judge limits face recognition in stores", "excerpt": "..."}},
    )

    title: Annotated[str, Field(min_length=1, pattern=r"\S")]


DraftBody = Annotated[dict[str, Any], Body(), WithJsonSchema({"$ref": "#/components/schemas/Draft"})]
"""A `Draft` as it was sent: it is validated once, when the article is made of it."""


class Stored(BaseModel):
    """What a write did."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": EXAMPLE_ID, "status": "written", "revision": 7}})

    id: str
    status: Literal["written", "unchanged"]
    revision: int


class SearchResults(BaseModel):
    """What a search found."""

    model_config = ConfigDict(json_schema_extra={"example": {"query": "aclu", "results": [_NAMED], "revision": 7}})

    query: str
    results: list[Reference]
    revision: int


class Point(BaseModel):
    """An article on the map."""

    id: str
    x: float
    y: float
    topic: int


class Map(BaseModel):
    """A projection of the collection's vectors on a plane."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "points": [{"id": EXAMPLE_ID, "x": 0.31, "y": -0.12, "topic": 0}],
                "topics": ["AI"],
                "articles": 82,
                "revision": 7,
            }
        }
    )

    points: list[Point]
    topics: list[str]
    articles: int
    revision: int


class ServiceStatus(BaseModel):
    """How the service stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "ready": True,
                "articles": 82,
                "revision": 7,
                "changes": 0,
                "model": "5519989dfa2f600c",
                "version": "0.1.0",
                "settings": {"cosine": 1.0, "text": 0.75, "title": 0.45},
            }
        }
    )

    ready: bool
    articles: int
    revision: int
    changes: int
    model: str
    version: str
    settings: dict[str, Any]


class Health(BaseModel):
    """Whether the service lives, or is ready."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ready"}})

    status: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    expected: str | None = None
    hint: str | None = None
    requestId: str | None = None
