"""Titles as they are typed: an inverted index that finds beginnings of words and small typos.

Scores are constant for a kind of match, so that those of several indexes compare, and ties go to the newest article.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log2
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from recommender.errors import CollectionError
from recommender.index.local.columns import Rows
from recommender.text.typed import is_unspaced, opening, query_words, title_words

MAX_WORDS = 24
"""How many of the words that were typed are looked up."""
FEW = 10
"""A word that fewer titles have may be a typo."""
LEAST_COVERED = 0.7
"""The share of what was typed that a title must have, each word by its weight."""
ONE_TYPO, TWO_TYPOS = 4, 8
"""From so many letters on, a word may have one typo, or two."""
OPENING_ONE_TYPO, OPENING_TWO_TYPOS = 4, 12
"""The same for the beginning of a title."""

_LAST_BEGUN, _BEGUN, _ONE_OFF, _TWO_OFF = 0.98, 0.94, 0.88, 0.8
"""What a word counts that is the beginning of another, or has typos; all are more than `LEAST_COVERED`."""
_WHOLE, OPENS, _WORDS, _BEGINNINGS = 8.0, 4.0, 2.0, 1.0
"""What a title counts that is what was typed, begins with it, has its words, or has words that begin with them: each is
more than the rest together."""
_EDGE_WORD, _EDGE_OPENING = 2, 4
"""Beginnings up to these lengths have terms of their own: thousands of words may begin so."""
_HEAP_BYTES = 512 * 1024 * 1024
"""A bound: one segment, in which the order of the titles is kept, up to some millions of them."""
_TOKENIZER = "words"


@dataclass(frozen=True)
class Typed:
    """What was typed.

    Attributes:
        opening: See `text.typed.opening`.
        words: Its words; the last one may be unfinished.
        frequency: How many titles have each word, or a word that the last one begins.
        weights: How much each word tells.
        may_be_wrong: Whether words may have typos.
    """

    opening: str
    words: tuple[str, ...]
    frequency: tuple[int, ...]
    weights: tuple[float, ...]
    may_be_wrong: bool = True

    @classmethod
    def of(cls, text: str, frequency: Callable[[Sequence[str]], Sequence[int]], titles: int) -> Typed:
        """Read what was typed.

        Args:
            text: The text.
            frequency: Returns how many titles have some words; see `TitleIndex.frequency`.
            titles: How many there are.
        """
        words = query_words(text)
        words = words if len(words) <= MAX_WORDS else [*words[: MAX_WORDS - 1], words[-1]]
        found = frequency(words) if words else ()
        known = [log2(1 + titles / count) for count in found if count]
        # Nothing is known of an unknown word; it tells as much as another.
        typical = sum(known) / len(known) if known else 1.0
        weights = [log2(1 + titles / count) if count else typical for count in found]
        return cls(opening(text), tuple(words), tuple(found), tuple(weights))

    @property
    def total(self) -> float:
        """The weight of all words."""
        return sum(self.weights)


class TitleIndex:
    """The titles of some articles, which are known by their rows."""

    def __init__(self, index: Any) -> None:
        _register_whitespace(index)
        self._schema = index.schema
        index.config_reader(reload_policy="manual")
        index.reload()
        self._searcher = index.searcher()

    @classmethod
    def build(cls, folder: Path | None, titles: Sequence[str], order: Iterable[int]) -> TitleIndex:
        """Index titles.

        Args:
            folder: An empty folder, or None for an index in memory.
            titles: The title of each row.
            order: The rows, the newest first.
        """
        builder = tantivy.SchemaBuilder()
        for name, tokenizer in (("words", _TOKENIZER), ("opening", "raw"), ("edges", _TOKENIZER)):
            builder = builder.add_text_field(name, tokenizer_name=tokenizer, index_option="basic")
        schema = builder.add_unsigned_field("row", fast=True).build()
        index = tantivy.Index(schema, path=str(folder)) if folder else tantivy.Index(schema)
        _register_whitespace(index)
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for row in order:
            title = titles[row]
            words, begin = title_words(title), opening(title)
            if not words:
                continue
            document = tantivy.Document()
            document.add_text("words", " ".join(words))
            document.add_text("opening", begin)
            document.add_text("edges", " ".join([*_edges(words), *map(_of_opening, _beginnings(begin))]))
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> TitleIndex:
        """Open the index in `folder`, memory-mapped and read only.

        Raises:
            CollectionError: If it cannot be opened.
        """
        # Tantivy writes a lock file into the folder it opens, but a snapshot must not change and may be read-only. Open
        # a temporary folder of links instead; the files stay open when it is gone.
        try:
            with tempfile.TemporaryDirectory(prefix="related-", ignore_cleanup_errors=True) as links:
                for file in folder.iterdir():
                    (Path(links) / file.name).symlink_to(file.absolute())
                return cls(tantivy.Index.open(links))
        except (ValueError, OSError) as error:
            raise CollectionError(f"the index of titles cannot be opened: {error}", where=str(folder)) from None

    def frequency(self, words: Sequence[str]) -> list[int]:
        """Return how many titles have each word; of the last, about how many have a word that it begins."""
        found = [self._searcher.doc_freq(*self._place(word)) for word in words[:-1]]
        return [*found, *map(self._begun, words[-1:])]

    def _begun(self, word: str) -> int:
        if len(word) <= _EDGE_WORD:
            return int(self._searcher.doc_freq("edges", word))
        return sum(count for _, count in self._searcher.terms_with_prefix("words", word, limit=FEW))

    def sharp(self, typed: Typed, limit: int) -> tuple[Rows, NDArray[np.float64]]:
        """Return titles that are what was typed, that begin with it, or that have all words, in this order.

        Returns:
            Rows and their scores, best first, then newest first.
        """
        *whole, last = typed.words
        begun = [self._begins(word, 1.0) for word in (*whole, last)]
        clauses = [
            self._term("opening", typed.opening, _WHOLE),
            self._opens(typed.opening, OPENS),
            _scored(_every([*(self._word(word, 1.0) for word in whole), begun[-1]]), _WORDS),
        ]
        if whole:
            clauses.append(_scored(_every(begun), _BEGINNINGS))
        return self._search(_any(clauses), limit)

    def near(self, typed: Typed, limit: int) -> tuple[Rows, NDArray[np.float64]]:
        """Return titles that have most of what was typed, with typos; one that begins so comes first."""
        total = typed.total
        alternatives = [self._alternatives(typed, place) for place in range(len(typed.words))]
        clauses = [tantivy.Query.disjunction_max_query(each) for each in alternatives]
        most = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, clause) for clause in clauses],
            minimum_number_should_match=ceil(len(clauses) / 2),
        )
        starts = []
        if typed.may_be_wrong and len(typed.opening) >= OPENING_ONE_TYPO:
            starts.append(self._fuzzy("opening", typed.opening, 2 * total, 1))
        if typed.may_be_wrong and len(typed.opening) >= OPENING_TWO_TYPOS:
            starts.append(self._fuzzy("opening", typed.opening, total, 2))
        rows, scores = self._search(
            _any([most, tantivy.Query.disjunction_max_query(starts)] if starts else [most]), limit
        )
        enough = scores >= LEAST_COVERED * total
        return rows[enough], scores[enough]

    def _alternatives(self, typed: Typed, place: int) -> list[Any]:
        """Return the ways in which a title may have a word, each with its score."""
        word, weight = typed.words[place], typed.weights[place]
        is_last = place == len(typed.words) - 1
        found = [self._word(word, weight)]
        if is_unspaced(word):
            return found
        if is_last or len(word) > _EDGE_WORD:
            found.append(self._begins(word, (_LAST_BEGUN if is_last else _BEGUN) * weight))
        is_rare = typed.may_be_wrong and typed.frequency[place] < FEW
        if is_rare and len(word) >= ONE_TYPO and not word.isdigit():
            found.append(self._fuzzy("words", word, _ONE_OFF * weight, 1))
            if len(word) >= TWO_TYPOS:
                found.append(self._fuzzy("words", word, _TWO_OFF * weight, 2))
        return found

    def _search(self, query: Any, limit: int) -> tuple[Rows, NDArray[np.float64]]:
        found = self._searcher.search(query, limit=limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in found])
        return np.array(rows, dtype=np.int64), np.array([score for score, _ in found], dtype=np.float64)

    def _place(self, word: str) -> tuple[str, str]:
        # One letter of a language without spaces is a beginning.
        return ("edges" if len(word) == 1 and is_unspaced(word) else "words"), word

    def _word(self, word: str, score: float) -> Any:
        return self._term(*self._place(word), score)

    def _begins(self, word: str, score: float) -> Any:
        if len(word) <= _EDGE_WORD:
            return self._term("edges", word, score)
        return self._fuzzy("words", word, score, 0)

    def _opens(self, begin: str, score: float) -> Any:
        if len(begin) <= _EDGE_OPENING:
            return self._term("edges", _of_opening(begin), score)
        return self._fuzzy("opening", begin, score, 0)

    def _term(self, field: str, term: str, score: float) -> Any:
        return _scored(tantivy.Query.term_query(self._schema, field, term, "basic"), score)

    def _fuzzy(self, field: str, begin: str, score: float, typos: int) -> Any:
        """Return the query for terms that begin so, with typos: letters too many, too few, wrong or swapped."""
        return _scored(tantivy.Query.fuzzy_term_query(self._schema, field, begin, typos, True, True), score)


def _register_whitespace(index: Any) -> None:
    """Let an index split texts at spaces; a stored one has the tokenizer's name, not the tokenizer."""
    index.register_tokenizer(_TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def _edges(words: Iterable[str]) -> set[str]:
    return {word[:length] for word in words for length in range(1, _EDGE_WORD + 1)}


def _beginnings(begin: str) -> list[str]:
    return [begin[:length] for length in range(1, min(len(begin), _EDGE_OPENING) + 1)]


def _of_opening(begin: str) -> str:
    """Return the term of a title's beginning, which no word is."""
    return f"^{begin.replace(' ', '_')}"


def _scored(query: Any, score: float) -> Any:
    return tantivy.Query.const_score_query(query, score)


def _every(queries: Iterable[Any]) -> Any:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _any(queries: Iterable[Any]) -> Any:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
