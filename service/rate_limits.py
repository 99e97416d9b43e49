"""Rate limits shared by all workers: a storage for the `limits` package in a SQLite file."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter

log = logging.getLogger("service")

_TABLE = "CREATE TABLE IF NOT EXISTS hits (key TEXT PRIMARY KEY, count INTEGER, expires REAL) WITHOUT ROWID"
_INCREMENT = """
INSERT INTO hits VALUES (:key, :amount, :expires) ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN expires <= :now THEN :amount ELSE count + :amount END,
  expires = CASE WHEN expires <= :now THEN :expires ELSE expires END
RETURNING count
"""
_SWEEP_EVERY = 1000


class SQLiteStorage(Storage):
    """Request counts in a SQLite file; it is not synced, since a crash loses only the current window."""

    STORAGE_SCHEME = ["related+sqlite"]  # noqa: RUF012 - the library's own class attribute

    def __init__(self, path: Path) -> None:
        super().__init__(None)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute(_TABLE)
        self._since_sweep = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        """The base class of the exceptions of the storage."""
        return sqlite3.Error

    def incr(self, key: str, expiry: float, amount: int = 1, **_: Any) -> int:
        """Increment a count and return it."""
        now = time.time()
        with self._lock:
            self._since_sweep += 1
            if self._since_sweep >= _SWEEP_EVERY:
                self._since_sweep = 0
                self._connection.execute("DELETE FROM hits WHERE expires <= ?", (now,))
            values = {"key": key, "amount": amount, "expires": now + expiry, "now": now}
            row = self._connection.execute(_INCREMENT, values).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """Return the count in the current window."""
        with self._lock:
            sql = "SELECT count FROM hits WHERE key = ? AND expires > ?"
            row = self._connection.execute(sql, (key, time.time())).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Return the end of the current window, in seconds since the epoch."""
        with self._lock:
            row = self._connection.execute("SELECT expires FROM hits WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else time.time()

    def check(self) -> bool:
        """Return whether the file is usable."""
        return self.get("") == 0

    def reset(self) -> int | None:
        """Delete all counts."""
        with self._lock:
            return self._connection.execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Delete one count."""
        with self._lock:
            self._connection.execute("DELETE FROM hits WHERE key = ?", (key,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class RateLimit:
    """A limit on how often each caller may do something.

    Args:
        storage: The storage of the counts.
        rate: Such as `600/minute`; empty for no limit.
        name: The name of what is counted.
    """

    def __init__(self, storage: SQLiteStorage, rate: str, name: str) -> None:
        self._limiter = FixedWindowRateLimiter(storage)
        self._alone: FixedWindowRateLimiter | None = None
        self._item: RateLimitItem | None = parse(rate) if rate else None
        self._name = name

    def wait(self, who: str) -> float | None:
        """Count a request; return the seconds to wait if it exceeds the limit, else None."""
        if self._item is None:
            return None
        try:
            return self._wait(self._limiter, self._item, who)
        except sqlite3.Error as error:
            # A full or lost disk takes no answer down, nor does it open the door: this worker counts by itself.
            if self._alone is None:
                log.warning("requests are counted by each worker alone: %s", error)
                self._alone = FixedWindowRateLimiter(MemoryStorage())
            return self._wait(self._alone, self._item, who)

    def _wait(self, limiter: FixedWindowRateLimiter, item: RateLimitItem, who: str) -> float | None:
        if limiter.hit(item, self._name, who):
            return None
        return max(1.0, limiter.get_window_stats(item, self._name, who).reset_time - time.time())
