"""What is computed of a collection and kept in a file beside it: by one process at a time, and its error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from recommender.errors import CollectionError
from recommender.store.locks import exclusive


@contextlib.contextmanager
def sole(lock: Path, what: str, path: Path) -> Iterator[bool]:
    """Yield whether no other process holds the lock of a computation.

    Args:
        lock: The file of the lock.
        what: What is computed, such as `stories`.
        path: The file that it is kept in.

    Raises:
        CollectionError: If their folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            held = stack.enter_context(exclusive(lock, wait=False))
        except OSError as error:
            raise not_written(what, path, error) from None
        yield held


def not_written(what: str, path: Path, error: OSError) -> CollectionError:
    """Return the error of a file that cannot be written."""
    return CollectionError(
        f"the {what} cannot be written: {error.strerror or error}",
        where=str(path),
        hint="free disk space or fix the folder's permissions",
    )
