"""How an article is worded, in numbers small enough to keep: shingles of its text and keys that copies share."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes32 = NDArray[np.uint32]
Hashes64 = NDArray[np.uint64]

SHINGLE_WORDS = 4
"""Two texts that tell one thing in their own words share pairs of words, seldom four in a row."""
MAX_SHINGLES = 128
"""Of a longer text those with the lowest hashes are kept, a fair sample of all."""

LINK_SHINGLES = 16
TITLE_BANDS = 10
BAND_ROWS = 2
MIN_TITLE_TERMS = 3
"""A title with fewer terms is no sign of a copy."""

_DIGITS = re.compile(r"\d+")
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_FINISH = np.uint64(0xFF51AFD7ED558CCD)
_SEEDS = np.random.default_rng(0).integers(1, 2**63, TITLE_BANDS * BAND_ROWS, dtype=np.uint64) | np.uint64(1)


def figure(term: str, dates: frozenset[str]) -> str:
    """The number or date that a term tells: `10` of `10bn`, `june` of `june`; empty if it tells none.

    Args:
        term: As the analyzer gives it.
        dates: The terms of `CALENDAR`.
    """
    return "".join(_DIGITS.findall(term)) or (term if term in dates else "")


def hash_shingles(words: Sequence[int]) -> Hashes32:
    """The shingles of a text: hashes of every run of four words, the lowest `MAX_SHINGLES`, ascending.

    Broder, "On the resemblance and containment of documents" (1997), section 3: the lowest hashes are a sample from
    which resemblance and containment can be estimated without bias; here it is all of a text up to 131 words.

    Args:
        words: Hashes of the words in order, 64 bits each; a text of fewer than four words is one shingle.
    """
    hashes = np.array(words, dtype=np.uint64)
    if not len(hashes):
        return np.empty(0, dtype=np.uint32)
    count = max(1, len(hashes) - SHINGLE_WORDS + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for place, factor in enumerate(_FACTORS[: len(hashes)]):
        mixed += hashes[place : place + count] * factor
    return np.unique(_fold(mixed))[:MAX_SHINGLES]


def _fold(mixed: Hashes64) -> Hashes32:
    mixed = (mixed ^ (mixed >> np.uint64(33))) * _FINISH
    return (mixed >> np.uint64(32)).astype(np.uint32)


def link_keys(
    shingle_indptr: NDArray[np.int64],
    shingles: Hashes32,
    title_indptr: NDArray[np.int64],
    title_hashes: Hashes64,
    urls: Hashes64,
) -> tuple[Hashes32, NDArray[np.uint32]]:
    """Keys of which two copies share at least one, nearly always; with the row that has each.

    An article's keys are its lowest shingles, `TITLE_BANDS` min-hashes of its title's terms (Broder et al., "Min-wise
    independent permutations", 1998, in bands as in Leskovec et al., "Mining of Massive Datasets", section 3.4: two
    titles with 65 % of their terms in common share a band in 99.6 % of cases, with 40 % in 83 %), and its address.

    Args:
        shingle_indptr: Where each row's shingles begin, int64, shape (n + 1,).
        shingles: As `hash_shingles` gives them, one row after another.
        title_indptr: Where each row's title terms begin, int64, shape (n + 1,).
        title_hashes: Hashes of the title's terms, one row after another.
        urls: Hash of the address, 0 for none, shape (n,).

    Returns:
        Keys, ascending, and rows, ascending within a key, uint32, shape (n_keys,) each.
    """
    count = len(urls)
    place = np.arange(len(shingles)) - np.repeat(shingle_indptr[:-1], np.diff(shingle_indptr))
    owner = np.repeat(np.arange(count), np.diff(shingle_indptr))
    first = place < LINK_SHINGLES
    keys, rows = [shingles[first]], [owner[first]]
    lengths = np.diff(title_indptr)
    telling = np.flatnonzero(lengths >= MIN_TITLE_TERMS)
    if len(telling):
        # Rows without terms have no segment of their own.
        starts = title_indptr[:-1][lengths > 0]
        within = np.searchsorted(np.flatnonzero(lengths > 0), telling)
        lowest = [np.minimum.reduceat(_fold(title_hashes * seed), starts)[within] for seed in _SEEDS]
        for band in range(TITLE_BANDS):
            mixed = np.full(len(telling), band + 1, dtype=np.uint64)
            for part, factor in zip(lowest[band * BAND_ROWS : (band + 1) * BAND_ROWS], _FACTORS, strict=False):
                mixed = mixed * _FINISH + part.astype(np.uint64) * factor
            keys.append(_fold(mixed))
            rows.append(telling)
    addressed = np.flatnonzero(urls)
    keys.append(_fold(urls[addressed]))
    rows.append(addressed)
    all_keys, all_rows = np.concatenate(keys), np.concatenate(rows).astype(np.uint32)
    order = np.lexsort((all_rows, all_keys))
    return all_keys[order], all_rows[order]
