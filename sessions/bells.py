"""Wakes a worker the moment something is put in line for it, so that it need not keep asking.

A bell is rung after the transaction that put a turn in line has committed: at once within the process, and on Postgres
through the database's own notices for all the others. Nothing depends on it: a ring that is lost is a turn that waits
for the next look, which comes every ``DAYBOOK_POLL_SECONDS`` anyway.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, func, select

from store.engine import is_sqlite

CHANNEL = "daybook_in_line"
LAST_LOOK_SECONDS = 0.25
"""A look may meet another worker's lock, or come just before a finished turn has left its place: so one more."""

log = logging.getLogger("daybook.bells")


class Bell(threading.Event):
    """What one queue's thread waits on between two looks: until the time is over, it is rung, or all is over.

    A ring during a look is kept for the next wait. However often it is rung, looks are ``rest`` seconds apart.
    """

    def __init__(self, rest: float) -> None:
        super().__init__()
        self._rest = rest
        self._changed = threading.Condition()
        self._over = False
        self._due = self._last = float("inf")
        self._looked = float("-inf")

    def ring(self) -> None:
        """Look now, and a last time when it has been quiet for a moment."""
        with self._changed:
            now = time.monotonic()
            self._due = min(self._due, now)
            self._last = now + LAST_LOOK_SECONDS
            self._changed.notify_all()

    def at_rest(self) -> bool:
        """Whether only time would make it look again."""
        with self._changed:
            return self._due == self._last == float("inf")

    def set(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def is_set(self) -> bool:
        return self._over

    def wait(self, timeout: float | None = None) -> bool:
        """True when it is over; False when it is time to look."""
        with self._changed:
            end = float("inf") if timeout is None else time.monotonic() + timeout
            while not self._over:
                now = time.monotonic()
                at = min(end, max(min(self._due, self._last), self._looked + self._rest))
                if now >= at:
                    self._looked = now
                    self._due = float("inf")
                    if self._last <= now:
                        self._last = float("inf")
                    return False
                self._changed.wait(None if at == float("inf") else at - now)
            return True


class Bells:
    """The bells of one process by queue, and whatever rings them."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._hung: dict[str, Bell] = {}
        self._process = uuid.uuid4().hex
        self._mark = f"in line {self._process}"
        event.listen(database, "checkin", self._given_back)

    def hang(self, queue: str, bell: Bell) -> None:
        self._hung[queue] = bell

    def take_down(self) -> None:
        """The worker ends: its queues' threads stop waiting."""
        for bell in self._hung.values():
            bell.set()
        self._hung = {}

    def ring(self, queue: str) -> None:
        bell = self._hung.get(queue)
        if bell is not None:
            bell.ring()

    def ring_all(self) -> None:
        for bell in list(self._hung.values()):
            bell.ring()

    def at_rest(self) -> bool:
        return all(bell.at_rest() for bell in list(self._hung.values()))

    def after(self, connection: Connection, queue: str) -> None:
        """Ring for ``queue`` once the transaction on ``connection`` has ended; a rollback rings for nothing."""
        connection.info.setdefault(self._mark, set()).add(queue)
        if not is_sqlite(self._database):
            connection.execute(_NOTIFY, {"payload": f"{self._process}:{queue}"})

    def _given_back(self, _driver: object, record: Any) -> None:
        # A connection comes back to the pool after its commit, and not before.
        for queue in record.info.pop(self._mark, ()):
            self.ring(queue)

    def heard(self, payload: str) -> None:
        """Another process has put something in line (or this one, which has rung already)."""
        process, _, queue = payload.partition(":")
        if process != self._process:
            self.ring(queue)

    def close(self) -> None:
        event.remove(self._database, "checkin", self._given_back)


_NOTIFY = select(func.pg_notify(CHANNEL, sqlalchemy.bindparam("payload")))


class Ear:
    """Hears on Postgres what other processes put in line; connects again whenever the connection is lost."""

    def __init__(self, engine: Engine, bells: Bells) -> None:
        self._engine, self._bells = engine, bells
        self._stop = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                with self._line() as line:
                    line.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    # Whatever was said while nobody listened.
                    self._bells.ring_all()
                    while not self._stop.is_set():
                        for notice in line.notifies(timeout=0.5):
                            self._bells.heard(notice.payload)
            except _lost() as lost:
                log.warning("the database's notices are not heard; asking goes on: %s", type(lost).__name__)
            self.listening.clear()
            self._stop.wait(1.0)

    @contextlib.contextmanager
    def _line(self) -> Iterator[Any]:
        """A connection of its own: the pool never gets back one that listens."""
        borrowed = self._engine.raw_connection()
        line: Any = borrowed.driver_connection
        borrowed.detach()
        try:
            line.autocommit = True
            yield line
        finally:
            borrowed.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)


def _lost() -> tuple[type[Exception], ...]:
    import psycopg

    return (sqlalchemy.exc.SQLAlchemyError, psycopg.Error)
