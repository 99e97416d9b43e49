"""What a source holds: articles, what is passed over and why, where fields come from, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.article import Article
from recommender.errors import RelatedError
from recommender.sources.base import Found, ReadArticle, Skipped, Unchanged, Unreadable
from recommender.text.languages import is_plainly_english

EXAMPLES = 3
_EXAMPLE_CHARS = 60
_MISSING_SHARE = 0.5
"""Where more articles than this lack a field that ranking lives on, that is said."""
_DETECTED = 100
"""So many articles that do not say their language have it detected."""

_DOUBTFUL_SHARE = 0.2

_FIELDS = ("title", "published", "topics", "authors", "language", "excerpt", "body", "images", "url")


@dataclass
class FieldCount:
    """How many articles have a field.

    Attributes:
        count: How many.
        origins: From which key, file name or setting, and how often.
        examples: A few values.
    """

    count: int = 0
    origins: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


class Advice(NamedTuple):
    """Something that makes answers worse, and what to do."""

    what: str
    hint: str


@dataclass
class Survey:
    """What was found in a source, added up one by one.

    Attributes:
        articles: How many articles were read.
        unchanged: How many files were not read, because they are as they were.
        skipped: By reason, how much was passed over.
        skipped_examples: By reason, a few paths.
        lost: By field and what was expected, how many values could not be read.
        lost_examples: Likewise, the first of them and its place.
        fields: By name of the field, how many have it.
        without_text: How many articles have neither a text nor an excerpt.
        languages: By language, how many articles are in it, as far as that is known.
        unreadable: What should have been an article and could not be read.
        samples: Texts of some articles that do not say their language.
        without_url: A few paths of articles that have no address.
    """

    articles: int = 0
    unchanged: int = 0
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
        """Hand `found` on, and add each."""
        for each in found:
            self.add(each)
            yield each

    def add(self, found: Found) -> None:
        """Count one more."""
        if isinstance(found, ReadArticle):
            self._add_article(found)
        elif isinstance(found, Skipped):
            self.skipped[found.reason] += 1
            examples = self.skipped_examples.setdefault(found.reason, [])
            if len(examples) < EXAMPLES:
                examples.append(found.path)
        elif isinstance(found, Unreadable):
            self.unreadable.append(found.error)
        elif isinstance(found, Unchanged):
            self.unchanged += 1

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
            self._add_language(article.language)
        elif len(self.samples) < _DETECTED:
            self.samples.append(f"{article.title}. {article.excerpt or ''} {(article.body or '')[:1000]}")

    def detect_languages(self, detect: Callable[[str], str | None]) -> None:
        """Count the languages of `samples`, as far as `detect` can tell them.

        Where nearly all are plainly English the others are not asked for: what detects languages takes long to load.
        """
        left = [text for text in self.samples if not is_plainly_english(text)]
        self.languages.update({"en": len(self.samples) - len(left)} if len(left) < len(self.samples) else {})
        if len(left) > _DOUBTFUL_SHARE * len(self.samples):
            self.languages.update(language for text in left if (language := detect(text)))
        self.samples.clear()

    def _add_language(self, language: str) -> None:
        self.languages[language.partition("-")[0].casefold()] += 1

    def missing(self, name: str) -> int:
        """How many articles lack a field."""
        return self.articles - self.fields[name].count

    def notes(self) -> list[str]:
        """Values that could not be read, a line for each kind."""
        return [
            f"{count:,} value{'s' if count > 1 else ''} of {name} could not be read and {'are' if count > 1 else 'is'} "
            f"left out: {self.lost_examples[name, expected]}; expected {expected}"
            for (name, expected), count in self.lost.most_common()
        ]

    def advice(self, known_languages: Iterable[str] | None = None, *, hosts: bool = True) -> list[Advice]:
        """What makes answers worse, and what to do; the worst first.

        Args:
            known_languages: Those that the model was trained on; None if that is not known.
            hosts: Whether articles should have addresses of their own.
        """
        found: list[Advice] = []
        if not self.articles:
            if hosts:
                found.append(Advice("there is no article that readers may see", _ELSEWHERE))
            return found
        without = self.missing("url")
        if without and hosts and without < _MISSING_SHARE * self.articles:
            # A pattern would stand for the addresses of all others too.
            these = ", ".join(self.without_url)
            found.append(
                Advice(
                    f"{without:,} of {self.articles:,} articles have no address, so nothing can link to them: {these}"
                    f"{', ...' if without > len(self.without_url) else ''}",
                    "give each of them a webUrl, or leave them out: exclude under [sources] in related.toml",
                )
            )
        elif without and hosts:
            found.append(
                Advice(
                    f"{without:,} of {self.articles:,} articles have no address, so nothing can link to them",
                    'say where they are served: url = "https://your-site.example/{path}/" under [site] in related.toml',
                )
            )
        elif hosts and self.fields["url"].examples[0].startswith("/"):
            found.append(
                Advice(
                    "addresses begin at the site's root, because no file of it names its host",
                    'url = "https://your-site.example" under [site] in related.toml',
                )
            )
        for name, means, hint in _LIVES_ON:
            missing = self.without_text if name == "body" else self.missing(name)
            if missing > _MISSING_SHARE * self.articles:
                found.append(Advice(f"{missing:,} of {self.articles:,} articles have no {means}", hint))
        if known_languages is not None:
            known = set(known_languages)
            foreign = {language: count for language, count in self.languages.most_common() if language not in known}
            if sum(foreign.values()) > 0.1 * sum(self.languages.values()):
                names = ", ".join(f"{language} ({count:,})" for language, count in list(foreign.items())[:EXAMPLES])
                found.append(
                    Advice(
                        f"the model does not know the language of {sum(foreign.values()):,} articles: {names}",
                        "--model sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2 knows fifty languages",
                    )
                )
        return found

    def passed_over(self) -> str:
        """What was passed over, in a few words."""
        return ", ".join(f"{count:,} {reason}" for reason, count in self.skipped.most_common())

    def to_json(self) -> dict[str, Any]:
        """Everything that was counted, as JSON values."""
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


_LIVES_ON = (
    (
        "published",
        "date, so closeness in time counts for nothing",
        'if a key holds it: published = ["that.key"] under [fields] in related.toml',
    ),
    (
        "body",
        "text and no excerpt, so only titles can be compared",
        "build from the site's sources, or from an export that holds the texts",
    ),
    ("topics", "topics", 'if a key holds them: topics = ["that.key"] under [fields] in related.toml'),
)
_ELSEWHERE = (
    "name the folder that the generator is run in, or a file of articles; "
    'generator = "..." under [site] in related.toml says what kind of site it is, '
    'include = ["*.txt"] under [sources] which files are articles'
)
_OWN_KEYS = {"published": "publishedDateTime", "url": "webUrl", "body": "text"}


def _values(article: Article) -> Iterator[tuple[str, str]]:
    """The fields that an article has, each as a short text."""
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
