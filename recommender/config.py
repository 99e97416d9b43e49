"""Frozen settings with defaults and units, read from `related.toml`."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recommender.article import Days, LanguagePolicy, TimePolicy
from recommender.errors import ConfigError

FILE_NAME = "related.toml"

Fraction = Annotated[float, Field(ge=0, le=1)]
Pattern = Annotated[str, Field(min_length=1)]
Backend = Literal["torch", "onnx", "onnx-int8"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def fingerprint(self) -> str:
        """A short hash of every value, equal for equal settings in every process."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class EncoderSettings(_Settings):
    """Which model turns texts into vectors, and how."""

    model: str = "default"
    """`default`, a folder, or a sentence-transformers name that a hub knows."""
    query_prompt: str | None = None
    """Put before a search text, such as `query: ` for E5; the model's own prompt when left out."""
    passage_prompt: str | None = None
    """Put before an article's text, such as `passage: ` for E5; the model's own prompt when left out."""
    max_seq_length: Annotated[int, Field(ge=8, le=32768)] | None = None
    """The longest text in tokens, the rest is not seen; the model's own limit when left out."""
    backend: Backend = "torch"
    """What runs the model. Figures of 1,960 articles, from `data/benchmarks/embedding.jsonl`:

    `torch` on any device. `onnx` makes the same vectors, to 3e-7, with as much work, but a process has its first vector
    after 1.2 s instead of 5.5 s. `onnx-int8` makes others, with 1.4 times less work, and hardly less for texts as short
    as headlines: of ten nearest neighbours 95 % stay, nDCG@10 is 0.371 instead of 0.369; a collection has to be built
    anew for it. Both run BERT models on the processor, and take `pip install 'related-articles[onnx]'`.
    """
    device: str | None = None
    """`cpu`, `cuda`, `mps`; chosen by itself when left out. It does not change what a vector means."""


class TextSettings(_Settings):
    """Which text of an article is embedded and searched."""

    excerpt_chars: Annotated[int, Field(ge=0, le=100_000)] = 2000
    body_chars: Annotated[int, Field(ge=0, le=100_000)] = 1000
    """How much of the body's lead is used, in characters after markup is stripped."""
    language: str = "english"
    """The language of stop words and word stems in the lexical index, as Snowball names it."""


class RankingSettings(_Settings):
    """The weighted scorer; the weights were chosen by hand on news and on headlines by story."""

    cosine: Weight = 1.0
    text: Weight = 0.3
    title: Weight = 0.5
    closeness: Weight = 0.8
    """How much more two articles of the same moment count than two far apart; it multiplies what they share."""
    time_scale_days: Annotated[float, Field(gt=0, le=36_500)] = 10.0
    """Closeness in time is exp(-sqrt(days / time_scale_days))."""
    hubs: Weight = 1.0
    """How much an article loses for being near to everything, so that no article fills everybody's list."""
    candidates: Annotated[int, Field(ge=10, le=10_000)] = 200
    """How many candidates each engine proposes."""
    min_score: Fraction | None = None
    """An item under this score (a percentile against random pairs) is not shown; when left out, 0.98 up to 60 articles,
    rising to 0.995 from 240 on."""
    min_probability: Fraction | None = None
    """The same for a learned scorer, whose scores are probabilities; when left out, what `related tune` found."""
    diversity: Fraction = 0.0
    """0 shows the most related, 1 those that are least like one another."""
    max_per_provider: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many items of one provider a list holds at most; 0 for any number."""


class RuleSettings(_Settings):
    """An editor's rules for every article; one article's own stand in its front matter, under `relatedRules`."""

    time: TimePolicy = "both"
    """`older` shows only what was published before the article or with it, `newer` only what came with it or later."""
    max_days_older: Days | None = None
    """How much older than the article one may be; what has no date passes."""
    max_days_newer: Days | None = None
    language: LanguagePolicy = "any"
    """`same` shows only articles in the article's language, `prefer` shows them first; an unknown language passes."""
    topics: tuple[Pattern, ...] = ()
    """Only articles with one of these topics are shown."""
    min_quality: Annotated[float, Field(ge=-1e30, le=1e30)] | None = None
    """The least quality; what has none passes."""
    blocked: tuple[Pattern, ...] = ()
    """Ids or webUrls of articles that are never shown."""
    blocked_providers: tuple[Pattern, ...] = ()
    """Names or domains."""
    blocked_topics: tuple[Pattern, ...] = ()
    pinned: dict[str, tuple[Pattern, ...]] = {}
    """By the id or webUrl of an article, those that come first in its list."""


class EnrichSettings(_Settings):
    """How the related fields of a site are filled."""

    items: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many a list holds at most."""
    margin: Fraction = 0.05
    """An item stays in its list unless a new one has a score higher by this share of it."""
    repair: bool = True
    """Undo mojibake in the texts of an item; an article's own fields are never changed."""


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[tuple[Pattern, ...], BeforeValidator(_one_or_many)]

