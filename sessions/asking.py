"""One agent asks another: the question is a session of its own, and the turn that asked goes on when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from agents.agent import Turn
from sessions import events, inbox
from sessions.engine import Queue
from sessions.session import ENDED, WAITING, Asked
from sessions.store import events as events_table
from sessions.store import inbox as inbox_table
from sessions.store import sessions
from store import faults

# Built once: building a statement costs several times what running it does.
_LOCK = select(sessions.c.id).where(sessions.c.id == bindparam("session")).with_for_update()
_ASKER = (
    select(inbox_table.c.seq, inbox_table.c.state)
    .where(inbox_table.c.session == bindparam("session"), inbox_table.c.turn == bindparam("turn"))
    .with_for_update()
)
_RETURNED = (
    select(func.count())
    .select_from(events_table)
    .where(
        events_table.c.session == bindparam("session"),
        events_table.c.turn == bindparam("turn"),
        events_table.c.kind == "returned",
    )
)


def question(
    workspace: str, session: str, turn: int, person: str | None, agent: str, words: str, call: str, depth: int
) -> Asked:
    """The trigger that puts ``words`` to ``agent`` on behalf of that turn's ``call``."""
    child = f"asked:{session}:{turn}:{call}"
    return Asked(
        key=f"{workspace}:{child}",
        session=child,
        agent=agent,
        person=person,
        parent=session,
        parent_turn=turn,
        call=call,
        depth=depth,
        question=words,
    )


def lock_asker(connection: Connection, trigger: Mapping[str, Any]) -> None:
    """Before a turn that was asked for ends: nobody who asked may begin to wait unseen in that moment."""
    if trigger["kind"] == "asked":
        connection.execute(_LOCK, {"session": trigger["parent"]})


def returned(
    connection: Connection,
    queue: Queue,
    workspace: str,
    trigger: Mapping[str, Any],
    outcome: str,
    note: str,
    now: int,
) -> None:
    """A turn has ended: if another had asked for it, that one's log says so, and it goes on at once if it waits."""
    if trigger["kind"] != "asked":
        return
    parent, turn = trigger["parent"], trigger["parent_turn"]
    asker = connection.execute(_ASKER, {"session": parent, "turn": turn}).first()
    if asker is None or asker.state in ENDED:
        return
    body = {"call": trigger["call"], "session": trigger["session"], "outcome": outcome, "note": note}
    events.append(connection, workspace, parent, turn, now, "returned", body)
    if asker.state == WAITING:
        inbox.again(connection, queue, asker.seq)
    faults.reached("child.returned")


def answered_meanwhile(connection: Connection, turn: Turn) -> bool:
    """Whether an answer came after this turn had read its log: then it must not begin to wait for it."""
    mine = [event.kind for event in turn.log if event.turn == turn.number]
    if "asked" not in mine:
        return False
    told = connection.scalar(_RETURNED, {"session": turn.session, "turn": turn.number}) or 0
    return bool(told > mine.count("returned"))
