"""Files that are written beside the site: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from recommender.errors import WriteError
from recommender.sources.base import reason


@contextlib.contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """A stream whose bytes take the place of `file` once all are written; `-` is the standard output.

    Raises:
        WriteError: If the file can not be written; it is as it was.
    """
    if str(file) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    spare = file.with_name(f".{file.name}.new")
    try:
        with spare.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        spare.replace(file)
    except OSError as error:
        raise WriteError(f"the file can not be written: {reason(error)}", where=str(file)) from None
    finally:
        with contextlib.suppress(OSError):
            spare.unlink()
