"""Stories that outlets tell, and the columns of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.article import Article
from recommender.config import TextSettings
from recommender.embedding import Vectors
from recommender.index.local.columns import Columns
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.text import article_texts
from recommender.text.analysis import Analyzer

HARBOUR = (
    "The harbour of Lindholm will close its northern quay so that divers can repair the wooden piles under the old "
    "crane. Ferries to the islands leave from the fish market instead, and the town has asked drivers to keep the "
    "narrow streets behind the customs house free for buses and ambulances."
)
"""A text of 48 words."""


def told(
    title: str, text: str = "", outlet: str | None = "post.example", day: str | None = "2024-05-06", **fields: Any
) -> Article:
    """An article as an outlet tells it."""
    optional = {"excerpt": text or None, "provider": outlet, "publishedDateTime": day, **fields}
    return Article.read({"title": title, **{name: value for name, value in optional.items() if value is not None}})


def prose(count: int, seed: int = 0) -> str:
    """A text of so many words that no other seed has four in a row of."""
    numbers = np.random.default_rng(seed).integers(0, 10**6, count)
    return " ".join("".join(chr(97 + int(digit)) for digit in f"{number:06}") for number in numbers.tolist())


def words(text: str, start: int = 0, end: int | None = None) -> str:
    """Some of the words of a text."""
    return " ".join(text.split()[start:end])


def vectors_at(*cosines: float) -> Vectors:
    """A unit vector, and one for each cosine that has it with the first: float32, shape (n + 1, n + 1)."""
    rows = np.zeros((len(cosines) + 1, len(cosines) + 1), dtype=np.float32)
    rows[0, 0] = 1
    for place, cosine in enumerate(cosines, start=1):
        rows[place, 0], rows[place, place] = cosine, (1 - cosine**2) ** 0.5
    return rows


def columns_of(articles: Sequence[Article], vectors: Vectors, language: str = "english") -> Columns:
    """The columns of articles, whose ids are their places where they have none."""
    builder = ColumnsBuilder(Analyzer(language).terms)
    for number, article in enumerate(articles):
        builder.add(article.id or f"{number:03}", article, *article_texts(article, TextSettings()))
    return builder.build(vectors)
