"""Answer types: related articles with reasons, duplicates, and the outcome of every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recommender.article import Article
from recommender.entry import related_entry


@dataclass(frozen=True)
class Named:
    """Id, title and address of an article: a copy of a shown one, or a translation."""

    article_id: str
    title: str
    web_url: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, article: Article) -> Named:
        """Return the names of an article."""
        return cls(article.id or "", article.title, article.web_url, article.language)

    def to_json(self, *, language: bool = False) -> dict[str, Any]:
        """Return id, title and webUrl, and with `language` the language if it is known."""
        named = _named(self.article_id, self.title, self.web_url)
        return {**named, "language": self.language} if language and self.language is not None else named


@dataclass(frozen=True)
class RelatedItem:
    """One related article.

    Attributes:
        article: The article to show.
        score: The calibrated score: the share of random pairs that score lower, in [0, 1).
        reasons: Why it is related, in words.
        parts: The terms that the raw score is the sum of.
        features: The pair's features by name; NaN where unknown.
        duplicates: Copies of it that it replaces in the list.
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
        """Return the entry that a site shows, with id, score, reasons and duplicates."""
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
    """A candidate and its outcome.

    Attributes:
        article_id: Its id.
        title: Its title.
        score: The calibrated score, as in `RelatedItem`.
        parts: The terms that the raw score is the sum of.
        fate: The outcome in words: `shown`, `pinned`, `left out: the topic X is blocked`, `collapsed into ID`,
            `under the minimum of 0.995`, `not among the best 5`.
        contributions: For a learned scorer, how much each feature moves the logarithm of the odds.
    """

    article_id: str
    title: str
    score: float
    parts: dict[str, float]
    fate: str
    contributions: dict[str, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as JSON values."""
        parts = {name: round(value, 6) for name, value in self.parts.items()}
        more = {name: round(value, 6) for name, value in (self.contributions or {}).items()}
        return {
            "id": self.article_id,
            "title": self.title,
            "score": round(self.score, 6),
            "parts": parts,
            "fate": self.fate,
            **({"contributions": more} if more else {}),
        }


@dataclass(frozen=True)
class RelatedArticles(Sequence[RelatedItem]):
    """The related articles of one article, best first.

    Attributes:
        article: The article asked about.
        items: The related articles.
        revision: The collection's revision.
        scorer: The name of the scorer.
        duplicates: Copies of the article asked about.
        translations: The same page in other languages.
        notes: Editor's rules that could not be followed, such as a pinned article that is not stored.
        considered: Every candidate, the most related first, if an explanation was asked for.
        dropped: Items of the previous list that are no longer shown, by id, with the reason.
        empty_because: Why the list is empty, if it is.
        keeps: Whether a rule says that the article's related field stays as it is, whatever is found.
        rules_number: The last change of editors' rules that holds for the article.
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
    keeps: bool = False
    rules_number: int = 0

    def __getitem__(self, place: Any) -> Any:
        return self.items[place]

    def __len__(self) -> int:
        return len(self.items)

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the HTTP API does; with `translations`, `notes` and `considered` if there are any."""
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
