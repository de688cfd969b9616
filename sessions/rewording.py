"""A message that is still in line can be changed or taken back by its writer; what was begun stays as it was heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select, update

from sessions import events, inbox
from sessions.engine import Queue
from sessions.session import ENDED, FAILED, HELD, QUEUED, STOPPED
from sessions.store import events as events_table
from sessions.store import inbox as inbox_table
from sessions.store import sessions

TAKEN_BACK = "its message was deleted"
DONE_AT_ONCE = "its message was changed into words that are answered at once"

# Built once: building a statement costs several times what running it does.
_BY_KEY = select(inbox_table.c.seq, inbox_table.c.session).where(
    inbox_table.c.workspace == bindparam("workspace"), inbox_table.c.key == bindparam("key")
)
_LOCK_SESSION = select(sessions.c.turns).where(sessions.c.id == bindparam("session")).with_for_update()
_LOCK_ROW = (
    select(
        inbox_table.c.seq,
        inbox_table.c.session,
        inbox_table.c.turn,
        inbox_table.c.state,
        inbox_table.c.trigger,
        inbox_table.c.note,
    )
    .where(inbox_table.c.seq == bindparam("row"))
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
_UNHEARD: dict[str, Outcome] = {TAKEN_BACK: "taken_back", DONE_AT_ONCE: "unchanged", STOPPED: "unchanged"}


def reword(
    connection: Connection, workspace: str, key: str, text: str, now: int, agent: str | None = None
) -> Outcome:
    """Give the message of that key other words, and another agent if one is named. In line it is taken with them; once
    answered, if nothing came after it, the session's log has a line ``edited``; else nothing happens.
    """
    row, turns = _locked(connection, workspace, key)
    if row is None:
        return "unknown"
    to = agent or row.trigger["agent"]
    if (row.trigger.get("text"), row.trigger["agent"]) == (text, to):
        return "unchanged"
    if row.state in ENDED and row.note in _UNHEARD and not _begun(connection, row):
        return "unchanged"  # nobody heard it, and nobody will
    if row.state in (QUEUED, HELD) and not _begun(connection, row):
        changed = {**row.trigger, "text": text, "agent": to}
        connection.execute(update(inbox_table).where(inbox_table.c.seq == row.seq).values(trigger=changed))
        return "reworded"
    if row.turn != turns:
        return "too_late"
    body = {"text": text, "by": row.trigger.get("person")}
    events.append(connection, workspace, row.session, row.turn, now, "edited", body)
    return "noted"


def in_line(connection: Connection, workspace: str, key: str) -> Mapping[str, Any] | None:
    """The trigger of the message of that key, while nothing was begun for it; locked until the transaction ends."""
    row, _turns = _locked(connection, workspace, key)
    waits = row is not None and row.state in (QUEUED, HELD) and not _begun(connection, row)
    return dict(row.trigger) if waits else None


def take_back(
    connection: Connection, queue: Queue, workspace: str, key: str, now: int, why: str = TAKEN_BACK
) -> Outcome:
    """Drop the message of that key if nothing was begun for it."""
    row, _turns = _locked(connection, workspace, key)
    if row is None:
        return "unknown"
    if _begun(connection, row):
        return "too_late"
    if row.state not in (QUEUED, HELD):
        # Told twice, as Slack does; or stopped before it was heard.
        return _UNHEARD.get(str(row.note), "too_late")
    ended: dict[str, Any] = {"state": FAILED, "ended_at": now, "note": why}
    connection.execute(update(inbox_table).where(inbox_table.c.seq == row.seq).values(**ended))
    events.append(connection, workspace, row.session, row.turn, now, "deleted", {"by": row.trigger.get("person")})
    inbox.release_next(connection, queue, row.session)
    return "taken_back"


def _locked(connection: Connection, workspace: str, key: str) -> tuple[Any, int]:
    """(the message's row, how many turns its session has); (None, 0) when there is none. The session's row is locked
    first, as everywhere: whoever locks both in the other order could wait for us for ever.
    """
    found = connection.execute(_BY_KEY, {"workspace": workspace, "key": key}).first()
    if found is None:
        return None, 0
    turns = connection.scalar(_LOCK_SESSION, {"session": found.session})
    return connection.execute(_LOCK_ROW, {"row": found.seq}).one(), int(turns or 0)


def _begun(connection: Connection, row: Any) -> bool:
    return connection.execute(_STARTED, {"session": row.session, "turn": row.turn}).first() is not None
