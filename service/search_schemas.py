"""What goes in and comes out of search and of lists of articles, as the OpenAPI document tells it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from recommender.related.options import BoundOption, Filters, FilterValues
from recommender.search.browsing import MAX_FACETS, MAX_PAGE
from service.schemas import EXAMPLE_REF, EntryProvider, Reference

_FILTERS = Filters.model_fields
_AGE_FROM_NOW = "A date, or an age counted back from now such as P30D."


class NowFilters(Filters):
    """The same filters where no article is asked about."""

    after: Annotated[BoundOption, Field(description=f"Published since. {_AGE_FROM_NOW}")] = None
    before: Annotated[BoundOption, Field(description=f"Published before. {_AGE_FROM_NOW}")] = None
    exclude: Annotated[FilterValues, Field(max_length=200, description=_FILTERS["exclude"].description)] = ()


class SearchQuery(NowFilters):
    """The options of a search as the URL has them; an unknown one is an error."""

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=500,
            description="Words, of which the last may be unfinished; an id or a webUrl.",
            examples=["clearv"],
        ),
    ]
    limit: Annotated[int, Field(ge=1, le=50, description="How many at most.")] = 10


class BrowseQuery(NowFilters):
    """The options of a list of articles as the URL has them; an unknown one is an error."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="How many articles a page has at most.")] = 20
    cursor: Annotated[
        str | None, Field(max_length=4096, description="Where the page begins: `next` of the one before.")
    ] = None
    facets: Annotated[int, Field(ge=0, le=MAX_FACETS, description="How many values of each field are counted.")] = 10


class Piece(BaseModel):
    """A piece of a text, and whether it is a word of the query."""

    text: str
    matched: bool


class MarkedTexts(BaseModel):
    """The title and the best part of the text, in pieces, with the words of the query marked."""

    title: list[Piece]
    text: list[Piece]


class Found(Reference):
    """An article that a search found."""

    id: str
    publishedDateTime: str | None = None
    provider: EntryProvider | None = None
    marked: MarkedTexts


_FOUND: dict[str, Any] = {
    **EXAMPLE_REF,
    "publishedDateTime": "2021-04-16T20:54:00Z",
    "marked": {
        "title": [
            {"text": "ACLU", "matched": True},
            {"text": " suit seeks the release of Clearview AI face biometrics data by ICE and CBP", "matched": False},
        ],
        "text": [{"text": "The suit was filed in San Francisco …", "matched": False}],
    },
}


class SearchResults(BaseModel):
    """What a search found, best first."""

    model_config = ConfigDict(json_schema_extra={"example": {"query": "aclu", "results": [_FOUND], "revision": 7}})

    query: str
    results: list[Found]
    revision: int


class Listed(Reference):
    """An article of a list."""

    id: str
    publishedDateTime: str | None = None
    provider: EntryProvider | None = None
    excerpt: str | None = None
    type: str | None = None
    topics: list[str] | None = None
    language: str | None = None


class FacetValue(BaseModel):
    """A value of a field: as a filter takes it, as it is shown, and how many articles of the whole list have it."""

    value: str
    name: str
    count: int


class Facets(BaseModel):
    """The commonest values of each field, the commonest first, and years, the newest first."""

    topic: list[FacetValue]
    provider: list[FacetValue]
    language: list[FacetValue]
    year: list[FacetValue]


class ArticlePage(BaseModel):
    """A page of a list of articles; `next` is the cursor of the page after it, and missing on the last."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "articles": [{**EXAMPLE_REF, "publishedDateTime": "2021-04-16T20:54:00Z", "topics": ["AI"]}],
                "total": 82,
                "next": "WzE2MTg1OTk5MjAwMDAsIl9uZXdzLzIwMjEtMDQtMTYtYWNsdS1zdWl0Il0",
                "facets": {
                    "topic": [{"value": "AI", "name": "AI", "count": 21}],
                    "provider": [{"value": "reuters.com", "name": "Reuters", "count": 3}],
                    "language": [{"value": "en", "name": "en", "count": 82}],
                    "year": [{"value": "2021", "name": "2021", "count": 60}],
                },
                "revision": 7,
            }
        }
    )

    articles: list[Listed]
    total: int
    next: str | None = None
    facets: Facets | None = None
    revision: int