URL_FIELDS = ("path", "name", "slug", "id", "section", "language", "year", "month", "day")
"""What may stand in braces in `[site] url`."""


def _check_url(url: str) -> str:
    named = [name.strip() for name in re.findall(r"\{([^{}]*)\}", url)]
    unknown = next((name for name in named if name not in URL_FIELDS), None)
    if unknown is not None:
        near = get_close_matches(unknown, URL_FIELDS, n=1)
        meant = f"; did you mean {{{near[0]}}}?" if near else ""
        known = ", ".join(f"{{{name}}}" for name in URL_FIELDS)
        raise ValueError(f"there is no field {{{unknown}}}, only {known}{meant}")
    if url.count("{") != len(named) or url.count("}") != len(named):
        raise ValueError("a brace is open or closed that stands alone")
    if url and not re.match(r"https?://|/", url, re.IGNORECASE):
        raise ValueError("an address begins with https://")
    return url


class SiteSettings(_Settings):
    """What kind of site SITE is, where what its own files say is not enough."""

    generator: str | None = None
    """Such as `hugo`; recognised from the site's files when left out. `related inspect SITE` says what was found."""
    url: Annotated[str, AfterValidator(_check_url)] | None = None
    """Where the site is served: a base such as `https://site.example`, to which each article's path is added as the
    generator makes it, or a pattern such as `https://site.example/{year}/{month}/{slug}/` with `{path}` (below the
    content folder, without suffix), `{name}`, `{slug}`, `{id}`, `{section}`, `{language}`, `{year}`, `{month}`,
    `{day}`."""
    drafts: Literal["hide", "show"] = "hide"
    """`show` treats drafts and future articles like any other: for a preview, never for readers."""
    language: str | None = None
    """The language of articles that do not say theirs, such as `en`."""
    requests_per_second: Annotated[float, Field(gt=0, le=1000)] = 2.0
    """How often a live site is asked at most."""


class FieldSettings(_Settings):
    """Which keys of the front matter hold an article's fields; dots lead into mappings, as in `meta.created`.

    The keys that a generator's sites use are looked for when left out.
    """

    title: Keys = ()
    excerpt: Keys = ()
    published: Keys = ()
    topics: Keys = ()
    authors: Keys = ()
    language: Keys = ()
    url: Keys = ()
    """Whole addresses, or paths below the site's base."""
    images: Keys = ()


class SourceSettings(_Settings):
    """Which files of a folder are articles; a pattern with a slash fits the whole path, any other the name.

    A folder that `exclude` fits is passed over with all that is in it.
    """

    include: tuple[Pattern, ...] | None = None
    """The files that the site's generator makes pages of when left out."""
    exclude: tuple[Pattern, ...] = ()
    max_file_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024


class Settings(_Settings):
    """Everything that can be set, one section a table of `related.toml`."""

    encoder: EncoderSettings = EncoderSettings()
    text: TextSettings = TextSettings()
    ranking: RankingSettings = RankingSettings()
    rules: RuleSettings = RuleSettings()
    enrich: EnrichSettings = EnrichSettings()
    sources: SourceSettings = SourceSettings()
    site: SiteSettings = SiteSettings()
    fields: FieldSettings = FieldSettings()

    def chosen(self) -> str:
        """The settings that someone chose, as JSON: what is recorded, so that better defaults reach old collections."""
        return self.model_dump_json(exclude_unset=True)

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read and check a `related.toml`.

        Raises:
            ConfigError: If the file cannot be read, or a setting is unknown or out of range.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(
                f"the settings cannot be read: {reason}", where=str(path), expected="a TOML file in UTF-8"
            ) from None
        return cls.parse(values, where=str(path))

    @classmethod
    def parse(cls, values: dict[str, Any], *, where: str = "settings") -> Settings:
        """Check `values` as settings.

        Raises:
            ConfigError: Naming the first setting that is unknown or out of range.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in fault["loc"])
            if fault["type"] == "extra_forbidden":
                leaf = name.rpartition(".")[2]
                named_so = [known for known in _names() if known.rpartition(".")[2] == leaf]
                near = named_so or get_close_matches(name, (*cls.model_fields, *_names()), n=1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise ConfigError(
                    f"there is no setting {name}", where=where, hint=f"{meant}known settings: {', '.join(_names())}"
                ) from None
            why = fault["msg"].removeprefix("Value error, ")
            raise ConfigError(f"{name} is {fault['input']!r}: {why}", where=where) from None


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    return tuple(
        f"{section}.{name}"
        for section, field in Settings.model_fields.items()
        for name in type(field.default).model_fields
    )
