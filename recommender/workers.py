"""Work in processes of their own, which speak JSON over pipes: answers of many articles use every core.

A process that ends or fails costs time and nothing else: its caller does the work itself. No threads are involved:
one that waits for a pipe would have to wait for the interpreter as well.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from types import TracebackType
from typing import IO, Any, Self

MOST_WORKERS = 8
CHUNK = 8
"""Tasks that `each` hands out at a time."""
AHEAD = 16
"""Chunks that wait for each process, the last of which are done here."""
_UNDER_WAY = 2
"""Works that a process has at once, so that it need not wait for the next one."""
_READ_BYTES = 1 << 18


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_count() -> int:
    """Return how many processes to use where nobody says: one a core, but not too many."""
    return min(cores(), MOST_WORKERS)


class Work:
    """Some tasks, and their results once they are there.

    Attributes:
        tasks: The tasks.
        results: The result of each; None until they are there.
        failed: Whether the process that was at it has ended.
    """

    def __init__(self, tasks: Sequence[Any]) -> None:
        self.tasks = tasks
        self.results: Sequence[Any] | None = None
        self.failed = False


class Workers:
    """Processes that all run one module, which calls `serve`.

    Args:
        module: The module.
        setup: What its `start` gets, as JSON.
        count: How many processes; with none, all is done in this one.
    """

    def __init__(self, module: str, setup: Any, count: int) -> None:
        self.count = count
        self._waiting: deque[Work] = deque()
        self._processes = [_Process(module, setup) for _ in range(count)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self, tasks: Sequence[Any]) -> Work:
        """Have tasks done."""
        work = Work(tasks)
        self._waiting.append(work)
        self._move(0)
        return work

    def results(self, work: Work, here: Callable[[Any], Any]) -> Sequence[Any]:
        """Return the results of a work; until they are there, this process does later ones, by `here`.

        Raises:
            Exception: What `here` raises, for tasks of this work.
        """
        while work.results is None:
            if work.failed or not self._processes:
                with suppress(ValueError):
                    self._waiting.remove(work)
                work.results = [here(task) for task in work.tasks]
                break
            # The last one that waits: the processes come to it last.
            mine = self._waiting.pop() if self._waiting else None
            if mine is None:
                self._move(None)
                continue
            done = []
            for task in mine.tasks:
                try:
                    done.append(here(task))
                except Exception:
                    mine.failed = True
                    break
                self._move(0)
            else:
                mine.results = done
        return work.results

    def each(self, tasks: Iterable[Any], here: Callable[[Any], Any]) -> Generator[Any, None, None]:
        """Yield the result of each task, in order; this process does some of them, by `here`."""
        begun: deque[Work] = deque()
        remaining = iter(tasks)
        while some := list(islice(remaining, CHUNK)):
            begun.append(self.begin(some))
            if len(begun) > AHEAD * (self.count + 1):
                yield from self.results(begun.popleft(), here)
        while begun:
            yield from self.results(begun.popleft(), here)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.end()

    def _move(self, timeout_s: float | None) -> None:
        """Hand out what waits, and take in what is done; wait for it for so long, None until something happens."""
        for process in self._processes:
            while not process.has_ended and len(process.works) < _UNDER_WAY and self._waiting:
                process.give(self._waiting.popleft())
        # One that ended as it was written to has no pipes to look at.
        self._processes = [process for process in self._processes if not process.has_ended]
        reading = {process.output: process for process in self._processes}
        writing = {process.input: process for process in self._processes if process.unsent}
        # Unlike `select`, it takes files of any number.
        waiting = select.poll()
        for file in reading:
            waiting.register(file, select.POLLIN)
        for file in writing:
            waiting.register(file, select.POLLOUT)
        happened = (
            [file for file, _ in waiting.poll(None if timeout_s is None else 1000 * timeout_s)] if reading else []
        )
        for file in happened:
            if file in writing:
                writing[file].send()
        for file in happened:
            if file in reading and not reading[file].has_ended:
                reading[file].receive()
        self._processes = [process for process in self._processes if not process.has_ended]


class _Process:
    """One process, with the works that it is at."""

    def __init__(self, module: str, setup: Any) -> None:
        # One thread each: they share the cores already.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with a module of this package
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self.input, self.output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self.works: deque[Work] = deque()
        self.has_ended = False
        self.unsent = _line(setup)
        self._received = bytearray()

    def give(self, work: Work) -> None:
        """Send a work."""
        self.works.append(work)
        self.unsent += _line(work.tasks)
        self.send()

    def send(self) -> None:
        """Write as much as the pipe takes."""
        try:
            self.unsent = self.unsent[os.write(self.input, self.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.end()

    def receive(self) -> None:
        """Read what is there, and note the results that are whole."""
        try:
            data = os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        self._received += data
        *lines, rest = self._received.split(b"\n") if b"\n" in data else [self._received]
        self._received = bytearray(rest)
        for line in lines:
            self._take(bytes(line))

    def _take(self, line: bytes) -> None:
        try:
            results = json.loads(line)
        except ValueError:
            results = None
        work = self.works.popleft() if self.works else Work(())
        if isinstance(results, list) and len(results) == len(work.tasks):
            work.results = results
        else:
            work.failed = True
            self.end()

    def end(self) -> None:
        """End the process; what it was at is done elsewhere."""
        self.has_ended = True
        for work in self.works:
            work.failed = True
        self.works.clear()
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process.wait()


def serve(start: Callable[[Any], AbstractContextManager[Callable[[Any], Any]]]) -> None:
    """Do tasks from stdin, each a line of JSON, until it ends; `start` makes of the setup what does one."""
    # An interrupt from the keyboard reaches the whole group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing else may print among the answers
    lines: IO[bytes] = sys.stdin.buffer
    with suppress(BrokenPipeError), start(json.loads(lines.readline() or b"null")) as work:
        for line in lines:
            answers.write(_line([work(task) for task in json.loads(line)]))
            answers.flush()


def _line(message: Any) -> bytes:
    # ASCII, because an id may hold half of a surrogate pair.
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"
