"""Lists the articles of a collection by date, page by page, with the commonest values of their fields."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from weakref import WeakKeyDictionary

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import ConfigError
from recommender.index import Browsed, Index, Place
from recommender.ranking.filters import FilterSpec, has_value
from recommender.related.options import Filters
from recommender.search.finding import today
from recommender.search.results import FacetValue, Listing
from recommender.text import facet, folded_hash, main_language

MAX_PAGE, MAX_FACETS = 100, 50

_Names = dict[tuple[str, int], tuple[str, str] | None]
_NAMES: WeakKeyDictionary[Index, _Names] = WeakKeyDictionary()
"""What the values of an index are called, by field and hash, once they were read of an article."""


def browse(
    collection: Collection,
    filters: Filters | None = None,
    *,
    limit: int = 20,
    cursor: str | None = None,
    facets: int = 0,
) -> Listing:
    """List articles, the newest first.

    Pages stay whole while articles are written: one that was there all the time is on exactly one of them.

    Args:
        collection: The collection.
        filters: Which articles; an age counts back from now.
        limit: How many articles a page has at most, up to 100.
        cursor: Where the page begins, as the one before says; the first page by default.
        facets: How many values of each field are counted, up to 50.

    Raises:
        ConfigError: If the cursor is none, or a number is out of range.
    """
    _check("limit", limit, 1, MAX_PAGE)
    _check("facets", facets, 0, MAX_FACETS)
    after = None if cursor is None else _read_cursor(cursor)
    with collection.reading() as index:
        where = (filters or Filters()).filter_spec(today())
        # One more, which tells whether there is another page.
        found = index.browse(where, limit + 1, after, facets)
        places = found.places[:limit]
        wanted = {place.article_id for place in places}
        names = _NAMES.setdefault(index, {})
        wanted |= {
            each.example
            for field, counted in found.counts.items()
            for each in counted
            if field != "years" and (field, each.value) not in names
        }
        stored = {each.article_id: each.article for each in collection.store.articles(sorted(wanted))}

        def count_provider(value: str) -> int:
            # Articles may name a provider by its domain, its name or both; a filter finds it by either.
            return index.browse(where & FilterSpec((has_value("provider", [value]),)), 0).total

        return Listing(
            [stored[place.article_id] for place in places if place.article_id in stored],
            found.total,
            _write_cursor(places[-1]) if len(found.places) > limit else None,
            _facets(found, stored, names, count_provider) if facets else {},
            index.revision,
        )


def _facets(
    found: Browsed, stored: Mapping[str, Article], names: _Names, count_provider: Callable[[str], int]
) -> dict[str, list[FacetValue]]:
    """Name counted values, each by an article that has it."""

    def named(field: str, name: Callable[[Article, int], tuple[str, str] | None]) -> list[FacetValue]:
        values = []
        for counted in found.counts[field]:
            key = field, counted.value
            if key not in names and counted.example in stored:
                names[key] = name(stored[counted.example], counted.value)
            called = names.get(key)
            if called:
                values.append(FacetValue(*called, counted.articles))
        return values

    providers = [each._replace(articles=count_provider(each.value)) for each in named("providers", _provider)]
    years = [FacetValue(str(each.value), str(each.value), each.articles) for each in found.counts["years"]]
    return {
        "topic": named("topics", _topic),
        "provider": sorted(providers, key=lambda each: -each.articles),
        "language": named("languages", _language),
        "year": sorted(years, key=lambda each: -int(each.value)),
    }


def _topic(article: Article, value: int) -> tuple[str, str] | None:
    topic = next((topic for topic in article.topics if facet("topics", topic) == value), None)
    return None if topic is None else (topic.strip(), topic.strip())


def _provider(article: Article, value: int) -> tuple[str, str] | None:
    provider = article.provider
    called = (provider.domain or provider.name) if provider else None
    if provider is None or called is None or folded_hash(called) != value:
        return None
    return called.strip(), (provider.name or called).strip()


def _language(article: Article, value: int) -> tuple[str, str] | None:
    language = main_language(article.language)
    return None if language is None or folded_hash(language) != value else (language, language)


def _write_cursor(place: Place) -> str:
    moment = None if math.isnan(place.milliseconds) else int(place.milliseconds)
    text = json.dumps([moment, place.article_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> Place:
    try:
        text = base64.b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}", altchars=b"-_", validate=True)
        moment, article_id = json.loads(text)
        if not isinstance(article_id, str):
            raise ValueError
        return Place(math.nan if moment is None else float(moment), article_id)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise ConfigError(f"cursor is {cursor[:80]!r}", expected="what `next` of the page before says") from None


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{name} is {value}", expected=f"a whole number from {least} to {most}")
