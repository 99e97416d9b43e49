"""Judgements from what authors link to in their running text."""

from __future__ import annotations

import contextlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np

from recommender.article import Article
from recommender.collection import Collection
from recommender.embedding import Vectors
from recommender.embedding.pipeline import Role
from recommender.progress import Progress
from recommender.ranking.chance import recorded_as, unrelated
from recommender.store import Encoding, Store, in_pools, open_encoder
from recommender.text import path_key, text_hash, url_key
from recommender.text.links import Link, find_links, link_names, page_path, without_links

COMMON_SHARE, LEAST_COMMON = 0.05, 10
"""A page that more than this share of the articles links to, and more than so many, is linked as boilerplate."""
MAX_TARGETS = 25
"""An article that links to more others is an index of them."""

_STEP = re.compile(
    r"\W*(previous|prev|next|older|newer|back|continue|part \d+|zurück|weiter|vorherige\w*|nächste\w*|précédent\w*"
    r"|suivant\w*|anterior|siguiente|precedente|successivo|上一篇|下一篇|前へ|次へ|前の記事|次の記事)"
    r"( (post|article|page|part|chapter|story|week|month))?\W*",
    re.IGNORECASE,
)
Read = Callable[[], Iterable[Article]]
"""Returns all articles; called twice."""


class LinkLeftOut(StrEnum):
    """Why links are left out."""

    OWN = "links of an article to itself"
    STEP = "links to the previous or the next page"
    COMMON = "links to pages that many articles link to"
    INDEX = "links of articles that list many others"
    NOT_HERE = "links to other places"


@dataclass
class AuthorLinks:
    """What the authors of a site link to.

    Attributes:
        articles: Articles read.
        pairs: By article, the articles that it links to, each with the links.
        omitted: Links that were left out.
    """

    articles: int = 0
    pairs: dict[str, dict[str, list[Link]]] = field(default_factory=dict)
    omitted: Counter[LinkLeftOut] = field(default_factory=Counter)

    def left_out(self) -> list[tuple[str, int]]:
        """Return what was left out, as a text and a count; nothing that counts 0."""
        return [(str(reason), self.omitted[reason]) for reason in LinkLeftOut if self.omitted[reason]]

    def related(self) -> dict[str, dict[str, int]]:
        """Return the judgements in both directions, by article, each 1."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for source, targets in self.pairs.items():
            for target in targets:
                found[source][target] = found[target][source] = 1
        return {source: dict(sorted(found[source].items())) for source in sorted(found)}

    def without_answers(self, article: Article) -> Article:
        """Return an article without its links to others and their words, which would give the answer away."""
        links = sorted(
            (link for links in self.pairs.get(article.id or "", {}).values() for link in links),
            key=lambda link: link.start,
        )
        return article.model_copy(update={"body": without_links(article.body or "", links)}) if links else article


def author_links(read: Read) -> AuthorLinks:
    """Return which articles of a site link to which, in their running text.

    Left out are links to pages that many articles link to, links of pages that list many others, and those that only
    lead to the previous or the next page.
    """
    found, site = AuthorLinks(), _Site()
    for article in read():
        found.articles += 1
        site.add(article)
    linked: dict[str, dict[str, list[Link]]] = {}
    for article in read():
        targets: dict[str, list[Link]] = defaultdict(list)
        for link in find_links(article.body or ""):
            target = site.find(article, link.target)
            if target is None or target == article.id:
                found.omitted[LinkLeftOut.NOT_HERE if target is None else LinkLeftOut.OWN] += 1
            elif _STEP.fullmatch(link.words):
                found.omitted[LinkLeftOut.STEP] += 1
            else:
                targets[target].append(link)
        if len(targets) > MAX_TARGETS:
            found.omitted[LinkLeftOut.INDEX] += sum(map(len, targets.values()))
        elif targets:
            linked[article.id or ""] = dict(targets)
    sources = Counter(target for targets in linked.values() for target in targets)
    most = max(LEAST_COMMON, COMMON_SHARE * found.articles)
    for source, own in linked.items():
        kept = {target: links for target, links in own.items() if sources[target] <= most}
        found.omitted[LinkLeftOut.COMMON] += sum(len(links) for target, links in own.items() if target not in kept)
        if kept:
            found.pairs[source] = kept
    return found


class _Site:
    """Finds articles by what a link may call them."""

    def __init__(self) -> None:
        self._of_url: dict[str, str | None] = {}
        self._of_path: dict[str, str | None] = {}
        self._of_name: dict[str, str | None] = {}

    def add(self, article: Article) -> None:
        article_id = article.id or ""
        key = url_key(article.web_url)
        if key:
            _put(self._of_url, key, article_id)
        path = page_path(article_id)
        _put(self._of_path, path, article_id)
        _put(self._of_name, path.rpartition("/")[2], article_id)

    def find(self, article: Article, target: str) -> str | None:
        """Return the article that a link leads to; None if it is none of the site, or not one alone."""
        names = link_names(target, article.id or "", article.web_url)
        # The key without a host is that of a site whose own host is not known.
        keys = (key for each in names.addresses for key in (url_key(each), path_key(each)) if key)
        paths = names.paths
        found = next((self._of_url[key] for key in keys if self._of_url.get(key)), None)
        found = found or next((self._of_path[path] for path in paths if self._of_path.get(path)), None)
        if found is None and names.by_name and paths:
            return self._of_name.get(paths[0].rpartition("/")[2])
        return found


def _put(names: dict[str, str | None], key: str, article_id: str) -> None:
    """Remember what a name means; None where it means several."""
    names[key] = article_id if names.get(key, article_id) == article_id else None


def copy_without_answers(
    collection: Collection, links: AuthorLinks, folder: Path, *, on_progress: Progress = lambda stage, done, total: None
) -> None:
    """Copy a collection whose articles are without their links to one another, so that no text tells the answer.

    Args:
        collection: The collection.
        links: What its articles link to.
        folder: Where the copy goes; there must be none.
        on_progress: Called after each batch.
    """
    store, encoding = collection.store, collection.store.recorded_encoding()
    encoder = _KnownVectors(store, encoding)
    with contextlib.closing(Collection.create(folder)) as copy:
        with copy.store.transaction():
            copy.store.record(store.settings, encoding)
            for key in map(recorded_as, unrelated()):
                copy.store.set_meta(key, store.meta(key) or "")
        with store.reading():
            total, done = store.revision().articles, 0
            for pool in in_pools(store.articles()):
                copy.write([links.without_answers(each.article) for each in pool], encoder=encoder)
                done += len(pool)
                on_progress("copying without links", done, total)
        copy.publish()


class _KnownVectors:
    """An encoder that looks up the vectors of a store first, and loads the model for others only."""

    def __init__(self, store: Store, encoding: Encoding) -> None:
        self._store = store
        self._encoder = open_encoder(encoding)
        self.fingerprint = encoding.fingerprint
        self.dimension = encoding.dimension

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        hashes = [text_hash(text) for text in texts]
        known = self._store.load_vectors(self.fingerprint, hashes)
        missing = [text for text, key in zip(texts, hashes, strict=True) if key not in known]
        new = iter(self._encoder.encode(missing, role, progress) if missing else ())
        return np.stack([known[key] if key in known else next(new) for key in hashes])
