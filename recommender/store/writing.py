"""Articles into the truth: hash, embed what is new, write what changed as one revision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeVar

from recommender.article import Article
from recommender.config import TextSettings
from recommender.embedding import Encoder, Vectors, encode_texts
from recommender.errors import ArticleError, DuplicateIdError
from recommender.progress import Progress
from recommender.store.base import Store
from recommender.store.checksums import content_hash
from recommender.store.records import Upsert
from recommender.text import article_texts, has_surrogate, text_hash, url_key

_T = TypeVar("_T")

POOL_ARTICLES = 2048
"""Articles that are embedded and committed together: enough to batch texts of like length, little enough to hold."""


class Incoming(NamedTuple):
    """An article on its way in; `path` is its file below the source, `where` says where it stands, for people."""

    article: Article
    path: str
    where: str


@dataclass
class Written:
    """What a batch did.

    Attributes:
        revision: The revision it made, 0 if it changed nothing.
        count: Articles written.
        ids: Their ids.
        deleted: Articles deleted.
        encoded: Texts encoded for it.
        moved_from: Paths that articles were stored under before and are not any more.
        refused: By id, why an article was left alone: it belongs to another source.
    """

    revision: int = 0
    count: int = 0
    ids: list[str] = field(default_factory=list)
    deleted: int = 0
    encoded: int = 0
    moved_from: list[str] = field(default_factory=list)
    refused: dict[str, DuplicateIdError] = field(default_factory=dict)


def write_articles(
    store: Store,
    source_id: int,
    batch: Sequence[Incoming],
    encoder: Encoder,
    settings: TextSettings,
    *,
    deletes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Written:
    """Write those articles of `batch` that differ from what is stored, and delete others, as one revision.

    Texts are encoded before the transaction, so that no lock is held meanwhile. An article is written with its vector
    or not at all.

    Raises:
        ArticleError: If an article cannot be stored; nothing is written then.
        VectorError: If the encoder returns what is no vector; nothing is written then.
        BusyError: If another process writes for too long; nothing is written then.
        CollectionError: If the database cannot be written; nothing is written then.
    """
    where = {incoming.article.id or "": incoming.where for incoming in batch}
    prepared = [prepare(incoming.article, incoming.path, settings) for incoming in batch]
    upserts, texts = [upsert for upsert, _ in prepared], {upsert.text_hash: text for upsert, text in prepared}
    lacking = store.lacking(source_id, upserts, deletes, encoder.fingerprint)
    if lacking is None:
        return Written()
    vectors: dict[bytes, Vectors] = {}
    while True:
        vectors |= encode_texts({key: texts[key] for key in lacking}, encoder, progress)
        with store.transaction():
            commit = store.write(source_id, upserts, deletes, encoder=encoder.fingerprint, vectors=vectors)
        # Another process may have written meanwhile, so that more texts count than before.
        lacking = commit.lacking
        if not lacking:
            break
    owners = {number: store.source_location(number) for number in set(commit.refused.values())}
    return Written(
        revision=commit.revision,
        count=len(commit.written),
        ids=commit.written,
        deleted=len(commit.deleted),
        encoded=len(vectors),
        moved_from=commit.moved_from,
        refused={
            article_id: _owned(article_id, where.get(article_id), owners[number])
            for article_id, number in commit.refused.items()
        },
    )


def prepare(article: Article, path: str, settings: TextSettings) -> tuple[Upsert, str]:
    """What is stored of an article, and the text that is embedded for it."""
    text = article_texts(article, settings).whole
    key = text_hash(text)
    record = json.dumps(article.to_record(), ensure_ascii=False, separators=(",", ":"))
    secured = None if article.secured is None else json.dumps(article.secured, ensure_ascii=False)
    if has_surrogate(record) or has_surrogate(secured or ""):
        raise ArticleError("a text holds half of a surrogate pair", where=article.id, expected="whole characters")
    content = content_hash(record, key)
    return Upsert(article.id or "", path, url_key(article.web_url), key, content, record, secured), text


def _owned(article_id: str, where: str | None, owner: str) -> DuplicateIdError:
    return DuplicateIdError(
        f"the id {article_id} belongs to another source, {owner} as seen from the collection",
        where=where,
        expected="an id of its own",
        hint="build that source instead; if it has moved here, build with --recreate",
    )


def complete_vectors(store: Store, encoder: Encoder, settings: TextSettings) -> int:
    """Encode what the truth has no sound vector for, however that was lost; how many texts."""
    with store.transaction():
        store.drop_broken_vectors(encoder.fingerprint, encoder.dimension)
    encoded = 0
    for pool in in_pools(store.articles_without_vector(encoder.fingerprint)):
        texts = [article_texts(article, settings).whole for article in pool]
        vectors = encode_texts({text_hash(text): text for text in texts}, encoder)
        store.keep_needed_vectors(encoder.fingerprint, vectors)
        encoded += len(vectors)
    return encoded


def in_pools(items: Iterable[_T]) -> Iterator[list[_T]]:
    """`items` in lists of `POOL_ARTICLES`."""
    iterator = iter(items)
    while pool := list(islice(iterator, POOL_ARTICLES)):
        yield pool
