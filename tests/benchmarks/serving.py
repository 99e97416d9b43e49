"""The service under load over loopback: latency at a fixed rate, throughput, 304s, writes beside reads.

python tests/benchmarks/serving.py COLLECTION [--workers 2]; COLLECTION as `scale.py --keep` leaves it, with 100,000
articles.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from measure import record

from recommender.related.recommender import Recommender
from service.settings import new_key

RELATED = Path(sys.executable).parent / "related"


class Connections:
    """Keeps connections to a port open, and sends one request at a time over each."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes) -> int:
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if length:
            await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head[9:12])


async def open_loop(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> dict[str, Any]:
    """Send at a fixed rate, whatever the answers do; a latency counts from when its request was due."""
    connections, times, statuses = Connections(port), list[float](), list[int]()

    async def one(request: bytes, due: float) -> None:
        statuses.append(await connections.send(request))
        times.append(time.perf_counter() - due)

    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(requests[number % len(requests)], due)))
    await asyncio.gather(*tasks)
    ordered = sorted(times)
    return {
        "p50_ms": round(1e3 * statistics.median(ordered), 2),
        "p99_ms": round(1e3 * ordered[int(0.99 * len(ordered))], 2),
        "failed": sum(status not in {200, 201} for status in statuses),
    }


async def closed_loop(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> float:
    """So many clients, each of which asks again at once; answers a second."""
    connections, done = Connections(port), 0
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await connections.send(requests[(number + done) % len(requests)])
            done += 1

    await asyncio.gather(*(client(number * 997) for number in range(clients)))
    return done / seconds


WRK = """
local requests, at = {}, 0
for line in io.lines("%s") do requests[#requests + 1] = (line:gsub("|", "\\r\\n") .. "\\r\\n\\r\\n") end
request = function() at = at + 1; return requests[(at * 7919) %% #requests + 1] end
"""


def rate(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> float:
    """Answers a second: wrk's, which takes little of the machine, where it is installed."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return asyncio.run(closed_loop(port, requests, clients, seconds))
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder) / "requests", Path(folder) / "wrk.lua"
        lines.write_text("".join(each.decode().rstrip().replace("\r\n", "|") + "\n" for each in requests))
        script.write_text(WRK % lines)
        command = [wrk, "-t1", f"-c{clients}", f"-d{seconds:.0f}", "-s", script, f"http://127.0.0.1:{port}"]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return float(done.stdout.split("Requests/sec:")[1].split()[0])


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def put(article: dict[str, Any], key: str) -> bytes:
    body = json.dumps(article).encode()
    head = [f"PUT /v1/articles/{quote(article['id'], safe='')} HTTP/1.1", "Host: localhost"]
    head += [f"Authorization: Bearer {key}", "Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


async def both(port: int, reads: Sequence[bytes], writes: Sequence[bytes], seconds: float) -> dict[str, Any]:
    read, written = await asyncio.gather(open_loop(port, reads, 50, seconds), open_loop(port, writes, 20, seconds))
    return {**{f"read_{name}": value for name, value in read.items()}, **{f"write_{n}": v for n, v in written.items()}}


def memory_mb(pid: int) -> list[int]:
    """Resident memory of every process below `pid`."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        status = Path(f"/proc/{child}/status").read_text()
        found.append(int(status.split("VmRSS:")[1].split()[0]) // 1000)
    return [size for size in found if size > 50]


def serve(collection: Path, workers: int, seconds: float) -> None:
    recommender = Recommender.open(collection)
    with recommender.collection.reading() as view:
        ids, count = list(view.ids()), len(view)
    random.seed(3)
    chosen = random.sample(ids, min(5000, len(ids)))
    texts = [recommender.collection.store.get(article_id) for article_id in chosen[:500]]
    recommender.close()
    reads = [get(f"/v1/articles/{quote(article_id, safe='')}/related") for article_id in chosen]
    key, digest = new_key()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [RELATED, "serve", "--collection", collection, "--port", str(port), "--workers", str(workers)]
    environment = {**os.environ, "RELATED_WRITE_KEYS": digest}
    start = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            base = f"http://127.0.0.1:{port}"
            while not _is_ready(base):
                time.sleep(0.05)
            ready = time.perf_counter() - start
            asyncio.run(closed_loop(port, reads, 2, 2))
            etag = urllib.request.urlopen(f"{base}/v1/articles/{quote(chosen[0], safe='')}/related").headers["etag"]
            same = [get(f"/v1/articles/{quote(chosen[0], safe='')}/related", f"If-None-Match: {etag}")]
            asyncio.run(closed_loop(port, same, 4, 1))
            calm = asyncio.run(open_loop(port, reads, 50, seconds))
            memory = memory_mb(process.pid)
            figures = {
                "articles": count,
                "workers": workers,
                "ready_s": round(ready, 2),
                "memory_mb": memory,
                "at_50_a_second": calm,
                "load_generator": "wrk" if shutil.which("wrk") else "asyncio",
                "most_a_second": round(rate(port, reads, 8, seconds)),
                "unchanged_a_second": round(rate(port, same, 8, 3)),
                "rival": "an empty route of the same app",
                "rival_a_second": round(rate(port, [get("/health/live")], 8, 3)),
            }
            # The texts are stored ones, so that their vectors are there and the model is not needed.
            writes = [
                put({**stored.article.to_record(), "id": f"load/{number % len(texts)}", "n": number}, key)
                for number in range(int(20 * seconds))
                if (stored := texts[number % len(texts)])
            ]
            figures["with_20_writes_a_second"] = asyncio.run(both(port, reads, writes, seconds))
        finally:
            process.terminate()
            process.wait()
    record("serving", figures)


def _is_ready(base: str) -> bool:
    try:
        return urllib.request.urlopen(f"{base}/health/ready", timeout=1).status == 200
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    serve(options.collection, options.workers, options.seconds)


if __name__ == "__main__":
    main()
