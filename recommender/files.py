"""Files that are written beside the site: whole, or not at all."""

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
    """A stream whose bytes take the place of `file` once all are written; `-` is the standard output.

    Raises:
        WriteError: If the file cannot be written; it is as it was.
    """
    if str(file) == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise WriteError(f"it cannot be written: {error.strerror or error}", where="stdout") from None
        return
    # Nothing may take the place of a pipe or a device, such as /dev/null.
    is_special = file.exists() and not file.is_file() and not file.is_dir()
    spare = file.with_name(f".{file.name}.new")
    try:
        with (file if is_special else spare).open("wb") as stream:
            yield stream
            stream.flush()
            if not is_special:
                os.fsync(stream.fileno())
        if not is_special:
            spare.replace(file)
    except OSError as error:
        raise WriteError(f"the file cannot be written: {error.strerror or error}", where=str(file)) from None
    finally:
        with contextlib.suppress(OSError):
            spare.unlink()
