"""Readers of judgements (qrels) and runs, in TREC's formats or as JSON lines."""

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
"""By query, the grade of each judged article; above 0 is relevant. Ids are encoded as in TREC files."""
Run = dict[str, dict[str, float]]
"""By query, the score of each article, higher is better. Ids are encoded as in TREC files."""

MAX_GRADE = 2**31 - 1
MAX_SCORE = sys.float_info.max


def read_qrels(path: Path) -> Qrels:
    """Read judgements: `query 0 article grade`, or JSON lines with `query`, `article` and `grade`.

    White space in ids becomes percent-encoded (see `text.trec_id`), whatever the format.

    Raises:
        InputError: If a line is malformed or contradicts another one; the error names the first such line.
    """
    qrels: Qrels = {}
    for where, (query, article, grade) in _records(path, "grade", "query 0 article grade", int):
        if not isinstance(grade, int) or isinstance(grade, bool) or abs(grade) > MAX_GRADE:
            raise InputError(f"invalid grade {grade!r}", where=where, expected="a whole number of at most 32 bits")
        known = qrels.setdefault(query, {}).setdefault(article, grade)
        if known != grade:
            raise InputError(f"conflicting grades of {article} for {query}: {known} and {grade}", where=where)
    return qrels


def read_run(path: Path) -> Run:
    """Read a run: `query Q0 article rank score name`, or JSON lines with `query`, `article` and `score`.

    Ranks are ignored.

    Raises:
        InputError: If a line is malformed or repeats an article of its list; the error names the first such line.
    """
    run: Run = {}
    for where, (query, article, score) in _records(path, "score", "query Q0 article rank score name", float):
        if isinstance(score, bool) or not isinstance(score, int | float) or not abs(score) <= MAX_SCORE:
            raise InputError(f"invalid score {score!r}", where=where, expected="a finite number")
        ranked = run.setdefault(query, {})
        if article in ranked:
            raise InputError(f"{article} appears twice in the list of {query}", where=where, expected="once")
        ranked[article] = float(score)
    return run


def _records(
    path: Path, value: str, form: str, convert: Callable[[str], float]
) -> Iterator[tuple[str, tuple[str, str, Any]]]:
    is_json = path.suffix.lower() in {".jsonl", ".ndjson"}
    names = ("query", "article", value)
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                where = f"{path}, line {number}"
                try:
                    if is_json:
                        fields = _json_line(line, names)
                    else:
                        parts = dict(zip(form.split(), line.split(), strict=True))
                        fields = parts["query"], parts["article"], convert(parts[value])
                except (ValueError, KeyError, TypeError, RecursionError):
                    expected = json.dumps(dict.fromkeys(names, "...")) if is_json else form
                    raise InputError("malformed line", where=where, expected=expected) from None
                yield where, fields
    except OSError as error:
        raise InputError(f"the file cannot be read: {reason(error)}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8", where=str(path)) from None


def _json_line(line: str, names: tuple[str, ...]) -> tuple[str, str, Any]:
    fields = json.loads(line)
    query, article, value = (fields[name] for name in names)
    if not all(isinstance(name, str) and name and not has_surrogate(name) for name in (query, article)):
        raise ValueError
    return trec_id(query), trec_id(article), value
