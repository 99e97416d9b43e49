"""What a front matter syntax must do: read an article file, and set its related field without touching another byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Document(Protocol):
    """An article file taken apart.

    Attributes:
        fields: The front matter's fields without `related`, as plain values.
        body: The text after it, as it is written.
        related: The value of `related`; None if there is none.
    """

    @property
    def fields(self) -> dict[str, Any]: ...
    @property
    def body(self) -> str: ...
    @property
    def related(self) -> Any: ...

    def line(self, field: str) -> int:
        """The line of a field in the file, from 1; 1 for a field that is not there."""
        ...


class RelatedField(Protocol):
    """An article file, and where its related field stands or would stand.

    Attributes:
        data: The file.
        front: The file taken apart.
        block: The bytes of the field as it stands, with its last line end; empty if there is none.
        newline: The line end of the file: a line feed, alone or behind a carriage return.
    """

    @property
    def data(self) -> bytes: ...
    @property
    def front(self) -> Document: ...
    @property
    def block(self) -> bytes: ...
    @property
    def newline(self) -> str: ...

    def value(self) -> Any:
        """What the field holds; None if there is none."""
        ...

    def is_empty(self) -> bool:
        """Whether nobody's work is in the field: it is missing, or holds an empty value and no comment."""
        ...


class Syntax(Protocol):
    """One front matter syntax.

    Attributes:
        name: Such as `yaml`.
    """

    @property
    def name(self) -> str: ...

    def claims(self, data: bytes) -> bool:
        """Whether a file is written in this syntax, told from its first bytes (after a byte order mark)."""
        ...

    def parse(self, data: bytes) -> Document:
        """Take a file apart.

        Raises:
            FrontMatterError: With the line of the fault.
        """
        ...

    def find_related(self, data: bytes) -> RelatedField:
        """Where the related field stands, or would: above `secured`, else after all other fields.

        Raises:
            FrontMatterError: If the front matter cannot be read, or the field cannot be replaced safely.
        """
        ...

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """The block that says `related: entries` in this syntax; empty for no entries."""
        ...

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """The file with `block` as its related field, or without one if it is empty; every other byte stays.

        Raises:
            FrontMatterError: If that cannot be done safely; the reason is named.
        """
        ...
