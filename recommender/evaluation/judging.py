"""Storage of editors' judgements: an append-only JSON lines file of grades for pairs of articles."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median_low
from typing import Any, Literal, Self

from recommender.article import format_date
from recommender.errors import BusyError, ConfigError, InputError, WriteError
from recommender.sources.base import reason
from recommender.store.locks import exclusive
from recommender.text import has_surrogate, trec_id

GRADES = (0, 1, 2)
"""0 is not related, 1 is related, 2 is highly related."""
UNSURE: Literal["unsure"] = "unsure"
"""Kept in place of a grade by a judge who cannot tell; it counts as no grade."""
Judgement = int | Literal["unsure"]
"""A grade, or unsure."""
EditorGrades = dict[str, dict[str, int]]
"""By query, the grade of each judged article; unlike in `Qrels`, ids are not percent-encoded."""
JudgementsBy = dict[str, dict[str, dict[str, Judgement]]]
"""By the judge's name and the query, the judgement of each article; the judge without a name is ''."""

MAX_NAME_CHARS = 100
_BEGINNING = b'{"query": "'
_FORM = '{"query": "ID", "article": "ID", "grade": 0, 1, 2, "unsure" or null}'


class Judgements:
    """A judgements file, locked while it is open; each grade is on disk before it is acknowledged.

    Each line is one decision, `{"query", "article", "grade", "at"}`, with `"judge"` if the judge has a name. The last
    line of a judge for a pair counts, and a null grade removes the pair. Lines are only appended, so a killed process
    loses nothing that it acknowledged; a half-written last line is removed on opening.

    Args:
        path: The file; created if missing.
        judge: Who judges; '' is the judge without a name. Other judges' lines are kept and not shown.

    Raises:
        InputError: If a line is malformed; the error names the first one.
        BusyError: If another session has the file open.
        WriteError: If the file cannot be written.
    """

    def __init__(self, path: Path, judge: str = "") -> None:
        self.path = path
        self._judge = judge
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
            self._by, torn_bytes, is_ended = _parse(path, path.read_bytes())
            self._own = self._by.setdefault(judge, {})
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
        """Return the number of pairs that this judge graded."""
        return sum(map(len, grades_only(self._own).values()))

    def of(self, query: str) -> dict[str, Judgement]:
        """Return this judge's judgements of the articles for `query`."""
        return dict(self._own.get(query, {}))

    def judged(self, query: str) -> set[str]:
        """Return the articles that anybody judged for `query`."""
        return {article for judged in self._by.values() for article in judged.get(query, {})}

    def of_all(self) -> JudgementsBy:
        """Return the judgements of all judges."""
        return {judge: {query: dict(found) for query, found in judged.items()} for judge, judged in self._by.items()}

    def grade(self, query: str, article: str, judgement: Judgement | None) -> None:
        """Judge an article for a query, or remove its judgement with None; returns once the change is on disk.

        Raises:
            WriteError: If it cannot be written; earlier judgements are kept.
        """
        at = format_date(datetime.now(UTC).replace(microsecond=0))
        fields = {"query": query, "article": article, "grade": judgement, "at": at}
        line = json.dumps(fields | ({"judge": self._judge} if self._judge else {}), ensure_ascii=False)
        with self._writing():
            self._append(f"{line}\n".encode())
        _apply(self._own, query, article, judgement)

    def qrels(self) -> str:
        """Return this judge's grades as TREC qrels; see `qrels_lines`."""
        return "".join(f"{line}\n" for line in qrels_lines(grades_only(self._own)))

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


