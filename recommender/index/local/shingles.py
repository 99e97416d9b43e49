"""Shingles of texts, and the link keys that find candidate copies."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.pool import Hashes

Hashes32 = NDArray[np.uint32]

SHINGLE_WORDS = 4
"""Texts that report one event in different words share pairs of words, but seldom four in a row."""
MAX_SHINGLES = 128
"""A longer text keeps those with the lowest hashes, an unbiased sample."""

LINK_SHINGLES = 16
TITLE_BANDS = 10
BAND_ROWS = 2
MIN_TITLE_TERMS = 3
"""A shorter title is too common to indicate a copy."""

_DIGITS = re.compile(r"\d+")
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)
_FINISH = np.uint64(0xFF51AFD7ED558CCD)
_SEEDS = np.random.default_rng(0).integers(1, 2**63, TITLE_BANDS * BAND_ROWS, dtype=np.uint64) | np.uint64(1)


def figure(term: str, dates: frozenset[str]) -> str:
    """Return the number or date in a term: `10` of `10bn`, `june` of `june`; empty if there is none.

    Args:
        term: A term of the analyzer.
        dates: The terms of `CALENDAR`.
    """
    return "".join(_DIGITS.findall(term)) or (term if term in dates else "")


def hash_shingles(hashes: Hashes) -> Hashes32:
    """Return the shingles of a text: the lowest `MAX_SHINGLES` hashes of its runs of four words, ascending.

    Resemblance and containment can be estimated from the lowest hashes without bias (Broder, "On the resemblance and
    containment of documents", 1997, section 3). A text of up to 131 words keeps all of its shingles.

    Args:
        hashes: Hashes of the words in order, uint64, shape (n,); fewer than four words make one shingle.
    """
    if not len(hashes):
        return np.empty(0, dtype=np.uint32)
    count = max(1, len(hashes) - SHINGLE_WORDS + 1)
    mixed = np.zeros(count, dtype=np.uint64)
    for place, factor in enumerate(_FACTORS[: len(hashes)]):
        mixed += hashes[place : place + count] * factor
    return np.unique(_fold(mixed))[:MAX_SHINGLES]


def _fold(mixed: Hashes) -> Hashes32:
    mixed = (mixed ^ (mixed >> np.uint64(33))) * _FINISH
    return (mixed >> np.uint64(32)).astype(np.uint32)


def link_keys(
    shingle_indptr: NDArray[np.int64],
    shingles: Hashes32,
    title_indptr: NDArray[np.int64],
    title_hashes: Hashes,
    urls: Hashes,
) -> tuple[Hashes32, NDArray[np.uint32]]:
    """Return keys of which two copies nearly always share at least one, with the row of each.

    The keys of an article are its lowest shingles, `TITLE_BANDS` min-hash bands of its title's terms, and its address.
    Min-hashes as in Broder et al., "Min-wise independent permutations" (1998), in bands as in Leskovec et al., "Mining
    of Massive Datasets", section 3.4: two titles with 65 % of their terms in common share a band in 99.6 % of cases,
    with 40 % in 83 %.

    Args:
        shingle_indptr: Where each row's shingles begin, int64, shape (n + 1,).
        shingles: The results of `hash_shingles`, concatenated.
        title_indptr: Where each row's title terms begin, int64, shape (n + 1,).
        title_hashes: Hashes of the title terms, concatenated.
        urls: Hashes of addresses, 0 for none, shape (n,).

    Returns:
        Keys, ascending, and rows, ascending within a key, uint32, shape (n_keys,) each.
    """
    count = len(urls)
    # Of a million articles only what is kept may take memory: keys and rows are paired as one number at once.
    taken = np.minimum(np.diff(shingle_indptr), LINK_SHINGLES)
    owner = np.repeat(np.arange(count, dtype=np.uint64), taken)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(taken) - taken, taken)
    pairs = [_paired(shingles[np.repeat(shingle_indptr[:-1], taken) + within], owner)]
    lengths = np.diff(title_indptr)
    titled = np.flatnonzero(lengths >= MIN_TITLE_TERMS)
    if len(titled):
        # `reduceat` needs non-empty segments, so rows without title terms are left out.
        starts = title_indptr[:-1][lengths > 0]
        within = np.searchsorted(np.flatnonzero(lengths > 0), titled)
        lowest = [np.minimum.reduceat(_fold(title_hashes * seed), starts)[within] for seed in _SEEDS]
        for band in range(TITLE_BANDS):
            mixed = np.full(len(titled), band + 1, dtype=np.uint64)
            for part, factor in zip(lowest[band * BAND_ROWS : (band + 1) * BAND_ROWS], _FACTORS, strict=False):
                mixed = mixed * _FINISH + part.astype(np.uint64) * factor
            pairs.append(_paired(_fold(mixed), titled))
    addressed = np.flatnonzero(urls)
    pairs.append(_paired(_fold(urls[addressed]), addressed))
    ordered = np.concatenate(pairs)
    ordered.sort()
    return (ordered >> np.uint64(32)).astype(np.uint32), ordered.astype(np.uint32)


def _paired(keys: Hashes32, rows: NDArray[Any]) -> NDArray[np.uint64]:
    return (keys.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64)
