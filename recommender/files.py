"""Atomic file writes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from recommender.errors import WriteError


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """Yield a binary stream that replaces `file` when the block ends without an error; `-` is the standard output.

    Raises:
        WriteError: If the file cannot be written; its old content is intact.
    """
    if str(file) == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise WriteError(f"the output cannot be written: {error.strerror or error}", where="stdout") from None
        return
    # Never replace a pipe or a device such as /dev/null.
    is_special = file.exists() and not file.is_file() and not file.is_dir()
    temporary = file.with_name(f".{file.name}.new")
    try:
        with (file if is_special else temporary).open("wb") as stream:
            yield stream
            stream.flush()
            if not is_special:
                os.fsync(stream.fileno())
        if not is_special:
            temporary.replace(file)
    except OSError as error:
        raise WriteError(f"the file cannot be written: {error.strerror or error}", where=str(file)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