def judge_name(text: str) -> str:
    """Return a judge's name as it is kept.

    Raises:
        ConfigError: If it is empty, longer than `MAX_NAME_CHARS`, or has control characters.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not name.isprintable() or not 0 < len(name) <= MAX_NAME_CHARS:
        raise ConfigError(
            f"invalid name of a judge: {text!r}", expected=f"1 to {MAX_NAME_CHARS} characters on one line"
        )
    return name


def read_judges(paths: Iterable[Path]) -> JudgementsBy:
    """Read the judgements of all judges from `Judgements` files, which may be open elsewhere.

    Where two files have judgements of a pair by judges of one name, those of the later file count.

    Raises:
        InputError: If a file cannot be read or a line is malformed; the error names the first such line.
    """
    found: JudgementsBy = {}
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(
                f"the judgements cannot be read: {reason(error)}",
                where=str(path),
                expected="a file written by related judge",
            ) from None
        for judge, judged in _parse(path, content)[0].items():
            for query, articles in judged.items():
                found.setdefault(judge, {}).setdefault(query, {}).update(articles)
    return found


def read_judgements(*paths: Path) -> EditorGrades:
    """Read the grades of `Judgements` files, merged by `merge_grades`.

    Raises:
        InputError: As `read_judges` does.
    """
    return merge_grades(read_judges(paths))


def grades_only(judged: dict[str, dict[str, Judgement]]) -> EditorGrades:
    """Return one judge's grades, without what the judge is unsure about."""
    return {
        query: {article: grade for article, grade in found.items() if isinstance(grade, int)}
        for query, found in judged.items()
    }


def merge_grades(by_judge: JudgementsBy) -> EditorGrades:
    """Return the median of all judges' grades for each pair, of an even number the lower of the two in the middle."""
    grades: dict[str, dict[str, list[int]]] = {}
    for judged in map(grades_only, by_judge.values()):
        for query, found in judged.items():
            of_query = grades.setdefault(query, {})
            for article, grade in found.items():
                of_query.setdefault(article, []).append(grade)
    return {query: {article: median_low(given) for article, given in found.items()} for query, found in grades.items()}


def qrels_lines(grades: EditorGrades) -> Iterator[str]:
    """Yield grades as lines of TREC qrels, `query 0 article grade`, sorted, with white space in ids percent-encoded."""
    for query, judged in sorted(grades.items()):
        for article, grade in sorted(judged.items()):
            yield f"{trec_id(query)} 0 {trec_id(article)} {grade}"


def _parse(path: Path, content: bytes) -> tuple[JudgementsBy, int, bool]:
    """Return the judgements, the length of a half-written last line in bytes, and whether the last line has an end.

    Raises:
        InputError: If any other line is malformed.
    """
    by_judge: JudgementsBy = {}
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = _fields(line)
        if fields is None:
            if number == len(lines) and _is_torn(line):
                return by_judge, len(line), False
            raise InputError(
                "malformed line",
                where=f"{path}, line {number}",
                expected=_FORM,
                hint="restore or remove the line; other grades are not affected",
            )
        judge, query, article, judgement = fields
        _apply(by_judge.setdefault(judge, {}), query, article, judgement)
    return by_judge, 0, not lines[-1]


def _fields(line: bytes) -> tuple[str, str, str, Judgement | None] | None:
    """Return the judge, the query, the article and the judgement of a line, or None if it is malformed."""
    try:
        fields: Any = json.loads(line)
        query, article, grade, judge = fields["query"], fields["article"], fields["grade"], fields.get("judge", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(name, str) and not has_surrogate(name) for name in (query, article, judge)):
        return None
    is_judgement = grade is None or grade == UNSURE or (type(grade) is int and grade in GRADES)
    return (judge, query, article, grade) if query and article and is_judgement else None


def _is_torn(line: bytes) -> bool:
    """Return whether a last line was cut short by a kill; a power loss may leave zeros at its end."""
    written = line.rstrip(b"\0")
    return written[: len(_BEGINNING)] == _BEGINNING[: len(written)]


def _apply(judged: dict[str, dict[str, Judgement]], query: str, article: str, judgement: Judgement | None) -> None:
    if judgement is not None:
        judged.setdefault(query, {})[article] = judgement
    elif article in judged.get(query, {}):
        del judged[query][article]


def _sync_folder(folder: Path) -> None:
    """Flush a new file's directory entry to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
