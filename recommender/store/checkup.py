"""Integrity check of a store (every row and total against its checksum), and repairs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from recommender.errors import DamagedError
from recommender.store.checksums import add_checksums, content_hash, row_checksum, sealed_hash
from recommender.store.history import History, revision_row
from recommender.store.records import Revision, RowFacts, Truth
from recommender.store.rules import EditedRules

DAMAGED_NAME = "damaged.jsonl"
"""Receives what is left of articles that a repair removes, one per line."""
_OF_NO_ARTICLE = "text_hash NOT IN (SELECT text_hash FROM articles)"
_INDEX_FAULTS = ("missing from index", "wrong # of entries in index", "non-unique entry in index")


def check_truth(store: EditedRules, encoder: str | None) -> Truth:
    """Check every row, inside a read.

    Args:
        store: The store to check.
        encoder: Fingerprint of the recorded encoder; None if unknown.

    Raises:
        DamagedError: If the database cannot read its tables.
    """
    with store.reading_damaged():
        return _check(store, encoder)


def _check(store: History, encoder: str | None) -> Truth:
    found = Truth()
    rows, key = store.scan, store.row_key
    found.structure = store.structure_faults()
    for table in ("meta", "sources", "files", "rules", "rule_changes"):
        for *values, checksum in rows(f"SELECT * FROM {table}"):
            if row_checksum(*values) != checksum:
                found.damaged[table].append(str(values[0]))
    digest = 0
    for rowid, article_id, checksum, sound in _articles(store):
        found.articles += 1
        digest = add_checksums(digest, [checksum])
        if not sound:
            found.damaged["articles"].append(article_id)
            found.damaged_rows.append(rowid)
    for rowid, *values, checksum in rows(
        f"SELECT {key}, encoder, text_hash, CAST(vector AS BLOB), checksum FROM vectors"
    ):
        found.vectors += 1
        if row_checksum(*values) != checksum:
            found.damaged["vectors"].append(str(rowid))
    for rowid, *values, checksum in rows(
        f"SELECT {key}, article_id, form, article_checksum, CAST(texts AS BLOB), CAST(columns AS BLOB), checksum "
        "FROM packed"
    ):
        if row_checksum(*values) != checksum:
            found.damaged["packed"].append(str(rowid))
    _check_history(store, found, digest)
    found.orphans = rows_count(store, f"SELECT count(*) FROM vectors WHERE {_OF_NO_ARTICLE}")
    if encoder is not None:
        missing = rows(
            "SELECT article_id FROM articles WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE encoder = ? "
            "AND vectors.text_hash = articles.text_hash) ORDER BY article_id",
            encoder,
        )
        found.vectorless = [row[0] for row in missing]
    return found


def repair_truth(store: EditedRules, found: Truth, folder: Path) -> list[str]:
    """Repair what can be repaired, in one transaction.

    Damaged articles are removed, and what is left of them is appended to `damaged.jsonl` in `folder`. The next build
    reads every file again.

    Returns:
        What was done, in words.
    """
    done: list[str] = []
    run = store.connection.execute
    with store.transaction():
        if found.structure and all(any(fault in line for fault in _INDEX_FAULTS) for line in found.structure):
            run("REINDEX")
            done.append("rebuilt the database's indexes")
        for table, what in (("vectors", "vectors"), ("packed", "packed articles")):
            if found.damaged[table]:
                rows = ((row,) for row in found.damaged[table])
                store.connection.executemany(f"DELETE FROM {table} WHERE {store.row_key} = ?", rows)
                done.append(f"dropped {len(found.damaged[table])} damaged {what}")
        if found.orphans:
            run(f"DELETE FROM vectors WHERE {_OF_NO_ARTICLE}")
            done.append(f"dropped {found.orphans} vectors that no article uses")
        if found.damaged["files"] or found.damaged["articles"] or found.miscounted:
            run("DELETE FROM files")
            done.append("cleared the recorded file states; the next build reads all files")
        if found.damaged["articles"]:
            _set_aside(store, found.damaged_rows, folder / DAMAGED_NAME)
            done.append(f"moved what is left of {len(found.damaged['articles'])} articles to {DAMAGED_NAME}")
        if found.damaged["rules"] or found.damaged["rule_changes"]:
            done.append(_restore_rules(store, found))
        for key, value in (("text", "unknown"), ("log_start", "0")):
            if key in found.damaged["meta"]:
                store.set_meta(key, value)
                done.append(f"reset the recorded {key}")
        if found.damaged["articles"] or found.damaged["revisions"] or found.damaged["changes"] or found.miscounted:
            _restate(store)
            done.append("recorded the remaining articles as a new revision")
    return done


def _restore_rules(store: EditedRules, found: Truth) -> str:
    """Drop damaged rows, and set rules again to what the sound part of their log says."""
    for table, key in (("rules", "article_id"), ("rule_changes", "number")):
        rows = ((row,) for row in found.damaged[table])
        store.connection.executemany(f"DELETE FROM {table} WHERE CAST({key} AS TEXT) = ?", rows)
    store.restore_rules()
    lost = len(found.damaged["rule_changes"])
    return f"restored editors' rules from their log{f', {lost} of whose changes are lost' if lost else ''}"


def rows_count(store: History, sql: str) -> int:
    """Return the single number that `sql` selects."""
    return int(next(store.rows(sql))[0])


def _articles(store: History) -> Iterator[tuple[int | str, str, int, bool]]:
    """Yield row key, id, stored checksum and soundness of every article."""
    columns = ", ".join(RowFacts._fields)
    for rowid, *values, checksum, record, secured in store.scan(
        f"SELECT {store.row_key}, {columns}, checksum, record, secured FROM articles"
    ):
        row = RowFacts(*values)
        try:
            sound = (
                row.checksum() == checksum
                and row.content_hash == content_hash(record, row.text_hash)
                and row.sealed_hash == sealed_hash(secured)
            )
            yield rowid, str(row.article_id), int(checksum), sound
        except (TypeError, AttributeError, ValueError):
            # A damaged record header can change the type of a value.
            yield rowid, str(row.article_id), 0, False


def _check_history(store: History, found: Truth, digest: int) -> None:
    logged: dict[int, list[str]] = defaultdict(list)
    for revision, *change in store.scan(
        "SELECT revision, article_id, change FROM changes ORDER BY revision, article_id"
    ):
        logged[revision] += change
    start = 0 if "log_start" in found.damaged["meta"] else store.log_start()
    numbers = []
    newest: tuple[int, ...] = (0, 0, 0)
    for row in store.rows("SELECT * FROM revisions ORDER BY revision"):
        number, committed_at, articles, recorded, changes, _ = row
        numbers.append(number)
        if revision_row(number, committed_at, articles, recorded, changes) != row:
            found.damaged["revisions"].append(str(number))
        elif number > start and row_checksum(*logged[number]) != changes:
            found.damaged["changes"].append(str(number))
        newest = (number, articles, recorded)
    if numbers and numbers[-1] - max(start, numbers[0]) != sum(number > max(start, numbers[0]) for number in numbers):
        found.damaged["revisions"].append("a revision is missing")
    last = store.revisions_made()
    if newest[0] != last:
        found.damaged["revisions"].append(f"the newest is {newest[0]}, but {last} were made")
    if newest[1:] != (found.articles, digest):
        found.miscounted = f"revision {newest[0]} records {newest[1]} articles, {found.articles} are stored"


def _set_aside(store: History, places: Sequence[int | str], file: Path) -> None:
    names, key = ("id", "path", "record", "secured"), store.row_key
    with file.open("a", encoding="utf-8") as stream, store.reading_damaged():
        for place in places:
            for row in store.rows(f"SELECT article_id, path, record, secured FROM articles WHERE {key} = ?", place):
                left = {name: value and str(value) for name, value in zip(names, row, strict=True)}
                stream.write(json.dumps(left, ensure_ascii=False) + "\n")
            store.connection.execute(f"DELETE FROM articles WHERE {key} = ?", (place,))


def _restate(store: History) -> None:
    """Record the stored articles as a new revision at which the change log begins; every reader then starts over."""
    number = max(rows_count(store, "SELECT coalesce(max(revision), 0) FROM revisions"), store.revisions_made()) + 1
    # Drop the sound revisions too: the change log no longer reaches back to them.
    store.connection.execute("DELETE FROM changes")
    store.connection.execute("DELETE FROM revisions")
    checksums = [int(row[0]) for row in store.rows("SELECT checksum FROM articles")]
    store.restart_log(Revision(number, len(checksums), add_checksums(0, checksums)))


def refuse_unreadable(found: Truth) -> None:
    """Refuse to repair a database whose structure is damaged beyond its indexes.

    Raises:
        DamagedError: If it is.
    """
    deep = [line for line in found.structure if not any(fault in line for fault in _INDEX_FAULTS)]
    if deep:
        raise DamagedError(
            f"the structure of the database is damaged: {deep[0]}",
            hint="restore articles.db from a backup, or build again with --recreate",
        )
