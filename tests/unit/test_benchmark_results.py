"""The page of benchmark results: the newest rows, what they say, and plots that are whole SVG."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

# Last, so that no benchmark stands before a module of the same name.
sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from plots import Point, power_law, scatter
from results import write_results
from tables import newest, table


def rival(name: str, query_ms: float, ndcg: float, *, does: str = "candidates filter fuse") -> dict[str, Any]:
    quality = {"nDCG@10": ndcg, "nDCG@10, lists to 10": ndcg, "nDCG@10, 30 days": ndcg}
    times = {"query_ms": query_ms, "query_p95_ms": query_ms, "query_p99_ms": query_ms, "narrow_ms": query_ms}
    row = {"rival": name, "does": does.split(), "settings": "best", "version": "1", "build_s": 2.0, "memory_mb": 50}
    about = {"data": "azure-site", "articles": 1979, "small": False, "judged": 9, "timed": 9, "rounds": 3}
    encoding = {"encoding": {"texts": 1960, "encode_s": 20.0}, "with_reasons_ms": 3.0, "plain_ms": 1.0, "disk_mb": 3.0}
    return {**about, **row, **times, **encoding, "quality": quality, "machine": "a machine", "commit": "abc"}


def scaled(articles: int, milliseconds: float) -> dict[str, Any]:
    seconds = ("snapshot_s", "fresh_opening_s", "upserts_1000_s")
    times = dict.fromkeys(("related", "rival", "dense", "lexical"), milliseconds)
    return {
        "articles": articles,
        **{f"fresh_{name}_ms": figure for name, figure in times.items()},
        **dict.fromkeys(seconds, milliseconds / 1000),
        "fresh_resident_mb": 100,
        "fresh_quality": {"recall@100 related": 0.99},
        "commit": "abc",
    }


def page_of(folder: Path, **files: list[dict[str, Any]]) -> str:
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return write_results(folder).read_text(encoding="utf-8")


def test_the_newest_row_of_a_rival_counts(tmp_path: Path) -> None:
    page = page_of(tmp_path, rivals=[rival("ours", 2.0, 0.4), rival("Xapian", 7.77, 0.3), rival("Xapian", 5.0, 0.3)])

    assert "| 5.00 |" in page
    assert "7.77" not in page


def test_where_a_rival_wins_is_said_with_its_figures_and_a_reason(tmp_path: Path) -> None:
    page = page_of(tmp_path, rivals=[rival("ours", 2.0, 0.4), rival("Xapian", 0.25, 0.3, does="candidates")])

    assert "**Xapian** answers faster (0.25 ms, ours 2.00 ms)" in page
    assert "index in C++ of words alone" in page
    assert "longer than Xapian, which fuses nothing" in page


def test_a_rival_that_is_not_installed_has_a_row_that_says_so(tmp_path: Path) -> None:
    missing = {"data": "azure-site", "small": False, "rival": "txtai", "missing": "txtai not installed"}

    page = page_of(tmp_path, rivals=[rival("ours", 2.0, 0.4), missing])

    assert "| txtai | txtai not installed |" in page


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = {
        "rivals": [rival("ours", 2.0, 0.4), rival("txtai", 9.0, 0.3)],
        "scale": [scaled(10, 1.0), scaled(1000, 10.0)],
    }
    page_of(tmp_path, **rows)
    first = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    page_of(tmp_path, **rows)

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == first


def test_growth_is_written_down_and_plotted_from_two_sizes_on(tmp_path: Path) -> None:
    one = page_of(tmp_path, scale=[scaled(1000, 1.0)])
    two = page_of(tmp_path, scale=[scaled(1000, 1.0), scaled(100_000, 10.0)])

    assert "scale.svg" not in one
    assert "to the power of: an answer 0.50" in two
    ElementTree.parse(tmp_path / "scale.svg")


def test_a_power_law_is_fitted_to_logarithms() -> None:
    assert power_law([(1, 3.0), (10, 30.0), (100, 300.0)]) == pytest.approx((3.0, 1.0))
    assert power_law([(10, 3.0), (10, 4.0)]) is None


def test_a_plot_is_whole_svg_whatever_a_name_holds() -> None:
    svg = scatter("A & B", "ms", "nDCG", [Point(1.0, 0.4, "<ours>", ours=True), Point(0.01, 0.3, "other", part=True)])

    texts = [each.text for each in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"A & B", "<ours>", "other"} <= set(texts)


def test_a_table_puts_numbers_on_the_right_and_a_dash_for_nothing() -> None:
    lines = table(["name", "n"], [["a|b", 1979], ["c", None], ["d", 0.25]]).splitlines()

    assert lines == ["| name | n |", "| --- | ---: |", "| a\\|b | 1,979 |", "| c | – |", "| d | 0.250 |"]


def test_the_newest_keeps_the_order_of_keys() -> None:
    rows = [{"k": 1, "v": 1}, {"k": 2, "v": 1}, {"k": 1, "v": 2}]

    assert newest(rows, lambda row: row["k"]) == [{"k": 1, "v": 2}, {"k": 2, "v": 1}]
