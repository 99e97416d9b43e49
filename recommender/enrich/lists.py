"""Make the related lists of a site's articles, and match files to articles of the collection."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import Settings
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing
from recommender.entry import related_entry
from recommender.errors import ConfigError, NotFoundError, RelatedError
from recommender.related.answer import RelatedArticles
from recommender.related.options import Options
from recommender.related.recommender import Recommender
from recommender.sources.base import FOLDER_KINDS

_MAX_ENTRIES = 8192
_DAY_S = 86_400
_VERSION = "2"
"""Increase it when the same collection and settings give other lists."""


class Made(NamedTuple):
    """A new list: its summary, its entries, and the answer that both were made from."""

    listing: Listing
    entries: list[dict[str, Any]]
    answer: RelatedArticles

    def differences(self, before: Sequence[str]) -> Iterator[str]:
        """Yield a line for each item that was added or removed, with the reason."""
        for item in self.answer.items:
            if before and item.article_id not in before:
                yield f"+ {item.article_id}: {'pinned' if item.pinned else f'scores {item.score:.4f}'}"
        for article_id, why in self.answer.dropped.items():
            yield f"- {article_id}: {why}"
        if not self.answer.items:
            yield str(self.answer.empty_because)
        elif before and set(before) == set(self.listing.items):
            yield "an item's own fields have changed" if before == self.listing.items else "the order has changed"


class Lists:
    """Makes the related lists of articles from the collection's newest revision.

    Args:
        recommender: A recommender with the ranking settings and rules of `settings`.
        settings: The number of items, the margin to replace one, and whether texts are repaired.
        with_ids: Whether each entry includes the article's id.

    Attributes:
        without_address: Ids of articles that are never recommended because they have no address.

    Raises:
        ConfigError: If most articles have no address.
    """

    def __init__(self, recommender: Recommender, settings: Settings, *, with_ids: bool = False) -> None:
        self._recommender = recommender
        self._settings = settings.enrich
        self._with_ids = with_ids
        store = recommender.collection.store
        self.without_address = store.without_address()
        self._list_options = Options(top_k=self._settings.items, with_url=bool(self.without_address))
        _refuse_most(len(self.without_address), store.count())
        prints = [part.fingerprint() for part in (settings.ranking, settings.rules, settings.enrich)]
        options = ".".join([_VERSION, store.uuid, *prints, store.scorer or "", str(with_ids)])
        self._options = blake2b(options.encode(), digest_size=8).hexdigest()
        self._entries: dict[tuple[str, int], dict[str, Any]] = {}

    @property
    def collection(self) -> Collection:
        """The recommender's collection."""
        return self._recommender.collection

    def coverage(self, problems: Sequence[RelatedError] = ()) -> Coverage:
        """Return empty statistics for a run."""
        return Coverage(self.collection.store.count(), without_address=len(self.without_address), problems=[*problems])

    def answer_key(self) -> str:
        """Return the key of everything that a new list depends on: collection, settings and revision."""
        with self.collection.reading() as index:
            return f"{self._options}.{index.revision}"

    def make(self, article_id: str, held: Sequence[str]) -> Made:
        """Make the list of an article; items of the previous list, `held`, stay unless others beat them by a margin."""
        settings = self._settings
        answer = self._recommender.related(
            article_id, self._list_options, previous=held, margin=settings.margin, reasons=False
        )
        items = answer.items
        listing = Listing(
            f"{self._options}.{answer.revision}",
            tuple(item.article_id for item in items),
            tuple(round(item.score, 6) for item in items),
            tuple(_days_older(item.article, answer.article) for item in items),
            sum(len(item.duplicates) for item in items),
            answer.empty_because,
        )
        return Made(listing, [self._entry(item.article, answer.revision) for item in items], answer)

    def entries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return the entries of the articles with these ids, without unknown ones."""
        store = self.collection.store
        stored = (store.get(article_id) for article_id in ids)
        return [self._entry(found.article, store.revision().number) for found in stored if found]

    def _entry(self, article: Article, revision: int) -> dict[str, Any]:
        key = (article.id or "", revision)
        if key not in self._entries:
            if len(self._entries) >= _MAX_ENTRIES:
                self._entries.clear()
            self._entries[key] = related_entry(article, repair=self._settings.repair, with_id=self._with_ids)
        return self._entries[key]


def _refuse_most(without: int, articles: int) -> None:
    if without > articles / 2:
        raise ConfigError(
            f"{without:,} of {articles:,} articles have no address, so no page can link to them",
            expected="a webUrl for each article",
            hint='set where the site is served, such as url = "https://your-site.example/{path}/" under [site] in '
            "related.toml, and run related build again; related inspect SITE shows the addresses",
        )


def _days_older(item: Article, article: Article) -> float | None:
    if item.published_date_time is None or article.published_date_time is None:
        return None
    return round((article.published_date_time - item.published_date_time).total_seconds() / _DAY_S, 3)


class Naming:
    """Matches the files of a site to the articles of a collection.

    Args:
        collection: The collection.
        site: The site's folder. The collection may have been built from it, from a parent folder or from a subfolder.
    """

    def __init__(self, collection: Collection, site: Path) -> None:
        self._collection = collection
        self._roots: list[tuple[str, str]] = []
        here = os.path.realpath(site)
        for _, kind, location in collection.store.sources():
            if kind in FOLDER_KINDS:
                root = os.path.realpath(collection.path / location)
                if here == root or here.startswith(f"{root}/"):
                    self._roots.append(("", here[len(root) :].strip("/")))
                elif root.startswith(f"{here}/"):
                    self._roots.append((root[len(here) + 1 :] + "/", ""))
        self._roots = self._roots or [("", "")]

    def find(self, article: Article, path: str, *, given: bool) -> tuple[str, Article]:
        """Find the article of a file in the collection.

        Args:
            article: The article as read from the file.
            path: The file's path below the site, with its suffix.
            given: Whether the front matter has an id; then the path is not tried.

        Returns:
            The article's id, and the article as stored.

        Raises:
            NotFoundError: If the collection does not have it.
        """
        name = os.path.splitext(path)[0]  # noqa: PTH122
        wanted = [article.id or ""] if given else [*self._names(name)]
        with self._collection.reading() as index:
            found = next((each for each in wanted if each in index), None)
        if found is None and article.web_url:
            with contextlib.suppress(NotFoundError):
                found = self._collection.resolve(article.web_url)
        stored = self._collection.store.get(found) if found is not None else None
        if stored is None:
            what = f"the article {(wanted or [name])[0]} is not in the collection"
            raise NotFoundError(what, hint="build the collection again: related build")
        return stored.article_id, stored.article

    def _names(self, name: str) -> Iterator[str]:
        for below, above in self._roots:
            if name.startswith(below):
                yield f"{above}/{name}" if above else name[len(below) :]
