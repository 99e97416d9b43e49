"""Apply: write planned changes, each file wholly or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from stat import S_IMODE

from recommender.enrich.cache import Cache, Seen
from recommender.enrich.listing import Edit, Outcome, PlannedPage
from recommender.enrich.record import Record, spare_name
from recommender.errors import WriteError
from recommender.sources import FileState
from recommender.sources.base import reason

BATCH = 64
"""Files whose blocks are recorded together before the first of them is written."""


def apply(pages: Iterable[PlannedPage], record: Record, cache: Cache) -> Iterator[PlannedPage]:
    """Write the changes that `pages` hold; each page comes back with what became of it.

    The blocks of a batch are recorded first, then each file is written beside itself and takes its own place, so that
    a process that is killed leaves every file as it was or as it is to be, and no block that is not known.

    Args:
        pages: As `plan` yields them.
        record: What was written into the site.
        cache: What its files hold.

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
            _sync_folder(folder)


def _apply(page: PlannedPage, record: Record, cache: Cache) -> PlannedPage:
    edit = page.edit
    if edit is None:
        if page.problem is None:
            record.settle(page.path, page.block_hash, page.block)
        return page
    try:
        state = _write(edit)
    except OSError as error:
        problem = WriteError(f"the file cannot be written: {reason(error)}; it is as it was", where=str(edit.file))
        return page._replace(outcome=Outcome.FAILED, problem=problem, edit=None)
    except WriteError as problem:
        return page._replace(outcome=Outcome.FAILED, problem=problem, edit=None)
    record.settle(page.path, page.block_hash, page.block)
    if not page.is_stale:
        is_free = not page.block_hash
        cache.put(page.path, Seen(state, page.article_id, page.block_hash, is_free, edit.syntax, page.listing))
    return page


def _write(edit: Edit) -> FileState:
    file = edit.file
    before = file.stat()
    if not before.st_mode & 0o222 or not os.access(file, os.W_OK):
        raise WriteError(
            "the file is read-only", where=str(file), expected="a file that may be written", hint=f"chmod u+w {file}"
        )
    spare = file.with_name(spare_name(file.name))
    spare.unlink(missing_ok=True)
    try:
        with spare.open("xb") as stream:
            os.fchmod(stream.fileno(), S_IMODE(before.st_mode))
            with contextlib.suppress(PermissionError):
                os.fchown(stream.fileno(), before.st_uid, before.st_gid)
            stream.write(edit.result)
            stream.flush()
            os.fsync(stream.fileno())
        if file.read_bytes() != edit.field.data:
            raise WriteError(
                "somebody else changed the file meanwhile; it is as they left it",
                where=str(file),
                hint="run the command again",
            )
        spare.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            spare.unlink()
        raise
    return edit.page.state()


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
