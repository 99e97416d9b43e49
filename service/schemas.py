"""What goes in and comes out, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from recommender.related.options import WEIGHTS, FilterValues, Options, describe

EXAMPLE_ID = "_news/2021-04-16-aclu-suit-seeks-the-release-of-clearview-ai-face-biometrics-data-by-ice-and-cbp"
EXAMPLE_REF: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "title": "ACLU suit seeks the release of Clearview AI face biometrics data by ICE and CBP",
}
EXAMPLE_ENTRY: dict[str, Any] = {
    "title": "Plaintiffs seek preliminary injunction in Clearview AI privacy MDL",
    "excerpt": "Plaintiffs in the recently consolidated multidistrict privacy litigation ...",
    "publishedDateTime": "2021-04-12T19:55:00Z",
    "webUrl": "https://www.reuters.com/article/dataprivacy-clearview-idUSL1N2M52TL",
    "type": "article",
    "provider": {"name": "Reuters", "domain": "reuters.com"},
    "quality": 67,
}

_ITEM: dict[str, Any] = {
    **EXAMPLE_ENTRY,
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
    contributions: dict[str, float] | None = None


class Answer(BaseModel):
    """The related articles of one article."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "article": EXAMPLE_REF,
                "related": [_ITEM],
                "duplicates": [],
                "revision": 7,
                "scorer": "default",
            }
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
                    {"article": EXAMPLE_REF, "related": [_ITEM], "duplicates": [], "revision": 7, "scorer": "default"}
                ],
                "revision": 7,
            }
        }
    )

    answers: list[Answer | Unanswered]
    revision: int


class ArticleFields(BaseModel):
    """The fields of an article that count; all other keys are kept as they are."""

    model_config = ConfigDict(extra="allow")

    id: str | None = None
    excerpt: Annotated[str | None, Field(description="A few sentences: the teaser or summary.")] = None
    body: Annotated[str | None, Field(description="The whole text, in Markdown or HTML.")] = None
    publishedDateTime: Annotated[str | None, Field(json_schema_extra={"format": "date-time"})] = None
    webUrl: Annotated[str | None, Field(description="Where readers find it.")] = None
    originalUrl: str | None = None
    ampWebUrl: str | None = None
    cdnAmpWebUrl: str | None = None
    type: str | None = None
    quality: Annotated[float | None, Field(description="From 0 to 100.")] = None
    provider: EntryProvider | None = None
    authors: list[str] | None = None
    topics: Annotated[list[str] | None, Field(description="Tags, categories or subjects.")] = None
    images: list[EntryImage] | None = None
    language: Annotated[str | None, Field(description="Such as `en` or `pt-BR`; detected where it is missing.")] = None
    translationKey: Annotated[str | None, Field(description="The same for one page in several languages.")] = None


_DRAFT: dict[str, Any] = {
    "title": "Judge limits face recognition in stores",
    "excerpt": "A retailer must ask its customers before it compares their faces with a list.",
    "publishedDateTime": "2021-05-03T09:00:00Z",
    "topics": ["face recognition"],
    "language": "en",
}


class Draft(ArticleFields):
    """An article; only the title is needed. Unknown keys are kept."""

    model_config = ConfigDict(json_schema_extra={"example": _DRAFT})

    title: Annotated[str, Field(min_length=1, pattern=r"\S")]


class ArticleRecord(ArticleFields):
    """An article as it is stored, without its `secured` and `related` fields."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": EXAMPLE_ID, **_DRAFT}})

    title: str


DraftBody = Annotated[dict[str, Any], Body(), WithJsonSchema({"$ref": "#/components/schemas/Draft"})]
"""A `Draft` as it was sent: it is validated once, when the article is made of it."""


class Stored(BaseModel):
    """What a write did."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": EXAMPLE_ID, "status": "written", "revision": 7}})

    id: str
    status: Literal["written", "unchanged"]
    revision: int


class PublishedItem(BaseModel):
    """An article that the site shows; without an id if it is not in the collection."""

    id: str | None = None
    title: str | None = None
    webUrl: str | None = None


class PublishedAnswer(BaseModel):
    """What the site shows as related with an article today."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": EXAMPLE_ID, "published": [EXAMPLE_REF]}})

    id: str
    published: list[PublishedItem] | None
    unknownBecause: str | None = None


class Point(BaseModel):
    """An article on the map. A field is a place among the values of the map, or -1."""

    id: str
    x: float
    y: float
    cluster: int
    topic: int
    provider: int
    language: int
    year: int


class Cluster(BaseModel):
    """Articles that are near one another, named by what their titles share and others have not."""

    terms: list[str]
    articles: int
    x: float
    y: float
    examples: list[Reference]


class MapFields(BaseModel):
    """The commonest values of each field."""

    topic: list[str]
    provider: list[str]
    language: list[str]
    year: list[str]


class Map(BaseModel):
    """The collection's articles on a plane; a sketch without clusters until the map has been computed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "points": [
                    {
                        "id": EXAMPLE_ID,
                        "x": 0.31,
                        "y": -0.12,
                        "cluster": 0,
                        "topic": 0,
                        "provider": 1,
                        "language": -1,
                        "year": 0,
                    }
                ],
                "clusters": [
                    {
                        "terms": ["Clearview AI", "face recognition"],
                        "articles": 31,
                        "x": 0.28,
                        "y": -0.1,
                        "examples": [EXAMPLE_REF],
                    }
                ],
                "topics": ["AI"],
                "fields": {"topic": ["AI"], "provider": ["Reuters", "Example"], "language": [], "year": ["2021"]},
                "articles": 82,
                "revision": 7,
                "isSketch": False,
            }
        }
    )

    points: list[Point]
    clusters: list[Cluster]
    topics: list[str]
    fields: MapFields
    articles: int
    revision: int
    isSketch: bool


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
                "judging": False,
                "settings": {"cosine": 1.0, "text": 0.75, "title": 0.45},
                "scorer": "default",
            }
        }
    )

    ready: bool
    articles: int
    revision: int
    changes: int
    model: str
    version: str
    judging: bool
    """Whether this is the service of `related judge`."""
    settings: dict[str, Any]
    scorer: str


class Health(BaseModel):
    """Whether the service lives, or is ready."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ready"}})

    status: str
