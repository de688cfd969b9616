"""The append-only log of a session: write a line, read it back, never change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from agents.agent import Event
from sessions.store import events
from store.statements import Statement

_APPEND = Statement(insert(events))
_READ = Statement(
    select(events.c.turn, events.c.at, events.c.kind, events.c.body)
    .where(events.c.session == bindparam("session"))
    .order_by(events.c.id)
)
_OF_TURN = Statement(
    select(events.c.turn, events.c.at, events.c.kind, events.c.body)
    .where(events.c.session == bindparam("session"), events.c.turn == bindparam("turn"))
    .order_by(events.c.id)
)


def append(
    connection: Connection, workspace: str, session: str, turn: int, at: int, kind: str, body: Mapping[str, Any]
) -> Event:
    row = {"workspace": workspace, "session": session, "turn": turn, "at": at, "kind": kind, "body": dict(body)}
    _APPEND.all(connection, row)
    return Event(turn, at, kind, dict(body))


def read(connection: Connection, session: str) -> list[Event]:
    """The session's whole log, in the order it was written."""
    return [Event(*row) for row in _READ.all(connection, {"session": session})]


def of_turn(connection: Connection, session: str, turn: int) -> list[Event]:
    """The lines of one turn, in the order they were written."""
    return [Event(*row) for row in _OF_TURN.all(connection, {"session": session, "turn": turn})]


def latest(connection: Connection, session: str, kind: str) -> Mapping[str, Any] | None:
    """The body of the session's newest line of a kind, or None."""
    found: Mapping[str, Any] | None = connection.scalar(
        select(events.c.body)
        .where(events.c.session == session, events.c.kind == kind)
        .order_by(events.c.id.desc())
        .limit(1)
    )
    return found
