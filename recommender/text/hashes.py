"""Hashes that are the same in every process and release."""

from __future__ import annotations

import hashlib


def text_hash(text: str) -> bytes:
    """16 bytes that are equal for equal text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def stable_hash(term: str) -> int:
    """A 64-bit hash of `term`, the same in every process."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def facet(field: str, value: str) -> int:
    """A hash of one value of one field; white space around it and the case of letters do not count."""
    return stable_hash(f"{field}\0{value.strip().casefold()}")


def folded_hash(name: str | None) -> int:
    """A hash of a name without its case and the white space round it; 0 for none."""
    folded = name.strip().casefold() if name else ""
    return stable_hash(folded) if folded else 0
