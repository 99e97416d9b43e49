"""Make the related lists of a site's articles, and match files to articles of the collection."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import Settings
from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing
from recommender.entry import related_entry
from recommender.errors import ConfigError, NotFoundError, RelatedError
from recommender.related.options import Options
from recommender.related.recommender import Recommender
from recommender.related.shown_lists import days_older
from recommender.sources.base import FOLDER_KINDS
from recommender.workers import Work, Workers

ALONE = 20
"""So many lists are made before other processes are started: an unchanged site needs none."""
AHEAD = 64
"""Lists that are under way at once; they bound what is read ahead of what is written."""

_MAX_ENTRIES = 8192
_VERSION = "3"
"""Increase it when the same collection and settings give other lists."""


_T = TypeVar("_T")


class Made(NamedTuple):
    """A new list.

    Attributes:
        listing: Its summary.
        entries: Its items as a site writes them.
        pinned: Ids of the items that an editor put there.
        dropped: Items of the previous list that are no longer shown, by id, with the reason.
        keeps: Whether a rule says that the article's field stays as it is.
    """

    listing: Listing
    entries: list[dict[str, Any]]
    pinned: Sequence[str]
    dropped: dict[str, str]
    keeps: bool = False

    def differences(self, before: Sequence[str]) -> Iterator[str]:
        """Yield a line for each item that was added or removed, with the reason."""
        for article_id, score in zip(self.listing.items, self.listing.scores, strict=True):
            if before and article_id not in before:
                yield f"+ {article_id}: {'pinned' if article_id in self.pinned else f'scores {score:.4f}'}"
        for article_id, why in self.dropped.items():
            yield f"- {article_id}: {why}"
        if not self.listing.items:
            yield str(self.listing.empty_because)
        elif before and set(before) == set(self.listing.items):
            yield "an item's own fields have changed" if before == self.listing.items else "the order has changed"


Step = Generator[tuple[str, Sequence[str]], Made, _T]
"""See `Lists.in_order`."""


class Lists:
    """Makes the related lists of articles from the collection's newest revision.

    Args:
        recommender: A recommender with the ranking settings and rules of `settings`.
        settings: The number of items, the margin to replace one, and whether texts are repaired.
        with_ids: Whether each entry includes the article's id.
        workers: How many processes make lists beside this one, where there are many to make.

    Attributes:
        without_address: Ids of articles that are never recommended because they have no address.

    Raises:
        ConfigError: If most articles have no address.
    """

    def __init__(
        self, recommender: Recommender, settings: Settings, *, with_ids: bool = False, workers: int = 0
    ) -> None:
        self._recommender = recommender
        self._workers = workers
        self._settings = settings
        self._with_ids = with_ids
        store = recommender.collection.store
        self.without_address = store.without_address()
        self._list_options = Options(top_k=settings.enrich.items, with_url=bool(self.without_address))
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

    def answer_key(self, article_id: str) -> str:
        """Return the key of everything that an article's new list depends on: collection, settings, revision, rules."""
        with self.collection.reading() as index:
            return self._key(index.revision, self._recommender.rules_number(article_id))

    def _key(self, revision: int, rules_number: int) -> str:
        return f"{self._options}.{revision}.{rules_number}"

    def make(self, article_id: str, held: Sequence[str]) -> Made:
        """Make the list of an article; items of the previous list, `held`, stay unless others beat them by a margin."""
        settings = self._settings.enrich
        answer = self._recommender.related(
            article_id, self._list_options, previous=held, margin=settings.margin, reasons=False
        )
        items = answer.items
        listing = Listing(
            self._key(answer.revision, answer.rules_number),
            tuple(item.article_id for item in items),
            tuple(round(item.score, 6) for item in items),
            tuple(days_older(item.article, answer.article) for item in items),
            sum(len(item.duplicates) for item in items),
            answer.empty_because,
        )
        pinned = [item.article_id for item in items if item.pinned]
        entries = [self._entry(item.article, answer.revision) for item in items]
        return Made(listing, entries, pinned, answer.dropped, answer.keeps)

    def in_order(self, steps: Iterable[Step[_T]]) -> Iterator[_T]:
        """Run steps and yield their results in order; the lists that they ask for are made ahead, on all cores.

        Args:
            steps: Each yields the id of an article and its previous items when it needs a list, which it is sent, and
                returns its result.
        """
        waiting: deque[_Begun[_T]] = deque()
        with contextlib.ExitStack() as stack:
            workers: Workers | None = None
            lists = 0
            for step in steps:
                begun = _begin(step)
                if begun.wants:
                    lists += 1
                    if lists == ALONE and self._workers > 0:
                        workers = stack.enter_context(self._start())
                    if workers:
                        begun.work = workers.begin([begun.wants])
                waiting.append(begun)
                while len(waiting) > (AHEAD if workers else 0):
                    yield self._finish(waiting.popleft(), workers)
            while waiting:
                yield self._finish(waiting.popleft(), workers)

    def _start(self) -> Workers:
        setup = {
            "collection": str(self.collection.place),
            "settings": self._settings.model_dump_json(exclude_unset=True),
            "with_ids": self._with_ids,
        }
        return Workers("recommender.enrich.list_worker", setup, self._workers)

    def _finish(self, begun: _Begun[_T], workers: Workers | None) -> _T:
        """Return the result of a step."""
        if begun.wants is None:
            return begun.result
        try:
            try:
                if workers and begun.work:
                    made = _made(workers.results(begun.work, lambda task: self.make(*task))[0])
                else:
                    made = self.make(*begun.wants)
            except RelatedError as error:
                begun.step.throw(error)
            else:
                begun.step.send(made)
        except StopIteration as done:
            result: _T = done.value
            return result
        raise RuntimeError("a step asks for one list")

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
            self._entries[key] = related_entry(article, repair=self._settings.enrich.repair, with_id=self._with_ids)
        return self._entries[key]


class _Begun(Generic[_T]):
    """A step that has come as far as it can without a list.

    Attributes:
        step: The step.
        wants: The article and the previous items that it needs a list for; None if it has its result.
        work: Its list, if that is made ahead.
        result: Its result, if it needs no list.
    """

    result: _T

    def __init__(self, step: Step[_T], wants: tuple[str, Sequence[str]] | None = None) -> None:
        self.step = step
        self.wants = wants
        self.work: Work | None = None


def _begin(step: Step[_T]) -> _Begun[_T]:
    try:
        return _Begun(step, next(step))
    except StopIteration as done:
        begun: _Begun[_T] = _Begun(step)
        begun.result = done.value
        return begun


def _made(made: Any) -> Made:
    """Return a list, made here or in another process, which has lists for tuples."""
    (answer, items, scores, ages, *rest), *others = made
    return Made(Listing(answer, tuple(items), tuple(scores), tuple(ages), *rest), *others)


def _refuse_most(without: int, articles: int) -> None:
    if without > articles / 2:
        raise ConfigError(
            f"{without:,} of {articles:,} articles have no address, so no page can link to them",
            expected="a webUrl for each article",
            hint='set where the site is served, such as url = "https://your-site.example/{path}/" under [site] in '
            "related.toml, and run related build again; related inspect SITE shows the addresses",
        )


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
