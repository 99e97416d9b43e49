"""Rate limits that all workers share: a `limits` storage in a SQLite file."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

_TABLE = "CREATE TABLE IF NOT EXISTS hits (key TEXT PRIMARY KEY, count INTEGER, expires REAL) WITHOUT ROWID"
_INCREMENT = """
INSERT INTO hits VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN expires <= ?4 THEN ?2 ELSE count + ?2 END,
  expires = CASE WHEN expires <= ?4 THEN ?3 ELSE expires END
RETURNING count
"""
_SWEEP_EVERY = 1000


class SQLiteStorage(Storage):
    """Counts in a file; what is lost with it are counts of the running window alone, so that nothing is synced."""

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
        """What the storage raises."""
        return sqlite3.Error

    def incr(self, key: str, expiry: float, amount: int = 1, **_: Any) -> int:
        """Count, and say how many there are in the window now."""
        now = time.time()
        with self._lock:
            self._since_sweep += 1
            if self._since_sweep >= _SWEEP_EVERY:
                self._since_sweep = 0
                self._connection.execute("DELETE FROM hits WHERE expires <= ?", (now,))
            row = self._connection.execute(_INCREMENT, (key, amount, now + expiry, now)).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """How many there are."""
        with self._lock:
            sql = "SELECT count FROM hits WHERE key = ? AND expires > ?"
            row = self._connection.execute(sql, (key, time.time())).fetchone()
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends."""
        with self._lock:
            row = self._connection.execute("SELECT expires FROM hits WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else time.time()

    def check(self) -> bool:
        """Whether the file can be used."""
        return self.get("") == 0

    def reset(self) -> int | None:
        """Forget all counts."""
        with self._lock:
            return self._connection.execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Forget one."""
        with self._lock:
            self._connection.execute("DELETE FROM hits WHERE key = ?", (key,))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class RateLimit:
    """Says whether somebody may do something once more.

    Args:
        storage: Where the counts are.
        rate: Such as `600/minute`; empty for any number.
        name: What is counted.
    """

    def __init__(self, storage: SQLiteStorage, rate: str, name: str) -> None:
        self._limiter = FixedWindowRateLimiter(storage)
        self._item: RateLimitItem | None = parse(rate) if rate else None
        self._name = name

    def wait(self, who: str) -> float | None:
        """Count one more, and say in how many seconds to come back if that is too many."""
        if self._item is None or self._limiter.hit(self._item, self._name, who):
            return None
        return self._left(who)

    def _left(self, who: str) -> float:
        if self._item is None:
            return 0.0
        return max(1.0, self._limiter.get_window_stats(self._item, self._name, who).reset_time - time.time())
