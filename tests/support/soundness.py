"""What must hold for any collection, whatever happened to it; and the same collection made afresh."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.doctor import examine
from recommender.ranking.filters import FilterSpec
from recommender.related.recommender import Recommender
from recommender.store.checksums import add_checksums
from recommender.text.typed import query_words
from support.encoders import CountingEncoder
from support.model import Model

Ranking = dict[str, dict[str, float]]


def make_collection(
    path: Path | str, articles: Iterable[Article] = (), *, settings: Settings | None = None, encoder: Any = None
) -> Path | str:
    """A collection built of nothing, then written to once."""
    encoder = encoder or CountingEncoder()
    build([], path, settings=settings or Settings(), encoder=encoder)
    with closing(Collection.open(path)) as collection:
        batch = list(articles)
        if batch:
            collection.write(batch, encoder=encoder)
            collection.publish(compact=True)
    return path


def assert_sound(collection_path: Path | str) -> None:
    """The database is whole, its totals are those of its rows, and articles and vectors go together."""
    with closing(Collection.open(collection_path)) as collection:
        database = collection.store
        with database.reading():
            assert database.structure_faults() == []
            revision = database.revision()
            stored = list(database.articles(None))
            assert len(stored) == revision.articles == database.count()
            assert add_checksums(0, (article.checksum for article in stored)) == revision.digest
            fingerprint = collection.store.recorded_encoding().fingerprint
            hashes = {article.text_hash for article in stored}
            assert database.load_vectors(fingerprint, sorted(hashes)).keys() == hashes
            assert {row[0] for row in database.rows("SELECT text_hash FROM vectors")} == hashes
            # Every change since the log begins is there, as it was written.
            assert database.changed_since(database.log_start()) is not None


def assert_healthy(collection_path: Path | str) -> None:
    """Sound, and doctor finds nothing wrong with it, its snapshots included."""
    assert_sound(collection_path)
    findings = examine(collection_path, encoder=CountingEncoder())
    assert [finding.what for finding in findings if finding.status == "problem"] == []


def contents(collection_path: Path | str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """The revision, every article and what is sealed, as the database has them at one moment."""
    with closing(Collection.open(collection_path)) as collection, collection.store.reading():
        database = collection.store
        records = {stored.article_id: stored.article.to_record() for stored in database.articles(None)}
        rows = database.rows("SELECT article_id, secured FROM articles WHERE secured IS NOT NULL")
        return database.revision().number, records, {key: json.loads(secured) for key, secured in rows}


def answers(collection_path: Path | str, top_k: int = 100) -> dict[str, Ranking]:
    """Every ranking that a collection, opened anew, gives by each scorer, and what it would show."""
    with closing(Recommender.open(collection_path)) as recommender:
        return answers_of(recommender, top_k)


def answers_of(recommender: Recommender, top_k: int = 100) -> dict[str, Ranking]:
    """Every ranking by each scorer, what would be shown, the list of all, and whether each is found by its title."""
    with recommender.collection.reading() as view:
        ids = list(view.ids())
        found = {scorer: recommender.rank(scorer=scorer, top_k=top_k) for scorer in ("default", "dense")}
        found["related"] = {
            asked: {item.article_id: item.score for item in recommender.related(asked, min_score=0.5, top_k=5)}
            for asked in ids
        }
        listed = view.browse(FilterSpec(), len(ids) + 1).places
        found["listed"] = {"all": {place.article_id: float(number) for number, place in enumerate(listed)}}
        titles = {each.article_id: each.article.title for each in recommender.collection.store.articles()}
        found["titles"] = {
            asked: {asked: float(asked in view.find(title, len(ids)) or not query_words(title))}
            for asked, title in titles.items()
        }
    return found


def answers_of_fresh(model: Model, folder: Path, settings: Settings | None = None) -> dict[str, Ranking]:
    """The answers of a collection built of the model's articles and of nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    return answers(make_collection(folder, model.articles(), settings=settings))


def in_order(found: dict[str, Ranking]) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """The same with the order of each ranking counting."""
    return {name: {asked: list(best.items()) for asked, best in each.items()} for name, each in found.items()}


def database_is_closed(collection_path: Path) -> None:
    """Move everything that was committed into the database file, so that it can be copied alone."""
    with closing(sqlite3.connect(collection_path / "articles.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
