"""What searches and lists return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from recommender.article import Article
from recommender.entry import related_entry

_FIELDS = ("id", "title", "publishedDateTime", "webUrl", "provider")


class Marked(NamedTuple):
    """A piece of a text, and whether it is a word of the query."""

    text: str
    matched: bool


@dataclass(frozen=True)
class Found:
    """An article that was found.

    Attributes:
        article: The article.
        marked_title: Its title in pieces, with the words of the query marked.
        snippet: The part of its text that has the most of them, likewise.
    """

    article: Article
    marked_title: list[Marked]
    snippet: list[Marked]

    @property
    def article_id(self) -> str:
        """The article's id."""
        return self.article.id or ""

    @property
    def title(self) -> str:
        """The article's title."""
        return self.article.title

    @property
    def web_url(self) -> str | None:
        """The article's address."""
        return self.article.web_url

    def to_json(self) -> dict[str, Any]:
        """Return id, title, publishedDateTime, webUrl and provider, where known, and the pieces of title and text."""
        marked = {"title": self.marked_title, "text": self.snippet}
        return {
            **list_entry(self.article),
            "marked": {name: [piece._asdict() for piece in pieces] for name, pieces in marked.items()},
        }

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        title, snippet = ([Marked(**piece) for piece in found["marked"][name]] for name in ("title", "text"))
        return cls(Article.read({name: found[name] for name in _FIELDS if name in found}), title, snippet)


@dataclass(frozen=True)
class Results(Sequence[Found]):
    """What a search found, best first.

    Attributes:
        query: What was searched for.
        items: The articles.
        revision: The collection's revision.
    """

    query: str
    items: list[Found]
    revision: int

    def __getitem__(self, place: Any) -> Any:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> dict[str, Any]:
        """Return the results as the HTTP API does."""
        return {"query": self.query, "results": [each.to_json() for each in self.items], "revision": self.revision}

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        return cls(found["query"], [Found.of_json(each) for each in found["results"]], found["revision"])


class FacetValue(NamedTuple):
    """A value of a field.

    Attributes:
        value: The value, as a filter takes it.
        name: What to show for it.
        articles: How many articles have it.
    """

    value: str
    name: str
    articles: int


@dataclass(frozen=True)
class Listing(Sequence[Article]):
    """A page of a list of articles.

    Attributes:
        articles: The articles, the newest first, those without a date last.
        total: How many articles the whole list has.
        cursor: Where the next page begins; None if this is the last.
        facets: By `topic`, `provider`, `language` and `year` the commonest values in the whole list.
        revision: The collection's revision.
    """

    articles: list[Article]
    total: int
    cursor: str | None
    facets: dict[str, list[FacetValue]] = field(default_factory=dict)
    revision: int = 0

    def __getitem__(self, place: Any) -> Any:
        return self.articles[place]

    def __len__(self) -> int:
        return len(self.articles)

    def to_json(self) -> dict[str, Any]:
        """Return the page as the HTTP API does."""
        page: dict[str, Any] = {"articles": [_listed(article) for article in self.articles], "total": self.total}
        if self.cursor is not None:
            page["next"] = self.cursor
        if self.facets:
            page["facets"] = {
                name: [{"value": each.value, "name": each.name, "count": each.articles} for each in values]
                for name, values in self.facets.items()
            }
        return {**page, "revision": self.revision}

    @classmethod
    def of_json(cls, page: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote."""
        facets = {
            name: [FacetValue(each["value"], each["name"], each["count"]) for each in values]
            for name, values in page.get("facets", {}).items()
        }
        articles = [Article.read(each) for each in page["articles"]]
        return cls(articles, page["total"], page.get("next"), facets, page["revision"])


def list_entry(article: Article, *more: str) -> dict[str, Any]:
    """Return the fields of an article that lists show, and `more` of those of a related entry."""
    # Repairing a text that is not shown would take time.
    entry = related_entry(article if "excerpt" in more else article.model_copy(update={"excerpt": None}), with_id=True)
    return {name: entry[name] for name in (*_FIELDS, *more) if name in entry}


def _listed(article: Article) -> dict[str, Any]:
    listed = list_entry(article, "excerpt", "type")
    if article.topics:
        listed["topics"] = list(article.topics)
    if article.language:
        listed["language"] = article.language
    return listed
