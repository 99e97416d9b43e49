"""Article, Provider and Image: the one record that every part passes on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NamedTuple, Self
from unicodedata import category

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel, to_snake
from pydantic_core import to_json

from recommender.errors import ArticleError

MAX_ID_CHARS = 512
MAX_TEXT_CHARS = 1_000_000
"""The longest single text of an article, in characters; a longer one is an error, not a silent cut."""

_DATE = re.compile(
    r"(?P<day>\d{4}-\d{1,2}-\d{1,2})"
    r"(?:[Tt ]\s*(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)?"
    r"\s*(?P<zone>Z|z|UTC|[+-]\d{1,2}(?::?\d{2})?)?)?"
)


def parse_date(value: Any) -> datetime | None:
    """Read an ISO 8601 date or date and time; one without a zone is UTC.

    Raises:
        ValueError: If `value` is neither a date nor text that holds one.
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
    """Read an ISO 8601 date or date and time; without a zone in the text the answer has none either.

    Raises:
        ValueError: If `text` is none.
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
    """`moment` as the sites write it: ISO 8601 in UTC, without a fraction where there is none."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.removesuffix("+00:00") + "Z"


def _text(value: Any) -> Any:
    # YAML reads `name: 2600` as a number; the author wrote a name.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _list(value: Any) -> Any:
    return () if value is None else (value,) if isinstance(value, str | Mapping) else value


def _images(value: Any) -> Any:
    # Some sites write a picture as its address alone.
    items = _list(value)
    return (
        [{"url": item} if isinstance(item, str) else item for item in items]
        if isinstance(items, list | tuple)
        else items
    )


def _authors(value: Any) -> Any:
    # Sites write an author as a name, or as {name: ..., url: ...}.
    items = _list(value)
    if not isinstance(items, list | tuple):
        return items
    return [item.get("name", item) if isinstance(item, Mapping) else item for item in items]


def _provider(value: Any) -> Any:
    return {"name": value} if isinstance(value, str | int | float) and not isinstance(value, bool) else value


_NOT_IN_IDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of surrogate pairs, line and paragraph ends."""
_TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""These make a terminal show what follows in another order."""

Text = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT_CHARS)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True, allow_inf_nan=False)]


class LostValue(NamedTuple):
    """A value of an article that could not be read: its field, what it was in short, and what was expected."""

    field: str
    shown: str
    expected: str


