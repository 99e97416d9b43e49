"""The one error tree: each error says what was wrong, where, what was got and expected, and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class RelatedError(Exception):
    """Base of every error that this project raises on purpose.

    Args:
        what: What was wrong, as one sentence without a final full stop.
        where: The place: a file and line, an article id, an option.
        expected: What would have been right.
        hint: What the reader can do now.
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
        """The same error with its place filled in, if it had none."""
        self.where = self.where or where
        return self

    def within(self, where: str) -> RelatedError:
        """The same error with the place that its own place lies in."""
        self.where = f"{where}, {self.where}" if self.where else where
        return self


class InputError(RelatedError):
    """Something read from outside does not have the form it must have."""


class ArticleError(InputError):
    """An article's fields are not those of an article."""


class FrontMatterError(InputError):
    """A Markdown file's front matter cannot be read."""


class DuplicateIdError(InputError):
    """Two articles claim one id."""


class SharedUrlError(InputError):
    """Two articles share one webUrl, so it names neither."""


class SourceError(InputError):
    """A source cannot be read as a whole, or gives no article.

    Attributes:
        problems: What else a build could not do, if one was under way.
    """

    problems: Sequence[RelatedError] = ()


class TooManyDeletionsError(RelatedError):
    """A build would delete more of a source than it may without being told to.

    Attributes:
        problems: What else the build could not do; it went on with everything but the deletions.
    """

    problems: Sequence[RelatedError] = ()


class ScorerError(InputError):
    """A learned scorer cannot be read, or does not fit what it is to score."""


class JudgementsError(InputError):
    """There are too few judgements, or none that fit the collection."""


class WriteError(RelatedError):
    """A site's file cannot be written; it is as it was."""


class ConfigError(RelatedError):
    """A setting is unknown or its value is out of range."""


class NotFoundError(RelatedError):
    """No article has this id or webUrl."""


class CollectionError(RelatedError):
    """The collection on disk cannot be used as it is."""


class BusyError(CollectionError):
    """Another process holds the collection's lock for longer than one waits."""


class FormatError(CollectionError):
    """The collection has a format that this version does not know."""


class DamagedError(CollectionError):
    """What is read from the disk is not what was written there."""


class MissingVectorsError(CollectionError):
    """Articles are stored whose vectors are not, or not soundly."""


class SnapshotError(CollectionError):
    """A snapshot could not be written; the articles are safe."""


class EncoderMismatchError(CollectionError):
    """The collection was built with another encoder."""


class EncoderError(RelatedError):
    """A model cannot be found, loaded or trusted."""


class VectorError(InputError):
    """A vector has the wrong shape or holds a value that is no number."""


class ShapeError(InputError):
    """Arrays that belong together have different lengths."""


def one_line(text: str, limit: int = 1000) -> str:
    """`text` with control characters shown as escapes and cut at `limit`, safe to print on one line."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
