"""The page of results while it is made: tables, plots, and where each row was measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Row = dict[str, Any]

_NUMBER = re.compile(r"–|[-+]?[0-9][0-9,.]*( ms| s| ms a file)?")


def newest(rows: Iterable[Row], key: Callable[[Row], Any]) -> list[Row]:
    """The last row of each key, in the order in which the keys were first met."""
    found: dict[Any, Row] = {}
    for row in rows:
        found[key(row)] = row
    return list(found.values())


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; numbers stand on the right, what is None is a dash."""
    body = [[_cell(value) for value in row] for row in rows]
    numbers = [bool(body) and all(_NUMBER.fullmatch(row[place]) for row in body) for place in range(len(headers))]
    lines = ["| " + " | ".join(headers) + " |"]
    lines.append("| " + " | ".join("---:" if number else "---" for number in numbers) + " |")
    lines += ["| " + " | ".join(row) + " |" for row in body]
    return "\n".join(lines)


def grade(value: float | None) -> str | None:
    """A measure of quality, with four digits."""
    return None if value is None else f"{value:.4f}"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
        return f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")


class Page:
    """RESULTS.md while it is made: its parts, its plots, and the letters of machines."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.plots: dict[str, str] = {}
        self._letters: dict[str, str] = {}

    def add(self, *parts: str) -> None:
        self.parts.extend(part.strip() for part in parts if part.strip())

    def plot(self, name: str, says: str, svg: str) -> None:
        self.plots[name] = svg
        self.add(f"![{says}]({name})")

    def where(self, row: Row) -> str:
        """The letter of a row's machine and versions, and its commit."""
        versions = ", ".join(f"{name} {number}" for name, number in sorted(row.get("versions", {}).items()))
        about = f"{row.get('machine', 'unknown')} | Python {row.get('python', '?')}, {versions}"
        number = len(self._letters)
        letter = self._letters.setdefault(about, chr(ord("A") + number) if number < 26 else f"Z{number}")
        return f"{letter} {row.get('commit', '?')}"

    def text(self) -> str:
        lines = "\n".join(f"| {letter} | {about} |" for about, letter in self._letters.items())
        ending = f"## Machines and versions\n\n| | machine | versions |\n| --- | --- | --- |\n{lines}"
        return "\n\n".join([*self.parts, ending]) + "\n"
