"""One clock for everybody: a small file that the sandbox writes and every process reads."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class ClockError(ValueError):
    """The clock was told something that is not an instant."""


def wall_ms() -> int:
    """The machine's own time, in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def parse_instant(value: object) -> int:
    """An ISO 8601 string (no zone means UTC) or whole milliseconds, as milliseconds since the epoch."""
    if isinstance(value, bool):
        raise ClockError("an instant is ISO 8601 text or whole milliseconds, not true or false")
    if isinstance(value, (int, float)):
        return int(value)
    if isinstance(value, str):
        if value.lstrip("-").isdigit():
            return int(value)
        try:
            when = datetime.fromisoformat(value)
        except ValueError as error:
            raise ClockError(f"{value!r} is not an ISO 8601 instant; write 2026-11-23T09:00:00Z") from error
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return int(when.timestamp() * 1000)
    raise ClockError("an instant is ISO 8601 text or whole milliseconds")


class SharedClock:
    """now = base + (wall time passed since the base was set, while running).

    The file holds `{"now_ms", "wall_ms", "running"}`. It is replaced whole (written beside, then renamed), so
    a reader never sees half of it, and read again whenever its inode or change time differs.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, start_ms: int | None = None) -> None:
        if path is None:
            folder = tempfile.mkdtemp(prefix="daybook-clock-")
            path = Path(folder) / "clock.json"
        self.path = Path(path)
        self._seen: tuple[int, int] | None = None
        self._base_ms = self._wall_ms = 0
        self._running = True
        self._changed: set[asyncio.Event] = set()
        if start_ms is not None or not self.path.exists():
            self._write(wall_ms() if start_ms is None else start_ms, True)
        else:
            self._read()

    def now_ms(self) -> int:
        """The shared now, in milliseconds since the epoch, UTC."""
        self._read()
        return self._base_ms + (wall_ms() - self._wall_ms if self._running else 0)

    @property
    def running(self) -> bool:
        """Whether the clock moves with the wall clock, or stands still."""
        self._read()
        return self._running

    def set(self, instant: object) -> int:
        """Put the hands on an instant; returns the new now."""
        self._write(parse_instant(instant), self._running)
        return self.now_ms()

    def advance(self, seconds: float) -> int:
        """Move the hands on; returns the new now."""
        self._write(self.now_ms() + int(seconds * 1000), self._running)
        return self.now_ms()

    def run(self, running: bool) -> int:
        """Let the clock go, or stop it; returns the now."""
        self._write(self.now_ms(), running)
        return self.now_ms()

    def as_json(self) -> dict[str, Any]:
        """The state of the clock as `GET /_sandbox/clock` answers it."""
        now = self.now_ms()
        iso = (
            datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )
        return {"now_ms": now, "iso": iso, "running": self._running, "path": str(self.path)}

    async def reached(self, instant_ms: int) -> None:
        """Wait until the shared clock reads that instant, however it gets there."""
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            while (left := instant_ms - self.now_ms()) > 0:
                changed.clear()
                # Another process may move the file too, so never sleep longer than a moment.
                moment = 0.25 if left < 10_000 else 1.0
                pause = min(left / 1000, moment) if self._running else moment
                try:
                    await asyncio.wait_for(changed.wait(), pause)
                except TimeoutError:
                    continue
        finally:
            self._changed.discard(changed)

    def _read(self) -> None:
        stat = os.stat(self.path)
        if (stat.st_mtime_ns, stat.st_ino) == self._seen:
            return
        held = json.loads(self.path.read_text())
        self._base_ms, self._wall_ms = int(held["now_ms"]), int(held["wall_ms"])
        self._running = bool(held["running"])
        self._seen = (stat.st_mtime_ns, stat.st_ino)

    def _write(self, now_ms: int, running: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        held = {"now_ms": now_ms, "wall_ms": wall_ms(), "running": running}
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name, suffix=".new")
        with os.fdopen(handle, "w") as beside:
            json.dump(held, beside)
        os.replace(name, self.path)
        self._read()
        for event in self._changed:
            event.set()
