"""A connection: one transaction inside another reading, and errors translated whatever is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.collection.connection import FORMAT, connect
from recommender.errors import CollectionError


def test_a_new_file_gets_the_tables_and_the_format(tmp_path: Path):
    connection = connect(tmp_path / "articles.db", create=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    assert connection.execute("SELECT count(*) FROM articles").fetchone() == (0,)
    connection.close()


def test_a_reading_inside_a_transaction_sees_what_it_wrote(tmp_path: Path):
    connection = connect(tmp_path / "articles.db", create=True)
    with connection.transaction():
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        with connection.reading():
            assert connection.execute("SELECT value FROM meta WHERE key = 'a'").fetchone() == ("b",)
        assert connection.in_transaction
    connection.close()


def test_an_error_of_sqlite_is_one_of_ours(tmp_path: Path):
    connection = connect(tmp_path / "articles.db", create=True)
    with pytest.raises(CollectionError, match="no such table"):
        connection.execute("SELECT * FROM nowhere")
    connection.close()
