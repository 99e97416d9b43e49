"""Statistics of a source: articles, skipped entries, origins of fields, missing fields, and advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.article import Article
from recommender.config import MULTILINGUAL_HINT
from recommender.errors import RelatedError
from recommender.sources.base import Found, ReadArticle, Skipped, Unreadable
from recommender.text.languages import is_plainly_english

EXAMPLES = 3
_EXAMPLE_CHARS = 60
_MISSING_SHARE = 0.5
"""If more articles than this lack a field that ranking depends on, there is advice."""
_DETECTED = 100
"""The largest number of articles without a language whose language is detected."""
_DOUBTFUL_SHARE = 0.2
_FIELDS = ("title", "published", "topics", "authors", "language", "excerpt", "body", "images", "url")


@dataclass
class FieldCount:
    """The statistics of one field.

    Attributes:
        count: Articles that have the field.
        origins: The keys, file names or settings that it came from, with counts.
        examples: A few values.
    """

    count: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


class Advice(NamedTuple):
    """A problem that makes recommendations worse, and what to do."""

    what: str
    hint: str


@dataclass
class Survey:
    """The statistics of a source, updated one entry at a time.

    Attributes:
        articles: Articles read.
        skipped: Skipped entries by reason.
        skipped_examples: A few paths by reason.
        lost: Values that could not be read, by field and expected form.
        lost_examples: The first of these values and its place, by field and expected form.
        fields: The statistics of each field.
        without_text: Articles with neither a text nor an excerpt.
        languages: Articles by language, as far as it is known.
        unreadable: Errors of entries that could not be read.
        samples: Texts of some articles without a language.
        without_url: A few paths of articles without an address.
    """

    articles: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    skipped_examples: dict[str, list[str]] = field(default_factory=dict)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost_examples: dict[tuple[str, str], str] = field(default_factory=dict)
    fields: dict[str, FieldCount] = field(default_factory=lambda: {name: FieldCount() for name in _FIELDS})
    without_text: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    unreadable: list[RelatedError] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    without_url: list[str] = field(default_factory=list)

    def watch(self, found: Iterable[Found]) -> Iterator[Found]:
        """Yield `found` unchanged, and count each."""
        for each in found:
            self.add(each)
            yield each

    def add(self, found: Found) -> None:
        """Count an entry."""
        if isinstance(found, ReadArticle):
            self._add_article(found)
        elif isinstance(found, Skipped):
            self.skipped[found.reason] += 1
            examples = self.skipped_examples.setdefault(found.reason, [])
            if len(examples) < EXAMPLES:
                examples.append(found.path)
        elif isinstance(found, Unreadable):
            self.unreadable.append(found.error)

    def _add_article(self, found: ReadArticle) -> None:
        self.articles += 1
        self.without_text += not (found.article.body or found.article.excerpt)
        if not found.article.web_url and len(self.without_url) < EXAMPLES:
            self.without_url.append(found.path)
        for name, value in _values(found.article):
            counted = self.fields[name]
            counted.count += 1
            said = found.origins.get(name, _OWN_KEYS.get(name, name))
            for origin in said.split(", "):
                counted.origins[origin] += 1
            if len(counted.examples) < EXAMPLES and value not in counted.examples:
                counted.examples.append(value)
        for lost in found.lost:
            key = (".".join(step for step in lost.field.split(".") if not step.isdigit()), lost.expected)
            self.lost[key] += 1
            self.lost_examples.setdefault(key, f"{lost.field} is {lost.shown} in {found.where}")
        article = found.article
        if article.language:
            self.languages[article.language.partition("-")[0].casefold()] += 1
        elif len(self.samples) < _DETECTED:
            self.samples.append(f"{article.title}. {article.excerpt or ''} {(article.body or '')[:1000]}")

    def detect_languages(self, detect: Callable[[str], str | None]) -> None:
        """Count the languages of `samples`, as far as `detect` can tell them.

        If nearly all are plainly English, `detect` is not called, because it is slow to load.
        """
        left = [text for text in self.samples if not is_plainly_english(text)]
        self.languages.update({"en": len(self.samples) - len(left)} if len(left) < len(self.samples) else {})
        if len(left) > _DOUBTFUL_SHARE * len(self.samples):
            self.languages.update(language for text in left if (language := detect(text)))
        self.samples.clear()

    def missing(self, name: str) -> int:
        """Return the number of articles without a field."""
        return self.articles - self.fields[name].count

    def notes(self) -> list[str]:
        """Return a line for each kind of value that could not be read."""
        return [
            f"{count:,} value{'s' if count > 1 else ''} of {name} could not be read and {'are' if count > 1 else 'is'} "
            f"left out: {self.lost_examples[name, expected]}; expected {expected}"
            for (name, expected), count in self.lost.most_common()
        ]

    def advice(self, known_languages: Iterable[str] | None = None, *, hosts: bool = True) -> list[Advice]:
        """Return what makes recommendations worse, the worst first.

        Args:
            known_languages: The languages that the model was trained on; None if unknown.
            hosts: Whether articles should have addresses.
        """
        if not self.articles:
            return [Advice("there is no article that readers may see", _ELSEWHERE)] if hosts else []
        found = [*self._advice_on_addresses()] if hosts else []
        for name, means, hint in _DEPENDS_ON:
            missing = self.without_text if name == "body" else self.missing(name)
            if missing > _MISSING_SHARE * self.articles:
                found.append(Advice(f"{missing:,} of {self.articles:,} articles have no {means}", hint))
        if known_languages is not None:
            known = set(known_languages)
            foreign = {language: count for language, count in self.languages.most_common() if language not in known}
            if sum(foreign.values()) > 0.1 * sum(self.languages.values()):
                names = ", ".join(f"{language} ({count:,})" for language, count in list(foreign.items())[:EXAMPLES])
                what = f"the model does not know the language of {sum(foreign.values()):,} articles: {names}"
                found.append(Advice(what, MULTILINGUAL_HINT))
        return found

    def _advice_on_addresses(self) -> Iterator[Advice]:
        without = self.missing("url")
        what = f"{without:,} of {self.articles:,} articles have no address, so nothing can link to them"
        if without and without < _MISSING_SHARE * self.articles:
            # A url pattern would replace the addresses of all other articles too.
            these = f"{', '.join(self.without_url)}{', ...' if without > len(self.without_url) else ''}"
            hint = "give each of them a webUrl, or leave them out: exclude under [sources] in related.toml"
            yield Advice(f"{what}: {these}", hint)
        elif without:
            hint = 'say where they are served: url = "https://your-site.example/{path}/" under [site] in related.toml'
            yield Advice(what, hint)
        elif self.fields["url"].examples[0].startswith("/"):
            what = "addresses begin at the site's root, because no file of it names its host"
            yield Advice(what, 'url = "https://your-site.example" under [site] in related.toml')

    def passed_over(self) -> str:
        """Return the numbers of skipped entries in a few words."""
        return ", ".join(f"{count:,} {reason}" for reason, count in self.skipped.most_common())

    def to_json(self) -> dict[str, Any]:
        """Return all counts as JSON values."""
        return {
            "articles": self.articles,
            "passedOver": {
                reason: {"count": count, "examples": self.skipped_examples[reason]}
                for reason, count in self.skipped.most_common()
            },
            "fields": {
                name: {"count": each.count, "from": dict(each.origins), "examples": each.examples}
                for name, each in self.fields.items()
            },
            "languages": dict(self.languages.most_common()),
            "lost": [
                {"field": name, "expected": expected, "count": count, "example": self.lost_examples[name, expected]}
                for (name, expected), count in self.lost.most_common()
            ],
            "unreadable": [str(error) for error in self.unreadable],
        }


_FIELD_HINT = 'if a key holds {0}: {1} = ["that.key"] under [fields] in related.toml'
_TEXT_HINT = "build from the site's sources, or from an export with the texts"
_DEPENDS_ON = (
    ("published", "date, so closeness in time does not count", _FIELD_HINT.format("it", "published")),
    ("body", "text and no excerpt, so only titles can be compared", _TEXT_HINT),
    ("topics", "topics", _FIELD_HINT.format("them", "topics")),
)
_ELSEWHERE = (
    "name the folder in which the generator is run, or a file of articles; in related.toml, "
    'generator = "..." under [site] sets the kind of site, include = ["*.txt"] under [sources] the files to read'
)
_OWN_KEYS = {"published": "publishedDateTime", "url": "webUrl", "body": "text"}


def _values(article: Article) -> Iterator[tuple[str, str]]:
    """Yield the fields of an article, each as a short text."""
    moment = article.published_date_time
    values: Mapping[str, str | None] = {
        "title": article.title,
        "published": moment.date().isoformat() if moment else None,
        "topics": ", ".join(article.topics),
        "authors": ", ".join(article.authors),
        "language": article.language,
        "excerpt": article.excerpt,
        "body": article.body.strip()[:_EXAMPLE_CHARS] if article.body else None,
        "images": article.images[0].url if article.images else None,
        "url": article.web_url,
    }
    for name, value in values.items():
        if value:
            text = " ".join(value.split())
            whole = name == "url" or len(text) <= _EXAMPLE_CHARS
            yield name, text if whole else f"{text[: _EXAMPLE_CHARS - 1]}…"
