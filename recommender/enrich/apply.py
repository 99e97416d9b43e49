"""Write planned changes into a site's files, each file whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Edit, Outcome, PlannedPage
from recommender.enrich.record import Record, spare_name
from recommender.errors import WriteError
from recommender.files import replacing_file, sync_folder
from recommender.sources import FileState
from recommender.sources.base import reason

BATCH = 64
"""Files whose blocks are recorded together before the first of them is written."""


def apply(pages: Iterable[PlannedPage], record: Record, cache: Cache) -> Iterator[PlannedPage]:
    """Write the changes in `pages` and yield each page with its outcome.

    The blocks of a batch are recorded before the first file is replaced. A killed process therefore leaves each file
    either unchanged or complete, and never a block that the record does not know.

    Args:
        pages: The pages that `plan` yields.
        record: The record of blocks written into the site.
        cache: The cache of what its files hold.

    Raises:
        WriteError: If the record cannot be written; then no file is.
    """
    remaining = iter(pages)
    while batch := list(islice(remaining, BATCH)):
        edits = [(page.path, page.block) for page in batch if page.edit and page.block]
        if edits:
            record.begin(edits)
        for page in batch:
            yield _apply(page, record, cache)
        for folder in dict.fromkeys(page.edit.file.parent for page in batch if page.edit):
            with contextlib.suppress(OSError):
                sync_folder(folder)


def changed_during_run(file: Path) -> WriteError:
    """Build the error for a file that someone else changed after it was planned."""
    what = "the file changed during the run; that change is kept"
    return WriteError(what, where=str(file), hint="run the command again")


def _apply(page: PlannedPage, record: Record, cache: Cache) -> PlannedPage:
    edit = page.edit
    if edit is None:
        if page.problem is None:
            record.settle(page.path, page.block_hash, page.block)
        return page
    try:
        state = _write(edit)
    except (OSError, WriteError) as error:
        if isinstance(error, OSError):
            what = f"the file cannot be written: {reason(error)}; it was not changed"
            error = WriteError(what, where=str(edit.file))
        return page._replace(outcome=Outcome.FAILED, problem=error, edit=None)
    record.settle(page.path, page.block_hash, page.block)
    if not page.is_stale:
        is_free = not page.block_hash
        cache.put(page.path, Seen(state, page.article_id, page.block_hash, is_free, edit.syntax, page.listing))
    return page


def _write(edit: Edit) -> FileState:
    file = edit.file
    before = file.stat()
    if not before.st_mode & 0o222 or not os.access(file, os.W_OK):
        raise WriteError("the file is read-only", where=str(file), expected="a writable file", hint=f"chmod u+w {file}")

    def check() -> None:
        if file.read_bytes() != edit.field.data:
            raise changed_during_run(file)

    with replacing_file(file, file.with_name(spare_name(file.name)), like=before, check=check) as stream:
        stream.write(edit.result)
    return edit.page.state()
