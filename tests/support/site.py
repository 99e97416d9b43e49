"""A small collection to be damaged, and what it must answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import RankingSettings, Settings, TextSettings
from support.damage import ask_everything
from support.encoders import CountingEncoder
from support.model import Model, Record
from support.soundness import database_is_closed, make_collection
from support.writing import random_record

SETTINGS = Settings(ranking=RankingSettings(text=0.7, closeness=0.4), text=TextSettings(language="german"))
"""Not the defaults, so that losing them would change answers."""


@dataclass
class Site:
    """A collection on disk.

    Attributes:
        path: Its folder.
        model: What it holds.
        right: Every right answer: with the changes since the snapshot in memory, and from a fresh snapshot.
        compact: The latter.
    """

    path: Path
    model: Model
    right: list[dict[str, Any]]
    compact: dict[str, Any]

    def copy_to(self, folder: Path) -> Site:
        return Site(copy_of(self.path, folder), self.model.copy(), self.right, self.compact)


def make_site(folder: Path, *, changed: bool) -> Site:
    """A collection with a snapshot, of its newest revision or, if `changed`, of the last but two."""
    path, model = folder / "collection", Model()
    model.apply(some_records(40))
    make_collection(path, model.articles(), settings=SETTINGS)
    if changed:
        random = Random(7)
        write(path, model, [random_record(random, f"a{number:02}") for number in (3, 9, 40)], ["a11"])
        write(path, model, [random_record(random, "a41")], ["a20", "a21"])
    database_is_closed(path)
    compact = ask_everything(make_collection(folder / "fresh", model.articles(), settings=SETTINGS))
    return Site(path, model, [ask_everything(copy_of(path, folder / "copy")), compact], compact)


def some_records(count: int, seed: int = 1) -> list[Record]:
    random = Random(seed)
    return [random_record(random, f"a{number:02}") for number in range(count)]


def write(path: Path, model: Model, upserts: list[Record], deletes: Iterable[str] = ()) -> None:
    """Write a batch to a collection and to its model."""
    deletes = list(deletes)
    with closing(Collection.open(path)) as collection:
        collection.write([Article.read(record) for record in upserts], deletes, encoder=CountingEncoder())
    model.apply(upserts, deletes)


def copy_of(path: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(path, folder)
    return folder


def newest(path: Path) -> Path:
    """The newest snapshot of a collection."""
    numbers = [int(folder.name) for folder in (path / "snapshots").iterdir() if folder.name.isdecimal()]
    return path / "snapshots" / str(max(numbers))
