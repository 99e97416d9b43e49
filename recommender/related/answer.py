"""What an answer holds: the related articles of one article, why, and what became of all other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recommender.article import Article
from recommender.entry import related_entry


@dataclass(frozen=True)
class Named:
    """An article by its names: a copy of one that is shown, or the same page in another language."""

    article_id: str
    title: str
    web_url: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, article: Article) -> Named:
        """Return the names of an article."""
        return cls(article.id or "", article.title, article.web_url, article.language)

    def to_json(self, *, language: bool = False) -> dict[str, Any]:
        """Return id, title and webUrl; with `language` that too, where it is known."""
        named = _named(self.article_id, self.title, self.web_url)
        return {**named, "language": self.language} if language and self.language is not None else named


@dataclass(frozen=True)
class RelatedItem:
    """One related article.

    Attributes:
        article: The article to show.
        score: What its score means: the share of random pairs that score lower, in [0, 1).
        reasons: Why it is related, in words.
        parts: What the raw score is the sum of.
        features: The pair's features by name; NaN where unknown.
        duplicates: Copies of it that would have been shown too.
        pinned: Whether an editor put it here.
    """

    article: Article
    score: float
    reasons: list[str]
    parts: dict[str, float]
    features: dict[str, float]
    duplicates: list[Named] = field(default_factory=list)
    pinned: bool = False

    @property
    def article_id(self) -> str:
        """The related article's id."""
        return self.article.id or ""

    def to_json(self) -> dict[str, Any]:
        """The entry that a site shows, with id, score, reasons and duplicates beside it."""
        return {
            **related_entry(self.article),
            "id": self.article_id,
            "score": round(self.score, 6),
            "reasons": self.reasons,
            "duplicates": [copy.to_json() for copy in self.duplicates],
            **({"pinned": True} if self.pinned else {}),
        }


@dataclass(frozen=True)
class Considered:
    """A candidate and what became of it.

    Attributes:
        article_id: Its id.
        title: Its title.
        score: What its score means, as in `RelatedItem`.
        parts: What the raw score is the sum of.
        fate: What became of it, in words: `shown`, `pinned`, `left out: the topic X is blocked`, `collapsed into ID`,
            `under the minimum of 0.995`, `not among the best 5`.
    """

    article_id: str
    title: str
    score: float
    parts: dict[str, float]
    fate: str

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        parts = {name: round(value, 6) for name, value in self.parts.items()}
        return {
            "id": self.article_id,
            "title": self.title,
            "score": round(self.score, 6),
            "parts": parts,
            "fate": self.fate,
        }


@dataclass(frozen=True)
class RelatedArticles(Sequence[RelatedItem]):
    """The related articles of one article, best first.

    Attributes:
        article: The article asked about.
        items: What is shown.
        revision: Of the collection.
        scorer: Which one ranked.
        duplicates: Copies of the article asked about.
        translations: The same page in other languages.
        notes: What could not be done as an editor's rules say, such as a pinned article that is not there.
        considered: Where an explanation was asked for, every candidate, the most related first.
        dropped: Of the list before, by id, what is not shown any more, and why.
        empty_because: Why nothing is shown, where nothing is.
    """

    article: Article
    items: list[RelatedItem]
    revision: int
    scorer: str
    duplicates: list[Named] = field(default_factory=list)
    translations: list[Named] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    considered: list[Considered] | None = None
    dropped: dict[str, str] = field(default_factory=dict)
    empty_because: str | None = None

    def __getitem__(self, place: Any) -> Any:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> dict[str, Any]:
        """The answer as the HTTP API gives it; `translations`, `notes` and `considered` where there are any."""
        answer = {
            "article": _named(self.article.id, self.article.title, self.article.web_url),
            "related": [item.to_json() for item in self.items],
            "duplicates": [copy.to_json() for copy in self.duplicates],
            "revision": self.revision,
            "scorer": self.scorer,
        }
        if self.translations:
            answer["translations"] = [each.to_json(language=True) for each in self.translations]
        if self.notes:
            answer["notes"] = self.notes
        if self.considered is not None:
            answer["considered"] = [candidate.to_json() for candidate in self.considered]
        return answer


def _named(article_id: str | None, title: str, web_url: str | None) -> dict[str, Any]:
    fields = {"id": article_id, "title": title, "webUrl": web_url}
    return {key: value for key, value in fields.items() if value is not None}
