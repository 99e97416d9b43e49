"""Published and proposed: what an article's site shows as related today, beside what would be shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.collection import API_SOURCE, Collection
from recommender.errors import NotFoundError
from recommender.sources import is_address
from recommender.sources.published import Entry, RelatedOfSite, related_of_site

if TYPE_CHECKING:
    from recommender.index import Index


class PublishedItem(NamedTuple):
    """An article that a site shows in a list.

    Attributes:
        article_id: Its id, if it is in the collection.
        title: Its title.
        web_url: Its address.
    """

    article_id: str | None
    title: str | None
    web_url: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the item as JSON values, without what is not known."""
        values = {"id": self.article_id, "title": self.title, "webUrl": self.web_url}
        return {name: value for name, value in values.items() if value is not None}


class Published(NamedTuple):
    """The list that a site shows with an article.

    Attributes:
        items: The list; None if it is not known.
        why: Why it is not known.
    """

    items: list[PublishedItem] | None
    why: str = ""


def published(collection: Collection, article_id: str) -> Published:
    """Read the list that a site shows with an article today, from the file that the article came from.

    Raises:
        NotFoundError: If there is no such article.
    """
    store = collection.store
    with collection.reading() as index:
        state = store.stored_states([article_id]).get(article_id)
        if state is None:
            raise NotFoundError(f"there is no article {article_id}", expected="the id of a stored article")
        found = _read(collection, state.facts.source_id, state.facts.path, article_id)
        if found.entries is None:
            return Published(None, found.why)
        return Published([_resolved(collection, index, article_id, entry) for entry in found.entries])


def _read(collection: Collection, source_id: int, path: str, article_id: str) -> RelatedOfSite:
    sources = {number: (kind, location) for number, kind, location in collection.store.sources()}
    kind, location = sources[source_id]
    if kind == API_SOURCE:
        return RelatedOfSite(None, "the article was written to the collection, and its page on the site is not known")
    if is_address(location):
        return RelatedOfSite(None, "the article was read from a live site, which is not asked again")
    place = (collection.path / Path(location)).resolve()
    return related_of_site(kind, place, path, article_id, collection.store.settings)


def _resolved(collection: Collection, index: Index, asked: str, entry: Entry) -> PublishedItem:
    for reference in entry.references:
        ids = [each for each in index.resolve(reference) if each != asked] or list(index.resolve(reference))
        stored = collection.store.get(ids[0]) if ids else None
        if stored is not None:
            return PublishedItem(stored.article_id, stored.article.title, stored.article.web_url)
    address = next((each for each in entry.references if is_address(each)), None)
    return PublishedItem(None, entry.title or next(iter(entry.references), None), address)
