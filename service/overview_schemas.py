"""The answers and options of the routes of the overview, as the OpenAPI document describes them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from recommender.overview.kinds import Kind, Order, Selection, Sort
from service.schemas import EXAMPLE_ID

MAX_ROWS = 500
_TITLE = "ACLU suit seeks the release of Clearview AI face biometrics data by ICE and CBP"
_AT = "2021-12-01T09:00:00Z"
_FIGURES: dict[str, Any] = {
    "articles": 82, "items": 173, "filled": 72, "shown": 66, "orphans": 16, "hubs": 0, "gini": 0.42,
    "withCopies": 8, "withTranslations": 0, "medianAgeDays": 12.5,
}  # fmt: skip


class OverviewQuery(BaseModel):
    """Which articles of the overview, and in which order."""

    model_config = ConfigDict(extra="forbid")

    only: Annotated[
        Kind | None,
        Field(
            description="Only articles without a list (empty), in no list (orphans), in very many (hubs), with copies, "
            "with translations, or whose list is not that of the computation before (changed)."
        ),
    ] = None
    q: Annotated[str | None, Field(max_length=500, description="A part of the title, the id or the address.")] = None
    provider: Annotated[str | None, Field(max_length=500, description="Only of this provider.")] = None
    language: Annotated[str | None, Field(max_length=100, description="Only articles that state this language.")] = None
    sort: Annotated[
        Sort,
        Field(
            description="What to order by: score is the mean of the items' scores, age the median number of days by "
            "which they are older. Articles without a value come last, ties go by id."
        ),
    ] = "title"
    order: Annotated[Order, Field(description="Ascending or descending.")] = "asc"

    def selection(self) -> Selection:
        """Return what is asked for."""
        return Selection(self.only, self.q, self.provider, self.language, self.sort, self.order)


class PageQuery(OverviewQuery):
    """The same, a page at a time."""

    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="How many articles at most; CSV has all.")] = 50
    cursor: Annotated[str | None, Field(max_length=8000, description="The cursor of the page before; not for CSV.")] = (
        None
    )
    format: Annotated[
        str, Field(pattern="^(json|csv)$", description="csv for all articles as CSV; Accept: text/csv asks for it too.")
    ] = "json"


class ChangesQuery(BaseModel):
    """Since when, and which part."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[int, Field(ge=0, le=2**53, description="The revision since which changes are told.")]
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="How many lists at most.")] = 50
    cursor: Annotated[str | None, Field(max_length=2048, description="The cursor of the page before.")] = None


class Running(BaseModel):
    """How far a computation is."""

    stage: str
    done: int
    total: int
    seconds: float


class OverviewState(BaseModel):
    """How the overview stands to the collection."""

    status: Annotated[str, Field(description="`current`, `outdated`, or `none` before the first.")]
    revision: Annotated[int | None, Field(description="The revision of the collection that the overview is of.")] = None
    collectionRevision: int
    running: Running | None = None
    hasFailed: Annotated[bool, Field(description="Whether the last computation that began did not end.")]
    mayBegin: Annotated[bool, Field(description="Whether one may be asked for with a write key.")]


class Figures(BaseModel):
    """The figures of one computation."""

    revision: int
    computedAt: str
    seconds: float
    articles: int
    items: int
    filled: int
    shown: int
    orphans: int
    hubs: int
    gini: float
    withCopies: int
    withTranslations: int
    medianAgeDays: float | None = None


class ShownOften(BaseModel):
    """An article and the number of lists that show it."""

    id: str
    title: str | None = None
    lists: int


class OverviewSummary(Figures):
    """The figures of the newest computation in full; bins and values are pairs of a label and a number."""

    listItems: int
    scorer: str
    emptyBecause: dict[str, int]
    hubFrom: int
    mostShown: list[ShownOften]
    collapsed: int
    scores: list[tuple[str, int]]
    ages: list[tuple[str, int]]
    frequency: list[tuple[str, int]]
    providers: list[tuple[str, int]]
    languages: list[tuple[str, int]]


_STATE: dict[str, Any] = {
    "status": "current",
    "revision": 7,
    "collectionRevision": 7,
    "hasFailed": False,
    "mayBegin": True,
}


