"""Articles into the truth: hash, embed what is new, write what changed as one revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from recommender.article import Article
from recommender.collection.database import Database, Upsert
from recommender.config import TextSettings
from recommender.embedding import Encoder, Progress, embed_texts
from recommender.errors import ArticleError, DuplicateIdError
from recommender.text import article_texts, has_surrogate, text_hash, url_key


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
        encoded: Texts encoded for it.
        moved_from: Paths that articles were stored under before and are not any more.
        refused: Articles whose id belongs to another source.
    """

    revision: int = 0
    count: int = 0
    encoded: int = 0
    moved_from: list[str] = field(default_factory=list)
    refused: list[tuple[Incoming, DuplicateIdError]] = field(default_factory=list)


def write_articles(
    database: Database,
    source_id: int,
    batch: Sequence[Incoming],
    encoder: Encoder,
    settings: TextSettings,
    progress: Progress | None = None,
) -> Written:
    """Write those articles of `batch` that differ from what is stored, as one transaction and one revision.

    Texts are encoded before the transaction, so that no lock is held meanwhile.

    Raises:
        VectorError: If the encoder returns what is no vector; nothing is written then.
        CollectionError: If the database can not be written; nothing is written then.
    """
    result = Written()
    known = database.stored_states([incoming.article.id or "" for incoming in batch])
    changed: list[Upsert] = []
    texts: list[str] = []
    for incoming in batch:
        upsert, text = prepare(incoming.article, incoming.path, settings)
        stored = known.get(upsert.article_id)
        if stored is not None and stored.source_id != source_id:
            result.refused.append((incoming, _owned(incoming, database.source_location(stored.source_id))))
        elif stored is None or stored.differs(upsert):
            changed.append(upsert)
            texts.append(text)
            if stored is not None and stored.path != incoming.path:
                result.moved_from.append(stored.path)
    if changed:
        _, result.encoded = embed_texts(texts, encoder, database, progress)
        with database.transaction():
            result.revision = database.write(source_id, changed)
        result.count = len(changed)
    return result


def prepare(article: Article, path: str, settings: TextSettings) -> tuple[Upsert, str]:
    """What is stored of an article, and the text that is embedded for it."""
    text = article_texts(article, settings).whole
    key = text_hash(text)
    record = json.dumps(article.to_record(), ensure_ascii=False, separators=(",", ":"))
    secured = None if article.secured is None else json.dumps(article.secured, ensure_ascii=False)
    if has_surrogate(record) or has_surrogate(secured or ""):
        raise ArticleError("a text holds half of a surrogate pair", where=article.id, expected="whole characters")
    content = hashlib.blake2b(record.encode("utf-8", "surrogatepass") + key, digest_size=16).digest()
    return Upsert(article.id or "", path, url_key(article.web_url), key, content, record, secured), text


def _owned(incoming: Incoming, owner: str) -> DuplicateIdError:
    return DuplicateIdError(
        f"the id {incoming.article.id} belongs to another source, {owner} as seen from the collection",
        where=incoming.where,
        expected="an id of its own",
        hint="build that source instead; if it has moved here, build with --recreate",
    )
