"""Plots as SVG text, readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 800, 420
LEFT, RIGHT, TOP, BOTTOM = 72, 180, 44, 60
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .tick { fill: #57606a; font-size: 12px; }
  .page { fill: #ffffff; } .grid { stroke: #d8dee4; } .axis { stroke: #57606a; }
  .ours { fill: #0969da; stroke: #0969da; } .rival { fill: #57606a; stroke: #57606a; } .part { fill: #ffffff; }
  .line { fill: none; stroke-width: 1.5; } .dashed { stroke-dasharray: 5 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .tick { fill: #9198a1; } .page { fill: #0d1117; } .grid { stroke: #30363d; }
    .axis { stroke: #9198a1; } .ours { fill: #4493f8; stroke: #4493f8; }
    .rival { fill: #9198a1; stroke: #9198a1; } .part { fill: #0d1117; }
  }
"""


class Point(NamedTuple):
    """A mark with its name; `ours` has a colour of its own, one that does `part` of the job is hollow."""

    x: float
    y: float
    name: str = ""
    ours: bool = False
    part: bool = False


class Series(NamedTuple):
    """Points joined by the power law that fits them best."""

    name: str
    points: list[tuple[float, float]]
    ours: bool = False


def power_law(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """`(a, b)` of y = a * x ** b, fitted to the logarithms by least squares; None with fewer than two values of x."""
    if len({x for x, _ in points}) < 2:
        return None
    x, y = np.log(np.array(points, dtype=float)).T
    exponent, constant = np.polyfit(x, y, 1)
    return float(np.exp(constant)), float(exponent)


def scatter(title: str, x_label: str, y_label: str, points: Sequence[Point]) -> str:
    """Points over a logarithmic x from the least to the greatest, each with its name."""
    axes = _Axes([p.x for p in points], [p.y for p in points], log_y=False)
    parts = axes.frame(title, x_label, y_label)
    marks = [axes.place(point.x, point.y) for point in points]
    for point, (x, y) in zip(points, marks, strict=True):
        kind = f"{'ours' if point.ours else 'rival'}{' part' if point.part else ''}"
        parts.append(f'<circle class="{kind}" stroke-width="2" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
    taken: list[tuple[float, float, float]] = []
    for point in sorted(points, key=lambda p: (-p.y, p.x)):
        parts.append(_label(point.name, axes.place(point.x, point.y), taken, marks))
    return _svg(title, parts)


def log_log(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Each series with its fit, whose exponent stands beside its name."""
    every = [point for each in series for point in each.points]
    axes = _Axes([x for x, _ in every], [y for _, y in every], log_y=True)
    parts = axes.frame(title, x_label, y_label)
    taken: list[tuple[float, float, float]] = []
    for each in series:
        kind = "ours" if each.ours else "rival"
        fit = power_law(each.points)
        label = each.name
        if fit:
            ends = [min(x for x, _ in each.points), max(x for x, _ in each.points)]
            (x1, y1), (x2, y2) = (axes.place(x, fit[0] * x ** fit[1]) for x in ends)
            dashed = "" if each.ours else " dashed"
            parts.append(f'<line class="{kind} line{dashed}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
            label += f", exponent {fit[1]:.2f}"
        for x, y in each.points:
            cx, cy = axes.place(x, y)
            parts.append(f'<circle class="{kind}" cx="{cx:.1f}" cy="{cy:.1f}" r="5"/>')
        marks = [axes.place(*point) for other in series for point in other.points]
        parts.append(_label(label, axes.place(*max(each.points)), taken, marks))
    return _svg(title, parts)


def _label(
    text: str, mark: tuple[float, float], taken: list[tuple[float, float, float]], marks: Sequence[tuple[float, float]]
) -> str:
    """A name beside its mark, where it meets no other name and no other mark; its place is added to `taken`."""
    (x, y), width = mark, 7.7 * len(text)
    beside = [(x + 10, y + 4), (x - 10 - width, y + 4), (x - width / 2, y - 12), (x - width / 2, y + 22)]
    further = [(x + 10, y + 4 + side * 15 * step) for step in range(1, 12) for side in (-1, 1)]

    def free(left: float, low: float) -> bool:
        inside = left > LEFT + 4 and left + width < WIDTH and low > TOP + 10 and low < HEIGHT - BOTTOM
        apart = all(abs(low - at) >= 15 or left > start + wide or start > left + width for start, at, wide in taken)
        clear = all(
            abs(low - 4 - cy) >= 12 or not left - 7 < cx < left + width + 7 for cx, cy in marks if (cx, cy) != mark
        )
        return inside and apart and clear

    left, low = next((place for place in [*beside, *further] if free(*place)), beside[0])
    taken.append((left, low, width))
    return f'<text x="{left:.1f}" y="{low:.1f}">{escape(text)}</text>'


class _Axes:
    def __init__(self, xs: Sequence[float], ys: Sequence[float], *, log_y: bool) -> None:
        self.log_y = log_y
        self.x_low, self.x_high = _decades(xs)
        if log_y:
            self.y_low, self.y_high = _decades(ys)
        else:
            room = max(0.02, 0.15 * (max(ys) - min(ys)))
            self.y_low, self.y_high = math.floor((min(ys) - room) * 20) / 20, math.ceil((max(ys) + room) * 20) / 20

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - self.x_low) / (self.x_high - self.x_low)
        up = ((math.log10(y) if self.log_y else y) - self.y_low) / (self.y_high - self.y_low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    def frame(self, title: str, x_label: str, y_label: str) -> list[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>']
        written = -math.inf
        for value in _ticks(self.x_low, self.x_high):
            x, _ = self.place(value, 10**self.y_low if self.log_y else self.y_low)
            parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
            name = _number(value)
            if x - 3.5 * len(name) < written:
                continue
            written = x + 3.5 * len(name) + 8
            parts.append(f'<text class="tick" text-anchor="middle" x="{x:.1f}" y="{bottom + 18}">{name}</text>')
        steps = round((self.y_high - self.y_low) * 20)
        linear = [self.y_low + step / 20 for step in range(0, steps + 1, max(1, steps // 8))]
        for value in _ticks(self.y_low, self.y_high) if self.log_y else linear:
            _, y = self.place(10**self.x_low, value)
            name = _number(value) if self.log_y else f"{value:.2f}"
            parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
            parts.append(f'<text class="tick" text-anchor="end" x="{LEFT - 8}" y="{y + 4:.1f}">{name}</text>')
        parts.append(f'<path class="axis line" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
        middle = (LEFT + right) / 2
        parts.append(f'<text text-anchor="middle" x="{middle:.1f}" y="{HEIGHT - 16}">{escape(x_label)}</text>')
        up = (TOP + bottom) / 2
        turned = f'transform="rotate(-90 18 {up:.1f})"'
        parts.append(f'<text text-anchor="middle" x="18" y="{up:.1f}" {turned}>{escape(y_label)}</text>')
        return parts


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """Logarithms of the nearest 1, 2 or 5 times a power of ten at or beyond both ends."""
    steps = [math.log10(step) for step in (1, 2, 5, 10)]

    def beyond(value: float, *, up: bool) -> float:
        whole = math.floor(math.log10(value))
        places = [whole + step for step in steps]
        exact = math.log10(value)
        if up:
            return min(place for place in places if place >= exact - 1e-9)
        return max(place for place in places if place <= exact + 1e-9)

    low, high = beyond(min(values) * 0.9, up=False), beyond(max(values) * 1.1, up=True)
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    steps = (1, 2, 5) if high - low < 3.5 else (1,)
    every = [step * 10.0**whole for whole in range(math.floor(low), math.ceil(high) + 1) for step in steps]
    return [value for value in every if low - 1e-9 <= math.log10(value) <= high + 1e-9]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _svg(title: str, parts: Sequence[str]) -> str:
    body = "\n  ".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(title)}">\n  <style>{STYLE}  </style>\n'
        f'  <rect class="page" width="{WIDTH}" height="{HEIGHT}"/>\n  {body}\n</svg>\n'
    )