class OverviewAnswer(BaseModel):
    """How the lists of the whole collection stand."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "state": _STATE,
                "verdict": "72 of 82 articles (87.8%) have a list; 10 have none, because nothing is related enough.",
                "summary": {
                    "revision": 7, "computedAt": _AT, "seconds": 1.2, **_FIGURES, "listItems": 5, "scorer": "default",
                    "emptyBecause": {"nothing is related enough": 10}, "hubFrom": 7,
                    "mostShown": [{"id": EXAMPLE_ID, "title": _TITLE, "lists": 5}], "collapsed": 4,
                    "scores": [["0.98 to 0.99", 140], ["0.99 to 0.995", 33]], "ages": [["within a day", 20]],
                    "frequency": [["never", 16], ["1", 30]], "providers": [["Reuters", 9]], "languages": [["en", 76]],
                },
                "history": [{"revision": 7, "computedAt": _AT, "seconds": 1.2, **_FIGURES}],
            }
        }
    )  # fmt: skip

    state: OverviewState
    verdict: str | None = None
    summary: OverviewSummary | None = None
    history: list[Figures]


class StartedAnswer(BaseModel):
    """How the overview stands after a computation was asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "state": {
                    **_STATE,
                    "status": "outdated",
                    "collectionRevision": 8,
                    "running": {"stage": "starting", "done": 0, "total": 0, "seconds": 0.0},
                }
            }
        }
    )

    state: OverviewState


class RelatedScore(BaseModel):
    """An item of a list."""

    id: str
    title: str | None = None
    score: float | None = None


class OverviewRow(BaseModel):
    """An article of the overview."""

    id: str
    title: str
    webUrl: str | None = None
    provider: str | None = None
    language: str | None = None
    publishedDateTime: str | None = None
    items: int
    emptyBecause: str | None = None
    shown: Annotated[int, Field(description="In how many lists it is.")]
    meanScore: float | None = None
    lowestScore: float | None = None
    ageDays: Annotated[float | None, Field(description="Days by which its items are older, the median.")] = None
    copies: int
    translations: int
    changedAt: Annotated[int, Field(description="The revision for which its list was first as it is.")]
    related: list[RelatedScore]


_ROW: dict[str, Any] = {
    "id": EXAMPLE_ID, "title": _TITLE, "webUrl": "https://www.biometricupdate.com/202104/aclu-suit", "items": 1,
    "shown": 5, "meanScore": 0.9954, "lowestScore": 0.9954, "ageDays": 4.0, "copies": 0, "translations": 0,
    "changedAt": 7, "related": [{"id": "_news/plaintiffs", "score": 0.9954}],
}  # fmt: skip


class OverviewRows(BaseModel):
    """A page of articles."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"articles": [_ROW], "total": 1, "revision": 7, "computedAt": _AT}}
    )

    articles: list[OverviewRow]
    total: int
    cursor: str | None = None
    revision: int
    computedAt: str


class EarlierList(BaseModel):
    """A list that an article had before."""

    revision: int
    related: list[RelatedScore]


class OverviewArticle(OverviewRow):
    """An article of the overview, and the lists that it had before, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_ROW,
                "earlier": [{"revision": 3, "related": []}],
                "listItems": 5,
                "revision": 7,
                "computedAt": _AT,
            }
        }
    )

    earlier: list[EarlierList]
    listItems: int
    revision: int
    computedAt: str


class ChangedArticles(BaseModel):
    """Articles of one kind of change; the first of them by id."""

    count: int
    ids: list[str]


class ChangedList(BaseModel):
    """An article whose list is not what it was."""

    id: str
    title: str
    sinceRevision: int
    came: list[RelatedScore]
    left: list[RelatedScore]


class Compared(BaseModel):
    """The computation that lists are compared with."""

    revision: int
    computedAt: str


_NONE: dict[str, Any] = {"count": 0, "ids": []}


class ChangesAnswer(BaseModel):
    """What changed since a revision: articles up to now, lists up to the revision of the overview."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "since": 5,
                "comparedWith": {"revision": 5, "computedAt": _AT},
                "revision": 7,
                "collectionRevision": 7,
                "added": {"count": 1, "ids": ["_news/plaintiffs"]},
                "changed": _NONE,
                "deleted": _NONE,
                "differentLists": 1,
                "lists": [
                    {
                        "id": EXAMPLE_ID,
                        "title": _TITLE,
                        "sinceRevision": 5,
                        "came": [{"id": "_news/plaintiffs", "title": "Plaintiffs seek preliminary injunction"}],
                        "left": [],
                    }
                ],
            }
        }
    )

    since: int
    comparedWith: Compared
    revision: int
    collectionRevision: int
    added: Annotated[ChangedArticles | None, Field(description="None of the three if the change log begins later.")] = (
        None
    )
    changed: ChangedArticles | None = None
    deleted: ChangedArticles | None = None
    differentLists: int
    lists: list[ChangedList]
    cursor: str | None = None
