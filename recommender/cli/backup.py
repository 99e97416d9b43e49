"""`related backup` and `related restore`: copy a collection's database, and put a copy in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.options import CollectionOption
from recommender.cli.output import say

BACKUP_EXAMPLES = """\b
Examples:
  related backup backups/monday.db --collection collection
"""

RESTORE_EXAMPLES = """\b
Examples:
  related restore backups/monday.db --collection collection
"""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("backup", short_help="Copy a collection's database.", epilog=BACKUP_EXAMPLES)(backup)
    app.command("restore", short_help="Put a backup in a collection's place.", epilog=RESTORE_EXAMPLES)(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to write; an older one is replaced.", metavar="FILE")],
    collection: CollectionOption,
) -> None:
    """Copy everything that a collection knows into one file, while it is read and written.

    Snapshots are left out: they are made from the database.
    """
    from recommender.store.backup import back_up

    revision = back_up(_database(collection), file)
    say(f"{file}: {revision.articles:,} articles at revision {revision.number}")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.", metavar="FILE")],
    collection: CollectionOption,
) -> None:
    """Replace everything in a collection by a backup, which is verified first.

    A running service answers from the backup at its next read. What was written since the backup is lost. The next
    read makes the index anew.
    """
    from recommender.store.backup import restore as put_back

    revision = put_back(_database(collection), file)
    say(f"{collection}: {revision.articles:,} articles at revision {revision.number}")


def _database(collection: str) -> Path:
    from recommender.collection_folder import DATABASE_NAME
    from recommender.store import is_server

    if is_server(collection):
        raise typer.BadParameter(
            "a collection in PostgreSQL is backed up with its database: pg_dump, or its provider's backups",
            param_hint="--collection",
        )
    return Path(collection) / DATABASE_NAME