class _Record(BaseModel):
    """A frozen record whose fields are camelCase outside; what it does not know it keeps."""

    model_config = ConfigDict(
        frozen=True, extra="allow", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class Image(_Record):
    """A picture of an article or of its provider; width and height in pixels."""

    url: Text | None = None
    title: Text | None = None
    width: Number | None = None
    height: Number | None = None
    is_cached: bool | None = None


class Provider(_Record):
    """Who published an article."""

    name: Text | None = None
    domain: Text | None = None
    images: Annotated[tuple[Image, ...], BeforeValidator(_images)] = ()


TimePolicy = Literal["both", "older", "newer"]
LanguagePolicy = Literal["any", "prefer", "same"]
Days = Annotated[int, Field(strict=True, ge=0, le=36_500)] | Annotated[float, Field(strict=True, ge=0, le=36_500)]
References = Annotated[tuple[Text, ...], BeforeValidator(_list)]


class RelatedRules(_Record):
    """What an editor says of one article's related ones; what is left out is as the site's settings say.

    Attributes:
        pinned: Ids or webUrls of articles that come first, in this order.
        blocked: Ids or webUrls of articles that are never shown, beside those of the settings.
        blocked_providers: Names or domains, likewise.
        blocked_topics: Likewise.
        topics: A related article must have one of them.
        time: Whether `older`, `newer` or `both` may be shown.
        max_days_older: How much older one may be, in days.
        max_days_newer: How much newer.
        language: `any`, `prefer` those in the same language, or only the `same`.
        min_quality: The least quality of one whose quality is known.
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


class Article(_Record):
    """One article, as its site writes it.

    Unknown keys are kept in `model_extra`. `related` is dropped on the way in: it is the answer, never an input.
    `secured` is an opaque blob: kept, and left out of `repr`, `to_record` and every index. Articles with one
    `translation_key` are the same page in several languages.

    Raises:
        ArticleError: From `Article.read`, if a field is missing or is not what it must be.
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
    authors: Annotated[tuple[Text, ...], BeforeValidator(_authors)] = ()
    topics: Annotated[tuple[Text, ...], BeforeValidator(_list)] = ()
    images: Annotated[tuple[Image, ...], BeforeValidator(_images)] = ()
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
        if self.id is not None and not _names(self.id):
            raise ValueError("id holds a control character or nothing but white space")
        return self

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Article:
        """Validate `fields` (camelCase or snake_case keys) as one article.

        Raises:
            ArticleError: Naming the field, what it held and what was expected.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise _explain(error) from None

    @classmethod
    def salvage(cls, fields: Mapping[str, Any]) -> tuple[Article, list[LostValue]]:
        """Read `fields` as one article, without the values that cannot be read; they are handed back.

        Of a list only its bad items are lost. A title and an id are never given up: without them it is no article.

        Raises:
            ArticleError: If there is no title, or the id is none.
        """
        lost: list[LostValue] = []
        while True:
            try:
                return cls.model_validate(fields), lost
            except ValidationError as error:
                named = {_path(fault): fault for fault in error.errors(include_url=False)}
                if not isinstance(fields, Mapping) or any(not path or path[0] in {"title", "id"} for path in named):
                    raise _explain(error) from None
                # From the end, so that places in lists stay right.
                for path in sorted(named, key=_place, reverse=True):
                    fields, value = _without(fields, path)
                    lost.append(LostValue(".".join(map(str, path)), shown(value), _expected(path)))

    def to_record(self) -> dict[str, Any]:
        """The article's fields as JSON values with their outside names, unknown keys last; never `secured`.

        Raises:
            ArticleError: If an unknown key holds what JSON cannot.
        """
        try:
            return _to_json(self, leave_out="secured")
        except (ValueError, RecursionError) as error:
            raise ArticleError(
                f"an unknown key holds what JSON cannot: {str(error).splitlines()[0]}", expected="plain values"
            ) from None


def _names(article_id: str) -> bool:
    """Whether an id can be read, and written on one line."""
    if not article_id.strip():
        return False
    # What is printable holds nothing of what is looked for next, letter by letter.
    return article_id.isprintable() or not (
        _TURNS_TEXT.search(article_id) or any(category(char) in _NOT_IN_IDS for char in article_id)
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


_EXPECTED = {
    "publishedDateTime": "an ISO 8601 date such as 2021-04-16T20:54:00Z",
    "title": "a text that is not empty",
    "id": f"a text of 1 to {MAX_ID_CHARS} printable characters",
    "topics": "a list of texts",
    "authors": "a list of names",
    "images": "a list of images such as {url: https://site.example/a.jpg, width: 640, height: 260}",
    "provider": "a name, or {name: ..., domain: ...}",
    "published": "true or false",
    "isCached": "true or false",
    "quality": "a finite number",
    "heat": "a finite number",
    "width": "a number of pixels",
    "height": "a number of pixels",
    "relatedRules": "rules such as {pinned: [ID], blocked: [ID], time: older}",
}
_EXPECTED_OF_RULES = {
    **dict.fromkeys(("pinned", "blocked"), "a list of ids or webUrls"),
    **dict.fromkeys(("blockedProviders", "blockedTopics", "topics"), "a list of texts"),
    "time": "both, older or newer",
    "language": "any, prefer or same",
    **dict.fromkeys(("maxDaysOlder", "maxDaysNewer"), "a number of days from 0 to 36500"),
    "minQuality": "a finite number",
}


def _explain(error: ValidationError) -> ArticleError:
    """The first fault of a validation as one sentence of ours."""
    fault = error.errors(include_url=False)[0]
    path = _path(fault)
    if not path:
        message = fault["msg"].removeprefix("Value error, ")
        key = message.split()[0]
        if key not in _EXPECTED:
            return ArticleError("an article must be a mapping of fields", expected="an object with a title")
        return ArticleError(message, expected=_EXPECTED[key])
    name = ".".join(map(str, path))
    if fault["type"] == "extra_forbidden":
        return ArticleError(f"there is no rule {name}", expected=_expected(path))
    if fault["type"] == "missing":
        return ArticleError(f"{name} is missing", expected=_expected(path))
    if fault["type"] in {"string_too_long", "too_long"}:
        return ArticleError(
            f"{name} has {len(str(fault['input'])):,} characters",
            expected=f"at most {fault['ctx']['max_length']:,}",
        )
    return ArticleError(f"{name} is {shown(fault['input'])}", expected=_expected(path))


def _path(fault: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Where in an article a fault lies: field names and places in lists."""
    steps = (step for step in fault["loc"] if not str(step).startswith(("constrained-", "function-")))
    return tuple(step for step in steps if step not in {"int", "float"})


def _place(path: Sequence[str | int]) -> list[tuple[str, int]]:
    """Sorts paths by name, and places in a list by number."""
    return [("", step) if isinstance(step, int) else (step, 0) for step in path]


def _expected(path: Sequence[str | int]) -> str:
    """What belongs at a path; a list's item is named by the list, a nested field by its own name."""
    name = next(str(step) for step in reversed(path) if not isinstance(step, int))
    if len(path) == 1 or path[0] not in {"relatedRules", "related_rules"}:
        return _EXPECTED.get(to_camel(name), "a text")
    # `Pinned` is no rule, though it would be one in camel case.
    known = _EXPECTED_OF_RULES.get(to_camel(name)) if name[:1].islower() else None
    return known or f"one of {', '.join(_EXPECTED_OF_RULES)}"


def _without(value: Any, path: Sequence[str | int]) -> tuple[Any, Any]:
    """`value` without what lies at `path`, and what lay there; as much of the path as there is counts."""
    first, *rest = path
    # A text that stands for a list of one, or a name for a provider, is lost whole.
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


def shown(value: Any) -> str:
    """A value in short, for an error."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"
