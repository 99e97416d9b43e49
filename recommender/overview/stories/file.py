"""The file that keeps a collection's stories: one SQLite database, written aside and moved into place."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recommender.collection_folder import STORIES_NAME, STORIES_SPARE_NAME
from recommender.files import replacing_file, sync_folder
from recommender.overview.aside import not_written

if TYPE_CHECKING:
    from recommender.store import Store

FORMAT = 1

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stories (number INTEGER PRIMARY KEY, label TEXT NOT NULL, articles INTEGER NOT NULL);
CREATE TABLE members (article_id TEXT PRIMARY KEY, number INTEGER NOT NULL, place INTEGER NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX members_in_order ON members (number, place);
"""


class State(NamedTuple):
    """What stories were computed of.

    Attributes:
        uuid: The collection.
        revision: Its revision; `digest` tells it from another of the same number.
        encoder: The fingerprint of the encoder.
    """

    uuid: str
    revision: int
    digest: str
    encoder: str

    @classmethod
    def of(cls, store: Store) -> State:
        """Return the state of a collection now."""
        with store.reading():
            revision = store.revision()
            return cls(store.uuid, revision.number, str(revision.digest), store.recorded_encoding().fingerprint)


class Story(NamedTuple):
    """A story of two or more articles, or what is kept of it around one article.

    Attributes:
        ids: The ids of its articles in the order of time.
        label: The words and names that its titles share, best first.
        story_id: The id of its earliest article, by which it is known.
        before: How many articles come before those of `ids`; `after` likewise.
    """

    ids: Sequence[str]
    label: Sequence[str]
    story_id: str
    before: int = 0
    after: int = 0


class StoryFile:
    """The stories of one revision, read only. Serves one thread.

    Attributes:
        state: What they were computed of.
        seconds: How long that took.
    """

    def __init__(self, connection: sqlite3.Connection, state: State, seconds: float) -> None:
        self._connection = connection
        self.state = state
        self.seconds = seconds

    @classmethod
    def open(cls, folder: Path) -> StoryFile | None:
        """Open the stories that are kept in a collection's folder; None if there are none, or they are damaged."""
        path = folder / STORIES_NAME
        if not path.is_file():
            return None
        connection = None
        try:
            address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True, check_same_thread=False)
            if connection.execute("PRAGMA user_version").fetchone() == (FORMAT,):
                known = dict(connection.execute("SELECT key, value FROM meta"))
                seconds = float(known.pop("seconds"))
                if known.pop("checksum") == _checksum(connection):
                    return cls(connection, State(**{**known, "revision": int(known["revision"])}), seconds)
        except (sqlite3.Error, OSError, KeyError, TypeError, ValueError):
            pass
        if connection is not None:
            connection.close()
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def around(self, article_id: str, most: int) -> Story | None:
        """Return the story of an article, cut to `most` articles around it; None if it stands alone."""
        sql = "SELECT number, place, label, articles FROM members JOIN stories USING (number) WHERE article_id = ?"
        row = self._connection.execute(sql, (article_id,)).fetchone()
        if row is None:
            return None
        number, place, label, articles = row
        first = max(0, min(place - (most - 1) // 2, articles - most))
        rows = self._connection.execute(
            "SELECT article_id FROM members WHERE number = ? AND (place = 0 OR place >= ?) ORDER BY place LIMIT ?",
            (number, first, most + (first > 0)),
        )
        earliest, *rest = ids = [each for (each,) in rows]
        ids = rest if first else ids
        return Story(ids, json.loads(label), earliest, first, articles - first - len(ids))


def keep_stories(folder: Path, state: State, stories: Iterable[Story], seconds: float) -> None:
    """Write stories to the file of a collection; the file of before stays until the new one is whole.

    Args:
        folder: The collection's folder.
        state: What they were computed of.
        stories: Each with two or more articles, all of them.
        seconds: How long that took.

    Raises:
        CollectionError: If it cannot be written.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(f"PRAGMA user_version = {FORMAT}; {_TABLES}")
        for number, story in enumerate(stories):
            label = json.dumps(story.label, ensure_ascii=False)
            connection.execute("INSERT INTO stories VALUES (?, ?, ?)", (number, label, len(story.ids)))
            rows = ((article_id, number, place) for place, article_id in enumerate(story.ids))
            connection.executemany("INSERT INTO members VALUES (?, ?, ?)", rows)
        known = {**state._asdict(), "seconds": round(seconds, 3), "checksum": _checksum(connection)}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", ((key, str(value)) for key, value in known.items()))
        connection.commit()
        content = connection.serialize()
    path = folder / STORIES_NAME
    try:
        with replacing_file(path, folder / STORIES_SPARE_NAME) as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(content)
        sync_folder(folder)
    except OSError as error:
        raise not_written("stories", path, error) from None


def _checksum(connection: sqlite3.Connection) -> str:
    """Return a checksum of all stories and their articles."""
    found = hashlib.blake2b(digest_size=16)
    for sql in ("SELECT * FROM stories ORDER BY number", "SELECT * FROM members ORDER BY article_id"):
        for row in connection.execute(sql):
            found.update(repr(row).encode("utf-8", "surrogatepass"))
    return found.hexdigest()
