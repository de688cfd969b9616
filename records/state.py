"""How far the sync of each kind of record is, and who may sync now. Both survive the process."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from records.rows import upsert
from records.tables import sync_lock, sync_state
from rules.facts import DAY

LEASE_MS = 180_000
"""Longer than the longest wait for a vendor, so that a waiting sync is not taken for a dead one."""

MINUTE = 60_000
OVERLAP_MS = 10 * MINUTE
"""How long a vendor's search index may lag behind a write."""


class SyncBusy(Exception):
    """Another sync is running; wait for it, it does the same work."""


class State(NamedTuple):
    """One row of ``sync_state``."""

    source: str
    kind: str
    phase: str = "new"
    generation: int = 0
    token: str | None = None
    listing_newest: int | None = None
    done: int = 0
    total: int | None = None
    newest: int | None = None
    """The newest change read (the vendor's clock), and when it was first seen (ours)."""
    newest_seen_at: int | None = None
    polled_at: int | None = None
    """What the vendor's clock showed, at the least, when everything up to ``newest`` was read."""
    archived_token: str | None = None
    swept_at: int | None = None
    fingerprint: str | None = None
    last_success_at: int | None = None
    last_error: str | None = None
    last_error_at: int | None = None


def load(conn: Connection, source: str, kind: str) -> State:
    """The state of one kind; a new one when it was never synced."""
    columns = [sync_state.c[name] for name in State._fields]
    row = conn.execute(select(*columns).where(sync_state.c.source == source, sync_state.c.kind == kind)).first()
    return State(*row) if row else State(source, kind)


def save(conn: Connection, state: State) -> State:
    """Write the whole row; in the same transaction as the records it speaks of."""
    upsert(conn, sync_state, [state._asdict()])
    return state


def failed(engine: Engine, source: str, kind: str, error: str, now: int) -> None:
    """Remember in plain words why a kind can't be synced, and since when."""
    with engine.begin() as conn:
        known = load(conn, source, kind)
        began = known.last_error_at if known.last_error else now
        save(conn, known._replace(last_error=error[:500], last_error_at=began))


def since(state: State) -> int:
    """From which change time on to ask for changes.

    Changes up to ``OVERLAP_MS`` before the last complete poll may not have been in the index yet: they are asked for
    once more. Never beyond the newest change seen: past that there is nothing to skip.
    """
    if state.newest is None:
        return 0
    return min(state.newest + 1, max(state.newest, state.polled_at or 0) - OVERLAP_MS)


def polled(state: State, began: int, told: int = 0) -> State:
    """After a complete poll that began at ``began`` (our clock): how far the vendor's clock was then, at the least.

    By what it ``told`` itself. Failing that, by a time span of our clock, which may be wrong: the newest change, and
    the time since that was first seen.
    """
    if state.newest is None:
        return state
    spent = 0 if state.newest_seen_at is None else max(0, began - state.newest_seen_at)
    return state._replace(polled_at=max(state.newest + spent, told))


class Lock:
    """The right to sync, held by one process at a time and renewed with each page."""

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine, self._holder = engine, holder

    def renew(self, conn: Connection) -> None:
        """Prolong the lease; ``SyncBusy`` when it was lost to another process meanwhile."""
        mine = update(sync_lock).where(sync_lock.c.holder == self._holder).values(until=_wall() + LEASE_MS)
        if conn.execute(mine).rowcount != 1:
            raise SyncBusy("another sync took over, because this one gave no sign of life for too long.")


@contextmanager
def only_one(engine: Engine) -> Iterator[Lock]:
    """Hold the lock, or raise ``SyncBusy``. A lock left by a dead process of this machine is taken over at once."""
    holder, host = uuid.uuid4().hex, socket.gethostname()
    row = {"name": "sync", "holder": holder, "host": host, "pid": os.getpid(), "until": _wall() + LEASE_MS}
    with engine.begin() as conn:
        held: Any = conn.execute(select(sync_lock).with_for_update()).first()
        if held and held.until > _wall() and not (held.host == host and not _alive(held.pid)):
            raise SyncBusy(f"a sync is running already (process {held.pid} on {held.host}).")
        if held:
            conn.execute(delete(sync_lock).where(sync_lock.c.holder == held.holder))
        # Of two that find it free at the same moment, the database lets one insert; the other reads that one's name.
        insert: Any = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(sync_lock)
        conn.execute(insert.on_conflict_do_nothing(), [row])
        if conn.scalar(select(sync_lock.c.holder)) != holder:
            raise SyncBusy("another process began to sync at the same moment.")
    try:
        yield Lock(engine, holder)
    finally:
        with engine.begin() as conn:
            conn.execute(delete(sync_lock).where(sync_lock.c.holder == holder))


def _wall() -> int:
    return time.time_ns() // 1_000_000


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sweep_due(conn: Connection, now: int) -> bool:
    """Whether some kind that was read before has not been looked through for deletions today (UTC)."""
    read = sync_state.c.last_success_at.is_not(None) & (sync_state.c.kind != "directory")
    swept = conn.scalars(select(sync_state.c.swept_at).where(read))
    return any((at or 0) // DAY < now // DAY for at in swept)
