"""What a running turn may do besides its job: write its log, ask another agent, join a thread, hear of a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from agents.agent import Event, Line
from sessions import asking, control, events, inbox, threads
from sessions.engine import Queue
from sessions.store import inbox as inbox_table
from sessions.store import sessions
from store import faults
from store.engine import is_sqlite, reading
from store.statements import Statement
from systems.clock import Clock

LOOK_AGAIN_SECONDS = 0.2
"""A stop is looked for that often at most: an answer that streams in asks with every word."""

_STOP = Statement(select(inbox_table.c.stop_at).where(inbox_table.c.seq == bindparam("row")))
_LOCK_SESSION = Statement(select(sessions.c.id).where(sessions.c.id == bindparam("session")).with_for_update())
_TITLE = Statement(select(sessions.c.title).where(sessions.c.id == bindparam("session")))


class Hands:
    """Of one turn, in one attempt; ``past`` is its log, which grows with what it writes."""

    def __init__(self, database: Engine, clock: Clock, queue: Queue, row: Mapping[str, Any], past: list[Event]) -> None:
        self._database, self._clock, self._queue, self._row, self._past = database, clock, queue, row, past
        self._stopped = row["stop_at"] is not None
        self._looked = time.monotonic()
        self.last_lines: list[Line] = []
        """What the log gets in the transaction that ends the turn."""
        # An SQLite file is held open by the pool anyway. Of Postgres' connections there are few, and one that is kept
        # may break while a model thinks; there each write takes one that was looked at.
        self._own = database.connect() if is_sqlite(database) else None

    def close(self) -> None:
        """The turn writes no more."""
        if self._own is not None:
            self._own.close()

    def append(self, kind: str, body: Mapping[str, Any], also: Callable[[Connection], None] | None = None) -> None:
        with self._writing() as connection:
            written = self._write(connection, kind, body)
            if also is not None:
                also(connection)
        self._past.append(written)

    def append_all(self, lines: Sequence[Line]) -> None:
        with self._writing() as connection:
            written = [self._write(connection, kind, body) for kind, body in lines]
        self._past.extend(written)

    def at_end(self, lines: Sequence[Line]) -> None:
        self.last_lines.extend(lines)

    def read_log(self, session: str) -> list[Event]:
        with reading(self._database).connect() as connection:
            return events.read(connection, session)

    def stopped(self) -> bool:
        if not self._stopped and time.monotonic() - self._looked >= LOOK_AGAIN_SECONDS:
            with reading(self._database).connect() as connection:
                self._stopped = _STOP.scalar(connection, {"row": self._row["seq"]}) is not None
            self._looked = time.monotonic()
        return self._stopped

    def ask(self, agent: str, question: str, call: str, depth: int) -> str | None:
        r = self._row
        for event in self._past:
            if event.turn == r["turn"] and event.kind == "asked" and event.body["call"] == call:
                return str(event.body["session"])
        trigger = asking.question(
            r["workspace"], r["session"], r["turn"], r["trigger"]["person"], agent, question, call, depth
        )
        with self._database.begin() as connection:
            # A stop stops what was asked by then; behind the lock none can come between our look and our question.
            _LOCK_SESSION.all(connection, {"session": r["session"]})
            if _STOP.scalar(connection, {"row": r["seq"]}) is not None:
                self._stopped = True
                return None
            inbox.submit(connection, self._queue, r["workspace"], trigger, self._clock.now())
            written = self._write(connection, "asked", {"call": call, "session": trigger.session, "agent": agent})
        self._past.append(written)
        faults.reached("turn.asked")
        return trigger.session

    def join(self, channel: str, ts: str, connection: Connection | None = None) -> None:
        with nullcontext(connection) if connection is not None else self._database.begin() as mine:
            threads.join(mine, self._row["workspace"], channel, ts, self._row["session"], self._clock.now())

    def title_of(self) -> str | None:
        with reading(self._database).connect() as connection:
            title: str | None = _TITLE.scalar(connection, {"session": self._row["session"]})
        return title

    def name(self, title: str) -> None:
        with self._database.begin() as connection:
            control.name(connection, self._row["session"], title)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._own is None:
            with self._database.begin() as connection:
                yield connection
        else:
            with self._own.begin():
                yield self._own

    def _write(self, connection: Connection, kind: str, body: Mapping[str, Any]) -> Event:
        r = self._row
        return events.append(connection, r["workspace"], r["session"], r["turn"], self._clock.now(), kind, body)
