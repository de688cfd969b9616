"""What time it is: the machine's clock, or one movable clock that demos and tests share between processes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

import orjson


class Clock(Protocol):
    def now(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000


class FileClock:
    """A clock read from a small JSON file: ``{"now_ms", "wall_ms", "running"}``; moved by whoever writes the file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._stamp: tuple[int, int] = (0, 0)
        self._now_ms = self._wall_ms = 0
        self._running = True

    def now(self) -> int:
        stat = os.stat(self.path)
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            told = orjson.loads(self.path.read_bytes())
            self._now_ms, self._wall_ms, self._running = told["now_ms"], told["wall_ms"], told["running"]
            self._stamp = stamp
        if not self._running:
            return int(self._now_ms)
        return int(self._now_ms + time.time_ns() // 1_000_000 - self._wall_ms)
