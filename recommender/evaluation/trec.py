"""Judgements and runs in TREC's files, and as JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from recommender.errors import InputError
from recommender.sources.base import reason
from recommender.text import has_surrogate, trec_id

Qrels = dict[str, dict[str, int]]
"""By query, the grade of each judged article; above 0 is relevant."""
Run = dict[str, dict[str, float]]
"""By query, the score of each article, higher is better."""

MAX_GRADE = 2**31 - 1
MAX_SCORE = sys.float_info.max


def read_qrels(path: Path) -> Qrels:
    """Judgements: `query 0 article grade`, or JSON lines with `query`, `article` and `grade`.

    Ids are as TREC's form has them, white space percent-encoded (see `text.trec_id`), whatever the file's form.

    Raises:
        InputError: With the line of the first fault: a line of another form, a pair judged twice in different ways.
    """
    qrels: Qrels = {}
    for where, fields in _records(path, _qrels_line, ("query", "article", "grade")):
        query, article, grade = fields
        if not isinstance(grade, int) or isinstance(grade, bool) or abs(grade) > MAX_GRADE:
            raise InputError(f"the grade is {grade!r}", where=where, expected="a whole number of at most 32 bits")
        judged = qrels.setdefault(query, {})
        if judged.setdefault(article, grade) != grade:
            raise InputError(f"{article} is judged {judged[article]} and {grade} for {query}", where=where)
    return qrels


def read_run(path: Path) -> Run:
    """A run: `query Q0 article rank score name`, or JSON lines with `query`, `article` and `score`; ranks are not read.

    Raises:
        InputError: With the line of the first fault: a line of another form, an article twice in one list.
    """
    run: Run = {}
    for where, (query, article, score) in _records(path, _run_line, ("query", "article", "score")):
        if isinstance(score, bool) or not isinstance(score, int | float) or not abs(score) <= MAX_SCORE:
            raise InputError(f"the score is {score!r}", where=where, expected="a finite number")
        ranked = run.setdefault(query, {})
        if article in ranked:
            raise InputError(f"{article} stands twice in the list of {query}", where=where, expected="once")
        ranked[article] = float(score)
    return run


def _records(
    path: Path, parse: Callable[[str], tuple[Any, ...] | None], names: tuple[str, str, str]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    is_json = path.suffix.lower() in {".jsonl", ".ndjson"}
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                where = f"{path}, line {number}"
                fields = _json_line(line, names) if is_json else parse(line)
                if fields is None:
                    expected = json.dumps(dict.fromkeys(names, "...")) if is_json else _FORMS[parse]
                    raise InputError("the line is of another form", where=where, expected=expected)
                yield where, fields
    except OSError as error:
        raise InputError(f"the file cannot be read: {reason(error)}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8", where=str(path)) from None


def _json_line(line: str, names: tuple[str, str, str]) -> tuple[Any, ...] | None:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not all(name in fields for name in names):
        return None
    query, article, value = (fields[name] for name in names)
    if not all(isinstance(name, str) and name and not has_surrogate(name) for name in (query, article)):
        return None
    return trec_id(query), trec_id(article), value


def _qrels_line(line: str) -> tuple[str, str, int] | None:
    parts = line.split()
    try:
        return (parts[0], parts[2], int(parts[3])) if len(parts) == 4 else None
    except ValueError:
        return None


def _run_line(line: str) -> tuple[str, str, float] | None:
    parts = line.split()
    try:
        return (parts[0], parts[2], float(parts[4])) if len(parts) == 6 else None
    except ValueError:
        return None


_FORMS: dict[Callable[[str], Any], str] = {
    _qrels_line: "query 0 article grade",
    _run_line: "query Q0 article rank score name",
}
