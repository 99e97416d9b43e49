"""Hashes that are stable across processes and releases."""

from __future__ import annotations

import hashlib


def text_hash(text: str) -> bytes:
    """Return a 16-byte hash of `text`."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def stable_hash(term: str) -> int:
    """Return a 64-bit hash of `term`."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def facet(field: str, value: str) -> int:
    """Return a 64-bit hash of one value of one field; case and surrounding white space are ignored."""
    return stable_hash(f"{field}\0{value.strip().casefold()}")


def folded_hash(name: str | None) -> int:
    """Return a 64-bit hash of a name, 0 for none; case and surrounding white space are ignored."""
    folded = name.strip().casefold() if name else ""
    return stable_hash(folded) if folded else 0
