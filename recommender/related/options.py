"""The options of an answer: one model for the library, the command line, HTTP and the client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from recommender.article import parse_date
from recommender.config import RankingSettings, Settings
from recommender.errors import ConfigError

if TYPE_CHECKING:
    from recommender.ranking.filters import FilterSpec

MAX_TOP_K = 1000
MAX_BOUND_CHARS = 64
WEIGHTS = ("cosine", "text", "title", "topics", "authors", "closeness", "time_scale_days", "hubs")
"""The ranking settings that a request may set for itself."""
SECONDS_PER_DAY = 86_400.0
MILLISECONDS_PER_DAY = 86_400_000

Bound = datetime | timedelta


def read_bound(value: Any) -> Any:
    """Read a date such as `2024-01-31`, or an age such as `P30D`; a moment without a zone is in UTC.

    Raises:
        ValueError: If a text is neither.
    """
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if not isinstance(value, str):
        return value
    if len(value) > MAX_BOUND_CHARS:
        raise ValueError(f"expected at most {MAX_BOUND_CHARS} characters")
    try:
        # An ISO 8601 duration starts with P, a date never does.
        if value.strip().lstrip("+-").startswith("P"):
            return TypeAdapter(timedelta).validate_python(value.strip())
        moment = parse_date(value)
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("expected a date such as 2024-01-31, or an age such as P30D (30 days) or PT12H")
    return moment


def _read_fields(value: Any) -> Any:
    """Convert `{"type": ["article"]}` to `("type=article",)`."""
    if isinstance(value, Mapping):
        return tuple(f"{name}={each}" for name, values in value.items() for each in values)
    return value


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError(f"{text!r}: expected FIELD=VALUE such as type=article")
    return name, value


_AGE = r"^-?P(\d{1,5}D(T\d{1,5}[HMS])?|T\d{1,5}[HMS])$"
BoundText = Annotated[
    str,
    Field(max_length=MAX_BOUND_CHARS),
    # What a client may count on; other spellings of a date or an age are read too.
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": kind} for kind in ("date", "date-time")]
            + [{"type": "string", "pattern": _AGE}]
        }
    ),
]
BoundOption = Annotated[Bound | None, BeforeValidator(read_bound, json_schema_input_type=BoundText | None)]
FilterValues = tuple[Annotated[str, Field(max_length=2048)], ...]
FieldValues = tuple[Annotated[str, Field(max_length=2048, json_schema_extra={"pattern": "^[^=]+=."})], ...]


class Filters(BaseModel):
    """Which articles may be shown: the same conditions for related articles, lists and searches.

    An article without a date passes neither `after` nor `before`. An article must have one of the values of each
    filtered field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    after: Annotated[
        BoundOption, Field(description="Published since: a date, or an age before the article such as P30D.")
    ] = None
    before: Annotated[BoundOption, Field(description="Published before: a date or an age.")] = None
    topic: Annotated[FilterValues, Field(max_length=50, description="Only articles with one of these topics.")] = ()
    provider: Annotated[FilterValues, Field(max_length=50, description="Only of these, by name or domain.")] = ()
    language: Annotated[FilterValues, Field(max_length=50, description="Only in these, such as en.")] = ()
    where: Annotated[
        FieldValues,
        Field(max_length=50, description="Only articles whose front matter has this, FIELD=VALUE; a dot goes deeper."),
        BeforeValidator(_read_fields),
    ] = ()
    exclude: Annotated[FilterValues, Field(description="Never these ids.")] = ()
    with_url: Annotated[bool, Field(description="Only articles that have an address.")] = False

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        for each in self.where:
            _split(each)
        after, before = self.after, self.before
        if after is None or before is None or type(after) is not type(before):
            return self
        # A larger age lies further back.
        empty = after >= before if isinstance(after, datetime) else after <= before  # type: ignore[operator]
        if empty:
            raise ValueError(f"after={after} and before={before} leave no day; expected after to be the earlier one")
        return self

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Validate options.

        Raises:
            ConfigError: If an option is unknown or out of range; it names the first.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            name = str(fault["loc"][0]) if fault["loc"] else ""
            if fault["type"] == "extra_forbidden":
                raise ConfigError(
                    f"there is no option {name}", expected=f"one of {', '.join(cls.model_fields)}"
                ) from None
            given = f"{name} is {fault['input']!r}"
            if expected := _expected(cls, name):
                raise ConfigError(given, expected=expected) from None
            said, expected = split_expected(fault["msg"])
            raise ConfigError(": ".join(filter(None, (given if name else "", said))), expected=expected) from None

    @property
    def has_ages(self) -> bool:
        """Whether a bound is an age, which means another date from one moment to the next."""
        return isinstance(self.after, timedelta) or isinstance(self.before, timedelta)

    def filter_spec(self, day: float) -> FilterSpec:
        """Return the filter, with ages counted back from `day`, in days since 1970, NaN if unknown.

        Raises:
            ConfigError: If a bound is an age and the day is unknown.
        """
        from recommender.ranking.filters import Condition, FilterSpec, HasUrl, NotNamed, Published, has_value

        conditions: list[Condition] = []
        if self.after is not None or self.before is not None:
            since, until = (None if bound is None else _moment(bound, day) for bound in (self.after, self.before))
            conditions.append(
                Published(-float("inf") if since is None else since, float("inf") if until is None else until)
            )
        fields: dict[str, list[str]] = {}
        for name, values in (("topics", self.topic), ("provider", self.provider), ("language", self.language)):
            if values:
                fields[name] = list(values)
        for name, value in map(_split, self.where):
            fields.setdefault(name, []).append(value)
        conditions += [has_value(name, values) for name, values in sorted(fields.items())]
        if self.exclude:
            conditions.append(NotNamed(frozenset(self.exclude)))
        if self.with_url:
            conditions.append(HasUrl())
        return FilterSpec(tuple(conditions))


