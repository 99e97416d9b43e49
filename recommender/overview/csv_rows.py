"""The articles of an overview as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from recommender.overview.reading import Row
from recommender.text import trec_id

COLUMNS = (
    "id",
    "title",
    "webUrl",
    "provider",
    "language",
    "publishedDateTime",
    "items",
    "emptyBecause",
    "shown",
    "meanScore",
    "lowestScore",
    "ageDays",
    "copies",
    "translations",
    "changedAt",
    "related",
)
"""The names of the columns; `related` has the ids of the items, separated by spaces, with white space as %20."""

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, or leaves out before one."""


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the header and a line for each article, with their line ends.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for *values, related in rows:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([*map(_cell, values), _cell(_joined([article_id for article_id, _ in related]))])
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value


def _joined(ids: list[str]) -> str:
    joined = " ".join(ids)
    return joined if len(joined.split()) == len(ids) else " ".join(map(trec_id, ids))
