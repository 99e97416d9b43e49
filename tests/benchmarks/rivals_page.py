"""The part of RESULTS.md about rivals: who wins where, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plots import Point, scatter
from tables import Page, Row, newest, table

WHY = {
    "ours": {
        "shown": "ours leaves out copies, holds hubs back and diversifies there, and judges count the copies as hits",
    },
    "ours, before": {
        "time": "an earlier version, which compared half as many candidates, by the beginnings of their texts",
        "build": "an earlier version, which did not keep cleaned texts and words beside the articles",
        "room": "an earlier version, which did not keep cleaned texts and words beside the articles",
        "ranks": "its defaults were chosen on this site; those of now hold on eleven sets, whose mean they raise",
    },
    "sentence-transformers + FAISS": {
        "time": "it compares one vector with all others and knows nothing else: no words, no closeness in time, no "
        "copies, no diversity; and it hands back row numbers, where ours reads whole articles from its database",
        "build": "there is nothing to build but a block of vectors",
        "room": "it keeps the vectors alone; the articles, their words and dates are left to the caller",
    },
    "PostgreSQL + pgvector, exact": {
        "time": "all of it runs as compiled code in the server, on two short lists; it compares no features of pairs, "
        "leaves out no copies, does not diversify, and hands back ids",
        "build": "it makes no features of pairs, no samples of random pairs and no snapshot",
        "room": "the server is a small program in C, and the client holds nothing; ours holds the vectors, both "
        "engines and Python's libraries in the process that also built them",
    },
    "PostgreSQL + pgvector, HNSW": {
        "time": "its graph leads to a hundred neighbours without comparing all vectors, which ours does up to a few "
        "thousand articles, and all of it runs as compiled code in the server; it compares no features of pairs, "
        "leaves out no copies, does not diversify, and hands back ids",
        "build": "it makes no features of pairs, no samples of random pairs and no snapshot",
        "room": "the server is a small program in C, and the client holds nothing; ours holds the vectors, both "
        "engines and Python's libraries in the process that also built them",
    },
    "txtai": {
        "time": "it adds two scores, leaves out no copies and does not diversify",
        "build": "it makes no features of pairs, no samples of random pairs, no checksums and no log of changes",
        "room": "it keeps the vectors, the words and the texts once, without a snapshot beside the database",
    },
    "Xapian": {
        "time": "it is one small index in C++ of words alone: no vectors, nothing to fuse, no copies to find, no "
        "diversity; and it hands back numbers of documents",
        "build": "it indexes words and nothing else",
        "room": "it keeps words and dates; no vectors and no articles",
    },
    "Lucene MoreLikeThis": {
        "time": "it asks an index of words alone, compiled while it runs: no vectors, nothing to fuse, no copies to "
        "find, no diversity; and it hands back numbers of documents",
        "build": "it indexes words and nothing else",
        "room": "it keeps words and dates, compressed; no vectors and no articles",
    },
    "Jekyll LSI": {
        "time": "it multiplies one vector with a few hundred others and knows nothing else",
        "build": "there are few articles; the time grows with the cube of their number",
        "room": "it keeps nothing but vectors of words",
    },
}
"""Why a rival wins what it wins: its time, its build, the room it takes."""
MEASURES = (
    ("query_ms", "time", "answers faster ({theirs:.2f} ms, ours {ours:.2f} ms)"),
    ("query_p99_ms", "time", "has the shorter tail (p99 {theirs:.2f} ms, ours {ours:.2f} ms)"),
    ("build_s", "build", "builds faster ({theirs:.2f} s, ours {ours:.2f} s)"),
    ("memory_mb", "room", "needs less memory ({theirs:,.0f} MB, ours {ours:,.0f} MB)"),
    ("disk_mb", "room", "takes less disk ({theirs:,.1f} MB, ours {ours:,.1f} MB)"),
)
RIVALS = """## Rivals

