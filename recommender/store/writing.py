"""Writes articles into a store: hash, encode new texts, commit what changed as one revision."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeVar

from recommender.article import Article
from recommender.config import TextSettings
from recommender.embedding import Encoder, Vectors, check_vectors, encode_texts
from recommender.errors import ArticleError, DuplicateIdError
from recommender.progress import Progress
from recommender.store.base import Store
from recommender.store.checksums import content_hash
from recommender.store.encoding import Encoding, open_encoder
from recommender.store.records import Packer, Upsert
from recommender.text import Texts, article_texts, has_surrogate, text_hash, url_key

_T = TypeVar("_T")

POOL_ARTICLES = 2048
"""Articles encoded and committed together: enough to batch texts of similar length, few enough for memory."""


class Incoming(NamedTuple):
    """An article to write; `path` is its file below the source, `where` its location for error messages."""

    article: Article
    path: str
    where: str


@dataclass
class Written:
    """The outcome of writing a batch.

    Attributes:
        revision: The revision it made; 0 if nothing changed.
        count: Articles written.
        ids: Ids of the written articles.
        deleted: Articles deleted.
        encoded: Texts encoded.
        moved_from: Former paths of written articles.
        refused: By id, the error of each article that was left alone because it belongs to another source.
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
    packer: Packer,
    *,
    deletes: Sequence[str] = (),
    progress: Progress | None = None,
) -> Written:
    """Write those articles of `batch` that differ from what is stored, and delete others, as one revision.

    Texts are encoded before the transaction, which would otherwise hold the lock meanwhile. An article is written with
    its vector or not at all.

    Raises:
        ArticleError: If an article cannot be stored. Nothing is written when an error is raised.
        VectorError: If the encoder returns an invalid vector.
        BusyError: If another process writes for too long.
        CollectionError: If the database cannot be written.
    """
    where = {incoming.article.id or "": incoming.where for incoming in batch}
    prepared = {each.upsert.article_id: each for each in (_prepare(incoming, packer.settings) for incoming in batch)}
    upserts = [each.upsert for each in prepared.values()]
    needed = store.needed(source_id, upserts, deletes, encoder.fingerprint)
    if needed is None:
        return Written()
    texts = {each.upsert.text_hash: each.texts.whole for each in prepared.values()}
    packed = {key: packer.pack(prepared[key].article, prepared[key].texts) for key in needed.articles}
    lacking, vectors = needed.texts, dict[bytes, Vectors]()
    while True:
        vectors |= encode_texts({key: texts[key] for key in lacking}, encoder, progress)
        with store.transaction():
            commit = store.write(
                source_id,
                upserts,
                deletes,
                encoder=encoder.fingerprint,
                vectors=vectors,
                form=packer.form,
                packed=packed,
            )
        # Another process may have dropped a vector since it was looked for; encode that text too and try again.
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


class _Prepared(NamedTuple):
    article: Article
    texts: Texts
    upsert: Upsert


def _prepare(incoming: Incoming, settings: TextSettings) -> _Prepared:
    article = incoming.article
    texts = article_texts(article, settings)
    key = text_hash(texts.whole)
    record = json.dumps(article.to_record(), ensure_ascii=False, separators=(",", ":"))
    secured = None if article.secured is None else json.dumps(article.secured, ensure_ascii=False)
    if has_surrogate(record) or has_surrogate(secured or ""):
        raise ArticleError("a text holds half of a surrogate pair", where=article.id, expected="valid Unicode")
    content = content_hash(record, key)
    upsert = Upsert(article.id or "", incoming.path, url_key(article.web_url), key, content, record, secured)
    return _Prepared(article, texts, upsert)


def _owned(article_id: str, where: str | None, owner: str) -> DuplicateIdError:
    return DuplicateIdError(
        f"the id {article_id} belongs to another source ({owner}, relative to the collection)",
        where=where,
        expected="a unique id",
        hint="change it there, or give this one another id; if it has moved here: related build --recreate",
    )


def complete_vectors(store: Store, encoder: Encoder, settings: TextSettings) -> int:
    """Encode every text whose vector is missing or damaged; return how many."""
    with store.transaction():
        store.drop_broken_vectors(encoder.fingerprint, encoder.dimension)
    encoded = 0
    for pool in in_pools(store.articles_without_vector(encoder.fingerprint)):
        texts = [article_texts(article, settings).whole for article in pool]
        vectors = encode_texts({text_hash(text): text for text in texts}, encoder)
        store.keep_needed_vectors(encoder.fingerprint, vectors)
        encoded += len(vectors)
    return encoded


def complete_packed(store: Store, packer: Packer) -> int:
    """Pack every article that is not packed in the packer's form; return how many."""
    count = 0
    for pool in in_pools(store.articles_not_packed(packer.form)):
        texts = (article_texts(stored.article, packer.settings) for stored in pool)
        packed = [(stored, packer.pack(stored.article, each)) for stored, each in zip(pool, texts, strict=True)]
        store.keep_packed(packer.form, packed)
        count += len(pool)
    return count


def vector_of(store: Store, encoding: Encoding, text: str, encoder: Encoder | None) -> Vectors:
    """Return the stored vector of a text, or encode the text if there is none."""
    key = text_hash(text)
    stored = store.load_vectors(encoding.fingerprint, [key])
    if key in stored:
        return stored[key]
    vectors = (encoder or open_encoder(encoding)).encode([text])
    check_vectors(vectors, 1, encoding.dimension)
    vector: Vectors = vectors[0]
    return vector


def in_pools(items: Iterable[_T], size: int | None = None) -> Iterator[list[_T]]:
    """Yield `items` in lists of `size`, `POOL_ARTICLES` by default, the last one shorter."""
    iterator = iter(items)
    while pool := list(islice(iterator, size or POOL_ARTICLES)):
        yield pool
