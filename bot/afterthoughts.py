"""A message that was heard is changed or deleted afterwards: what its writer is told then, if anything."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from sessions.session import ENDED
from sessions.store import events, inbox

CHANGED_TOO_LATE = (
    "I had heard that message before you changed it, and I don't hear it twice. What I did stands, with its Undo; "
    "write a new message to have something else done."
)
CHANGED_AT_WORK = (
    "I had heard that message before you changed it, and I am at work on what it said. *stop* ends that; write a new "
    "message to have something else done."
)
DELETED_TOO_LATE = "I had heard that message before you deleted it. What I did stands, with its Undo in the thread."
DELETED_AT_WORK = "I had heard that message before you deleted it, and I am at work on it. *stop* ends that."

# Built once: building a statement costs several times what running it does.
_TURN = select(inbox.c.session, inbox.c.turn, inbox.c.state).where(
    inbox.c.workspace == bindparam("workspace"), inbox.c.key == bindparam("key")
)
_DEEDS = select(events.c.body).where(
    events.c.session == bindparam("session"),
    events.c.turn == bindparam("turn"),
    events.c.kind.in_(("called", "replied")),
)


def told(connection: Connection, workspace: str, key: str, *, deleted: bool) -> str | None:
    """None when its turn is over and did nothing: who mends a typo in a question needs no word about it."""
    session, turn, state = connection.execute(_TURN, {"workspace": workspace, "key": key}).one()
    if _has_done(connection, session, turn):
        return DELETED_TOO_LATE if deleted else CHANGED_TOO_LATE
    if state not in ENDED:
        return DELETED_AT_WORK if deleted else CHANGED_AT_WORK
    return None


def _has_done(connection: Connection, session: str, turn: int) -> bool:
    """Whether something is written, or waits for a yes; also by an agent that was asked."""
    bodies = connection.scalars(_DEEDS, {"session": session, "turn": turn})
    return any(body.get("receipt") or body.get("approval") or body.get("receipts") for body in bodies)
