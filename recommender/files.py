"""Atomic file writes: the new content is written beside the file and then moved over it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_IMODE
from typing import IO

from recommender.errors import WriteError


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """Open a stream whose bytes replace `file` once all are written; `-` is the standard output.

    Raises:
        WriteError: If the file cannot be written; its old content is kept.
    """
    is_stdout = str(file) == "-"
    try:
        if is_stdout:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif file.exists() and not file.is_file() and not file.is_dir():
            # Never replace a pipe or a device, such as /dev/null.
            with file.open("wb") as stream:
                yield stream
        else:
            with replacing_file(file, file.with_name(f".{file.name}.new")) as stream:
                yield stream
    except OSError as error:
        if is_stdout and isinstance(error, BrokenPipeError):
            raise
        if is_stdout:
            discard_stdout()
        what, where = ("the output", "stdout") if is_stdout else ("the file", str(file))
        raise WriteError(f"{what} cannot be written: {error.strerror or error}", where=where) from None


def discard_stdout() -> None:
    """Drop what the standard output still holds after a write has failed; the flush at exit would fail too."""
    # In a test it may be no file.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def replacing_file(
    file: Path,
    spare: Path,
    *,
    like: os.stat_result | None = None,
    durable: bool = True,
    check: Callable[[], None] = lambda: None,
) -> Iterator[IO[bytes]]:
    """Open a stream that writes `spare`, and move that over `file` at the end; on any error `spare` is removed.

    Args:
        file: The file to replace.
        spare: A path in the same folder.
        like: The mode and owner to give the new file.
        durable: Whether to wait until the content is on the disk.
        check: Called just before the move; an error that it raises keeps the old content.

    Raises:
        OSError: If the file cannot be written; its old content is kept.
    """
    spare.unlink(missing_ok=True)
    try:
        with spare.open("xb") as stream:
            if like is not None:
                os.fchmod(stream.fileno(), S_IMODE(like.st_mode))
                with contextlib.suppress(PermissionError):
                    os.fchown(stream.fileno(), like.st_uid, like.st_gid)
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        check()
        spare.replace(file)
    finally:
        with contextlib.suppress(OSError):
            spare.unlink()


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk.

    Raises:
        OSError: If the folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
