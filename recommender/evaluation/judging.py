"""Storage of an editor's judgements: an append-only JSON lines file of grades for pairs of articles."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from recommender.article import format_date
from recommender.errors import BusyError, InputError, WriteError
from recommender.sources.base import reason
from recommender.store.locks import exclusive
from recommender.text import has_surrogate, trec_id

GRADES = (0, 1, 2)
"""0 is not related, 1 is related, 2 is highly related."""
EditorGrades = dict[str, dict[str, int]]
"""By query, the grade of each judged article; unlike in `Qrels`, ids are not percent-encoded."""

_BEGINNING = b'{"query": "'
_FORM = '{"query": "ID", "article": "ID", "grade": 0, 1, 2 or null}'


class Judgements:
    """A judgements file, locked while it is open; each grade is on disk before it is acknowledged.

    Each line is one decision, `{"query", "article", "grade", "at"}`; the last line of a pair counts, and a null grade
    removes the pair. Lines are only appended, so a killed process loses nothing that it acknowledged; a half-written
    last line is removed on opening.

    Args:
        path: The file; created if missing.

    Raises:
        InputError: If a line is malformed; the error names the first one.
        BusyError: If another session has the file open.
        WriteError: If the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with contextlib.ExitStack() as stack, self._writing():
            is_new = not path.exists()
            if not stack.enter_context(exclusive(path, wait=False)):
                raise BusyError(
                    "another session is adding to these judgements",
                    where=str(path),
                    hint="stop it, or name another file: --judgements FILE",
                )
            self._file = os.open(path, os.O_RDWR | os.O_APPEND)
            stack.callback(os.close, self._file)
            if is_new:
                _sync_folder(path.parent)
            self._grades, torn_bytes, is_ended = _parse(path, path.read_bytes())
            if torn_bytes:
                os.ftruncate(self._file, os.fstat(self._file).st_size - torn_bytes)
            elif not is_ended:
                self._append(b"\n")
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Return the number of graded pairs."""
        return sum(map(len, self._grades.values()))

    def of(self, query: str) -> dict[str, int]:
        """Return the grades of the articles judged for `query`."""
        return dict(self._grades.get(query, {}))

    def grade(self, query: str, article: str, grade: int | None) -> None:
        """Grade an article for a query, or remove its grade with None; returns once the change is on disk.

        Raises:
            WriteError: If it cannot be written; earlier grades are kept.
        """
        at = format_date(datetime.now(UTC).replace(microsecond=0))
        line = json.dumps({"query": query, "article": article, "grade": grade, "at": at}, ensure_ascii=False)
        with self._writing():
            self._append(f"{line}\n".encode())
        _apply(self._grades, query, article, grade)

    def qrels(self) -> str:
        """Return all grades as TREC qrels; see `qrels_lines`."""
        return "".join(f"{line}\n" for line in qrels_lines(self._grades))

    def close(self) -> None:
        """Close the file and release its lock."""
        self._open.close()

    def _append(self, line: bytes) -> None:
        size = os.fstat(self._file).st_size
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError:
            # Remove a partial line, or the next one would start inside it.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, size)
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WriteError(
                f"the judgements cannot be written: {reason(error)}", where=str(self.path), expected="a writable file"
            ) from None


def read_judgements(path: Path) -> EditorGrades:
    """Read the grades of a `Judgements` file, which may be open elsewhere.

    Raises:
        InputError: If the file cannot be read or a line is malformed; the error names the first such line.
    """
    try:
        return _parse(path, path.read_bytes())[0]
    except OSError as error:
        raise InputError(
            f"the judgements cannot be read: {reason(error)}",
            where=str(path),
            expected="a file written by related judge",
        ) from None


def qrels_lines(grades: EditorGrades) -> Iterator[str]:
    """Yield grades as lines of TREC qrels, `query 0 article grade`, sorted, with white space in ids percent-encoded."""
    for query, judged in sorted(grades.items()):
        for article, grade in sorted(judged.items()):
            yield f"{trec_id(query)} 0 {trec_id(article)} {grade}"


def _parse(path: Path, content: bytes) -> tuple[EditorGrades, int, bool]:
    """Return the grades, the length of a half-written last line in bytes, and whether the last line has an end.

    Raises:
        InputError: If any other line is malformed.
    """
    grades: EditorGrades = {}
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = _fields(line)
        if fields is None:
            if number == len(lines) and _is_torn(line):
                return grades, len(line), False
            raise InputError(
                "malformed line",
                where=f"{path}, line {number}",
                expected=_FORM,
                hint="restore or remove the line; other grades are not affected",
            )
        _apply(grades, *fields)
    return grades, 0, not lines[-1]


def _fields(line: bytes) -> tuple[str, str, int | None] | None:
    try:
        fields: Any = json.loads(line)
        query, article, grade = fields["query"], fields["article"], fields["grade"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(isinstance(name, str) and name and not has_surrogate(name) for name in (query, article)):
        return None
    is_grade = grade is None or (type(grade) is int and grade in GRADES)
    return (query, article, grade) if is_grade else None


def _is_torn(line: bytes) -> bool:
    """Return whether a last line was cut short by a kill; a power loss may leave zeros at its end."""
    written = line.rstrip(b"\0")
    return written[: len(_BEGINNING)] == _BEGINNING[: len(written)]


def _apply(grades: EditorGrades, query: str, article: str, grade: int | None) -> None:
    if grade is not None:
        grades.setdefault(query, {})[article] = grade
    elif article in grades.get(query, {}):
        del grades[query][article]


def _sync_folder(folder: Path) -> None:
    """Flush a new file's directory entry to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
