"""The one door: every trigger, whatever made it, becomes a turn of a session here, once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sessions.engine import PRESSES, Queue
from sessions.session import ENDED, FAILED, FENCED, HELD, QUEUED, WAITING, AnyTrigger
from sessions.store import inbox, sessions
from store import effects, faults
from store.statements import Statement


@dataclass(frozen=True)
class Receipt:
    """Where a trigger went; ``fresh`` is False when its key had come in before and nothing was done. ``held``: its
    session is paused, and it waits until that is resumed.
    """

    session: str
    turn: int
    fresh: bool
    held: bool = False


def submit(connection: Connection, queue: Queue, workspace: str, trigger: AnyTrigger, now: int) -> Receipt:
    """Start or continue ``trigger.session`` with one turn, in the caller's transaction.

    ``now`` is the Clock's ms. A key that came in before, from any process at any time, changes nothing. In a paused
    session the turn is stored and held.
    """
    came = {"workspace": workspace, "key": trigger.key}
    known = _KNOWN.first(connection, came)
    if known:
        session, turn = known
        return Receipt(session, turn, fresh=False)
    turn, paused = _next_turn(connection, workspace, trigger, now)
    line, partition = trigger.queue, trigger.partition
    held = paused and line in FENCED
    new = {
        **came,
        "session": trigger.session,
        "turn": turn,
        "queue": line,
        "partition": partition,
        "trigger": trigger.model_dump(mode="json"),
        "state": HELD if held else QUEUED,
        "attempt": 0,
        "received_at": now,
        "enqueued_wall": _wall(),
    }
    row = _new_row(connection.dialect.name).scalar(connection, new)
    if row is None:
        # Another process put the same key in between our look and our insert; on Postgres that is possible. The
        # session's row is locked by our upsert, so the number can be given back.
        connection.execute(_GIVE_BACK, {"session": trigger.session})
        session, turn = _KNOWN.one(connection, came)
        return Receipt(session, turn, fresh=False)
    if not held:
        queue.put(connection, workflow_id(line, trigger.session, turn, 0), line, partition, row)
    faults.reached("inbox.submitted")
    return Receipt(trigger.session, turn, fresh=True, held=held)


def standing(connection: Connection, receipt: Receipt) -> tuple[str, str | None]:
    """(state, note) of the turn a trigger became."""
    row = connection.execute(
        select(inbox.c.state, inbox.c.note).where(inbox.c.session == receipt.session, inbox.c.turn == receipt.turn)
    ).one()
    return row.state, row.note


def ended(connection: Connection, workspace: str, keys: Sequence[str]) -> set[str]:
    """Those of these triggers whose turns are over, however they ended."""
    theirs = inbox.c.workspace == workspace, inbox.c.key.in_(keys), inbox.c.state.in_(ENDED)
    return set(connection.scalars(select(inbox.c.key).where(*theirs)))


def in_line(connection: Connection, queue: str) -> bool:
    """Whether any turn stands in this line."""
    return _IN_LINE.scalar(connection, {"of": queue}) is not None


def again(connection: Connection, queue: Queue, row: int) -> None:
    """Put a turn that waited, was held or got lost back in line, under a new attempt."""
    line, partition, session, turn, attempt = _AGAIN.one(connection, {"row": row, "wall": _wall()})
    queue.put(connection, workflow_id(line, session, turn, attempt), line, partition, row)


def retry(connection: Connection, queue: Queue, receipt: Receipt, trigger: AnyTrigger) -> bool:
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
        .values(trigger=trigger.model_dump(mode="json"), ended_at=None, note=None, stop_at=None)
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
    """A turn of this session has ended, or it is no longer paused: let the next one that was held go on."""
    row = _FIRST_HELD.scalar(connection, {"session": session})
    if row is not None:
        again(connection, queue, row)


def workflow_id(queue: str, session: str, turn: int, attempt: int) -> str:
    """A new id for each attempt: enqueueing an id that has ended is silently nothing in DBOS."""
    return f"{'p' if queue == PRESSES else 't'}:{session}:{turn:06d}:{attempt}"


def _next_turn(connection: Connection, workspace: str, trigger: AnyTrigger, now: int) -> tuple[int, bool]:
    """(its number, whether the session is paused); the upsert locks the session's row: numbers are dense, in order."""
    new = {
        "id": trigger.session,
        "workspace": workspace,
        "agent": trigger.agent,
        "person": trigger.person,
        "opened_at": now,
        "touched_at": now,
        "turns": 1,
        "paused": False,
    }
    turns, paused = _new_turn(connection.dialect.name).one(connection, new)
    return turns, paused


_KNOWN = Statement(
    select(inbox.c.session, inbox.c.turn).where(
        inbox.c.workspace == bindparam("workspace"), inbox.c.key == bindparam("key")
    )
)

_AGAIN = Statement(
    update(inbox)
    .where(inbox.c.seq == bindparam("row"))
    .values(state=QUEUED, attempt=inbox.c.attempt + 1, wake_at=None, enqueued_wall=bindparam("wall"))
    .returning(inbox.c.queue, inbox.c.partition, inbox.c.session, inbox.c.turn, inbox.c.attempt)
)
_FIRST_HELD = Statement(
    select(inbox.c.seq)
    .where(inbox.c.session == bindparam("session"), inbox.c.state == HELD)
    .order_by(inbox.c.turn)
    .limit(1)
)
_IN_LINE = Statement(
    select(inbox.c.seq).where(inbox.c.state == QUEUED, inbox.c.queue == bindparam("of")).limit(1)
)
_GIVE_BACK = update(sessions).where(sessions.c.id == bindparam("session")).values(turns=sessions.c.turns - 1)


@cache
def _new_row(dialect: str) -> Statement:
    return Statement(_insert(dialect)(inbox).on_conflict_do_nothing().returning(inbox.c.seq))


@cache
def _new_turn(dialect: str) -> Statement:
    new = _insert(dialect)(sessions)
    again = {"turns": sessions.c.turns + 1, "touched_at": new.excluded.touched_at}
    new = new.on_conflict_do_update(index_elements=["id"], set_=again)
    return Statement(new.returning(sessions.c.turns, sessions.c.paused))


def _insert(dialect: str) -> Any:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


def _wall() -> int:
    return time.time_ns() // 1_000_000
