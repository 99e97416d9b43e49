"""The interface of front matter syntaxes: parse an article file, and replace its related field byte by byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Document(Protocol):
    """A parsed article file.

    Attributes:
        fields: The front matter's fields without `related`, as plain values.
        body: The text after the front matter, verbatim.
        related: The value of `related`, if it was parsed.
    """

    @property
    def fields(self) -> dict[str, Any]: ...
    @property
    def body(self) -> str: ...
    @property
    def related(self) -> Any: ...

    def line(self, field: str) -> int:
        """Return the line number of a field, from 1; 1 for a missing field."""


class RelatedField(Protocol):
    """The related field of an article file, or the place for one.

    Attributes:
        data: The file's bytes.
        front: The parsed file.
        block: The bytes of the field with its last line end; empty if there is none.
        newline: The line end of the file, LF or CRLF.
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
        """Return the field's value; None if there is no field."""

    def is_empty(self) -> bool:
        """Return whether the field is missing, or has an empty value and no comment."""


class Syntax(Protocol):
    """A front matter syntax.

    Attributes:
        name: The name, such as `yaml`.
    """

    @property
    def name(self) -> str: ...

    def claims(self, data: bytes) -> bool:
        """Return whether a file is written in this syntax, judging by its first bytes after a byte order mark."""

    def parse(self, data: bytes) -> Document:
        """Parse a file.

        Raises:
            FrontMatterError: If the front matter is invalid; with the line.
        """

    def find_related(self, data: bytes, front: Any = None) -> RelatedField:
        """Locate the related field, or the place for one: above `secured`, else after all other fields.

        Args:
            data: The file's bytes.
            front: What `parse` returned for them; parsed here if left out.

        Raises:
            FrontMatterError: If the front matter is invalid, or the field cannot be replaced safely.
        """

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write `entries` as a related field in this syntax; empty for no entries."""

    def splice(self, field: Any, block: bytes) -> bytes:
        """Return the file with `block` as its related field, and every other byte as it was.

        Args:
            field: What this syntax's `find_related` returned.
            block: The new field; empty to remove it.

        Raises:
            FrontMatterError: If that cannot be done safely.
        """
