"""Recorded values of a collection: its id, settings, encoder and learned scorer."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from recommender.config import Settings
from recommender.errors import CollectionError, DamagedError
from recommender.store.encoding import Encoding


class Recorded(ABC):
    """Typed access to a store's recorded values."""

    where: str
    """The collection's place, for errors and hints."""

    @abstractmethod
    def meta(self, key: str) -> str | None:
        """Return the value recorded under `key`."""

    @abstractmethod
    def set_meta(self, key: str, value: str) -> None:
        """Record `value` under `key`, inside a transaction."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """Read everything inside at one revision."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing."""

    @property
    def uuid(self) -> str:
        """The unique id of this collection."""
        return self.meta("uuid") or ""

    @property
    def settings(self) -> Settings:
        """The settings of the last build, the encoder's among them.

        Raises:
            DamagedError: If they are lost.
        """
        with self.reading():
            recorded, encoding = self.meta("settings"), self.meta("encoding")
        if recorded is None and encoding is not None:
            raise DamagedError(
                "the recorded settings are lost",
                where=self.where,
                hint="build again with your related.toml, or with --recreate if that does not help",
            )
        return Settings.parse(json.loads(recorded or "{}"), where=f"{self.where}, recorded settings")

    @property
    def encoding(self) -> Encoding | None:
        """The recorded encoder; None before the first build."""
        recorded = self.meta("encoding")
        return None if recorded is None else Encoding.parse(recorded)

    def recorded_encoding(self) -> Encoding:
        """Return the recorded encoder.

        Raises:
            CollectionError: If the collection was never built.
        """
        encoding = self.encoding
        if encoding is None:
            raise CollectionError(
                "the collection was never built",
                where=self.where,
                hint=f"build it: related build SOURCE --collection {self.where}",
            )
        return encoding

    def record(self, settings: Settings, encoding: Encoding) -> None:
        """Record what a build uses, inside a transaction."""
        self.set_meta("encoding", encoding.text())
        self.set_meta("settings", settings.chosen())

    @property
    def scorer(self) -> str | None:
        """The text of the learned scorer in use; None where none was learned."""
        return self.meta("scorer") or None

    def record_scorer(self, text: str | None) -> None:
        """Set the learned scorer, or None for the default; every process uses it from its next read."""
        with self.transaction():
            self.set_meta("scorer", text or "")
