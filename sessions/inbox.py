"""The one door: every trigger, whatever made it, becomes a turn of a session here, once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sessions.engine import PRESSES, SESSIONS, Queue
from sessions.session import FAILED, HELD, QUEUED, WAITING, Pressed, Scheduled
from sessions.store import inbox, sessions
from store import effects, faults


@dataclass(frozen=True)
class Receipt:
    """Where a trigger went; ``fresh`` is False when its key had come in before and nothing was done."""

    session: str
    turn: int
    fresh: bool


def submit(connection: Connection, queue: Queue, workspace: str, trigger: Scheduled | Pressed, now: int) -> Receipt:
    """Start or continue ``trigger.session`` with one turn, in the caller's transaction.

    ``now`` is the Clock's ms. A key that came in before, from any process at any time, changes nothing.
    """
    came = {"workspace": workspace, "key": trigger.key}
    known = connection.execute(_KNOWN, came).first()
    if known:
        return Receipt(known.session, known.turn, fresh=False)
    turn = _next_turn(connection, workspace, trigger, now)
    partition = trigger.session if isinstance(trigger, Scheduled) else f"{trigger.session}/{trigger.account}"
    line = SESSIONS if isinstance(trigger, Scheduled) else PRESSES
    new = {
        **came,
        "session": trigger.session,
        "turn": turn,
        "queue": line,
        "partition": partition,
        "trigger": trigger.model_dump(mode="json"),
        "state": QUEUED,
        "attempt": 0,
        "received_at": now,
        "enqueued_wall": _wall(),
    }
    row = connection.execute(_new_row(connection.dialect.name), new).scalar()
    if row is None:
        # Another process put the same key in between our look and our insert; on Postgres that is possible. The
        # session's row is locked by our upsert, so the number can be given back.
        connection.execute(update(sessions).where(sessions.c.id == trigger.session).values(turns=sessions.c.turns - 1))
        found = connection.execute(_KNOWN, came).one()
        return Receipt(found.session, found.turn, fresh=False)
    queue.put(connection, workflow_id(line, trigger.session, turn, 0), line, partition, row)
    faults.reached("inbox.submitted")
    return Receipt(trigger.session, turn, fresh=True)


def standing(connection: Connection, receipt: Receipt) -> tuple[str, str | None]:
    """(state, note) of the turn a trigger became."""
    row = connection.execute(
        select(inbox.c.state, inbox.c.note).where(inbox.c.session == receipt.session, inbox.c.turn == receipt.turn)
    ).one()
    return row.state, row.note


def again(connection: Connection, queue: Queue, row: int) -> None:
    """Put a turn that waited, was held or got lost back in line, under a new attempt."""
    connection.execute(
        update(inbox)
        .where(inbox.c.seq == row)
        .values(state=QUEUED, attempt=inbox.c.attempt + 1, wake_at=None, enqueued_wall=_wall())
    )
    _enqueue(connection, queue, row)


def retry(connection: Connection, queue: Queue, receipt: Receipt, trigger: Scheduled | Pressed) -> bool:
    """A person asks again for a turn that had failed: let it run anew, with the new trigger. False if it had not.

    What it had done stays done: effects that went through are not repeated.
    """
    row = connection.execute(
        select(inbox.c.seq, inbox.c.state)
        .where(inbox.c.session == receipt.session, inbox.c.turn == receipt.turn)
        .with_for_update()
    ).one()
    if row.state != FAILED:
        return False
    effects.reopen(connection, f"{receipt.session}:")
    connection.execute(
        update(inbox)
        .where(inbox.c.seq == row.seq)
        .values(trigger=trigger.model_dump(mode="json"), ended_at=None, note=None)
    )
    again(connection, queue, row.seq)
    return True


def wake(connection: Connection, queue: Queue, now: int, limit: int = 500) -> int:
    """Sweep: put the turns whose waiting is over back in line; answers how many."""
    due = list(
        connection.scalars(
            select(inbox.c.seq)
            .where(inbox.c.state == WAITING, inbox.c.wake_at <= now)
            .order_by(inbox.c.wake_at, inbox.c.seq)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for row in due:
        again(connection, queue, row)
    return len(due)


def rescue(connection: Connection, queue: Queue, older_than_ms: int = 60_000) -> int:
    """Sweep: put turns back in line whose place in the queue was lost (a worker without them, a deleted row)."""
    rows = connection.execute(
        select(inbox.c.seq, inbox.c.session, inbox.c.turn, inbox.c.attempt, inbox.c.queue)
        .where(inbox.c.state.in_([QUEUED, "running"]), inbox.c.enqueued_wall < _wall() - older_than_ms)
        .order_by(inbox.c.seq)
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return 0
    ids = {workflow_id(r.queue, r.session, r.turn, r.attempt): r.seq for r in rows}
    lost = queue.lost(list(ids))
    for name in sorted(lost):
        again(connection, queue, ids[name])
    return len(lost)


def release_next(connection: Connection, queue: Queue, session: str) -> None:
    """A turn of this session has ended: let the next one that was held for it go on."""
    row = connection.scalar(
        select(inbox.c.seq).where(inbox.c.session == session, inbox.c.state == HELD).order_by(inbox.c.turn).limit(1)
    )
    if row is not None:
        again(connection, queue, row)


def workflow_id(queue: str, session: str, turn: int, attempt: int) -> str:
    """A new id for each attempt: enqueueing an id that has ended is silently nothing in DBOS."""
    return f"{'t' if queue == SESSIONS else 'p'}:{session}:{turn:06d}:{attempt}"


def _enqueue(connection: Connection, queue: Queue, row: int) -> None:
    r = connection.execute(
        select(inbox.c.queue, inbox.c.partition, inbox.c.session, inbox.c.turn, inbox.c.attempt).where(
            inbox.c.seq == row
        )
    ).one()
    queue.put(connection, workflow_id(r.queue, r.session, r.turn, r.attempt), r.queue, r.partition, row)


def _next_turn(connection: Connection, workspace: str, trigger: Scheduled | Pressed, now: int) -> int:
    """Number the turn; the upsert locks the session's row, so numbers are dense and in order."""
    new = {
        "id": trigger.session,
        "workspace": workspace,
        "agent": trigger.agent,
        "person": trigger.person,
        "opened_at": now,
        "touched_at": now,
        "turns": 1,
    }
    return int(connection.execute(_new_turn(connection.dialect.name), new).scalar_one())


# Built once: building a statement costs several times what running it does.
_KNOWN = select(inbox.c.session, inbox.c.turn).where(
    inbox.c.workspace == bindparam("workspace"), inbox.c.key == bindparam("key")
)


@cache
def _new_row(dialect: str) -> Any:
    return _insert(dialect)(inbox).on_conflict_do_nothing().returning(inbox.c.seq)


@cache
def _new_turn(dialect: str) -> Any:
    new = _insert(dialect)(sessions)
    again = {"turns": sessions.c.turns + 1, "touched_at": new.excluded.touched_at}
    return new.on_conflict_do_update(index_elements=["id"], set_=again).returning(sessions.c.turns)


def _insert(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


def _wall() -> int:
    return time.time_ns() // 1_000_000
