"""Checksums of stored rows, because SQLite does not notice a changed byte in a text or a blob."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_MASK = (1 << 64) - 1


def row_checksum(*values: str | bytes | int | None) -> int:
    """Return the checksum of a row's values, in order and by type, as a signed 64-bit integer for SQLite."""
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
    """Hash an article's record and text, 16 bytes."""
    return hashlib.blake2b(record.encode("utf-8", "surrogatepass") + text_hash, digest_size=16).digest()


def sealed_hash(secured: str | None) -> bytes | None:
    """Hash the sealed `secured` field, 16 bytes; None if there is none."""
    return None if secured is None else hashlib.blake2b(secured.encode(), digest_size=16).digest()


def add_checksums(total: int, added: Iterable[int] = (), removed: Iterable[int] = ()) -> int:
    """Return `total` with checksums added and removed, modulo 2^64 as a signed integer.

    The sum of row checksums is a checksum of the set of rows. It does not depend on their order, and updating it costs
    only as much as what changed.
    """
    value = (total + sum(added) - sum(removed)) & _MASK
    return value - (1 << 64) if value >> 63 else value
