"""Opens stores of servers, whose drivers are loaded only where they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recommender.store.base import Store

SCHEMES = ("postgresql://", "postgres://")


def is_server(place: object) -> bool:
    """Return whether a collection's place is the address of a server rather than a folder."""
    return str(place).startswith(SCHEMES)


def open_server(address: str, *, create: bool = False) -> Store:
    """Connect to a collection on a server; `create` makes an empty one if there is none.

    Raises:
        ConfigError: If the address is wrong, or the driver is not installed.
        NoCollectionError: If there is no collection.
        CollectionError: If it cannot be used.
    """
    from recommender.store.postgres.address import PostgresAddress

    parsed = PostgresAddress.parse(address)
    from recommender.store.postgres.store import PostgresStore

    return PostgresStore(parsed, create=create)
