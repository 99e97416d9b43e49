"""Exceptions: each says what was wrong, where, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class RelatedError(Exception):
    """Base class of all errors that this project raises on purpose.

    Args:
        what: What was wrong, without a final full stop.
        where: The place: a file and line, an article id, an option.
        expected: What would have been valid.
        hint: What the user can do about it.
    """

    def __init__(
        self, what: str, *, where: str | None = None, expected: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return one_line(f"{place}{self.what}{expected}")

    def at(self, where: str) -> RelatedError:
        """Set the place if there is none, and return this error."""
        self.where = self.where or where
        return self

    def within(self, where: str) -> RelatedError:
        """Prefix the place with an enclosing one, such as a file before a line, and return this error."""
        self.where = f"{where}, {self.where}" if self.where else where
        return self


class InputError(RelatedError):
    """Input from outside is malformed."""


class ArticleError(InputError):
    """An article has a missing or invalid field."""


class FrontMatterError(InputError):
    """The front matter of a file cannot be read."""


class DuplicateIdError(InputError):
    """Two articles have the same id."""


class SharedUrlError(InputError):
    """Several articles have the same webUrl, which therefore identifies none of them."""


class SourceError(InputError):
    """A source cannot be read, or has no articles.

    Attributes:
        problems: Other problems of the same build.
    """

    problems: Sequence[RelatedError] = ()


class TooManyDeletionsError(RelatedError):
    """A build would delete more articles of a source than is allowed by default.

    Attributes:
        problems: Other problems of the same build, which did everything but the deletions.
    """

    problems: Sequence[RelatedError] = ()


class ScorerError(InputError):
    """A learned scorer cannot be read, or does not fit the collection."""


class OutdatedScorerError(ScorerError):
    """A learned scorer of an older version, whose features meant something else."""


class JudgementsError(InputError):
    """There are too few judgements, or none for articles of the collection."""


class WriteError(RelatedError):
    """A file cannot be written; its old content is intact."""


class ConfigError(RelatedError):
    """A setting is unknown or its value is out of range."""


class NotFoundError(RelatedError):
    """No article has this id or webUrl."""


class InvalidRulesError(InputError):
    """An editor's rule is unknown, out of range, or names no article."""


class ChangedRulesError(RelatedError):
    """Rules are not those that an editor saw.

    Args:
        what: Who changed them, and when.
        where: Whose rules they are.
    """

    def __init__(self, what: str, *, where: str | None = None) -> None:
        hint = "read them again, and repeat the change"
        super().__init__(what, where=where, expected="the rules as they are now", hint=hint)


class CollectionError(RelatedError):
    """The collection on disk cannot be used."""


class BusyError(CollectionError):
    """Another process held the collection's lock until the timeout."""


class NoCollectionError(CollectionError):
    """There is no collection at this place."""


class EngineError(CollectionError):
    """A search engine beside the collection cannot be used, or answered too little."""


class UnreachableError(CollectionError):
    """The server that has the collection cannot be reached, or went away."""


class FormatError(CollectionError):
    """The collection has a format that this version does not support."""


class DamagedError(CollectionError):
    """Data on disk fails its checksum or is inconsistent."""


class MissingVectorsError(CollectionError):
    """Stored articles lack a vector, or have an invalid one."""


class SnapshotError(CollectionError):
    """A snapshot could not be written; the articles are safe."""


class EncoderMismatchError(CollectionError):
    """The collection was built with another encoder."""


class EncoderError(RelatedError):
    """A model cannot be found, loaded or trusted."""


class VectorError(InputError):
    """A vector has the wrong shape or holds NaN or infinity."""


class ShapeError(InputError):
    """Arrays that must have equal lengths do not."""


def one_line(text: str, limit: int = 1000) -> str:
    """Return `text` on one line: control characters escaped, at most `limit` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
