"""Checksums of what a row of the truth holds: SQLite itself does not notice a changed byte in a text or a blob."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_MASK = (1 << 64) - 1


def row_checksum(*values: str | bytes | int | None) -> int:
    """A checksum of a row's values, in order and by type, as SQLite's signed 64-bit integer."""
    parts = []
    for value in values:
        if isinstance(value, bytes):
            data = b"b" + value
        elif isinstance(value, str):
            data = b"s" + value.encode("utf-8", "surrogatepass")
        else:
            data = str(value).encode()
        parts += [len(data).to_bytes(8, "little"), data]
    return int.from_bytes(hashlib.blake2b(b"".join(parts), digest_size=8).digest(), "little", signed=True)


def content_hash(record: str, text_hash: bytes) -> bytes:
    """16 bytes that tell one content of an article from another."""
    return hashlib.blake2b(record.encode("utf-8", "surrogatepass") + text_hash, digest_size=16).digest()


def sealed_hash(secured: str | None) -> bytes | None:
    """16 bytes that tell one sealed blob from another; None for none."""
    return None if secured is None else hashlib.blake2b(secured.encode(), digest_size=16).digest()


def add_checksums(total: int, added: Iterable[int] = (), removed: Iterable[int] = ()) -> int:
    """`total` with checksums put in and taken out, modulo 2^64 as a signed integer.

    The sum of the checksums of a set of rows is a checksum of the set that does not depend on its order, and costs no
    more to keep up to date than what changes.
    """
    value = (total + sum(added) - sum(removed)) & _MASK
    return value - (1 << 64) if value >> 63 else value
