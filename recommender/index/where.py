"""Which articles a search may answer with: dates, field values, ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from recommender.article import parse_date
from recommender.errors import ConfigError
from recommender.index.local.article_columns import SECONDS_PER_DAY
from recommender.index.local.columns import MILLISECONDS_PER_DAY, Columns
from recommender.text import facet, main_language

Mask = NDArray[np.bool_]
Bound = datetime | timedelta


class Filter(Protocol):
    """Says which articles a search may answer with."""

    def mask(self, columns: Columns, day: float) -> Mask:
        """Which rows pass, bool, shape (len(columns),); `day` is the date of the article asked about."""
        ...


@dataclass(frozen=True)
class All:
    """Passes what every one of some filters passes."""

    filters: tuple[Filter, ...]

    def mask(self, columns: Columns, day: float) -> Mask:
        """See `Filter.mask`."""
        passing: Mask = np.logical_and.reduce([each.mask(columns, day) for each in self.filters])
        return passing


@dataclass(frozen=True)
class Where:
    """A filter; an article passes if it meets every part.

    Attributes:
        after: Published at this moment or later; an age counts back from the article asked about, so that 30 days mean
            what is at most 30 days older than it.
        before: Published before this moment, or more than this much earlier than the article asked about.
        fields: By front matter field (`topics`, `provider`, `language`, `type`, `custom.season`), the values of which
            an article must have one. A provider goes by its name or its domain, a language without its region, and the
            case of letters does not count.
        exclude: Ids that do not pass.

    An article without a date passes neither `after` nor `before`.
    """

    after: Bound | None = None
    before: Bound | None = None
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: frozenset[str] = frozenset()

    @classmethod
    def parse(
        cls,
        *,
        after: str | None = None,
        before: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        exclude: Iterable[str] = (),
    ) -> Where:
        """Read a filter from texts: dates (`2024-01-31`) or ages (`P30D`), and the values of fields.

        Raises:
            ConfigError: If a bound is neither a date nor an age.
        """
        chosen = {name: tuple(values) for name, values in (fields or {}).items() if values}
        return cls(
            read_bound("after", after), read_bound("before", before), tuple(sorted(chosen.items())), frozenset(exclude)
        )

    def __bool__(self) -> bool:
        return self != Where()

    def mask(self, columns: Columns, day: float) -> Mask:
        """Which rows pass, bool, shape (len(columns),).

        Args:
            columns: The articles.
            day: The date of the article asked about in days since 1970, NaN if it has none.

        Raises:
            ConfigError: If a bound is relative to the article asked about and that has no date.
        """
        passing = np.ones(len(columns), dtype=bool)
        # A comparison with NaN, where there is no date, is false.
        if self.after is not None:
            passing &= columns.milliseconds >= _moment(self.after, day)
        if self.before is not None:
            passing &= columns.milliseconds < _moment(self.before, day)
        for name, values in self.fields:
            having = np.zeros(len(columns), dtype=bool)
            for value in values:
                wanted = (main_language(value) or "") if name == "language" else value
                having[columns.rows_with(facet(name, wanted))] = True
            passing &= having
        for article_id in self.exclude:
            row = columns.row_of(article_id)
            if row is not None:
                passing[row] = False
        return passing


def _moment(bound: Bound, day: float) -> float:
    """A bound in milliseconds since 1970."""
    return float(np.rint(_day(bound, day) * MILLISECONDS_PER_DAY))


def _day(bound: Bound, day: float) -> float:
    if isinstance(bound, datetime):
        bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
        return bound.timestamp() / SECONDS_PER_DAY
    if np.isnan(day):
        raise ConfigError(
            "the article asked about has no date, which an age counts back from",
            where="after, before",
            expected="a date such as 2024-01-31",
        )
    return day - bound.total_seconds() / SECONDS_PER_DAY


def read_bound(name: str, text: str | None) -> Bound | None:
    """A date, or an age such as `P30D`, from text; `name` is what an error calls it.

    Raises:
        ConfigError: If it is neither.
    """
    if text is None:
        return None
    try:
        # An ISO 8601 duration starts with P, a date never does.
        if text.strip().lstrip("+-").startswith("P"):
            return TypeAdapter(timedelta).validate_python(text.strip())
        moment = parse_date(text)
    except (ValidationError, ValueError):
        moment = None
    if moment is None:
        raise ConfigError(
            f"{name} is {text!r}", expected="a date such as 2024-01-31, or an age such as P30D (30 days) or PT12H"
        )
    return moment
