"""The data model of an article: Article, Provider, Image, RelatedRules, and ISO 8601 dates."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NamedTuple, Self
from unicodedata import category

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel, to_snake
from pydantic_core import to_json

from recommender.article_errors import MAX_ID_CHARS, expected_at, explain, path_of, shown
from recommender.errors import ArticleError

MAX_TEXT_CHARS = 1_000_000
"""Maximum length of one text field, in characters; a longer one is an error and never cut."""

_DATE = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:[Tt ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)?"
    r"\s*(?P<zone>Z|z|UTC|[+-]\d{1,2}(?::?\d{2})?)?)?"
)


def parse_date(value: Any) -> datetime | None:
    """Parse an ISO 8601 date or date and time; without a time zone it is UTC.

    Raises:
        ValueError: If `value` is neither a date nor a text that holds one.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        raise ValueError("not a date")
    moment = read_iso_date(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_iso_date(text: str) -> datetime:
    """Parse an ISO 8601 date or date and time; the result is naive if the text has no time zone.

    Raises:
        ValueError: If `text` is not an ISO 8601 date.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("not a date")
    clock = match["time"] or "00:00:00"
    clock = f"{clock:0>8}" if clock.count(":") == 2 else f"{clock:0>5}:00"
    year, month, day = match["day"].split("-")
    fraction = (match["fraction"] or ".0")[:7]
    moment = datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{clock}{fraction}")
    if not match["zone"]:
        return moment
    zone = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})?", match["zone"])
    offset = datetime.strptime(f"{zone[1]}{zone[2]:0>2}{zone[3] or '00'}", "%z").tzinfo if zone else UTC
    moment = moment.replace(tzinfo=offset)
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a date beyond what UTC can hold") from None
    return moment


def format_date(moment: datetime) -> str:
    """Format `moment` as ISO 8601 in UTC, with microseconds only if it has any."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def _text(value: Any) -> Any:
    # YAML reads `name: 2600` as a number, although the author wrote a name.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _list(value: Any) -> Any:
    return () if value is None else (value,) if isinstance(value, str | Mapping) else value


def _images(value: Any) -> Any:
    # Some sites give an image as a URL only.
    items = _list(value)
    return (
        [{"url": item} if isinstance(item, str) else item for item in items]
        if isinstance(items, list | tuple)
        else items
    )


def _authors(value: Any) -> Any:
    # Sites give an author as a name, or as {name: ..., url: ...}.
    items = _list(value)
    if not isinstance(items, list | tuple):
        return items
    return [item.get("name", item) if isinstance(item, Mapping) else item for item in items]


def _provider(value: Any) -> Any:
    return {"name": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


_NOT_IN_IDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of control characters, lone surrogates, and line and paragraph separators."""
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that make a terminal reorder the text after them."""

_SHOWS_NOTHING = f"{string.whitespace}\u00a0\u200b\u200c\u200d\u2060\ufeff"
"""What can stand around an id and is not seen."""

Text = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT_CHARS)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True, allow_inf_nan=False)]


class LostValue(NamedTuple):
    """A field value that could not be read: the field, the value in short, and what was expected."""

    field: str
    shown: str
    expected: str


