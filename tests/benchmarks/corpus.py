"""Any number of synthetic articles for benchmarks: sentences of real articles put together anew, always the same way.

The first n of a longer corpus with the same seed are the corpus of n. The texts are grammatical only by accident; what
counts is that they have real words in real frequencies, stories with many articles, and the length of a teaser.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article, format_date
from recommender.sources import ReadArticle, open_source
from recommender.text import clean

SETS = ("azure-site", "uci-stories")
DAYS = 6 * 365
"""Over how many days the articles are spread."""
FIRST_DAY = datetime(2019, 1, 1, tzinfo=UTC)
NOISE = (0.15, 0.5)
"""Least and greatest length of the random vector that is added to a mix of unit vectors."""

_BESIDE = 12
"""Rows this near in one file are taken to be about the same story; the headlines lie story by story."""
_PIECE_WORDS = 30
_SENTENCE_WORDS = 22
_TOTAL_WORDS = (62, 104)
_MAIN_WEIGHT = 0.5
"""The least weight of an article's main parent; the rest is shared by words."""
_BLOCK = 8192
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_TITLE_PART = re.compile(r"\s+[-–—|]\s+|:\s+|;\s+|,\s+")
_JOINTS = ("while", "as", "and", "after", "but", "because", "although")


class Parents(NamedTuple):
    """Which real articles a synthetic one was made of; the main one is first.

    `rows` are places in the list of real articles, each once; `weights` are as many fractions that sum to 1.
    """

    rows: tuple[int, ...]
    weights: tuple[float, ...]


class _Material(NamedTuple):
    """A real article taken apart; `low` and `high` are the first row of its set and the one after its last."""

    article: Article
    title: list[str]
    pieces: list[list[str]]
    low: int
    high: int


def read_real(data: Path) -> list[Article]:
    """The real articles: those of `azure-site`, then those of `uci-stories`, in the order of their files.

    Args:
        data: The folder that holds both sets, each with its `articles.jsonl`.
    """
    return [
        found.article
        for name in SETS
        for found in open_source(data / name / "articles.jsonl").scan({})
        if isinstance(found, ReadArticle)
    ]


def mixed_articles(real: Sequence[Article], count: int, seed: int = 0) -> Iterator[tuple[Article, Parents]]:
    """Make `count` articles of the parts of `real`.

    Each has one main parent, which gives half of the title, the topics, the provider and the language, and one or two
    others, mostly of the same story; headlines are so short that a sentence takes more of them from beside its parent.
    The date lies within six years: half of the articles lie about 60 days round their story's own moment, the
    others anywhere. A whole article has about 60 to 110 words.

    Args:
        real: What to take apart, as `read_real` gives it.
        count: How many articles.
        seed: Another seed makes another corpus.

    Yields:
        An article with the id `mixed/000000` and so on, and what it was made of.
    """
    materials = _take_apart(real)
    draw = random.Random(seed)
    for number in range(count):
        yield _mix(materials, number, draw)


def mixed_vectors(real_vectors: NDArray[np.float32], parents: Sequence[Parents], seed: int = 0) -> NDArray[np.float32]:
    """What an encoder might have made of mixed articles: the weighted mean of their parents' vectors with some noise.

    Args:
        real_vectors: Unit rows of the real articles, float32, shape (number of real articles, dimension).
        parents: What each of the mixed articles was made of.
        seed: Of the noise.

    Returns:
        Unit rows, float32, shape (len(parents), dimension).
    """
    noise = np.random.default_rng(seed)
    dimension = real_vectors.shape[1]
    vectors = np.empty((len(parents), dimension), dtype=np.float32)
    for start in range(0, len(parents), _BLOCK):
        block = parents[start : start + _BLOCK]
        width = max(len(each.rows) for each in block)
        rows = np.zeros((len(block), width), dtype=np.int64)
        weights = np.zeros((len(block), width), dtype=np.float32)
        for place, each in enumerate(block):
            rows[place, : len(each.rows)] = each.rows
            weights[place, : len(each.rows)] = each.weights
        mix = np.zeros((len(block), dimension), dtype=np.float32)
        for column in range(width):
            mix += weights[:, column, None] * real_vectors[rows[:, column]]
        mix /= np.linalg.norm(mix, axis=1, keepdims=True)
        # A column more than the dimension, so that one draw a row also says how much noise it gets.
        drawn = noise.standard_normal((len(block), dimension + 1), dtype=np.float32)
        length = NOISE[0] + (NOISE[1] - NOISE[0]) * (np.abs(drawn[:, -1:]) % 1.0)
        mix += length / np.float32(dimension**0.5) * drawn[:, :-1]
        vectors[start : start + len(block)] = mix / np.linalg.norm(mix, axis=1, keepdims=True)
    return vectors