Each in a process of its own, on the same texts and, where it uses vectors, the same vectors, encoded once beforehand;
encoding is in nobody's figures. The job of a query: find candidates, keep what was published within 365 days before or
after, fuse words and vectors, show five. The column "does" says who did which part. A hollow mark in a plot is a rival
that does not fuse, and so does less than the whole job; ours also leaves out copies, holds hubs back, diversifies
(0.3), gives scores a meaning, and hands back whole articles. nDCG@10 is of rankings without a filter. In the column
"30 days" each ranks with a filter that leaves out most of azure-site; ours stands there with the lists that it shows,
which miss copies on purpose, though judges count them as hits.

Every setting of a rival was chosen by hand on 400 judged articles of each set: the best mean nDCG@10, and the fastest
of nearly equal ones. Memory is the greatest that the process held while it built and answered, of PostgreSQL with its
server; its build and its disk include an empty database cluster. They took turns, {rounds}; the median counts, over
{timed} articles that each answered twice a round, of which the second time counts. × ours is the query time as a
multiple of ours in the same round.
"""


def rivals(page: Page, rows: dict[str, list[Row]]) -> None:
    every = newest(rows.get("rivals", []), lambda row: (row["data"], row["small"], row["rival"]))
    # A row that says what is missing stands only until the rival ran.
    ran = [row for row in every if "missing" not in row]
    if not ran:
        return
    page.add(RIVALS.format(rounds=_rounds(max(row["rounds"] for row in ran)), timed=max(row["timed"] for row in ran)))
    whole = sorted({row["data"] for row in ran if not row["small"]})
    page.add(verdict(ran))
    for small in (False, True):
        for data in whole:
            of_data = [row for row in every if row["data"] == data and row["small"] == small]
            if of_data:
                _rivals_of(page, data, of_data, small=small)
    met = newest(ran, lambda row: row["rival"])
    page.add("### How each was set")
    about = ((row["rival"], row["version"], ", ".join(row["does"]), row["settings"]) for row in met)
    page.add(table(["system", "version", "does", "settings"], about))


def _rivals_of(page: Page, data: str, rows: list[Row], *, small: bool) -> None:
    ran = [row for row in rows if "missing" not in row]
    if not ran:
        return
    title = f"{data}, {ran[0]['articles']:,} articles"
    page.add(f"### {title}{', so that the LSI of Jekyll can take part' if small else ''}")
    encoding = ran[0]["encoding"]
    spent = f"Encoding its {encoding['texts']:,} texts once took {encoding['encode_s']:,.1f} s"
    page.add(f"{ran[0]['judged']:,} judged articles, {_rounds(ran[0]['rounds'])}." + ("" if small else f" {spent}."))
    headers = ["system", "does", "nDCG@10", "lists to 10", "30 days", "build s"]
    headers += ["query ms", "p95", "p99", "× ours", "30 days ms", "memory MB", "disk MB", "where"]
    page.add(table(headers, [_rival_cells(row, page.where(row)) for row in rows]))
    mine = next((row for row in ran if row["rival"] == "ours"), None)
    if mine:
        page.add(
            f"Ours with reasons takes {mine['with_reasons_ms']:.2f} ms, and {mine['plain_ms']:.2f} ms without filter, "
            "diversity and reasons."
        )
    if not small:
        points = [
            Point(row["query_ms"], row["quality"]["nDCG@10"], row["rival"], row["rival"] == "ours", not fuses(row))
            for row in ran
        ]
        svg = scatter(title, "median query time, ms (logarithmic)", "nDCG@10", points)
        page.plot(f"rivals-{data}.svg", f"nDCG@10 against query time on {data}", svg)
    won = []
    for row in ran:
        # Speed and room of the others were spoken of with all articles.
        every = not small or row["rival"] == "Jekyll LSI"
        if mine and row is not mine and (line := wins(mine, row, every=every)):
            won.append(line)
    if won:
        page.add("Where a rival wins:", "\n".join(f"- {line}" for line in won))


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"{number} rounds"


def fuses(row: Row) -> bool:
    """Whether it does every part of the job that is asked of all."""
    return "fuse" in row["does"]


def _rival_cells(row: Row, where: str) -> list[Any]:
    if "missing" in row:
        return [row["rival"], row["missing"], *[None] * 11, where]
    grades = row["quality"]
    part = ", ".join(each for each in row["does"] if each in {"candidates", "filter", "fuse", "diversity"})
    lists_to_10 = f"{grades['nDCG@10, lists to 10']:.4f}" if row["data"] != "uci-stories" else None
    return [
        row["rival"],
        part,
        f"{grades['nDCG@10']:.4f}",
        lists_to_10,
        f"{grades['nDCG@10, 30 days']:.4f}",
        *(f"{row[name]:.2f}" for name in ("build_s", "query_ms", "query_p95_ms", "query_p99_ms")),
        f"{row['times_ours']:.2f}" if "times_ours" in row else None,
        f"{row['narrow_ms']:.2f}",
        row["memory_mb"],
        f"{row['disk_mb']:,.1f}" if row["disk_mb"] else None,
        where,
    ]


def wins(mine: Row, row: Row, *, every: bool = True) -> str:
    """Where a rival is better than ours, and why; empty if nowhere. Not `every` measure: quality alone."""
    better: dict[str, list[str]] = {}
    for name, says in (
        ("nDCG@10", "ranks better"),
        ("nDCG@10, 30 days", "ranks better beside lists as ours shows them"),
    ):
        theirs, ours = row["quality"][name], mine["quality"][name]
        if theirs > ours:
            why = (
                WHY["ours"]["shown"] if "30 days" in name else WHY.get(row["rival"], {}).get("ranks", "not looked into")
            )
            better.setdefault(why, []).append(f"{says} (nDCG@10 {theirs:.4f}, ours {ours:.4f})")
    for name, reason, says in MEASURES if every else ():
        theirs, ours = row[name], mine[name]
        # What keeps nothing on the disk does not win there.
        if theirs < ours and (theirs > 0 or name != "disk_mb"):
            why = WHY.get(row["rival"], {}).get(reason, "not looked into")
            better.setdefault(why, []).append(says.format(theirs=theirs, ours=ours))
    sentences = [f"{_listed(won)}: {why}" for why, won in better.items()]
    return f"**{row['rival']}** {'. It '.join(sentences)}." if sentences else ""


def verdict(rows: list[Row]) -> str:
    """What was asked of ours against every rival, and whether it holds."""
    lines = []
    for data, articles in sorted(
        {(row["data"], row["articles"]) for row in rows}, key=lambda each: (-each[1], each[0])
    ):
        of_data = [row for row in rows if (row["data"], row["articles"]) == (data, articles)]
        mine = next((row for row in of_data if row["rival"] == "ours"), None)
        others = [row for row in of_data if not row["rival"].startswith("ours")]
        if not mine or not others:
            continue
        best = max(others, key=lambda row: row["quality"]["nDCG@10"])
        ours, theirs = mine["quality"]["nDCG@10"], best["quality"]["nDCG@10"]
        ranks = f"ours has nDCG@10 {ours:.4f}, the best rival, {best['rival']}, {theirs:.4f} ({ours / theirs - 1:+.1%})"
        fusing = [row for row in others if fuses(row)]
        faster = [f"{row['rival']} ({row['query_ms']:.2f} ms)" for row in fusing if row["query_ms"] < mine["query_ms"]]
        slower = [f"{row['rival']} ({row['query_ms']:.2f} ms)" for row in fusing if row["query_ms"] >= mine["query_ms"]]
        speed = [f"Its whole job takes {mine['query_ms']:.2f} ms"]
        if faster:
            speed.append(f"longer than filtering and fusing with {_listed(faster)}")
        if slower:
            speed.append(f"less than filtering and fusing with {_listed(slower)}")
        less = [row["rival"] for row in others if not fuses(row) and row["query_ms"] < mine["query_ms"]]
        if less:
            speed.append(
                f"and longer than {_listed(less)}, {'which fuses' if len(less) == 1 else 'which fuse'} nothing"
            )
        lines.append(f"- **{data}, {articles:,} articles**: {ranks}. {', '.join(speed)}.")
    return "\n".join(lines)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
