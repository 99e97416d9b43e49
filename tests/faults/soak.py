"""A service of two workers under everything at once, for minutes: `python tests/faults/soak.py --minutes 30`.

Reads, writes, deletes, drafts, batches, compactions, killed workers, backups and restores. Every read is compared with
a model of what was acknowledged. Four times a minute, memory, descriptors, log, change log and snapshots are measured;
at the end their bounds are checked and a page with their plots is written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx2
from support.commands import run_here
from support.serving import ServerProcess, all_ready, path_of, serving, wait_until

from recommender.build import build
from recommender.config import Settings

SITE = Path(__file__).parents[2] / "data" / "site"
CLIENTS, IDS = 4, 60
SAMPLE_EVERY_S, KILL_EVERY_S, RESTORE_EVERY_S, COMPACT_EVERY_S = 15.0, 20.0, 90.0, 30.0
TITLES = [
    f"{what} {where}" for what in ("Trams", "Rain", "Judges", "Bread") for where in ("in Vechta", "at sea", "again")
]


class Gate:
    """Many pass at once, or one alone."""

    def __init__(self) -> None:
        self._inside, self._changed, self._is_shut = 0, threading.Condition(), False

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_shut)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_shut)
            self._is_shut = True
            self._changed.wait_for(lambda: not self._inside)
        try:
            yield
        finally:
            with self._changed:
                self._is_shut = False
                self._changed.notify_all()


class Client(threading.Thread):
    """Writes and reads ids of its own, and knows what each must be: a title, None where deleted, or one of several."""

    def __init__(self, number: int, soak: Soak) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.random, self.soak, self.prefix = Random(number), soak, f"soak/{number}/"
        self.known: dict[str, set[str | None]] = {}

    def run(self) -> None:
        kinds: list[tuple[float, Callable[[], None]]] = [
            (5, self.read), (4, self.related), (4, self.write), (1, self.delete), (0.5, self.batch), (0.3, self.draft),
        ]  # fmt: skip
        while not self.soak.is_over.is_set():
            with self.soak.gate.passing():
                work = self.random.choices([each for _, each in kinds], [weight for weight, _ in kinds])[0]
                try:
                    work()
                    self.soak.counts[work.__name__] += 1
                except Exception as error:
                    self.soak.fault(f"{self.name} {work.__name__}: {type(error).__name__}: {error}")

    def some_id(self) -> str:
        return f"{self.prefix}{self.random.randrange(IDS)}"

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response | None:
        """The answer; None where the connection was cut, and it is unknown whether anything was done."""
        try:
            with self.soak.server.client_of("write-key-7b1f0c") as client:
                answer = client.request(method, path, **more)
        except httpx2.TransportError:
            self.soak.counts["cut off"] += 1
            return None
        if answer.status_code >= 500:
            self.soak.counts[f"{answer.status_code}"] += 1
            if answer.status_code != 503 or "retry-after" not in answer.headers:
                self.soak.fault(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def changed(self, article_id: str, value: str | None, answer: httpx2.Response | None, *good: int) -> None:
        before = self.known.get(article_id, {None})
        if answer is None:
            self.known[article_id] = before | {value}
        elif answer.status_code in good:
            self.known[article_id] = {value}

    def write(self) -> None:
        article_id, title = self.some_id(), f"{self.random.choice(TITLES)}"
        self.changed(article_id, title, self.ask("PUT", path_of(article_id), json={"title": title}), 200)

    def delete(self) -> None:
        article_id = self.some_id()
        self.changed(article_id, None, self.ask("DELETE", path_of(article_id)), 204, 404)

    def batch(self) -> None:
        named = {self.some_id(): self.random.choice(TITLES) for _ in range(20)}
        lines = "".join(json.dumps({"id": key, "title": title}) + "\n" for key, title in named.items())
        answer = self.ask("POST", "/v1/articles/batch", content=lines, headers={"content-type": "application/x-ndjson"})
        told = (
            {}
            if answer is None
            else {each["id"]: each for each in map(json.loads, answer.text.splitlines()) if "id" in each}
        )
        for key, title in named.items():
            if key in told and "problem" not in told[key]:
                self.known[key] = {title}
            elif answer is None or answer.status_code == 200:
                self.known[key] = self.known.get(key, {None}) | {title}

    def read(self) -> None:
        article_id = self.some_id()
        answer = self.ask("GET", path_of(article_id))
        if answer is None or answer.status_code >= 429:
            return
        found = answer.json()["title"] if answer.status_code == 200 else None
        if found not in self.known.get(article_id, {None}):
            self.soak.fault(f"{article_id} is {found!r}, expected one of {self.known.get(article_id)}")
        self.known[article_id] = {found}

    def related(self) -> None:
        article_id = self.some_id()
        answer = self.ask("GET", "/v1/related", params={"id": article_id, "min_score": 0})
        if answer is None or answer.status_code >= 429:
            return
        if (answer.status_code == 200) not in {title is not None for title in self.known.get(article_id, {None})}:
            self.soak.fault(f"related of {article_id}: {answer.status_code}, known {self.known.get(article_id)}")

    def draft(self) -> None:
        self.ask("POST", "/v1/related", json={"title": self.random.choice(TITLES)})


class Soak:
    """One run.

    Attributes:
        server: The service.
        samples: What was measured, a row a moment.
        faults: What must not be.
    """

    def __init__(self, server: ServerProcess, backup: Path) -> None:
        self.server, self.backup = server, backup
        self.gate, self.is_over = Gate(), threading.Event()
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.samples: list[dict[str, float]] = []
        self.start = time.monotonic()

    def fault(self, what: str) -> None:
        self.faults.append(what)
        sys.stderr.write(f"FAULT {what}\n")

    def run(self, minutes: float) -> None:
        clients = [Client(number, self) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        due = {self.sample: 0.0, self.kill: KILL_EVERY_S, self.compact: COMPACT_EVERY_S}
        every = {self.sample: SAMPLE_EVERY_S, self.kill: KILL_EVERY_S, self.compact: COMPACT_EVERY_S}
        back_up_at, kept = RESTORE_EVERY_S / 2, None
        while (now := time.monotonic() - self.start) < 60 * minutes:
            for work, moment in due.items():
                if now >= moment:
                    due[work] = now + every[work]
                    work()
            if now >= back_up_at:
                back_up_at = now + RESTORE_EVERY_S / 2
                with self.gate.alone():
                    if kept is None:
                        self.command("backup", self.backup)
                        kept = [{key: set(value) for key, value in client.known.items()} for client in clients]
                    else:
                        self.command("restore", self.backup)
                        for client, known in zip(clients, kept, strict=True):
                            client.known = known
                        kept = None
            time.sleep(0.2)
        self.is_over.set()
        for client in clients:
            client.join()
        self.sample()

    def command(self, name: str, file: Path) -> None:
        done = run_here(name, file, "--collection", self.server.collection)
        self.counts[name] += 1
        if done.returncode:
            self.fault(f"{name}: {done.stderr}")

    def kill(self) -> None:
        workers = self.server.workers()
        if len(workers) == 2:
            os.kill(workers[0], signal.SIGKILL)
            self.counts["kill"] += 1

    def compact(self) -> None:
        command = [sys.executable, "-m", "service.compact"]
        environment = os.environ | {"RELATED_COLLECTION": str(self.server.collection)}
        os.waitpid(os.posix_spawn(sys.executable, command, environment), 0)
        self.counts["compact"] += 1

    def sample(self) -> None:
        workers = self.server.workers()
        folder = self.server.collection
        log = folder / "articles.db-wal"
        row: dict[str, float] = {
            "minute": round((time.monotonic() - self.start) / 60, 2),
            "memory_mb": round(sum(map(_memory, workers)) / max(1, len(workers)) / 1e6, 1),
            "descriptors": max(map(_descriptors, workers), default=0),
            "log_mb": round(log.stat().st_size / 1e6, 2) if log.exists() else 0.0,
            "snapshots": len(list((folder / "snapshots").glob("[0-9]*"))),
            "folder_mb": round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 2),
            "answers": sum(self.counts.values()),
        }
        for line in _ask_metrics(self.server):
            if line.startswith("related_log_rows "):
                row["log_rows"] = float(line.split()[1])
        self.samples.append(row)
        sys.stderr.write(json.dumps(row) + "\n")

    def bounds(self) -> None:
        """Check that nothing grew without end: the last third against the first."""
        third = max(1, len(self.samples) // 3)
        first, last = self.samples[1 : third + 1] or self.samples, self.samples[-third:]
        for name, most in (("memory_mb", 1.3), ("descriptors", 1.5), ("folder_mb", 2.0)):
            before, after = (max(row[name] for row in rows) for rows in (first, last))
            if after > most * before:
                self.fault(f"{name} grew from {before} to {after}")
        for name, limit in (("log_mb", 64.0), ("snapshots", 6.0), ("log_rows", 4000.0)):
            worst = max(row.get(name, 0.0) for row in self.samples)
            if worst > limit:
                self.fault(f"{name} was {worst}, more than {limit}")


def _memory(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        return 1024 * int(status.partition("RssAnon:")[2].split()[0])
    except (OSError, IndexError):
        return 0


def _descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0


def _ask_metrics(server: ServerProcess) -> list[str]:
    try:
        with server.client_of() as client:
            return client.get("/metrics").text.splitlines()
    except httpx2.TransportError:
        return []


def plot(samples: list[dict[str, float]], counts: Counter[str], out: Path) -> None:
    """Write a page with a curve for each figure over the minutes."""
    curves = []
    for name in [key for key in samples[0] if key != "minute"]:
        values = [row.get(name, 0.0) for row in samples]
        most, end = max(values) or 1.0, samples[-1]["minute"] or 1.0
        points = " ".join(
            f"{600 * row['minute'] / end:.1f},{110 - 100 * value / most:.1f}"
            for row, value in zip(samples, values, strict=True)
        )
        curves.append(
            f"<h2>{name}: at most {most:,.1f}</h2>"
            f'<svg viewBox="0 0 600 120" width="600" role="img" aria-label="{name}">'
            f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
        )
    told = ", ".join(f"{value:,} {name}" for name, value in counts.most_common())
    out.write_text(
        f'<!doctype html><meta charset="utf-8"><title>Soak</title><body style="font-family:sans-serif">'
        f"<h1>{samples[-1]['minute']:.0f} minutes</h1><p>{told}</p>{''.join(curves)}",
        encoding="utf-8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--out", type=Path, default=Path("build/soak.html"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        collection = Path(folder) / "collection"
        build([SITE], collection, settings=Settings())
        # A copy lies as deep as the original, so nothing else changes.
        with serving(collection, "--workers", 2) as server:
            soak = Soak(server, Path(folder) / "backup.db")
            try:
                soak.run(options.minutes)
                wait_until(lambda: all_ready(server), server)
            finally:
                soak.is_over.set()
            soak.bounds()
            if "Traceback" in server.log():
                soak.fault("a traceback in the log")
                shutil.copy(server.log_path, options.out.with_suffix(".log"))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    plot(soak.samples, soak.counts, options.out)
    sys.stdout.write(f"{dict(soak.counts.most_common())}\n{len(soak.faults)} faults; {options.out}\n")
    raise SystemExit(1 if soak.faults else 0)


if __name__ == "__main__":
    main()