def _take_apart(real: Sequence[Article]) -> list[_Material]:
    # Only the headlines have a language, which tells where the one set ends and the other begins.
    materials: list[_Material] = []
    low = 0
    for row, article in enumerate(real):
        if row and article.language != real[row - 1].language:
            low = row
        high = row + 1 if low == row or not materials else materials[-1].high
        if high == row + 1:
            while high < len(real) and real[high].language == article.language:
                high += 1
        title = clean(article.title).rstrip(" .…")
        sentences = [title, *_SENTENCE_END.split(clean(article.excerpt or ""))]
        pieces = [piece for sentence in sentences if len(piece := sentence.rstrip(" .…").split()[:_PIECE_WORDS]) > 2]
        materials.append(_Material(article, title.split() or ["Untitled"], pieces or [title.split()], low, high))
    return materials


def _mix(materials: Sequence[_Material], number: int, draw: random.Random) -> tuple[Article, Parents]:
    main = draw.randrange(len(materials))
    others = [
        _beside(materials, main, draw) if draw.random() < 0.75 else draw.randrange(len(materials))
        for _ in range(draw.randint(1, 2))
    ]
    taken: dict[int, int] = {main: 0}
    title = _new_title(materials, main, others[0], taken, draw)
    total = draw.randint(*_TOTAL_WORDS)
    sentences = max(2, min(4, round((total - len(title)) / _SENTENCE_WORDS)))
    used: set[tuple[int, int]] = set()
    excerpt: list[list[str]] = []
    for place in range(sentences):
        row = [main, *others][place] if place <= len(others) else draw.choice([main, *others])
        words = (total - len(title) - sum(map(len, excerpt))) // (sentences - place)
        excerpt.append(_sentence(materials, row, words, (used, taken), draw))
    source = materials[main].article
    story = (main * DAYS) // len(materials) + draw.gauss(0, 60)
    days = min(max(story, 0.0), DAYS - 1.0) if draw.random() < 0.5 else draw.uniform(0, DAYS - 1)
    fields = {
        "id": f"mixed/{number:06}",
        "title": " ".join(title),
        "excerpt": " ".join(" ".join(words) + "." for words in excerpt),
        "publishedDateTime": format_date(FIRST_DAY + timedelta(seconds=round(days * 86_400))),
        "webUrl": f"https://mixed.example/{number:06}",
        "type": "article",
        "provider": source.provider,
        "topics": source.topics,
        "language": source.language or "en",
    }
    return Article.read(fields), _parents(main, taken)


def _parents(main: int, taken: dict[int, int]) -> Parents:
    others = {row: words for row, words in taken.items() if row != main and words}
    total = taken[main] + sum(others.values())
    weight = max(_MAIN_WEIGHT, taken[main] / total) if others else 1.0
    scale = (1.0 - weight) / max(1, sum(others.values()))
    return Parents((main, *others), (weight, *(words * scale for words in others.values())))


def _beside(materials: Sequence[_Material], row: int, draw: random.Random) -> int:
    low, high = materials[row].low, materials[row].high
    return draw.randrange(max(low, row - _BESIDE), min(high, row + _BESIDE + 1))


def _new_title(
    materials: Sequence[_Material], main: int, other: int, taken: dict[int, int], draw: random.Random
) -> list[str]:
    first, second = _halves(materials[main].title)[0], _halves(materials[other].title)[1]
    taken[main] += len(first)
    taken[other] = taken.get(other, 0) + len(second)
    # Which half leads differs, so that titles do not all begin as the real ones do.
    title = [*first, *second] if draw.random() < 0.7 else [*second, *first]
    title[0] = title[0][:1].upper() + title[0][1:]
    return title


def _halves(words: list[str]) -> tuple[list[str], list[str]]:
    """A title at the sign that parts it nearest to its middle, or at its middle."""
    title = " ".join(words)
    cuts = [match.span() for match in _TITLE_PART.finditer(title)]
    if cuts:
        start, end = min(cuts, key=lambda cut: abs(cut[0] - len(title) / 2))
        first, second = title[:start].split(), title[end:].split()
        if len(first) > 1 and len(second) > 1:
            return first, second
    middle = (len(words) + 1) // 2
    return words[:middle], words[middle:] or words


def _sentence(
    materials: Sequence[_Material],
    row: int,
    words: int,
    notes: tuple[set[tuple[int, int]], dict[int, int]],
    draw: random.Random,
) -> list[str]:
    """About `words` words from `row`, and from the rows beside it where that has no more to give."""
    used, taken = notes
    sentence: list[str] = []
    place = row
    for _ in range(8):
        unused = [number for number in range(len(materials[place].pieces)) if (place, number) not in used]
        if unused:
            number = draw.choice(unused)
            used.add((place, number))
            piece = materials[place].pieces[number]
            if sentence:
                sentence.append(draw.choice(_JOINTS))
            sentence += piece
            taken[place] = taken.get(place, 0) + len(piece)
            if len(sentence) + 5 >= words:
                break
        place = _beside(materials, row, draw)
    return sentence or materials[row].pieces[0]
