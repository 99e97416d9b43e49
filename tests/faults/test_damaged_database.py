"""A damaged database: an error or the right answer, never a wrong answer and no other exception."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from random import Random

import pytest
from support.damage import ask_everything, page_headers, places_of
from support.examples import THOROUGH
from support.site import copy_of

from recommender.errors import CollectionError

FLIPS = 1000 if THOROUGH else 200
PAGE = 4096


def harm(site, changes, *, with_snapshot=True):
    """Change the database in one way after another, each a list of (place, byte); how many were noticed.

    Everything is asked of a collection opened anew each time.
    """
    database, snapshots = site.path / "articles.db", site.path / "snapshots"
    saved = database.read_bytes()
    kept = copy_of(snapshots, site.path.parent / "kept")
    noticed, wrong = 0, []
    for change in changes:
        data = bytearray(saved)
        for place, byte in change:
            data[place] = byte
        for name in ("articles.db-wal", "articles.db-shm"):
            (site.path / name).unlink(missing_ok=True)
        database.write_bytes(data)
        if with_snapshot:
            copy_of(kept, snapshots)
        else:
            shutil.rmtree(snapshots, ignore_errors=True)
        try:
            found = ask_everything(site.path)
        except CollectionError:
            noticed += 1
        except Exception as error:
            wrong.append((change, repr(error)))
        else:
            if found not in site.right:
                wrong.append((change, [name for name in found if found[name] != site.compact[name]]))
    assert not wrong, wrong
    return noticed


def flips(site, places, random):
    """Each of `places` with another byte there."""
    data = (site.path / "articles.db").read_bytes()
    return [[(place, data[place] ^ random.randrange(1, 256))] for place in places]


def page_of(site, table):
    """Where the root page of a table or an index begins."""
    with contextlib.closing(sqlite3.connect(site.path / "articles.db")) as connection:
        (number,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        assert connection.execute("PRAGMA page_size").fetchone() == (PAGE,)
    return (number - 1) * PAGE


@pytest.mark.parametrize("with_snapshot", [True, False])
def test_a_flipped_byte_is_noticed_or_does_no_harm(changed_site, with_snapshot):
    random = Random(4)
    size = (changed_site.path / "articles.db").stat().st_size
    places = [random.randrange(size) for _ in range(FLIPS // 2)]
    assert harm(changed_site, flips(changed_site, places, random), with_snapshot=with_snapshot) > FLIPS // 10


def test_a_flipped_byte_in_the_header_of_a_page_is_noticed_or_does_no_harm(changed_site):
    random = Random(5)
    places = random.sample(page_headers(changed_site.path / "articles.db"), 150)
    assert harm(changed_site, flips(changed_site, places, random)) > 30


@pytest.mark.parametrize("key", ["settings", "encoding", "uuid", "log_start"])
def test_a_lost_setting_is_noticed_or_does_no_harm(changed_site, key):
    places = places_of(changed_site.path / "articles.db", key.encode())
    assert places
    spots = [place + at for place in places for at in range(len(key))]
    harm(changed_site, flips(changed_site, spots, Random(6)))


def test_a_name_of_a_table_that_is_no_text_is_noticed(changed_site):
    places = places_of(changed_site.path / "articles.db", b"CREATE ")
    assert len(places) > 5
    changes = [[(place + at, 0x9D)] for place in places for at in (1, 8, 20)]
    assert harm(changed_site, changes) > len(places)


def test_changes_of_no_revision_are_noticed_or_do_no_harm(changed_site):
    count = page_of(changed_site, "changes") + 4
    assert (changed_site.path / "articles.db").read_bytes()[count] == 7
    harm(changed_site, [[(count, 7 + more)] for more in range(1, 12)])


@pytest.mark.parametrize("left", [0, 1, 2])
def test_lost_revisions_are_noticed(changed_site, left):
    count = page_of(changed_site, "revisions") + 4
    assert (changed_site.path / "articles.db").read_bytes()[count] == 3
    assert harm(changed_site, [[(count, left)]]) == 1


def test_an_index_of_addresses_that_is_wrong_is_noticed_or_does_no_harm(changed_site):
    page = page_of(changed_site, "articles_by_url")
    count = (changed_site.path / "articles.db").read_bytes()[page + 4]
    harm(changed_site, [[(page + 4, other)] for other in (0, 1, count - 1, count + 1, count + 2)])
