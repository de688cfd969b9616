"""A message that is still in line can be changed or taken back by its writer; what was begun stays as it was heard."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from sessions import events, inbox
from sessions.engine import Queue
from sessions.session import ENDED, FAILED, HELD, QUEUED
from sessions.store import events as events_table
from sessions.store import inbox as inbox_table
from sessions.store import sessions

TAKEN_BACK = "its message was deleted"

# Built once: building a statement costs several times what running it does.
_BY_KEY = (
    select(
        inbox_table.c.seq,
        inbox_table.c.session,
        inbox_table.c.turn,
        inbox_table.c.state,
        inbox_table.c.trigger,
        sessions.c.turns,
    )
    .join(sessions, sessions.c.id == inbox_table.c.session)
    .where(inbox_table.c.workspace == bindparam("workspace"), inbox_table.c.key == bindparam("key"))
    .with_for_update()
)
_STARTED = (
    select(events_table.c.id)
    .where(
        events_table.c.session == bindparam("session"),
        events_table.c.turn == bindparam("turn"),
        events_table.c.kind == "started",
    )
    .limit(1)
)

Outcome = Literal["unknown", "reworded", "noted", "too_late", "taken_back", "unchanged"]


def reword(connection: Connection, workspace: str, key: str, text: str, now: int) -> Outcome:
    """Give the message of that key other words. In line it is taken with them; once answered, if nothing came after
    it, the session's log has a line ``edited``; else nothing happens.
    """
    row = connection.execute(_BY_KEY, {"workspace": workspace, "key": key}).first()
    if row is None:
        return "unknown"
    if row.trigger.get("text") == text:
        return "unchanged"
    if row.state in (QUEUED, HELD) and not _begun(connection, row):
        changed = {**row.trigger, "text": text}
        connection.execute(update(inbox_table).where(inbox_table.c.seq == row.seq).values(trigger=changed))
        return "reworded"
    if row.turn != row.turns:
        return "too_late"
    body = {"text": text, "by": row.trigger.get("person")}
    events.append(connection, workspace, row.session, row.turn, now, "edited", body)
    return "noted"


def take_back(connection: Connection, queue: Queue, workspace: str, key: str, now: int) -> Outcome:
    """Drop the message of that key if nothing was begun for it."""
    row = connection.execute(_BY_KEY, {"workspace": workspace, "key": key}).first()
    if row is None:
        return "unknown"
    if row.state in ENDED or row.state not in (QUEUED, HELD) or _begun(connection, row):
        return "too_late"
    ended: dict[str, Any] = {"state": FAILED, "ended_at": now, "note": TAKEN_BACK}
    connection.execute(update(inbox_table).where(inbox_table.c.seq == row.seq).values(**ended))
    events.append(connection, workspace, row.session, row.turn, now, "deleted", {"by": row.trigger.get("person")})
    inbox.release_next(connection, queue, row.session)
    return "taken_back"


def _begun(connection: Connection, row: Any) -> bool:
    return connection.execute(_STARTED, {"session": row.session, "turn": row.turn}).first() is not None
