"""Lists of a collection: names of values, cursors."""

from __future__ import annotations

import pytest
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import ConfigError
from recommender.related.options import Filters
from recommender.search.browsing import browse
from recommender.search.results import FacetValue, Listing


def ids(listing: Listing) -> list[str | None]:
    return [article.id for article in listing]


def test_articles_without_a_date_come_last(collection: Collection):
    first = browse(collection, limit=2)
    assert ids(first) == ["boat", "mayor"]
    last = browse(collection, limit=2, cursor=first.cursor)
    assert (ids(last), last.cursor) == (["undated"], None)


def test_values_have_the_names_of_an_article_that_has_them(collection: Collection):
    facets = browse(collection, facets=5).facets
    assert facets["provider"] == [FacetValue("p.example", "Post", 1)]
    assert [(each.value.casefold(), each.articles) for each in facets["topic"]] == [("harbour", 2)]
    assert facets["language"] == [FacetValue("en", "en", 1)]
    assert facets["year"] == [FacetValue("2021", "2021", 1), FacetValue("2020", "2020", 1)]


def test_a_name_goes_with_its_last_article(collection: Collection):
    assert browse(collection, facets=5).facets["language"]
    collection.write([Article(id="undated", title="Now without")], encoder=CountingEncoder())
    facets = browse(collection, facets=5).facets
    assert facets["language"] == []
    assert facets["topic"] == [FacetValue("Harbour", "Harbour", 1)]


def test_what_is_written_is_what_is_read(collection: Collection):
    listing = browse(collection, Filters(topic=("harbour",)), facets=5)
    assert Listing.of_json(listing.to_json()).to_json() == listing.to_json()


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 101}, {"facets": 51}, {"cursor": "x"}, {"cursor": "W10"}])
def test_what_is_out_of_range_is_an_error(collection: Collection, options: dict[str, object]):
    with pytest.raises(ConfigError) as caught:
        browse(collection, **options)  # type: ignore[arg-type]
    assert caught.value.expected
