"""Marks the words of a query in texts, and cuts out what surrounds them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from unicodedata import normalize

from recommender.search.results import Marked
from recommender.text import Analyze
from recommender.text.typed import SPACED, WORD, fold, is_unspaced, query_words

SNIPPET_CHARS = 180
REACH = 500
"""How much of a text is looked through for the best part."""
_BEFORE = 40
"""How much of a snippet stands before its first marked word, at most."""
_ONE_TYPO, _TWO_TYPOS = 4, 8
_ALIKE = 3
_ELLIPSIS = "…"

_Spans = list[tuple[int, int]]


class Marker:
    """Marks the words of a query.

    Args:
        query: The query; its last word may be unfinished.
        titles: The titles that were found: what is in them instead of a word of the query is its right spelling.
        analyze: Splits a text into terms: in texts, other forms of a word are marked too, and stop words are not.
    """

    def __init__(self, query: str, titles: Iterable[str], analyze: Analyze) -> None:
        words = query_words(query)
        plain = [word for word in words if not is_unspaced(word)]
        # The longest first; as each is only looked ahead at, those that overlap are found too.
        pairs = sorted({word for word in words if is_unspaced(word)}, key=len, reverse=True)
        self._pairs = re.compile(f"(?=({'|'.join(map(re.escape, pairs))}))") if pairs else None
        self._analyze = analyze
        self._terms = frozenset(analyze(query))
        self._titles: dict[str, _Spans] = {}
        self._texts: dict[str, _Spans] = {}
        found = {fold(word) for title in titles for word in WORD.findall(normalize("NFC", title))}
        # A word that stands in a title as it is need not be the beginning of another.
        last = words[-1:]
        self._beginnings = tuple(word for word in plain if (found and word not in found) or [word] == last)
        missing = [word for word in plain if not any(other.startswith(word) for other in found)]
        respelled = {other for other in found if any(_is_near(word, other) for word in missing)}
        self._words = frozenset(plain) | respelled
        self._telling = frozenset(word for word in self._words if analyze(word)) or self._words
        self._starts = frozenset(word[:_ALIKE] for word in (*self._telling, *self._terms))

    def mark(self, text: str) -> list[Marked]:
        """Return the whole text in pieces."""
        text = normalize("NFC", text)
        return _pieces(text, self._spans(text, self._in_title, self._titles))

    def snippet(self, text: str, begin: int = 0) -> list[Marked]:
        """Return the part of a text that has most of the words, in pieces; its beginning if it has none.

        Args:
            text: The text.
            begin: Where to begin to look, which is done for `REACH` characters.
        """
        text = normalize("NFC", text)
        found = self._spans(text[begin : begin + REACH], self._in_text, self._texts)
        spans = [(begin + first, begin + last) for first, last in found]
        start, end = _window(text, spans)
        inside = [(first - start, last - start) for first, last in spans if start <= first and last <= end]
        pieces = _pieces(text[start:end], inside)
        if start:
            pieces.insert(0, Marked(f"{_ELLIPSIS} ", matched=False))
        if end < len(text):
            pieces.append(Marked(f" {_ELLIPSIS}", matched=False))
        return pieces

    def first(self, text: str) -> int | None:
        """Return where the first word of the query is in a text; None if there is none."""
        return next((start for start, _ in self._spans(normalize("NFC", text), self._in_text, self._texts)), None)

    def _in_title(self, word: str) -> bool:
        return word in self._words or word.startswith(self._beginnings)

    def _in_text(self, word: str) -> bool:
        if word in self._telling or word.startswith(self._beginnings):
            return True
        # Forms of one word begin alike, so that few words need to be analysed.
        return word[:_ALIKE] in self._starts and not self._terms.isdisjoint(self._analyze(word))

    def _spans(self, text: str, matches: Callable[[str], bool], known: dict[str, _Spans]) -> Iterator[tuple[int, int]]:
        """Yield where words that match are, in order, and pairs of letters without spaces; `known` remembers words."""
        for found in WORD.finditer(text):
            word = found[0]
            within = known.get(word)
            if within is None:
                within = known[word] = self._within(word, matches)
            for start, end in within:
                yield found.start() + start, found.start() + end

    def _within(self, word: str, matches: Callable[[str], bool]) -> _Spans:
        folded = fold(word)
        if word.isascii() or len(folded) != len(word):
            return [(0, len(word))] if matches(folded) else []
        spans = [found.span() for found in SPACED.finditer(folded) if matches(found[0])]
        if self._pairs:
            spans += [(found.start(), found.end(1)) for found in self._pairs.finditer(folded)]
        return sorted(spans)


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[Marked]:
    """Split a text at spans, which may overlap; adjacent ones are one piece."""
    pieces: list[Marked] = []
    place = begin = end = 0
    for start, stop in [*spans, (len(text) + 1, 0)]:
        if start <= end and end > begin:
            end = max(end, stop)
            continue
        if end > begin:
            pieces += [Marked(text[place:begin], matched=False)] if begin > place else []
            pieces.append(Marked(text[begin:end], matched=True))
            place = end
        begin, end = start, stop
    if place < len(text):
        pieces.append(Marked(text[place:], matched=False))
    return pieces


def _window(text: str, spans: _Spans) -> tuple[int, int]:
    """Return where to cut a snippet out: around the most different words of the query, the first such place."""
    labels = [fold(text[slice(*span)]) for span in spans]
    within: Counter[str] = Counter()
    best, start, last = 0, 0, 0
    for place, (first, _) in enumerate(spans):
        while last < len(spans) and spans[last][1] <= first + SNIPPET_CHARS - _BEFORE:
            within[labels[last]] += 1
            last += 1
        if len(within) > best:
            best, start = len(within), first
        within[labels[place]] -= 1
        if within[labels[place]] <= 0:
            del within[labels[place]]
        last = max(last, place + 1)
    start = _at_word(text, start - _BEFORE) if start > _BEFORE else 0
    if start + SNIPPET_CHARS >= len(text):
        return _at_word(text, max(0, min(start, len(text) - SNIPPET_CHARS))), len(text)
    end = text.rfind(" ", start, start + SNIPPET_CHARS + 1)
    return start, end if end > start + SNIPPET_CHARS // 2 else start + SNIPPET_CHARS


def _at_word(text: str, place: int) -> int:
    """Return where the next word begins, if that is near."""
    if not place:
        return 0
    space = text.find(" ", place, place + _BEFORE)
    return place if space < 0 else space + 1


def _is_near(word: str, found: str) -> bool:
    """Return whether a word begins as another does, but for typos."""
    if len(word) < _ONE_TYPO or word.isdigit():
        return False
    most = 2 if len(word) >= _TWO_TYPOS else 1
    # Each letter that the other word lacks is a typo: most words need not be compared.
    return len(set(word).difference(found)) <= most and _typos(word, found[: len(word) + most]) <= most


def _typos(word: str, found: str) -> int:
    """Return the least distance of a word from any beginning of another.

    Letters too many, too few, wrong or swapped count one each (optimal string alignment).
    """
    before: list[int] = []
    row = list(range(len(found) + 1))
    for place, letter in enumerate(word, start=1):
        earlier, before = before, row
        row = [place]
        for other, wanted in enumerate(found, start=1):
            cost = min(before[other] + 1, row[other - 1] + 1, before[other - 1] + (letter != wanted))
            if place > 1 and other > 1 and letter == found[other - 2] and word[place - 2] == wanted:
                cost = min(cost, earlier[other - 2] + 1)
            row.append(cost)
    return min(row)