class Options(Filters):
    """The options of an answer; every option has a default. An age counts back from the article asked about."""

    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K, description="How many items at most.")] = 5
    min_score: Annotated[
        float | None, Field(ge=0, le=1, description="Nothing under this score; the configured one if left out.")
    ] = None
    diversity: Annotated[
        float | None, Field(ge=0, le=1, description="0 for the most related, 1 for the least alike.")
    ] = None
    max_per_provider: Annotated[
        int | None, Field(ge=0, le=MAX_TOP_K, description="At most so many of one provider; 0 for any.")
    ] = None
    scorer: Annotated[
        Any, Field(description="What ranks; the learned scorer where the site has one, else the default, if left out.")
    ] = None
    weights: Annotated[
        InstanceOf[RankingSettings] | Mapping[str, float] | str | None,
        Field(description="Weights for this answer, such as cosine:1,title:0.5,closeness:0; the others as configured."),
    ] = None
    explain: Annotated[bool, Field(description="Show the outcome of every candidate.")] = False

    def ranking_settings(self, configured: RankingSettings) -> RankingSettings:
        """Return the ranking settings with the weights of this request.

        Raises:
            ConfigError: If a weight is unknown or not a number.
        """
        if self.weights is None or isinstance(self.weights, RankingSettings):
            return self.weights or configured
        weights: Mapping[str, Any] = self.weights if isinstance(self.weights, Mapping) else _read_weights(self.weights)
        for name in weights:
            if name not in WEIGHTS:
                raise ConfigError(f"weights has {name}", expected=f"some of {', '.join(WEIGHTS)}")
        return Settings.parse({"ranking": {**configured.model_dump(), **weights}}, where="weights").ranking


def split_expected(message: str) -> tuple[str, str | None]:
    """Split the message of a validation error into what is wrong and what was expected."""
    said, _, expected = f"; {message.removeprefix('Value error, ')}".partition("; expected ")
    return said.removeprefix("; "), expected or None


def _expected(options: type[Filters], name: str) -> str | None:
    """Return the range of a numeric option in words; None for other options."""
    metadata = options.model_fields[name].metadata if name in options.model_fields else ()
    bounds = {key: getattr(each, key) for each in metadata for key in ("ge", "le") if hasattr(each, key)}
    if not bounds:
        return None
    whole = "whole " if "int" in str(options.model_fields[name].annotation) else ""
    return f"a {whole}number from {bounds['ge']} to {bounds['le']}"


def _read_weights(text: str) -> dict[str, float]:
    try:
        pairs = (part.split(":") for part in text.split(","))
        return {name: float(value) for name, value in pairs}
    except ValueError:
        raise ConfigError(f"weights is {text}", expected="numbers such as cosine:1,title:0.5") from None


def _moment(bound: Bound, day: float) -> float:
    """Return a bound in whole milliseconds since 1970."""
    if isinstance(bound, datetime):
        days = bound.timestamp() / SECONDS_PER_DAY
    elif day != day:  # noqa: PLR0124 - NaN: no date
        raise ConfigError(
            "an age counts back from the article's date, but the article asked about has none",
            where="after, before",
            expected="a date such as 2024-01-31",
        )
    else:
        days = day - bound.total_seconds() / SECONDS_PER_DAY
    return float(round(days * MILLISECONDS_PER_DAY))


def describe(name: str) -> str:
    """Return the help text of an option."""
    return Options.model_fields[name].description or ""


def check_top_k(top_k: int) -> None:
    """Refuse a `top_k` that is out of range.

    Raises:
        ConfigError: If it is not a whole number from 1 to 1000.
    """
    if not isinstance(top_k, int) or not 1 <= top_k <= MAX_TOP_K:
        raise ConfigError(f"top_k is {top_k}", expected=f"a whole number from 1 to {MAX_TOP_K}")