class _Record(BaseModel):
    """A frozen record with camelCase field names outside; unknown keys are kept."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Image(_Record):
    """An image of an article or of its provider; width and height in pixels."""

    url: Text | None = None
    title: Text | None = None
    width: Number | None = None
    height: Number | None = None
    is_cached: bool | None = None


class Provider(_Record):
    """The publisher of an article."""

    name: Text | None = None
    domain: Text | None = None
    images: Annotated[tuple[Image, ...], BeforeValidator(_images)] = ()


TimePolicy = Literal["both", "older", "newer"]
LanguagePolicy = Literal["auto", "any", "prefer", "same"]
Days = Annotated[int, Field(strict=True, ge=0, le=36_500)] | Annotated[float, Field(strict=True, ge=0, le=36_500)]
MAX_ITEMS = 1000
"""Maximum number of items of a list of an article, such as its topics or what is pinned."""

References = Annotated[tuple[Text, ...], BeforeValidator(_list), Field(max_length=MAX_ITEMS)]


_JOINED = frozenset({"pinned", "blocked", "blocked_providers", "blocked_topics"})
"""Rules of an article that are joined with those of others; the rest replace one another."""


class RelatedRules(_Record):
    """An editor's rules for one article's related articles; omitted rules come from the site's settings.

    Attributes:
        pinned: Ids or webUrls of articles that come first, in this order.
        blocked: Ids or webUrls of articles that are never shown, in addition to those in the settings.
        blocked_providers: Names or domains of providers that are never shown, in addition to the settings.
        blocked_topics: Topics that are never shown, in addition to the settings.
        topics: A related article must have at least one of these.
        time: Whether `older`, `newer` or `both` kinds of article may be shown.
        max_days_older: Maximum age relative to this article, in days.
        max_days_newer: Maximum number of days after this article.
        language: `any` language, `prefer` the same language, or only the `same`.
        min_quality: Minimum quality of articles whose quality is known.
        keep: Whether the article's related field stays as it is, whatever would be proposed.
    """

    model_config = ConfigDict(extra="forbid")

    pinned: References = ()
    blocked: References = ()
    blocked_providers: References = ()
    blocked_topics: References = ()
    topics: References = ()
    time: TimePolicy | None = None
    max_days_older: Days | None = None
    max_days_newer: Days | None = None
    language: LanguagePolicy | None = None
    min_quality: Annotated[Number, Field(ge=-1e30, le=1e30)] | None = None
    keep: bool | None = None

    def over(self, other: RelatedRules) -> RelatedRules:
        """Return these rules, and those of `other` where these have none; pins and blocks are joined, these first."""
        values: dict[str, Any] = {}
        for name in type(self).model_fields:
            own, theirs = getattr(self, name), getattr(other, name)
            if name in _JOINED:
                values[name] = tuple(dict.fromkeys((*own, *theirs)))
            else:
                values[name] = theirs if own is None or own == () else own
        return self.model_copy(update=values)


class Article(_Record):
    """One article with the fields of its site.

    Unknown keys are kept in `model_extra`. `related` is dropped when an article is read, because it is an output and
    never an input. `secured` is opaque: it is stored, but excluded from `repr`, `to_record` and every index. Articles
    with the same `translation_key` are one page in several languages.

    Raises:
        ArticleError: From `Article.read`, if a field is missing or invalid.
    """

    id: Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=MAX_ID_CHARS)] | None = None
    title: Text
    excerpt: Text | None = None
    published_date_time: Annotated[datetime | None, BeforeValidator(parse_date)] = None
    original_url: Text | None = None
    web_url: Text | None = None
    amp_web_url: Text | None = None
    cdn_amp_web_url: Text | None = None
    type: Text | None = None
    quality: Number | None = None
    heat: Number | None = None
    published: bool | None = None
    provider: Annotated[Provider, BeforeValidator(_provider)] | None = None
    authors: Annotated[tuple[Text, ...], BeforeValidator(_authors), Field(max_length=MAX_ITEMS)] = ()
    topics: References = ()
    images: Annotated[tuple[Image, ...], BeforeValidator(_images), Field(max_length=MAX_ITEMS)] = ()
    language: Text | None = None
    translation_key: Text | None = None
    body: Text | None = None
    related_rules: RelatedRules | None = None
    secured: Any = Field(default=None, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _drop_related(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "related" in data:
            return {key: value for key, value in data.items() if key != "related"}
        return data

    @model_validator(mode="after")
    def _require(self) -> Self:
        if not self.title.strip():
            raise ValueError("title is empty")
        if self.id is not None and not _is_valid_id(self.id):
            raise ValueError("id holds a control character, is blank, or is . or ..")
        return self

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Article:
        """Validate `fields` (camelCase or snake_case keys) as one article.

        Raises:
            ArticleError: If a field is missing or invalid; it names the field, its value and what was expected.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise explain(error) from None

    @classmethod
    def salvage(cls, fields: Mapping[str, Any]) -> tuple[Article, list[LostValue]]:
        """Read `fields` as one article, and drop the values that cannot be read.

        Only the invalid items of a list are dropped. An invalid title or id is never dropped: it is an error.

        Returns:
            The article and the dropped values.

        Raises:
            ArticleError: If the title is missing, or the title or the id is invalid.
        """
        lost: list[LostValue] = []
        while True:
            try:
                return cls.model_validate(fields), lost
            except ValidationError as error:
                paths = {path_of(fault) for fault in error.errors(include_url=False)}
                if not isinstance(fields, Mapping) or any(not path or path[0] in {"title", "id"} for path in paths):
                    raise explain(error) from None
                # Start at the end to keep the remaining list indices valid.
                for path in sorted(paths, key=_sort_key, reverse=True):
                    fields, value = _without(fields, path)
                    lost.append(LostValue(".".join(map(str, path)), shown(value), expected_at(path)))

    def to_record(self) -> dict[str, Any]:
        """Return the fields as JSON values with camelCase names, unknown keys last, without `secured`.

        Raises:
            ArticleError: If an unknown key holds a value that JSON cannot represent.
        """
        try:
            return _to_json(self, leave_out="secured")
        except (ValueError, RecursionError) as error:
            raise ArticleError(
                f"an unknown key cannot be written as JSON: {str(error).splitlines()[0]}", expected="plain values"
            ) from None


def _is_valid_id(article_id: str) -> bool:
    """Return whether an id shows something, can be written on one line, and is no step of a path."""
    if not article_id.strip(_SHOWS_NOTHING) or article_id in {".", ".."}:
        return False
    # A printable text holds none of the characters that the slower check looks for.
    return article_id.isprintable() or not (
        _BIDI_CONTROLS.search(article_id) or any(category(char) in _NOT_IN_IDS for char in article_id)
    )


def _to_json(record: _Record, leave_out: str = "") -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if value is None or value == () or name == leave_out:
            continue
        if isinstance(value, tuple):
            value = [_to_json(item) if isinstance(item, _Record) else item for item in value]
        elif isinstance(value, _Record):
            value = _to_json(value)
        elif isinstance(value, datetime):
            value = format_date(value)
        fields[field.alias or name] = value
    if record.model_extra:
        fields |= json.loads(to_json(record.model_extra, inf_nan_mode="strings"))
    return fields


def _sort_key(path: Sequence[str | int]) -> list[tuple[str, int]]:
    return [("", step) if isinstance(step, int) else (step, 0) for step in path]


def _without(value: Any, path: Sequence[str | int]) -> tuple[Any, Any]:
    """Return `value` without what lies at `path`, and what lay there; follow the path only as far as it exists."""
    first, *rest = path
    # A text given for a list of one, or a name given for a provider, is lost as a whole.
    if not isinstance(value, Mapping | list | tuple) or (isinstance(first, int) == isinstance(value, Mapping)):
        return None, value
    copy: Any = dict(value) if isinstance(value, Mapping) else list(value)
    if isinstance(first, str) and first not in copy:
        first = to_snake(first)
    inside = copy[first]
    if rest and isinstance(inside, Mapping | list | tuple):
        copy[first], lost = _without(inside, rest)
    else:
        lost = copy.pop(first)
    return copy, lost
