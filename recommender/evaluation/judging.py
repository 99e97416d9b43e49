"""An editor's grades of pairs of articles, in a file that is only ever added to."""

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
"""0 is not related, 1 is related, 2 is what a reader must see next."""
Grades = dict[str, dict[str, int]]
"""By query, the grade of each article that was graded; ids are the articles' own."""

_BEGINNING = b'{"query": "'
_FORM = '{"query": "ID", "article": "ID", "grade": 0, 1, 2 or null}'


class Judgements:
    """Grades that are on the disk before they are acknowledged.

    Each line of the file is one keystroke, `{"query", "article", "grade", "at"}`; the last one of a pair counts, and a
    grade of null takes back those before. Lines are added and never changed, so that a process that is killed loses
    nothing that it acknowledged; of a line that it was writing the file is rid when it is opened again. Whoever has it
    open holds it alone.

    Args:
        path: The file; made where there is none.

    Raises:
        InputError: Naming the first line that is damaged.
        BusyError: If another session has it open.
        WriteError: If it cannot be written.
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
        """How many pairs have a grade."""
        return sum(map(len, self._grades.values()))

    def of(self, query: str) -> dict[str, int]:
        """The grade of each article that was graded for `query`."""
        return dict(self._grades.get(query, {}))

    def grade(self, query: str, article: str, grade: int | None) -> None:
        """Grade an article for a query, or take its grade back with None; it is on the disk when this returns.

        Raises:
            WriteError: If it cannot be written; what was graded before stands.
        """
        at = format_date(datetime.now(UTC).replace(microsecond=0))
        line = json.dumps({"query": query, "article": article, "grade": grade, "at": at}, ensure_ascii=False)
        with self._writing():
            self._append(f"{line}\n".encode())
        _note(self._grades, query, article, grade)

    def qrels(self) -> str:
        """All grades as TREC judgements; see `qrels_lines`."""
        return "".join(f"{line}\n" for line in qrels_lines(self._grades))

    def close(self) -> None:
        """Let others have the file."""
        self._open.close()

    def _append(self, line: bytes) -> None:
        size = os.fstat(self._file).st_size
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file)
        except OSError:
            # The next line must not begin within this one.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, size)
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise WriteError(
                f"the judgements cannot be written: {reason(error)}",
                where=str(self.path),
                expected="a file that can be written",
            ) from None


def read_judgements(path: Path) -> Grades:
    """The grades in a file of `Judgements`, which may be open elsewhere; ids are not encoded.

    Raises:
        InputError: If the file cannot be read, or naming the first line that is damaged.
    """
    try:
        return _parse(path, path.read_bytes())[0]
    except OSError as error:
        raise InputError(
            f"the judgements cannot be read: {reason(error)}",
            where=str(path),
            expected="a file that related judge wrote",
        ) from None


def qrels_lines(grades: Grades) -> Iterator[str]:
    """Grades as lines of TREC judgements, `query 0 article grade`, sorted by query and article.

    White space in ids is percent-encoded, as in every TREC file here.
    """
    for query, judged in sorted(grades.items()):
        for article, grade in sorted(judged.items()):
            yield f"{trec_id(query)} 0 {trec_id(article)} {grade}"


def _parse(path: Path, content: bytes) -> tuple[Grades, int, bool]:
    """The grades, how many bytes at the end are of a line that was not wholly written, and whether the last has an end.

    Raises:
        InputError: If any other line is damaged.
    """
    grades: Grades = {}
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = _fields(line)
        if fields is None:
            if number == len(lines) and _is_torn(line):
                return grades, len(line), False
            raise InputError(
                "the line is damaged",
                where=f"{path}, line {number}",
                expected=_FORM,
                hint="restore it, or remove the line: its grade is lost, all others stay",
            )
        _note(grades, *fields)
    return grades, 0, not lines[-1]


def _fields(line: bytes) -> tuple[str, str, int | None] | None:
    try:
        fields: Any = json.loads(line)
        query, article, grade = fields["query"], fields["article"], fields["grade"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    for name in (query, article):
        if not isinstance(name, str) or not name or has_surrogate(name):
            return None
    is_grade = grade is None or (type(grade) is int and grade in GRADES)
    return (query, article, grade) if is_grade else None


def _is_torn(line: bytes) -> bool:
    """Whether a last line is the beginning of one of ours, as after a kill; a loss of power may leave zeros."""
    written = line.rstrip(b"\0")
    return written[: len(_BEGINNING)] == _BEGINNING[: len(written)]


def _note(grades: Grades, query: str, article: str, grade: int | None) -> None:
    if grade is not None:
        grades.setdefault(query, {})[article] = grade
    elif article in grades.get(query, {}):
        del grades[query][article]


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
